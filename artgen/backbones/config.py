"""What a job may say of a backbone."""

from __future__ import annotations

from typing import Literal

from artgen.config import BackboneConfig, option


class VGG16Config(BackboneConfig):
    """VGG-16."""

    pooling: Literal["max", "average"] = option("max")
    """Between the blocks: max is what the network was trained with, average gives smoother style transfers."""
