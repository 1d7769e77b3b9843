"""Keeping canvases within the memory there is, while they grow from size to size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import torch

from artgen.engine.config import PaintConfig
from artgen.engine.memory import free_cached
from artgen.engine.paint.memory import Plan, StepBytes, choose_plan, free_bytes
from artgen.errors import ArtgenError
from artgen.layers.out_of_memory import is_out_of_memory
from artgen.sight.sight import Sight

T = TypeVar("T")

_MOST_TOGETHER = 16
_TOGETHER_PX = 1 << 20
"""On a GPU this many pixels are painted at a time, which keeps it busy."""


class PaintPlans:
    """The plan that canvases are looked at by now, and how it is chosen.

    Args:
        config: what the job says of tiles and of canvases at a time.
        sight: is told whether to recompute.
        device: whose memory counts.
        step_bytes: measures what a step takes; called where memory may be short.
        warn: told when the device runs out of memory.
    """

    def __init__(
        self,
        config: PaintConfig,
        sight: Sight,
        device: torch.device,
        step_bytes: Callable[[], StepBytes],
        *,
        warn: Callable[[str], None],
    ) -> None:
        self._config = config
        self._sight = sight
        self._device = device
        self._step_bytes = step_bytes
        self._warn = warn
        self._plan: Plan | None = None

    def together(self, size: tuple[int, int]) -> int:
        """How many canvases of this size, (height, width), are painted at a time."""
        wanted = self._config.together
        if self._config.optimizer == "lbfgs":
            wanted = 1  # its steps along one direction fit one canvas
        elif not wanted and self._device.type == "cpu":
            wanted = 1  # a processor is as busy with one picture as with many
        elif not wanted:
            wanted = max(1, min(_MOST_TOGETHER, _TOGETHER_PX // (size[0] * size[1])))
        return self._planned(size, wanted).together

    def enter(self, size: tuple[int, int], canvases: int) -> None:
        """Choose how pictures of this size, (height, width), are looked at from here on.

        Raises:
            ArtgenError: not even the smallest tiles fit into memory.
        """
        self._follow(self._planned(size, canvases))

    def stepping_down(self, work: Callable[[], T]) -> T:
        """The result of `work`, done again by ever smaller plans while the device runs out of memory.

        Raises:
            ArtgenError: the smallest plan is too large.
        """
        while True:
            try:
                return work()
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                smaller = self._plan.smaller() if self._plan else None
                if smaller is None:
                    raise ArtgenError(
                        "the device is out of memory even with the smallest tiles",
                        where=str(self._device),
                        hint="paint smaller, or close what else uses the device",
                    ) from error
            # outside of the handler, whose traceback holds the tensors that filled the device
            free_cached()
            self._follow(smaller)
            self._warn(f"the device ran out of memory: going on with {smaller}")

    @property
    def notes(self) -> list[str]:
        """What a person should know of how the canvases in hand were painted."""
        return [f"painted {self._plan}"] if self.tile_px or self._sight.recompute else []

    @property
    def canvases(self) -> int:
        """How many are looked at at once."""
        return self._plan.together if self._plan else 1

    @property
    def tile_px(self) -> int:
        """Side of the tiles that pictures are looked at in; 0 for whole pictures."""
        return self._plan.tile_px if self._plan else 0

    def _planned(self, size: tuple[int, int], canvases: int) -> Plan:
        forced = self._config.tile
        plan = choose_plan(*size, self._step_bytes, free_bytes(self._device), together=canvases)
        return replace(plan, together=1, recompute=False, tile_px=forced) if forced else plan

    def _follow(self, plan: Plan) -> None:
        self._plan = plan
        self._sight.recompute = plan.recompute and self._sight.can_recompute
