"""What a job may say of the backbone."""

from __future__ import annotations

from typing import Annotated

from artgen.colours import Colour
from artgen.config import BackboneConfig, File, option
from pydantic import StringConstraints

Sha256 = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")]


class TimmConfig(BackboneConfig):
    """A convolutional network of timm."""

    model: str = option(min_length=1)
    """Which, as timm calls it, with the weights that are meant: "resnet50.a1_in1k"."""
    weights: File | None = option(None)
    """A .safetensors file of them; without it they are fetched once, into the user's cache folder."""
    sha256: Sha256 = option("")
    """What the file of the weights must be; by default anything, and what it was is noted in the run."""
    background: Colour = option("white")
    """What shows through where pictures are transparent: a colour name or #rrggbb."""
