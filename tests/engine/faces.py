"""Real pictures with transparency, as the networks see them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def faces(folder: Path) -> Tensor:
    """Eight times the same two real pictures, premultiplied RGBA, 32×24 (16, 4, 24, 32)."""
    both = []
    for name in ("fox.webp", "grinning.webp"):
        with Image.open(folder / name) as image:
            pixels = np.asarray(image.convert("RGBA").resize((32, 24)), dtype=np.float32) / 255
        pixels = np.concatenate((pixels[..., :3] * pixels[..., 3:], pixels[..., 3:]), axis=2)
        both.append(torch.from_numpy(pixels).permute(2, 0, 1) * 2 - 1)
    return torch.stack(both).repeat(8, 1, 1, 1)
