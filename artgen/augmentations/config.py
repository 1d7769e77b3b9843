"""What a job may say in `[[augmentations]]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from pydantic import ValidationInfo, field_validator, model_validator

from artgen.augmentations.kornia_source import augmentation_files, options_of
from artgen.config import AugmentationConfig, option
from artgen.nearest import nearest


class DiffAugmentConfig(AugmentationConfig):
    """Shift, colour and cutout. An amount of 0 turns one off."""

    probability: float = option(1.0, ge=0, le=1)
    """How often each of the three happens to a picture."""
    translation: float = option(0.125, ge=0, le=1)
    """Largest shift, as a share of each side; whole pixels."""
    brightness: float = option(0.5, ge=0)
    """Largest brightness added or taken, of a range of 2."""
    saturation: float = option(1.0, ge=0, le=1)
    """Saturation is multiplied by 1 - this up to 1 + this."""
    contrast: float = option(0.5, ge=0, le=1)
    """Contrast is multiplied by 1 - this up to 1 + this."""
    cutout: float = option(0.5, ge=0, le=1)
    """Sides of the square that is cut out, as a share of the picture's."""


class FlipsConfig(AugmentationConfig):
    """Mirror images and turns. What happens to half of the pictures may be painted that way too."""

    horizontal: float = option(0.5, ge=0, le=1)
    """How often left and right are exchanged; 0 for lettering and whatever has a side."""
    vertical: float = option(0.0, ge=0, le=1)
    """How often top and bottom are exchanged."""
    quarter_turns: float = option(0.0, ge=0, le=1)
    """How often a picture is turned by 90, 180 or 270 degrees; one that is not square by 180."""


class AdaptiveConfig(AugmentationConfig):
    """Flips, turns, shifts, scales and colours, as often as it takes to keep the discriminator from learning by heart."""

    flips: bool = option(True)
    """Exchange left and right."""
    turns: bool = option(True)
    """Turn by 90, 180 or 270 degrees; what is not square by 180."""
    geometry: bool = option(True)
    """Shift, scale, stretch and rotate."""
    color: bool = option(True)
    """Change brightness, contrast, hue and saturation, and exchange dark and light."""
    start: float = option(0.0, ge=0, le=1)
    """How often each of them happens at first."""
    limit: float = option(0.8, gt=0, le=1)
    """The most that this rises to; beyond 0.8 painted pictures come out turned and recoloured too."""
    target: float = option(0.6, gt=-1, lt=1)
    """How sure the discriminator may be of real pictures, as the mean sign of its logits: 0 doubts, 1 knows by heart."""
    interval: int = option(4, ge=1)
    """Steps between two adjustments."""
    ramp_kimg: float = option(100.0, gt=0)
    """Thousands of pictures in which it can rise from 0 to 1."""

    @model_validator(mode="after")
    def _starts_under_its_limit(self) -> Self:
        if self.start > self.limit:
            raise ValueError(f"start = {self.start} is above limit = {self.limit}")
        return self


class InstanceNoiseConfig(AugmentationConfig):
    """Noise on real and painted pictures alike, so that no detail gives the painted ones away at once."""

    sigma: float = option(0.1, ge=0)
    """Standard deviation, of a range of 2."""
    until_kimg: float = option(0.0, ge=0)
    """Thousands of pictures after which it has faded away; 0 keeps it to the end."""


_SAID_ELSEWHERE = {"p", "p_batch", "same_on_batch", "keepdim"}
"""What kornia is told of each picture by itself."""


class KorniaConfig(AugmentationConfig):
    """Any of kornia's augmentations for single pictures, by name; slower than artgen's own."""

    trial: ClassVar[Mapping[str, Any]] = {"augmentation": "RandomPerspective", "probability": 1.0}

    augmentation: str = option()
    """The class in kornia.augmentation, such as "RandomPerspective"."""
    options: dict[str, Any] = option({})
    """What it is made with, such as { distortion_scale = 0.3 }; colours are in 0…1 there."""
    probability: float = option(0.5, ge=0, le=1)
    """How often it happens to a picture."""

    @field_validator("augmentation")
    @classmethod
    def _is_there(cls, augmentation: str) -> str:
        known = augmentation_files()
        if known and augmentation not in known:
            guess = _meant(augmentation, sorted(known))
            raise ValueError(f"kornia has no augmentation of single pictures named '{augmentation}'; {guess}")
        return augmentation

    @field_validator("options")
    @classmethod
    def _is_taken(cls, options: dict[str, Any], others: ValidationInfo) -> dict[str, Any]:
        ours = sorted(_SAID_ELSEWHERE & options.keys())
        if ours:
            raise ValueError(f"leave out {', '.join(ours)}: each picture is augmented by itself, with `probability`")
        known, _ = options_of(others.data.get("augmentation", ""))
        for name in options if known else ():
            if name not in known:
                guess = _meant(name, [one for one in known if one not in _SAID_ELSEWHERE])
                raise ValueError(f"there is no '{name}'; {guess}")
        return options

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        _, required = options_of(self.augmentation)
        missing = [name for name in required if name not in self.options]
        if missing:
            raise ValueError(f"{self.augmentation} needs {', '.join(missing)}: write options = {{ {missing[0]} = … }}")
        return self


def _meant(word: str, known: Sequence[str]) -> str:
    close = nearest(word, known)
    return f"did you mean '{close}'?" if close else f"there are: {', '.join(known)}"
