"""Means of the losses over a log interval, summed on the device so that the loop never waits for them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from artgen.layers.full_precision import full_precision


class Tally:
    """Running sums by name."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}

    def add(self, name: str, value: Tensor) -> None:
        """Count a scalar."""
        value = value.detach()
        self._sums[name] = self._sums[name] + value if name in self._sums else value
        self._counts[name] = self._counts.get(name, 0) + 1

    def add_all(self, values: Mapping[str, Tensor]) -> None:
        """Count a scalar each."""
        for name, value in values.items():
            self.add(name, value)

    def means(self) -> dict[str, float]:
        """The mean of each since the last call, which starts anew; waits for the device once."""
        if not self._sums:
            return {}
        sums = torch.stack([full_precision(value) for value in self._sums.values()]).tolist()
        means = {name: total / self._counts[name] for name, total in zip(self._sums, sums, strict=True)}
        self.clear()
        return means

    def clear(self) -> None:
        """Forget what was counted."""
        self._sums.clear()
        self._counts.clear()
