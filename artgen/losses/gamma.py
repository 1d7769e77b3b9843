"""How strong a gradient penalty should be at a picture's size."""

from __future__ import annotations

import math
from typing import Literal

from torch import Tensor

_GAMMA_PER_PIXEL = 0.0002
_LARGEST_BATCH = 32
_BATCH_TIMES_SIDE = 4096


def resolved_gamma(gamma: float | Literal["auto"], picture: Tensor) -> float:
    """A penalty's gamma as a number; ``auto`` is 0.0002 pixels / batch.

    The rule is that of T. Karras et al., "Training generative adversarial networks with limited data", 2020, appendix
    C, with the batch that goes with the size there (32 up to 128×128, 16 at 256×256), not the job's own: so a batch
    done in parts is not penalised more than the same batch done whole.

    Args:
        picture: (B, C, H, W).
    """
    if gamma != "auto":
        return gamma
    pixels = picture.shape[2] * picture.shape[3]
    batch = min(_BATCH_TIMES_SIDE / math.sqrt(pixels), _LARGEST_BATCH)
    return _GAMMA_PER_PIXEL * pixels / batch
