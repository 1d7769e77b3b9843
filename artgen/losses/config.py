"""What a job may say in `[[losses]]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from artgen.colours import Colour
from artgen.config import LossConfig, Pattern, option

Gamma = Annotated[float, Field(ge=0)] | Literal["auto"]
Distance = Literal["l1", "l2"]
Weights = list[Annotated[float, Field(ge=0)]]
ANY = frozenset({"latent", "picture", "canvas"})


class AdversarialConfig(LossConfig):
    """The game of the two networks."""

    adversarial: ClassVar[bool | None] = True

    form: Literal["bce", "non-saturating", "hinge", "least-squares", "wasserstein"] = option("hinge")
    """How judgements become a loss; wasserstein needs a gradient penalty or spectral norm beside it."""
    smoothing: float = option(0.0, ge=0, lt=0.5)
    """Label smoothing, bce only: real pictures count as 1 - smoothing."""
    two_sided: bool = option(False)
    """With smoothing: painted pictures count as smoothing instead of 0 too."""

    @model_validator(mode="after")
    def _smoothing_needs_labels(self) -> Self:
        if self.smoothing and self.form != "bce":
            raise ValueError(f'smoothing changes labels, which only form = "bce" has; form is "{self.form}"')
        if self.two_sided and not self.smoothing:
            raise ValueError("two_sided changes nothing while smoothing is 0; try smoothing = 0.1")
        return self


class TotalVariationConfig(LossConfig):
    """Smoother pictures."""

    paints: ClassVar[frozenset[str]] = ANY

    weight: float = option(0.4, ge=0)
    """What the loss is multiplied by; the same weight means the same at any size."""


class RelativisticConfig(LossConfig):
    """The game of the two networks, in pairs: is this real picture more real than this painted one?"""

    adversarial: ClassVar[bool | None] = True


class R1Config(LossConfig):
    """A calmer discriminator: small slopes at real pictures."""

    gamma: Gamma = option("auto")
    """How strongly; auto follows the picture's size. Larger is steadier and less diverse; try 4 times or a quarter."""
    every: int = option(16, ge=1)
    """Compute it every n-th step only, with n times its weight."""


class R2Config(LossConfig):
    """A calmer discriminator: small slopes at painted pictures; stands beside r1."""

    gamma: Gamma = option("auto")
    """How strongly; auto follows the picture's size."""
    every: int = option(16, ge=1)
    """Compute it every n-th step only, with n times its weight."""


class GradientPenaltyConfig(LossConfig):
    """A discriminator whose slope between real and painted pictures is held at one number."""

    weight: float = option(10.0, ge=0)
    """What the loss is multiplied by."""
    target: float = option(1.0, ge=0)
    """The slope wanted; 1 goes with the wasserstein form, 0 is calmer with any."""


class PathLengthConfig(LossConfig):
    """An even latent space: a step of one size in w changes pictures by as much everywhere."""

    requires: ClassVar[frozenset[str]] = frozenset({"mapping"})

    weight: float = option(2.0, ge=0)
    """What the loss is multiplied by."""
    every: int = option(4, ge=1)
    """Compute it every n-th step only, with n times its weight."""
    share: float = option(0.5, gt=0, le=1)
    """Pictures painted for it, as a share of the batch."""
    decay: float = option(0.01, gt=0, le=1)
    """How fast the mean length follows."""


class FeatureMatchingConfig(LossConfig):
    """Painted pictures whose features, as the discriminator sees them, are on average those of real ones."""

    requires: ClassVar[frozenset[str]] = frozenset({"features"})

    distance: Distance = option("l1")
    """How means are compared: l1 is the mean difference, l2 its mean square."""


class ReconstructionConfig(LossConfig):
    """A discriminator that must know real pictures well enough to paint them from its features."""

    requires: ClassVar[frozenset[str]] = frozenset({"decoded"})

    distance: Distance = option("l1")
    """How pictures are compared: l1 is the mean difference, l2 its mean square."""


