"""The stream of training pictures: which one, which way round, what part and in what colours follow from its index."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from artgen.augmentations.recolor import NATURAL
from artgen.augmentations.recolor import recolor as recolored
from artgen.contracts import PictureShape
from artgen.data.pictures import Pictures
from artgen.seeding import Draws, permutation

RESIDENT_SHARE = 0.25
"""Pictures that take less than this share of the free memory of a GPU are moved there whole."""

_ORDERS_KEPT = 2
_CHUNK_BYTES = 1 << 26


class Stream:
    """Training pictures by global sample index, shuffled anew in each epoch, each once per epoch.

    A batch is a stretch of the one endless sequence: neither its size nor who asks changes what sample 1,234 is.

    Args:
        pictures: what to draw from.
        seed: the job's.
        mirror: show half of the samples left-right reversed.
        shape: of the samples, as large as the pictures by default. Where it is smaller, each is a random window of its
            picture, from the whole of it down to as many pixels as are wanted.
        recolor: how often each of the things that make up a picture's colours is changed.
        device: where the batches are wanted.
        resident: hold all pictures on the device; by default only on a GPU where they take less than
            `RESIDENT_SHARE` of what is free. On a CPU the page cache holds them already.
    """

    def __init__(
        self,
        pictures: Pictures,
        seed: int,
        mirror: bool,
        device: torch.device | str = "cpu",
        *,
        shape: PictureShape | None = None,
        recolor: float = 0.0,
        resident: bool | None = None,
    ) -> None:
        self.pictures = pictures
        self.seed = seed
        self.mirror = mirror
        self.shape = shape or pictures.shape
        self.recolor = recolor
        self.device = torch.device(device)
        if resident is None:
            resident = _fits(pictures, self.device)
        self._resident = _moved(pictures, self.device) if resident else None
        self._labels = None if pictures.labels is None else torch.from_numpy(pictures.labels).to(self.device)
        self._orders: OrderedDict[int, NDArray[np.int64]] = OrderedDict()

    def batch(self, first: int, count: int) -> Tensor:
        """Samples `first` to `first + count - 1`.

        Shape:
            (count, C, H, W), float32 in [-1, 1]; RGBA premultiplied, so -1 is transparent.
        """
        rows = self.rows(first, count)
        mirrored = self._mirrored(first, count)
        if self._resident is None and self.device.type == "cpu":
            return self._practised(torch.from_numpy(_on_cpu(self.pictures.read(rows), mirrored)), first)
        if self._resident is None:
            batch = self._sent(torch.from_numpy(self.pictures.read(rows)))
        else:
            batch = self._resident.index_select(0, self._sent(torch.from_numpy(rows)))
        if mirrored is not None:
            turn = self._sent(torch.from_numpy(mirrored)).view(-1, 1, 1, 1)
            batch = torch.where(turn, batch.flip(2), batch)
        planes = batch.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.contiguous_format)
        return self._practised(planes.mul_(2 / 255).sub_(1), first)

    def labels(self, first: int, count: int) -> Tensor | None:
        """The classes of samples `first` to `first + count - 1`; None where pictures have none.

        Shape:
            (count,), int64
        """
        if self._labels is None:
            return None
        return self._labels.index_select(0, self._sent(torch.from_numpy(self.rows(first, count))))

    def drawn_labels(self, draws: Draws) -> Tensor | None:
        """Classes to paint, each as often as among the pictures; None where pictures have none.

        Shape:
            (draws.count,), int64
        """
        if self._labels is None:
            return None
        rows = (draws.uniform(1)[:, 0] * len(self._labels)).long()
        return self._labels.index_select(0, rows.to(self.device))

    def rows(self, first: int, count: int) -> NDArray[np.int64]:
        """Which picture each of these samples is.

        Shape:
            (count,)
        """
        size = len(self.pictures)
        rows = np.empty(count, np.int64)
        done = 0
        while done < count:
            epoch, place = divmod(first + done, size)
            taken = min(count - done, size - place)
            rows[done : done + taken] = self._order(epoch)[place : place + taken]
            done += taken
        return rows

    def _order(self, epoch: int) -> NDArray[np.int64]:
        if epoch not in self._orders:
            self._orders[epoch] = permutation(self.seed, "order", epoch, len(self.pictures))
            if len(self._orders) > _ORDERS_KEPT:
                self._orders.popitem(last=False)
        return self._orders[epoch]

    def _mirrored(self, first: int, count: int) -> NDArray[np.bool_] | None:
        if not self.mirror:
            return None
        return np.asarray(Draws(self.seed, "mirror", first, count).uniform(1)[:, 0] < 0.5)

    def _practised(self, pictures: Tensor, first: int) -> Tensor:
        """What there is to practise on: a window of each picture, sometimes in other colours."""
        pictures = self._cropped(pictures, first)
        if not self.recolor:
            return pictures
        draws = Draws(self.seed, "recolor", first, len(pictures), self.device)
        return recolored(pictures, draws, self.recolor, NATURAL).clamp(-1, 1)

    def _cropped(self, pictures: Tensor, first: int) -> Tensor:
        """A window of each picture, brought to one size."""
        height, width = self.shape.height, self.shape.width
        across, down = pictures.shape[3] - width, pictures.shape[2] - height
        if not across and not down:
            return pictures
        crops = []
        chance = Draws(self.seed, "crop", first, len(pictures)).uniform(3)
        for picture, (size, x, y) in zip(pictures, chance.tolist(), strict=True):
            wide, high = width + round(size * across), height + round(size * down)
            left, top = round(x * (pictures.shape[3] - wide)), round(y * (pictures.shape[2] - high))
            window = picture[None, :, top : top + high, left : left + wide]
            crops.append(F.interpolate(window, (height, width), mode="bilinear", antialias=True))
        return torch.cat(crops)

    def _sent(self, tensor: Tensor) -> Tensor:
        """On the device without waiting for it; pinned, because a copy from pageable memory waits."""
        if self.device.type == "cuda":
            tensor = tensor.pin_memory()
        return tensor.to(self.device, non_blocking=True)


def _on_cpu(pictures: NDArray[np.uint8], mirrored: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    """The same in numpy: too little work for torch's threads, which on a busy machine cost 30 times the sum itself."""
    planes = np.multiply(pictures.transpose(0, 3, 1, 2), np.float32(2 / 255), dtype=np.float32, order="C")
    planes -= np.float32(1)
    if mirrored is not None:
        planes[mirrored] = planes[mirrored][..., ::-1]
    return planes


def _fits(pictures: Pictures, device: torch.device) -> bool:
    if device.type != "cuda":
        return False
    free_bytes, _ = torch.cuda.mem_get_info(device)
    return pictures.path.stat().st_size < RESIDENT_SHARE * free_bytes


def _moved(pictures: Pictures, device: torch.device) -> Tensor:
    """All pictures on the device, copied in pieces so that the process never holds them twice."""
    shape = pictures.shape
    whole = torch.empty((len(pictures), shape.height, shape.width, shape.channels), dtype=torch.uint8, device=device)
    step = max(1, _CHUNK_BYTES // shape.size_bytes)
    for first in range(0, len(pictures), step):
        rows = range(first, min(len(pictures), first + step))
        whole[rows.start : rows.stop] = torch.from_numpy(pictures.read(rows)).to(device)
    return whole
