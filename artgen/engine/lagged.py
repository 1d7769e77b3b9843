"""Numbers that the loop acts on, a few steps late.

Waiting for the number of the step in hand would make the device idle. So the numbers travel to the host on their own
and are acted on a fixed count of steps later. The same lag holds on a CPU, so that a run means the same everywhere,
and what is under way is part of the checkpoint.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import torch
from torch import Tensor

LAG_STEPS = 4


class LaggedNumbers:
    """A queue of small tensors on their way from the device to the host."""

    def __init__(self, values: Sequence[Sequence[float]] = ()) -> None:
        self._waiting: deque[tuple[Tensor, torch.cuda.Event | None]] = deque()
        for row in values:
            self._waiting.append((torch.tensor(row), None))

    def push(self, numbers: Tensor) -> None:
        """Send the numbers of a step, (n,) on the device, on their way."""
        if numbers.device.type != "cuda":
            self._waiting.append((numbers.detach().cpu(), None))
            return
        host = torch.empty_like(numbers, device="cpu", pin_memory=True)
        host.copy_(numbers.detach(), non_blocking=True)
        arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
        arrived.record()
        self._waiting.append((host, arrived))

    def pop(self) -> list[float] | None:
        """The numbers of `LAG_STEPS` steps ago, or None while there are none."""
        if len(self._waiting) < LAG_STEPS:
            return None
        return self._read(*self._waiting.popleft())

    def values(self) -> list[list[float]]:
        """All that is under way, oldest first; waits for it. What a checkpoint keeps."""
        return [self._read(numbers, arrived) for numbers, arrived in self._waiting]

    @staticmethod
    def _read(numbers: Tensor, arrived: torch.cuda.Event | None) -> list[float]:
        if arrived is not None:
            arrived.synchronize()
        values: list[float] = numbers.tolist()
        return values
