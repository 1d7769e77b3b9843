"""Measuring a path: what is painted at a few places on it, and how far those pictures are apart.

Between two keys it looks at 5 places, and then wherever neighbours are still far apart, at 48 in all and usually at
about 30: what a second of film costs to paint, and as many looks of VGG-16 at small pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from artgen.backbones.vgg16 import VGG16
from artgen.latents.perceptual import Features, distances, features_of
from artgen.latents.sampler import Picture, exact_kernels
from artgen.latents.timing import Timing, timing_of

_FIRST = 4
MOST = 48
_NEAR = 0.1
"""A gap that is not looked into: less than two frames of a film with two seconds from key to key."""
_LOOKED_AT_PX = 64
"""Motion is seen in small pictures too, but not all of it: found by trying on faces of 64 pixels, as the gap was. With
these numbers the largest step of a film is 1.2 times the mean one, and 3 times without; with half the size 1.7 times."""

Look = Callable[[Sequence[float]], Iterable[Sequence[Picture]]]
"""The pictures that are seen at once at each of some positions on a path."""


Stretch = tuple[list[float], list[float]]
"""What was found between two keys: the places behind the first, and how far each is from the one before."""


class Sharing(Protocol):
    """How several processes measure one path: each begins elsewhere, and takes over what others have found."""

    def order(self, count: int) -> Iterable[int]:
        """All numbers below `count`, from where this process begins."""

    def stretch(self, key: int, measure: Callable[[], Stretch]) -> Stretch:
        """What somebody found behind a key; `measure` finds it where nobody has."""


def probe(
    length: int,
    look: Look,
    device: torch.device,
    most: int = MOST,
    sharing: Sharing | None = None,
    each_key: Callable[[], object] = lambda: None,
) -> Timing:
    """Measure a path.

    Args:
        length: of the path, in keys.
        look: paints.
        device: where the pictures are compared.
        most: places that are looked at between two keys.
        sharing: with other processes.
        each_key: done whenever it is known what lies behind one more key.
    """
    eye = _Eye(look, device)

    def measure(key: int) -> Stretch:
        places = eye.at([key + step / _FIRST for step in range(_FIRST + 1)])
        while new := _where_much_changes(places)[: max(0, most - len(places))]:
            places |= eye.at(new)
        eye.forget_all_but(float(key + 1))
        return sorted(places)[1:], _gaps(places)

    found = {}
    for key in sharing.order(length) if sharing else range(length):
        found[key] = sharing.stretch(key, partial(measure, key)) if sharing else measure(key)
        each_key()
    stretches = [found[key] for key in range(length)]
    return timing_of(
        [0.0, *(place for places, _ in stretches for place in places)], [gap for _, gaps in stretches for gap in gaps]
    )


class _Eye:
    """Sees pictures as the network does, and remembers the last ones."""

    def __init__(self, look: Look, device: torch.device) -> None:
        self._look, self._device = look, device
        self._network = VGG16().to(device)
        self._seen: dict[float, Features] = {}

    def at(self, positions: Sequence[float]) -> dict[float, Features]:
        """What is seen at some positions."""
        new = [position for position in positions if position not in self._seen]
        for position, pictures in zip(new, self._look(new), strict=True):
            with torch.inference_mode(), exact_kernels():
                batch = torch.cat([_over_white(picture) for picture in pictures]).to(self._device)
                self._seen[position] = features_of(batch, self._network, _LOOKED_AT_PX)
        return {position: self._seen[position] for position in positions}

    def forget_all_but(self, position: float) -> None:
        """Features are large."""
        self._seen = {position: self._seen[position]}


def _gaps(places: Mapping[float, Features]) -> list[float]:
    """How far neighbours are apart; the root, because distances are of squares, and steps in a row add up."""
    return [float(distances(places[one], places[other]).mean().sqrt()) for one, other in pairwise(sorted(places))]


def _where_much_changes(places: Mapping[float, Features]) -> list[float]:
    """New positions in wide gaps."""
    wide = zip(pairwise(sorted(places)), map(_parts, _gaps(places)), strict=True)
    return [first + (last - first) * part / parts for (first, last), parts in wide for part in range(1, parts)]


def _parts(gap: float) -> int:
    """How many a gap is split into; a far one is seen too short, so that its parts are looked into again."""
    return min(_FIRST, max(1, round(gap / _NEAR)))


def _over_white(picture: Picture) -> Tensor:
    """(H, W, C) bytes as the network is shown them: (1, C', H, W) in [-1, 1]."""
    unit = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 255
    if unit.shape[1] == 4:
        unit = unit[:, :3] * unit[:, 3:] + 1 - unit[:, 3:]
    return unit * 2 - 1
