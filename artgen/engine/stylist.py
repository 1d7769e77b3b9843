"""A finished stylizer: repaints any picture of any size in one of its styles."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgen.contracts import SHORTEST_SIDE_PX, SIDE_MULTIPLE_PX, PictureShape
from artgen.engine.memory import SHARE_OF_FREE, available_bytes
from artgen.engine.paint.peak import PeakBytes
from artgen.engine.painting import averaged_generator
from artgen.errors import ArtgenError
from artgen.latents.sampler import exact_kernels
from artgen.layers.out_of_memory import is_out_of_memory

if TYPE_CHECKING:
    from artgen.job.model import Job
    from artgen.runs.checkpoints import Checkpoint


_PROBED_PX = (128, 256)
"""Sides of the two pictures that the memory for a pixel is measured on."""
_AMPLE_BYTES = 4000
"""For a pixel; more than networks of usual widths take: where this fits, nothing need be measured, which takes seconds."""


class Stylist:
    """Repaints pictures; the same picture gives the same bytes on one device.

    Args:
        network: `Stylizer`, or another with ``input = "picture"``, with the weights to paint with.
        shape: of the pictures that it was taught on.
        device: where it paints.
        styles: their names; none for a network of one style without a name.

    Attributes:
        styles: names of the styles, by their number.
        recipe: what every picture carries beside the job and the weights.
    """

    def __init__(
        self,
        network: nn.Module,
        shape: PictureShape,
        *,
        device: torch.device | str = "cpu",
        styles: Sequence[str] = (),
    ) -> None:
        self.network: Any = network.to(device).eval().requires_grad_(False)
        self.shape = shape
        self.device = torch.device(device)
        self.styles = tuple(styles) or tuple(f"style-{number}" for number in range(1, max(1, shape.classes) + 1))
        self.recipe: dict[str, Any] = {}
        self._fitted_px = 0

    def number_of(self, name: str) -> int:
        """The number of a style.

        Raises:
            ArtgenError: there is none of that name.
        """
        if name not in self.styles:
            raise ArtgenError(f"there is no style '{name}'", hint=f"This run was taught {', '.join(self.styles)}.")
        return self.styles.index(name)

    def repaint(self, pictures: Tensor, style: int = 0) -> Tensor:
        """Pictures in a style, in one pass: the norms of the network look at whole pictures.

        Args:
            pictures: of any size, on any device.
            style: its number.

        Shape:
            (B, 3, H, W) in [-1, 1] -> the same, float32, on the stylist's device

        Raises:
            ArtgenError: the pictures are too large for the memory.
        """
        height, width = pictures.shape[2:]
        pixels = len(pictures) * height * width
        try:
            if not self._fits(pixels):
                raise self._too_large(height, width)
            painted = (
                self._painted(_padded(pictures.to(self.device)), style)[:, :, :height, :width].float().clamp(-1, 1)
            )
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            raise self._too_large(height, width) from error
        self._fitted_px = max(self._fitted_px, pixels)
        return painted

    def _painted(self, pictures: Tensor, style: int) -> Tensor:
        label = torch.full((len(pictures),), style, device=self.device) if self.shape.classes else None
        with torch.inference_mode(), exact_kernels():
            painted: Tensor = self.network(pictures, label).picture
            return painted

    def _fits(self, pixels: int) -> bool:
        """Whether the memory does for so many; on a processor nobody says that it does not, the process is killed.

        What was painted once fits again, even if the memory that it took was not given back since.
        """
        free_bytes = available_bytes() if self.device.type == "cpu" and pixels > self._fitted_px else None
        if free_bytes is None or pixels * _AMPLE_BYTES <= free_bytes * SHARE_OF_FREE:
            return True
        return pixels * self.bytes_per_pixel <= free_bytes * SHARE_OF_FREE

    @cached_property
    def bytes_per_pixel(self) -> float:
        """Memory that one more pixel takes: what the larger of two small pictures takes more than the smaller one."""
        peaks = []
        for side in _PROBED_PX:
            counted = PeakBytes()
            with counted:
                self._painted(torch.zeros(1, 3, side, side), 0)
            peaks.append(counted.peak)
        return (peaks[1] - peaks[0]) / (_PROBED_PX[1] ** 2 - _PROBED_PX[0] ** 2)

    def _too_large(self, height: int, width: int) -> ArtgenError:
        elsewhere = "" if self.device.type == "cpu" else ", or paint on the processor: --device cpu"
        return ArtgenError(
            f"there is not enough memory to repaint {width}×{height} pixels",
            where=str(self.device),
            hint=f"Ask for a smaller long side, such as --size {max(height, width) // 2}{elsewhere}.",
        )


def open_stylist(job: Job, checkpoint: Checkpoint, *, device: str | None = None) -> Stylist:
    """The averaged stylizer of a checkpoint, ready to paint.

    Args:
        device: instead of the job's.

    Raises:
        ArtgenError: the job has no stylizer.
        CheckpointError: the checkpoint is damaged or belongs to another network.
    """
    if job.paints_from != "picture":
        raise ArtgenError(
            "this run has no network that repaints pictures",
            where=job.name,
            hint="Pictures and films are repainted by runs whose job says [generator] type = 'stylizer'.",
        )
    network, shape, where, styles = averaged_generator(job, checkpoint, device)
    return Stylist(network, shape, device=where, styles=styles)


def _padded(pictures: Tensor) -> Tensor:
    """The pictures with sides that the network takes: more to the right and below, mirrored."""
    height, width = (
        max(SHORTEST_SIDE_PX, -(-side // SIDE_MULTIPLE_PX) * SIDE_MULTIPLE_PX) for side in pictures.shape[2:]
    )
    below, right = height - pictures.shape[2], width - pictures.shape[3]
    can_be_mirrored = below < pictures.shape[2] and right < pictures.shape[3]
    return F.pad(pictures, (0, right, 0, below), mode="reflect" if can_be_mirrored else "replicate")
