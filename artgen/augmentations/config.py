"""What a job may say in `[[augmentations]]`."""

from __future__ import annotations

from artgen.config import AugmentationConfig, option


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
