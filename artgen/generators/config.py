"""What a job may say in `[generator]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from artgen.config import GeneratorConfig, Pattern, option
from artgen.contracts import Input, PictureShape
from artgen.layers.resolutions import check_stage_sizes, resolutions

Widths = list[Annotated[int, Field(ge=1)]]


class DCGANConfig(GeneratorConfig):
    """The convolutional generator of DCGAN (A. Radford, L. Metz, S. Chintala, 2015) for any width and height."""

    trial: ClassVar[Mapping[str, Any]] = {"latent": 8, "width": 4}
    provides: ClassVar[frozenset[str]] = frozenset({"classes", "stages"})

    latent: int = option(64, ge=1)
    """Numbers that a picture is painted from."""
    width: int = option(64, ge=1)
    """Channels at the two finest resolutions; each coarser one has twice as many."""
    max_width: int = option(512, ge=1)
    """Most channels at any resolution."""
    widths: Widths = option([])
    """Channels of every resolution, the coarsest first, instead of width and max_width. The last, the picture's own,
    counts not with upsampling = "transposed": such a convolution paints the picture at once."""
    upsampling: Literal["transposed", "resize", "smooth"] = option("transposed")
    """transposed is the paper's 4×4 convolution; resize repeats pixels and convolves 3×3 (no checkerboards); smooth
    convolves and blends, as StyleGAN2 does (no grid in textures either)."""
    norm: Literal["batch", "spectral", "none"] = option("batch")
    """What keeps the layers in range."""
    noise: bool = option(False)
    """Add noise at every resolution, as strong as is learned: fine texture that the latent need not draw."""
    growing: bool = option(False)
    """Layers that paint at every coarser resolution too, for `[train] stages`."""

    def check_shape(self, shape: PictureShape) -> None:
        """Raises ValueError when `widths` does not fit pictures of this shape."""
        resolutions(shape, width=self.width, max_width=self.max_width, widths=self.widths)

    def check_stages(self, sizes: Sequence[int], shape: PictureShape) -> None:
        """Raises ValueError when the network cannot grow through stages with these shorter sides."""
        if not self.growing:
            raise ValueError("dcgan grows in stages only when it is built for it: write growing = true")
        check_stage_sizes(sizes, shape)


class DenseConfig(GeneratorConfig):
    """The fully connected generator of the first GAN lesson."""

    trial: ClassVar[Mapping[str, Any]] = {"latent": 8, "hidden": [16, 32]}

    latent: int = option(100, ge=1)
    """Numbers that a picture is painted from."""
    hidden: Widths = option([256, 512, 1024], min_length=1)
    """Sizes of the hidden layers."""
    norm: Literal["batch", "none"] = option("none")
    """Batch norm after each hidden layer, as some versions of the lesson have it."""

    @property
    def least_batch(self) -> int:
        """Two with batch norm, which compares pictures with each other and finds nothing else to compare."""
        return 2 if self.norm == "batch" else 1


class LightweightConfig(GeneratorConfig):
    """The generator of FastGAN (B. Liu et al., 2021), made for about 100 pictures."""

    trial: ClassVar[Mapping[str, Any]] = {"latent": 8, "width": 8}

    latent: int = option(256, ge=1)
    """Numbers that a picture is painted from."""
    width: int = option(64, ge=8)
    """Channels at 128 pixels: 16 times as many on the coarsest grid, an eighth at 1024 pixels."""


class MSGConfig(GeneratorConfig):
    """The generator of MSG-GAN (A. Karnewar and O. Wang, 2020), which paints every resolution at once."""

    trial: ClassVar[Mapping[str, Any]] = {"latent": 8, "width": 4}
    provides: ClassVar[frozenset[str]] = frozenset({"scales"})

    latent: int = option(128, ge=1)
    """Numbers that a picture is painted from."""
    width: int = option(32, ge=1)
    """Channels at the two finest resolutions; each coarser one has twice as many."""
    max_width: int = option(512, ge=1)
    """Most channels at any resolution."""


class StyleGANLiteConfig(GeneratorConfig):
    """StyleGAN2's generator (T. Karras et al., 2020) without compiled operations, for any width and height."""

    trial: ClassVar[Mapping[str, Any]] = {"latent": 8, "width": 0.02, "max_width": 8}
    provides: ClassVar[frozenset[str]] = frozenset({"classes", "stages", "mapping"})

    latent: int = option(512, ge=1)
    """Numbers that a picture is painted from, before and after the mapping."""
    mapping_layers: int = option(2, ge=1)
    """Dense layers from the one to the other."""
    width: float = option(1.0, gt=0)
    """Times the published channels: 512 up to 32 pixels, then half as many with every doubling."""
    max_width: int = option(512, ge=1)
    """Most channels at any resolution."""
    style_mixing: float = option(0.9, ge=0, le=1)
    """Share of the training pictures that are painted from two latents, one for the coarse layers, one for the fine."""

    def check_stages(self, sizes: Sequence[int], shape: PictureShape) -> None:
        """Raises ValueError when the network cannot grow through stages with these shorter sides."""
        check_stage_sizes(sizes, shape)


class CanvasConfig(GeneratorConfig):
    """No network: the picture itself is what changes until it has its content and its style."""

    input: ClassVar[Input] = "canvas"

    content: list[Pattern] = option([], change="extend")
    """Pictures to repaint, such as "photos/*.jpg". Without any, a texture of the style is painted."""
    size: Annotated[int, Field(ge=32, le=65536)] = option(512)
    """Long side of what is painted, in pixels."""
    start: Literal["content", "noise", "style"] = option("content")
    """What is on the canvas at first: the content, noise, or noise in the colours of the style, as in every texture
    that does not ask for noise."""
    textures: int = option(1, ge=1, le=10_000, change="extend")
    """Without content: how many textures of each style."""
    wrap: bool = option(False)
    """Without content: textures without a seam, whose left edge goes on at the right one and the top at the bottom."""
    keep: list[Pattern] = option([])
    """What stays as it is: a grey picture for each content, of its size, or one for all; white stays, grey is mixed."""
    keep_colors: Literal["none", "luminance", "histogram", "coral"] = option("none")
    """Paint in the content's colours. luminance takes only light and dark from the painting; histogram and coral give
    the style the content's colours before painting: each colour's amount, or their mean and spread."""
    strength: float = option(1.0, gt=0, le=100)
    """How strongly the styles pull beside all else: multiplies the weight of every style."""


class StylizerConfig(GeneratorConfig):
    """A network that repaints any picture at once, taught on a folder of pictures (J. Johnson et al., 2016)."""

    trial: ClassVar[Mapping[str, Any]] = {"width": 4, "blocks": 1}
    input: ClassVar[Input] = "picture"

    width: int = option(16, ge=4)
    """Channels at the picture's size; twice as many at half of it, four times at a quarter and an eighth."""
    blocks: int = option(4, ge=0)
    """Residual blocks at an eighth of the size."""
    practised: bool = option(True)
    """Begin with what was learned of seven paintings by Van Gogh, so that a new one takes less practice. With another
    width, or other blocks, it begins from nothing all the same."""

    def check_shape(self, shape: PictureShape) -> None:
        """Raises ValueError when the pictures are not in colour, or transparent."""
        if shape.channels != 3:
            raise ValueError('stylizer learns from opaque pictures in colour: write [data] colors = "rgb"')
