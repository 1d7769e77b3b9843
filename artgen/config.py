"""The base of every config model: strict, frozen, and each field says what its change means for a run that exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from artgen.contracts import SHORTEST_SIDE_PX, SIDE_MULTIPLE_PX, Input, PictureShape, nearest_sides
from artgen.shards import Pieces

Change = Literal["identity", "extend", "free"]
"""What changing a field means when the job is run again.

- ``identity``: another run; refused, with what to do.
- ``extend``: a budget; the run goes on to the new one.
- ``free``: outputs and display; done anew without training.
"""


class Config(BaseModel):
    """A table of the job file: unknown keys are errors, values are never coerced across types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    change: ClassVar[Change] = "identity"
    """What the change of a field means where the field does not say."""
    trial: ClassVar[Mapping[str, Any]] = {}
    """Options to try the component out with, in tests: those that must be given, and small ones where it is large. Paths
    are relative to a folder in which `pictures` holds artgen's tiny ones."""


def option(default: Any = ..., *, change: Change | None = None, **limits: Any) -> Any:
    """A config field: its default (none: it must be given), what its change means, and pydantic's own limits."""
    extra: dict[str, Any] | None = {"change": change} if change else None
    return Field(default, json_schema_extra=extra, **limits)


class InputPath:
    """Marks a field that names files of the user's: made absolute against the file that states it, and checked.

    Args:
        kind: a folder or a file that must exist, or a pattern that must match at least one file.
        once: it is needed where a run begins, and never again.
    """

    def __init__(self, kind: Literal["folder", "file", "pattern"], *, once: bool = False) -> None:
        self.kind = kind
        self.once = once


Folder = Annotated[Path, Field(strict=False), InputPath("folder")]
"""A config field that holds a folder of the user's, which must be there."""
File = Annotated[Path, Field(strict=False), InputPath("file")]
"""A config field that holds a file of the user's, which must be there."""
Pattern = Annotated[str, InputPath("pattern")]
"""A config field that holds a pattern of files of the user's, at least one of which must be there."""


def _allowed_side(side_px: int) -> int:
    if side_px < SHORTEST_SIDE_PX or side_px % SIDE_MULTIPLE_PX:
        nearest = " or ".join(map(str, nearest_sides(side_px)))
        raise ValueError(
            f"{side_px} is no possible side: sides are multiples of {SIDE_MULTIPLE_PX} and at least "
            f"{SHORTEST_SIDE_PX} pixels; nearest: {nearest}"
        )
    return side_px


Side = Annotated[
    int,
    AfterValidator(_allowed_side),
    WithJsonSchema({"type": "integer", "minimum": SHORTEST_SIDE_PX, "multipleOf": SIDE_MULTIPLE_PX}),
]
Size = Side | Annotated[list[Side], Field(min_length=2, max_length=2)]
"""A config field that holds the side of a square in pixels, or [width, height]."""


class NetworkConfig(Config):
    """Options of a network that learns."""

    @property
    def least_batch(self) -> int:
        """Pictures at a time that it can learn from at least: 2 where batch norm has but one number of each picture."""
        return 1

    def check_shape(self, shape: PictureShape) -> None:
        """Raises ValueError when it cannot be built for pictures of this shape."""

    def check_stages(self, sizes: Sequence[int], shape: PictureShape) -> None:
        """Raises ValueError when it cannot grow through stages with these shorter sides."""


class GeneratorConfig(NetworkConfig):
    """Options of a generator."""

    input: ClassVar[Input] = "latent"
    """What it paints from: ``latent``, ``picture`` or ``canvas``."""
    provides: ClassVar[frozenset[str]] = frozenset()
    """What the network can do beyond painting: ``classes``, ``scales``, ``stages``, ``mapping`` (w is not z)."""
    paints_untrained: ClassVar[bool] = False
    """Whether the network paints as it is drawn from the seed: a job without [data] then trains nothing."""

    def painted_shape(self, learned: PictureShape | None) -> PictureShape | None:
        """Of what outputs show; other than the shape that was learned from where a network paints any size.

        Args:
            learned: what `[data]` says; None without it, where a network that paints untrained has a shape of its own.
        """
        return learned


