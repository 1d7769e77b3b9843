"""What a job may say in `[discriminator]`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from artgen.config import DiscriminatorConfig, option
from artgen.contracts import PictureShape
from artgen.layers.resolutions import halvings

Widths = list[Annotated[int, Field(ge=1)]]


class DCGANConfig(DiscriminatorConfig):
    """Strided convolutions that mirror the generator of the same name."""

    width: int = option(64, ge=1)
    """Channels after the first convolution; each further one has twice as many."""
    max_width: int = option(512, ge=1)
    """Most channels at any resolution."""
    widths: Widths = option([])
    """Channels after every convolution, the finest first, instead of width and max_width."""
    norm: Literal["spectral", "batch", "none"] = option("spectral")
    """spectral is steadier on small folders; batch is the paper's (not on the first convolution)."""
    dropout: float = option(0.0, ge=0, lt=1)
    """Share of the feature maps dropped after each convolution."""
    minibatch_stddev: int = option(0, ge=0)
    """Let the last layer see how much groups of this many pictures vary, against mode collapse; 0 for not."""

    def check_shape(self, shape: PictureShape) -> None:
        """Raises ValueError when `widths` does not fit pictures of this shape."""
        halvings(shape, width=self.width, max_width=self.max_width, widths=self.widths)


class DenseConfig(DiscriminatorConfig):
    """The fully connected discriminator of the first GAN lesson."""

    hidden: Widths = option([512, 256], min_length=1)
    """Sizes of the hidden layers."""
    dropout: float = option(0.0, ge=0, lt=1)
    """Share of the numbers dropped after each hidden layer."""
