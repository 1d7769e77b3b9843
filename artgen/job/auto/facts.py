"""What ``preset:auto`` goes by: the pictures, the machine, and what the job says itself."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from artgen.data.look import Seen, look
from artgen.errors import ArtgenError
from artgen.job.inputs import absolute_path
from artgen.job.text.tree import Leaf, Table

DeviceKind = Literal["cpu", "cuda", "mps"]


@dataclass(frozen=True)
class Facts:
    """What is known before anything is chosen.

    Attributes:
        seen: the pictures; None when they cannot be looked at, of which something else complains.
        device: where the training will run.
        memory_gb: of that device; 0 for a CPU.
        stated: what the job says and ``preset:auto`` cannot change, as TOML data with named lists as tables.
    """

    seen: Seen | None
    device: DeviceKind = "cpu"
    memory_gb: float = 0.0
    stated: Mapping[str, Any] = field(default_factory=dict)


class Surroundings:
    """Finds facts, looking at each folder and device once."""

    def __init__(self) -> None:
        self._look = functools.cache(_look)
        self._device = functools.cache(_device)

    def facts(self, job: Table, stated: Table) -> Facts:
        """The facts for one job.

        Args:
            job: everything that it says so far.
            stated: the part of it that wins over ``preset:auto``.
        """
        folder = job.get("data", "folder")
        seen = None
        if isinstance(folder, Leaf) and isinstance(folder.value, str):
            seen = self._look(absolute_path(folder.origin.layer.base, folder.value))
        device, memory_gb = self._device(str(job.value("train", "device") or "auto"))
        return Facts(seen, device, memory_gb, stated.plain())


def _look(folder: str) -> Seen | None:
    try:
        return look(Path(folder))
    except (ArtgenError, ImportError):
        return None


def _device(wanted: str) -> tuple[DeviceKind, float]:
    """The device that the job will train on and its memory in GB; the CPU where there is no such device, or no torch."""
    if wanted == "cpu":
        return "cpu", 0.0
    try:
        import torch

        from artgen.engine.precision import choose_device

        device = choose_device(wanted)
    except (ArtgenError, ImportError, RuntimeError):
        return "cpu", 0.0
    if device.type == "cuda":
        return "cuda", torch.cuda.get_device_properties(device).total_memory / 1e9
    if device.type == "mps":
        return "mps", torch.mps.recommended_max_memory() / 1e9
    return "cpu", 0.0