def input_of(config: Any) -> Input:
    """What a generator paints from, by its config model; latent vectors where that does not say, or there is none."""
    source: Input = getattr(config, "input", "latent")
    return source


def painted_shape(config: Any, learned: PictureShape | None) -> PictureShape | None:
    """The shape that outputs show, by a generator's config model; the one that was learned where that does not say."""
    painted = getattr(config, "painted_shape", None)
    shape: PictureShape | None = painted(learned) if painted else learned
    return shape


def untrained(config: Any) -> bool:
    """Whether a generator paints as it is drawn, by its config model."""
    return bool(getattr(config, "paints_untrained", False))


def least_batch(config: Any) -> int:
    """Pictures at a time that a network can learn from at least, by its config model; 1 where that does not say."""
    return int(getattr(config, "least_batch", 1))


class DiscriminatorConfig(NetworkConfig):
    """Options of a discriminator."""

    provides: ClassVar[frozenset[str]] = frozenset()
    """What the network can do beyond judging: ``classes``, ``scales``, ``stages``, ``features``, ``decoded``."""


class AugmentationConfig(Config):
    """Options of an augmentation."""


class BackboneConfig(Config):
    """Options of a backbone."""

    layer_names: ClassVar[tuple[str, ...]] = ()
    """Every layer that it has; empty where it does not say."""


class LossConfig(Config):
    """Options that every loss has."""

    adversarial: ClassVar[bool | None] = None
    """Whether it trains the two networks against each other; None when it does not say."""
    requires: ClassVar[frozenset[str]] = frozenset()
    """What the networks must provide for it, such as ``features``, ``decoded`` or ``mapping``."""
    paints: ClassVar[frozenset[str]] = frozenset({"latent"})
    """What generators it can stand beside: those whose `input` is one of these."""
    looks: ClassVar[bool] = False
    """Whether it looks at pictures through the job's backbone; it then may have a field `layers`."""

    weight: float = option(1.0, ge=0)
    """What the loss is multiplied by."""
    every: int = option(1, ge=1)
    """Compute it every n-th step only, with n times its weight."""


class OutputConfig(Config):
    """Options that every output has."""

    change: ClassVar[Change] = "free"

    requires: ClassVar[frozenset[str]] = frozenset()
    """What the networks must provide for it, such as ``mapping``; with ``classes`` the pictures must have some, too."""
    gathers: ClassVar[bool] = False
    """Whether it shows what other outputs made, and so is made after them."""
    paints: ClassVar[frozenset[str]] = frozenset({"latent", "picture", "canvas"})
    """What generators it can show the pictures of: those whose `input` is one of these."""

    def pieces(self, paints_from: Input) -> Pieces:  # noqa: ARG002 - for those that say more
        """What it consists of; an output of more than one piece can be made by several processes, see `artgen.shards`.

        Args:
            paints_from: `input` of the generator.
        """
        return Pieces()


class TrackerConfig(Config):
    """Options of a tracker."""

    change: ClassVar[Change] = "free"


class LauncherConfig(Config):
    """Options of a launcher."""

    change: ClassVar[Change] = "free"

    shards: int = option(0, ge=0, le=9999)
    """Into how many tasks an output is cut that can be made in parts, such as a film; 0 goes by how many tasks run at a
    time and by how much there is to do."""


OPTIONS: Mapping[str, type[Config]] = {
    "generator": GeneratorConfig,
    "discriminator": DiscriminatorConfig,
    "loss": LossConfig,
    "augmentation": AugmentationConfig,
    "backbone": BackboneConfig,
    "output": OutputConfig,
    "tracker": TrackerConfig,
    "launcher": LauncherConfig,
}
"""By kind: what a config model inherits, and the options of a component that registers none."""
