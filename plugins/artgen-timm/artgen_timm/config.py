"""What a job may say of the backbone, and of the sheet that is sorted with one."""

from __future__ import annotations

from typing import Annotated, ClassVar

from artgen.colours import Colour
from artgen.config import BackboneConfig, Config, File, option
from artgen.outputs.config import SheetConfig
from pydantic import StringConstraints

Sha256 = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")]


class NetworkConfig(Config):
    """A convolutional network of timm."""

    model: str = option(min_length=1)
    """Which, as timm calls it, with the weights that are meant: "resnet50.a1_in1k"."""
    weights: File | None = option(None)
    """A .safetensors file of them; without it they are fetched once, into the user's cache folder."""
    sha256: Sha256 = option("")
    """What the file of the weights must be; by default anything, and what it was is noted in the run."""
    background: Colour = option("white")
    """What shows through where pictures are transparent: a colour name or #rrggbb."""


class TimmConfig(BackboneConfig, NetworkConfig):
    """A convolutional network of timm that losses look at pictures through."""


class LikenessConfig(SheetConfig, NetworkConfig):
    """A contact sheet on which pictures stand beside those that a network of timm finds like them."""

    paints: ClassVar[frozenset[str]] = frozenset({"latent"})

    layers: list[str] = option([])
    """What pictures are compared by; by default the last two of the layers that timm itself looks at."""
