"""DiffAugment (S. Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training", 2020), fused.

Real and painted pictures go through the same random shift, colour and cutout before they are judged, so that the
discriminator cannot learn a small folder by heart; since all of it is differentiable, the generator never learns to
paint the augmentation. Three passes over the pictures in all, no loop over samples, nothing waits for the device.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.augmentations.config import DiffAugmentConfig
from artgen.seeding import Draws

_COLORS = 3
_NUMBERS = 10


@dataclass(frozen=True)
class _Chance:
    """What was drawn for each picture, (B,) each. What does not happen to a picture is 0, or False.

    Attributes:
        cuts: whether there is a cutout.
        down: shift, in -1…1 of the largest; likewise `across`.
        brightness: change, in -1…1 of the largest; likewise `saturation` and `contrast`.
        cut_row: centre of the cutout, in 0…1 of the height; likewise `cut_column`.
    """

    cuts: Tensor
    down: Tensor
    across: Tensor
    brightness: Tensor
    saturation: Tensor
    contrast: Tensor
    cut_row: Tensor
    cut_column: Tensor


class DiffAugment:
    """Shift, then brightness, saturation and contrast, then cutout.

    - The shift is by whole pixels, so that pixels stay exact; what comes into view repeats the picture's own edge.
      That is right for any background and for transparency, where one filling colour would be a mark of its own.
    - Colour is not clamped: a clamp has no gradient. On RGBA it changes the straight colour, so in premultiplied
      pictures what is added is weighted by alpha, and what is wholly transparent stays (-1, -1, -1, -1).
    - The cutout is a rectangle of the middle value 0 in every channel; its centre is anywhere in the picture.

    Args:
        config: options.
    """

    def __init__(self, config: DiffAugmentConfig) -> None:
        self.config = config

    def __call__(self, pictures: Tensor, draws: Draws, strength: float | Tensor = 1.0) -> Tensor:
        """Augment pictures.

        Args:
            pictures: (B, C, H, W) in [-1, 1], RGBA premultiplied.
            draws: one sample per picture.
            strength: 0 leaves the pictures as they are; 1 does to each what `probability` says. A number on the
                device works too.

        Returns:
            (B, C, H, W), somewhat beyond [-1, 1] where colours were changed.
        """
        if isinstance(strength, (int, float)) and strength == 0:
            return pictures
        # at least single precision: in half, places in a picture are not exact to the pixel
        pictures = pictures.to(torch.promote_types(pictures.dtype, torch.float32)).contiguous()
        # always as many, so that turning one part off changes nothing in the others
        chance = _drawn(draws.uniform(_NUMBERS), strength * self.config.probability)
        augmented = self._recolor_and_cut(self._shift(pictures, chance), chance)
        if augmented.requires_grad and augmented.device.type == "cpu":
            augmented.register_hook(_by_channel)  # type: ignore[no-untyped-call]
        return augmented

    def _shift(self, pictures: Tensor, chance: _Chance) -> Tensor:
        if not self.config.translation:
            return pictures
        height, width = pictures.shape[2:]
        down = _coordinates(height, self.config.translation, chance.down)
        across = _coordinates(width, self.config.translation, chance.across)
        grid = torch.stack((across[:, None, :].expand(-1, height, -1), down[:, :, None].expand(-1, -1, width)), dim=3)
        return F.grid_sample(pictures, grid.to(pictures.dtype), mode="nearest", align_corners=False)

    def _recolor_and_cut(self, pictures: Tensor, chance: _Chance) -> Tensor:
        """Both as one multiplication and one addition: colour' = scale colour + offset, alpha' = kept alpha."""
        color, alpha = pictures[:, :_COLORS], pictures[:, _COLORS:]
        kept = self._kept(pictures, chance)
        scale, offset = self._recolor(color, alpha, chance)
        if offset is None:
            return pictures if kept is None else pictures * kept
        if kept is not None:
            scale, offset, alpha = scale * kept, offset * kept, alpha * kept
        color = torch.addcmul(offset, color, scale)
        return torch.cat((color, alpha), dim=1) if alpha.shape[1] else color

    def _recolor(self, color: Tensor, alpha: Tensor, chance: _Chance) -> tuple[Tensor, Tensor | None]:
        """Brightness b, saturation s and contrast c, one after the other, in one formula.

        With m a pixel's mean over its channels and M the picture's mean colour, c (s (x + b - m') + m' - M') + M',
        where m' = m + b and M' = M + b, is c s x + c (1 - s) m + (1 - c) M + b. Premultiplied by alpha a in 0…1, M
        and b are weighted by it.

        Returns:
            scale (B, 1, 1, 1) and offset (B, 1, H, W); no offset when nothing changes.
        """
        config = self.config
        if not (config.brightness or config.saturation or config.contrast):
            return color.new_ones(()), None
        brightness = _per_picture(chance.brightness * config.brightness)
        saturation = _per_picture(1 + chance.saturation * config.saturation)
        contrast = _per_picture(1 + chance.contrast * config.contrast)
        pixel = color.mean(dim=1, keepdim=True)
        mean = pixel.mean(dim=(2, 3), keepdim=True)
        if not alpha.shape[1]:
            offset = contrast * (1 - saturation) * pixel + ((1 - contrast) * mean + brightness)
        else:
            coverage = (alpha + 1) * 0.5
            visible = coverage.mean(dim=(2, 3), keepdim=True).clamp_min(1e-3)
            mean = (mean + 1) / visible  # the mean straight colour, counted from black
            offset = contrast * (1 - saturation) * (pixel + 1) + ((1 - contrast) * mean + brightness) * coverage
            offset = offset + (contrast * saturation - 1)
        return contrast * saturation, offset

    def _kept(self, pictures: Tensor, chance: _Chance) -> Tensor | None:
        """(B, 1, H, W): 0 inside the cutout and 1 elsewhere; None when nothing is cut out."""
        if not self.config.cutout:
            return None
        height, width = pictures.shape[2:]
        rows = _inside(height, self.config.cutout, chance.cut_row) * chance.cuts[:, None]
        columns = _inside(width, self.config.cutout, chance.cut_column)
        return 1 - rows[:, None, :, None] * columns[:, None, None, :]


def _by_channel(gradient: Tensor | None) -> Tensor | None:
    """Channel after channel, as the pictures are: a convolution's gradient comes interleaved, which is slower here."""
    return None if gradient is None else gradient.contiguous()


def _drawn(uniform: Tensor, probability: float | Tensor) -> _Chance:
    shifts, recolors, cuts = (uniform[:, :3] < probability).unbind(dim=1)
    down, across, brightness, saturation, contrast = (uniform[:, 3:8] * 2 - 1).unbind(dim=1)
    cut_row, cut_column = uniform[:, 8:].unbind(dim=1)
    return _Chance(
        cuts=cuts,
        down=down * shifts,
        across=across * shifts,
        brightness=brightness * recolors,
        saturation=saturation * recolors,
        contrast=contrast * recolors,
        cut_row=cut_row,
        cut_column=cut_column,
    )


def _per_picture(numbers: Tensor) -> Tensor:
    return numbers[:, None, None, None]


def _coordinates(side_px: int, largest: float, signed: Tensor) -> Tensor:
    """For each picture where along a side its pixels are taken from, shifted by whole pixels and kept inside.

    Returns:
        (B, side_px), in [-1, 1] as `grid_sample` counts, at the exact middle of a pixel.
    """
    largest_px = round(side_px * largest)
    # clamped: rounding may bring a number just under 1 to 1
    shift_px = (torch.floor((signed + 1) * (largest_px + 0.5)) - largest_px).clamp_max(largest_px)
    pixels = torch.arange(side_px, device=signed.device) - shift_px[:, None]
    return (pixels.clamp(0, side_px - 1) * 2 + 1) / side_px - 1


def _inside(side_px: int, share: float, center: Tensor) -> Tensor:
    """(B, side_px): 1 for the pixels along a side that lie in a stretch of that share around `center`, else 0."""
    length_px = round(side_px * share)
    start_px = torch.floor(center * side_px).clamp_max(side_px - 1) - length_px // 2
    pixels = torch.arange(side_px, device=center.device) - start_px[:, None]
    return ((pixels >= 0) & (pixels < length_px)).to(center.dtype)
