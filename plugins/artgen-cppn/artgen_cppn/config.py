"""Options of the pattern network."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, Literal, Self

from artgen.colours import Colour
from artgen.config import Config, GeneratorConfig, Size, option
from artgen.contracts import PictureShape
from pydantic import AfterValidator, Field, model_validator

Activation = Literal["tanh", "sin", "gauss", "ridge", "softplus"]

SIZE_PX = 1024
"""Of pictures where neither the generator nor `[data]` says it."""


def _of_several(palette: list[str]) -> list[str]:
    if len(palette) == 1:
        raise ValueError("one colour is no picture: give two or more, or none")
    return palette


class ReliefConfig(Config):
    """Light that falls on the picture as if it were cloth or stone."""

    height: float = option(0.0, ge=0, le=10)
    """How deep the folds are; 0 for a flat picture, which takes a third of the time."""
    gloss: float = option(0.3, ge=0, le=2)
    """How bright the highlights are."""
    shine: float = option(24.0, ge=1, le=400)
    """How small they are: paper has few, polished stone many."""
    light: float = option(130.0, ge=-360, le=360)
    """Where the light comes from, in degrees against the clock from the right; 90 is from above."""


class VeinsConfig(Config):
    """Thin lines through the picture, as in marble."""

    color: Colour | Literal["none"] = option("none")
    """A colour name or #rrggbb; none for no veins."""
    count: float = option(1.0, gt=0, le=100)
    """How many there are, about, from one side of the picture to the other."""
    width: float = option(0.02, gt=0, le=1)
    """How wide they are, where 1 is about the whole picture."""
    strength: float = option(0.9, ge=0, le=1)
    """How much of what is below them they hide."""


class CPPNConfig(GeneratorConfig):
    """A network from coordinates to colour (K. Stanley, 2007; D. Ha, 2016): any size, and no pictures needed."""

    paints_untrained: ClassVar[bool] = True

    size: Size | None = option(None, change="free")
    """Side of the square in pixels, or [width, height]; by default that of [data], and 1024 without. The picture is the
    same at any size."""
    latent: int = option(16, ge=1, le=4096)
    """Numbers that a picture is painted from."""
    width: int = option(32, ge=4, le=1024)
    """Units of a layer."""
    depth: int = option(4, ge=1, le=64)
    """Layers."""
    activations: Annotated[list[Activation], Field(min_length=1, max_length=16)] = option(["tanh", "sin"])
    """What the units of a layer are, in turns: tanh is smooth, sin repeats, gauss makes spots, ridge creases."""
    scale: float = option(1.0, gt=0, le=100)
    """How much of the plane is seen: larger shows more of it, and smaller things."""
    detail: float = option(1.0, ge=0, le=8)
    """How many octaves of finer things there are beside the large ones; 0 for none."""
    complexity: float = option(1.5, gt=0, le=10)
    """How strongly the freshly drawn layers bend what comes in: below 1 calm, above 2 wild."""
    spread: float = option(1.0, ge=0, le=20)
    """How much the latent changes the picture before anything is learned."""
    coordinates: Literal["plane", "tile"] = option("plane")
    """plane knows x, y and the distance from the middle; tile goes around, so that the picture has no seam."""
    radius: float = option(0.5, ge=0, le=10)
    """How much the distance from the middle counts on the plane: 0 for patterns without one, above 1 for rings."""
    symmetry: Literal["none", "mirror", "quarters", "rosette"] = option("none")
    """mirror repeats the left at the right, quarters also the top below; rosette is a kaleidoscope of `folds`."""
    folds: int = option(6, ge=1, le=64)
    """Of a rosette."""
    palette: Annotated[list[Colour], Field(max_length=32), AfterValidator(_of_several)] = option([])
    """Colours that the picture goes through, such as ["#10131a", "#c8963e", "#f4ead8"]; without any the network has colours
    of its own, which it learns."""
    bands: float = option(1.0, gt=0, le=100)
    """How often the picture goes through its colours and back."""
    crisp: float = option(0.0, ge=0, lt=1)
    """0 for colours that run into one another; toward 1 for flat ones with edges."""
    shade: float = option(0.06, ge=0, le=1)
    """How much lighter and darker the colours of a palette become."""
    veins: VeinsConfig = option(VeinsConfig())
    """Thin lines through the picture."""
    relief: ReliefConfig = option(ReliefConfig())
    """Light from the side."""
    samples: int = option(2, ge=1, le=8)
    """Points across each pixel that are averaged, for smooth edges; a network that learns takes 1."""

    @model_validator(mode="after")
    def _has_no_seam(self) -> Self:
        if self.coordinates == "tile" and self.symmetry == "rosette" and self.folds % 2:
            raise ValueError(f'a rosette of {self.folds} folds has a seam: with coordinates = "tile" folds are even')
        return self

    def check_shape(self, shape: PictureShape) -> None:
        """Raises ValueError when the pictures cannot be painted in the colours that are asked for."""
        if shape.channels == 4 and (self.palette or self.veins.color != "none"):
            raise ValueError('a palette and veins are opaque: write [data] colors = "rgb", or leave them out')

    def painted_shape(self, learned: PictureShape | None) -> PictureShape:
        """What is asked for, else what was learned from; 1024 pixels square without any."""
        shape = learned or PictureShape(SIZE_PX, SIZE_PX, 3)
        if self.size is None:
            return shape
        width, height = (self.size, self.size) if isinstance(self.size, int) else self.size
        return replace(shape, width=width, height=height)
