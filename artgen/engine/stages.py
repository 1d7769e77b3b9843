"""Stages: which size is learned when. For a GAN that is progressive growing with fade-in.

Source: T. Karras et al., "Progressive growing of GANs for improved quality, stability, and variation", 2018.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from artgen.contracts import SHORTEST_SIDE_PX, PictureShape
from artgen.engine.config import StageConfig
from artgen.layers.resolutions import resolutions


@dataclass(frozen=True)
class Stage:
    """Where a growing network stands.

    Attributes:
        size: short side of the grid that is worked at.
        fade: how far its newest resolution has come in, 0 to 1.
    """

    size: int
    fade: float


class Stages:
    """The stages of a job, as a function of the pictures seen.

    Args:
        configs: as the job has them, checked; none means one stage at full size.
        shape: of the job's pictures.
    """

    def __init__(self, configs: Sequence[StageConfig], shape: PictureShape) -> None:
        self._configs = list(configs)
        table = resolutions(shape, width=1)
        self._grids = {min(row.height, row.width): (row.height, row.width) for row in table}
        self._coarser = {
            min(fine.height, fine.width): (coarse.height, coarse.width) for coarse, fine in itertools.pairwise(table)
        }

    @classmethod
    def full_size(cls) -> Stages:
        """No growing: every picture as large as it is."""
        return cls((), PictureShape(SHORTEST_SIDE_PX, SHORTEST_SIDE_PX, 1))

    def at(self, images: int) -> Stage | None:
        """The stage after so many pictures; None where nothing grows."""
        if not self._configs:
            return None
        first = 0.0
        for index, config in enumerate(self._configs):
            length = (config.kimg or 0.0) * 1000
            if index == len(self._configs) - 1 or images < first + length:
                break
            first += length
        fade_images = config.fade_kimg * 1000 if index else 0.0
        fade = min(1.0, (images - first) / fade_images) if fade_images else 1.0
        return Stage(config.size, fade)

    def shown(self, pictures: Tensor, stage: Stage | None) -> Tensor:
        """Real pictures as they are at a stage: as small, and as blurred as the fade leaves painted ones.

        Shape:
            (B, C, H, W) to (B, C, h, w)
        """
        if stage is None:
            return pictures
        grid = self._grids[stage.size]
        small = pictures if pictures.shape[2:] == grid else F.interpolate(pictures, grid, mode="area")
        if stage.fade >= 1 or stage.size not in self._coarser:
            return small
        coarse = F.interpolate(small, self._coarser[stage.size], mode="area")
        blurred = F.interpolate(coarse, grid, mode="bilinear", align_corners=False)
        return blurred.lerp(small, stage.fade)
