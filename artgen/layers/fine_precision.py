"""Half precision where it pays: on a GPU in the finest resolutions only (T. Karras et al., stylegan2-ada, 2020)."""

from __future__ import annotations

import contextlib
from typing import Any

import torch

FINE_GRIDS = 4


def fine_autocast(finer: int, device: torch.device) -> Any:
    """What the layers of a grid run under, when there are `finer` grids beyond it.

    The four finest, where the time goes, follow the autocast around them. The coarser ones are float32 on a GPU: they
    cost nothing there, and every picture hangs on them. A processor follows autocast everywhere, because it spends as
    long on the coarse grids.
    """
    if device.type == "cpu" or finer < FINE_GRIDS:
        return contextlib.nullcontext()
    return torch.autocast(device.type, enabled=False)
