"""What a job may say in `[discriminator]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from artgen.config import DiscriminatorConfig, option
from artgen.contracts import PictureShape
from artgen.layers.resolutions import check_stage_sizes, halvings

Widths = list[Annotated[int, Field(ge=1)]]


class DCGANConfig(DiscriminatorConfig):
    """Strided convolutions that mirror the generator of the same name."""

    trial: ClassVar[Mapping[str, Any]] = {"width": 4}
    provides: ClassVar[frozenset[str]] = frozenset({"classes", "stages", "features"})

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
    growing: bool = option(False)
    """Layers that judge pictures of every coarser resolution too, for `[train] stages`."""

    def check_shape(self, shape: PictureShape) -> None:
        """Raises ValueError when `widths` does not fit pictures of this shape."""
        halvings(shape, width=self.width, max_width=self.max_width, widths=self.widths)

    def check_stages(self, sizes: Sequence[int], shape: PictureShape) -> None:
        """Raises ValueError when the network cannot grow through stages with these shorter sides."""
        if not self.growing:
            raise ValueError("dcgan grows in stages only when it is built for it: write growing = true")
        check_stage_sizes(sizes, shape)


class DenseConfig(DiscriminatorConfig):
    """The fully connected discriminator of the first GAN lesson."""

    trial: ClassVar[Mapping[str, Any]] = {"hidden": [32, 16]}

    hidden: Widths = option([512, 256], min_length=1)
    """Sizes of the hidden layers."""
    dropout: float = option(0.0, ge=0, lt=1)
    """Share of the numbers dropped after each hidden layer."""


class LightweightConfig(DiscriminatorConfig):
    """The discriminator of FastGAN (B. Liu et al., 2021), whose features can be asked to paint the picture again."""

    trial: ClassVar[Mapping[str, Any]] = {"width": 8}
    provides: ClassVar[frozenset[str]] = frozenset({"features", "decoded"})

    width: int = option(64, ge=8)
    """Channels at 64 pixels; each coarser resolution has twice as many, each finer one half."""
    norm: Literal["batch", "spectral"] = option("batch")
    """batch is the paper's, on top of spectral norm; spectral alone suits gradient penalties."""


class MSGConfig(DiscriminatorConfig):
    """The discriminator of MSG-GAN, which sees the picture of every resolution at once."""

    trial: ClassVar[Mapping[str, Any]] = {"width": 4}
    provides: ClassVar[frozenset[str]] = frozenset({"scales", "features"})

    width: int = option(32, ge=1)
    """Channels at the two finest resolutions; each coarser one has twice as many."""
    max_width: int = option(512, ge=1)
    """Most channels at any resolution."""
    minibatch_stddev: int = option(4, ge=1)
    """Every resolution sees how much groups of this many pictures vary, against mode collapse."""


class StyleGANLiteConfig(DiscriminatorConfig):
    """StyleGAN2's residual discriminator (T. Karras et al., 2020) without compiled operations."""

    trial: ClassVar[Mapping[str, Any]] = {"width": 0.02, "max_width": 8}
    provides: ClassVar[frozenset[str]] = frozenset({"classes", "stages", "features"})

    width: float = option(1.0, gt=0)
    """Times the published channels: 512 up to 32 pixels, then half as many with every doubling."""
    max_width: int = option(512, ge=1)
    """Most channels at any resolution."""
    minibatch_stddev: int = option(4, ge=0)
    """Let the last layers see how much groups of this many pictures vary, against mode collapse; 0 for not."""

    def check_stages(self, sizes: Sequence[int], shape: PictureShape) -> None:
        """Raises ValueError when the network cannot grow through stages with these shorter sides."""
        check_stage_sizes(sizes, shape)
