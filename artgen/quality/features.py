"""What a picture looks like to VGG-16, in one vector: the features that kid_vgg, diversity and nearest measure on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from artgen.backbones.vgg16 import VGG16

Pixels = NDArray[np.uint8]
"""(N, H, W, C), C 1 grey, 3 RGB or 4 RGBA."""

LAYERS = ("relu3_3", "relu4_3")
_SIDE_PX = 96
_BATCH = 25


class Batches(Protocol):
    """Pictures that are read some at a time; `Pixels` are some of the kind."""

    def __len__(self) -> int:
        """How many there are."""

    def __getitem__(self, part: slice, /) -> Pixels:
        """Some in a row."""


def features(
    pictures: Batches,
    network: VGG16,
    *,
    premultiplied: bool = False,
    between: Callable[[], None] = lambda: None,
) -> Tensor:
    """One vector per picture: the channels of blocks 3 and 4 after their last ReLU, averaged.

    Pictures are put over white, cut to their centre square and scaled to 96×96 (bilinear, antialiased). Channels are
    averaged over the whole picture and over its quarters; of each block the first, and the second together, are
    scaled to length 1.

    Args:
        pictures: uint8.
        network: where it is decides where this is computed.
        premultiplied: whether the colour of RGBA is multiplied by alpha already.
        between: called before each batch; what it raises ends the work.

    Returns:
        (N, 3840), float32 on the CPU.
    """
    device = network.mean_color.device
    vectors = []
    with torch.inference_mode():
        for first in range(0, len(pictures), _BATCH):
            between()
            batch = over_white(pictures[first : first + _BATCH], premultiplied=premultiplied)
            squares = torch.from_numpy(_center_squares(batch)).to(device).permute(0, 3, 1, 2).float()
            squares = F.interpolate(squares, size=(_SIDE_PX, _SIDE_PX), mode="bilinear", antialias=True)
            vectors.append(_vectors(network(squares / 127.5 - 1, LAYERS)).cpu())
    return torch.cat(vectors)


def over_white(pictures: Pixels, *, premultiplied: bool) -> Pixels:
    """(N, H, W, 3) of grey, RGB or RGBA pictures, RGBA over white and rounded to the nearest level."""
    if pictures.shape[3] == 1:
        return np.repeat(pictures, 3, axis=3)
    if pictures.shape[3] == 3:
        return pictures
    color, alpha = pictures[..., :3].astype(np.uint16), pictures[..., 3:].astype(np.uint16)
    if premultiplied:
        # the minimum: rounding of a painted picture may leave a colour one level above its alpha
        return np.asarray(np.minimum(color + (255 - alpha), 255), np.uint8)
    return np.asarray((color * alpha + 255 * (255 - alpha) + 127) // 255, np.uint8)


def _center_squares(pictures: Pixels) -> Pixels:
    height, width = pictures.shape[1:3]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return np.ascontiguousarray(pictures[:, top : top + side, left : left + side])


def _vectors(maps: dict[str, Tensor]) -> Tensor:
    parts = []
    for feature_map in maps.values():
        parts.append(F.normalize(feature_map.mean(dim=(2, 3)), dim=1))
        parts.append(F.normalize(F.adaptive_avg_pool2d(feature_map, 2).flatten(1), dim=1))
    return torch.cat(parts, dim=1)
