"""What pictures look like to Inception."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import torch
from artgen.quality.features import over_white
from torch import Tensor, nn

if TYPE_CHECKING:
    from artgen.quality.features import Pixels

Told = Callable[[int], object]
"""Called now and then with how many pictures were looked at."""


def features(
    pictures: Iterable[Pixels], network: nn.Module, batch: int, *, premultiplied: bool, tell: Told = lambda _: None
) -> Tensor:
    """One vector for each picture.

    Transparent pictures are seen over white, grey ones as three equal channels. Resizing to 299×299 is the network's
    own, bilinear as TensorFlow 1 had it, without any smoothing: other ways give other distances.

    Args:
        pictures: uint8 (H, W, C) each, all of one size.
        premultiplied: whether the colour of RGBA is multiplied by alpha already.

    Returns:
        (N, d), float32 on the CPU.
    """
    device = next(network.parameters()).device
    found = []
    done = 0
    with torch.inference_mode():
        for some in _batches(pictures, batch):
            seen = over_white(some, premultiplied=premultiplied).transpose(0, 3, 1, 2)
            found.append(network(torch.from_numpy(np.ascontiguousarray(seen)).to(device))[0].cpu())
            done += len(some)
            tell(done)
    return torch.cat(found)


def _batches(pictures: Iterable[Pixels], batch: int) -> Iterator[Pixels]:
    coming = iter(pictures)
    while some := list(islice(coming, batch)):
        yield np.stack(some)
