"""Counts multiplications and additions, in penalties' second derivatives too.

torch's own `FlopCounterMode` hooks into modules to tell them apart, which `autograd.grad` to a leaf does not survive.
"""

from __future__ import annotations

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


class CountedFlops(TorchDispatchMode):
    """Counts by torch's formulas what runs inside; matrix products and convolutions, a fused multiply-add as two.

    Attributes:
        total: so far.
    """

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        """Run an operation and count it."""
        named = kwargs or {}
        result = function(*args, **named)
        formula = flop_registry.get(function.overloadpacket)
        if formula:
            self.total += formula(*args, **named, out_val=result)
        return result
