"""What a job may say in `[generator]`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from artgen.config import GeneratorConfig, option
from artgen.contracts import PictureShape
from artgen.layers.resolutions import resolutions

Widths = list[Annotated[int, Field(ge=1)]]


class DCGANConfig(GeneratorConfig):
    """The convolutional generator of DCGAN (A. Radford, L. Metz, S. Chintala, 2015) for any width and height."""

    latent: int = option(64, ge=1)
    """Numbers that a picture is painted from."""
    width: int = option(64, ge=1)
    """Channels at the two finest resolutions; each coarser one has twice as many."""
    max_width: int = option(512, ge=1)
    """Most channels at any resolution."""
    widths: Widths = option([])
    """Channels of every resolution, the coarsest first, instead of width and max_width. The last, the picture's own,
    counts with upsampling = "resize" only: a transposed convolution paints the picture at once."""
    upsampling: Literal["transposed", "resize"] = option("transposed")
    """transposed is the paper's 4×4 convolution; resize repeats pixels and convolves 3×3 (no checkerboards)."""
    norm: Literal["batch", "spectral", "none"] = option("batch")
    """What keeps the layers in range."""

    def check_shape(self, shape: PictureShape) -> None:
        """Raises ValueError when `widths` does not fit pictures of this shape."""
        resolutions(shape, width=self.width, max_width=self.max_width, widths=self.widths)


class DenseConfig(GeneratorConfig):
    """The fully connected generator of the first GAN lesson."""

    latent: int = option(100, ge=1)
    """Numbers that a picture is painted from."""
    hidden: Widths = option([256, 512, 1024], min_length=1)
    """Sizes of the hidden layers."""
    norm: Literal["batch", "none"] = option("none")
    """Batch norm after each hidden layer, as some versions of the lesson have it."""