class ContentConfig(LossConfig):
    """What is in the picture stays where it is: features of the picture that is repainted (L. Gatys et al., 2016)."""

    paints: ClassVar[frozenset[str]] = frozenset({"picture", "canvas"})
    looks: ClassVar[bool] = True

    weight: float = option(0.7, ge=0)
    """What the loss is multiplied by; beside a style of weight 1 faces survive, and at a tenth of it they do not."""
    layers: list[str] = option(["relu4_2"], min_length=1)
    """Layers of the backbone; deeper ones keep what things are, shallow ones every contour."""
    layer_weights: Weights = option([])
    """How much each layer counts, only in proportion; by default all alike."""

    @model_validator(mode="after")
    def _one_weight_per_layer(self) -> Self:
        _check_weights("layer_weights", self.layer_weights, self.layers, "layers")
        return self


class StyleConfig(LossConfig):
    """What all losses have that pull toward pictures of a style."""

    trial: ClassVar[Mapping[str, Any]] = {"images": ["pictures/church-at-auvers.png"]}
    paints: ClassVar[frozenset[str]] = ANY

    images: list[Pattern] = option(min_length=1, change="extend")
    """Pictures of the style, such as "paintings/*.png". A canvas is painted for each of them, unless they are mixed."""
    mix: bool = option(False)
    """Paint with all of them at once, as one style, instead of one canvas for each."""
    weights: Weights = option([])
    """With mix: how much each picture counts, only in proportion; by default all alike."""
    scale: float = option(1.0, gt=0, le=8)
    """Size of the style's picture beside the painted one; 0.5 makes for brush strokes half as large."""
    mask: list[Pattern] = option([])
    """Where it counts: a grey picture for each content, of its size, or one for all; white is everywhere."""

    @model_validator(mode="after")
    def _weights_are_for_mixing(self) -> Self:
        if self.weights and not self.mix:
            raise ValueError("weights are how styles are mixed: write mix = true, or leave them out")
        return self


class LayeredStyleConfig(StyleConfig):
    """Styles as the layers of the backbone see them."""

    looks: ClassVar[bool] = True

    layers: list[str] = option(["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"], min_length=1)
    """Layers of the backbone; shallow ones see colour and grain, deeper ones strokes and forms."""
    layer_weights: Weights = option([])
    """How much each layer counts, only in proportion; by default all alike."""

    @model_validator(mode="after")
    def _one_weight_per_layer(self) -> Self:
        _check_weights("layer_weights", self.layer_weights, self.layers, "layers")
        return self


class GramStyleConfig(LayeredStyleConfig):
    """Which features go together, as Gram matrices (L. Gatys et al., 2016)."""


class StyleMomentsConfig(LayeredStyleConfig):
    """Mean and covariance of the features, by their Wasserstein-2 distance."""


class HistogramConfig(StyleConfig):
    """The colours of the style, in the amounts that it has them."""


class PaletteConfig(LossConfig):
    """Only a few colours."""

    trial: ClassVar[Mapping[str, Any]] = {"colors": ["#264653", "#e9c46a"]}
    paints: ClassVar[frozenset[str]] = ANY

    colors: list[Colour] = option(min_length=1)
    """The colours: names or #rrggbb."""


class SymmetryConfig(LossConfig):
    """Pictures that are their own mirror image."""

    paints: ClassVar[frozenset[str]] = ANY

    axis: Literal["vertical", "horizontal", "both", "point"] = option("vertical")
    """vertical: left mirrors right, as in a face; horizontal: as in water; both; point: turned by half a turn."""


def _check_weights(name: str, weights: list[float], of: list[str], counted: str) -> None:
    if weights and len(weights) != len(of):
        raise ValueError(f"{name} has {len(weights)} numbers for {len(of)} {counted}")
    if weights and not any(weights):
        raise ValueError(f"{name} are all 0")
