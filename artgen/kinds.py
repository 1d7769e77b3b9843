"""What a component of each kind is: the contracts as types, which `docs/plugins/reference.md` is made from.

Nothing has to inherit from these. A type checker can hold a component against them, and ``artgen plugins check`` makes
sure of what types cannot say. torch appears in types only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from torch import Tensor

    from artgen.contracts import Judged, Painted
    from artgen.engine.step import Step
    from artgen.outputs.source import Source
    from artgen.registry import Kind
    from artgen.runs.store import Artifact, Run
    from artgen.seeding import Draws
    from artgen.shards import Shard


class Generator(Protocol):
    """An `nn.Module` that paints; its config says in `input` what it paints from.

    Made as ``Generator(config, shape)``, on the CPU, with torch's random numbers set by the job's seed; a ValueError
    tells that the options do not fit the shape. This is one of `latent`; one of `picture` is a `Repainter`, and of
    `canvas` there is artgen's own. Where its config has ``scales`` in `provides`, `scale_shapes` are the heights and
    widths of the smaller pictures that it paints beside each.

    Attributes:
        input: what it paints from, as its config says.
        latent_size: numbers of z.
        noise_shapes: height and width of each noise input by name; empty where it has none.
        one_by_one: True, where it is there, says that a picture is the same bits whatever is painted beside it. Then
            finished pictures are asked for one at a time, so that a large one takes no more memory than it must.
    """

    latent_size: int
    noise_shapes: Mapping[str, tuple[int, int]]

    def forward(self, z: Tensor, noise: Mapping[str, Tensor] | None = None, label: Tensor | None = None) -> Painted:
        """Map and paint: z (B, latent_size) to pictures (B, C, H, W) in [-1, 1].

        `label`, (B,) int64, is handed over where the pictures have classes, which its config must have in `provides`.
        """

    def map(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """From z to w, which is z where there is no mapping."""

    def synthesize(self, w: Tensor, noise: Mapping[str, Tensor] | None = None) -> Painted:
        """Paint w; `noise` has standard normal (B, 1, h, w) for any of `noise_shapes`."""


class Repainter(Protocol):
    """A generator whose config has `input` = ``picture``: it paints pictures again, each in one of its styles.

    Made as ``Repainter(config, shape)``; the classes of the shape are its styles, and none is one.

    Attributes:
        input: ``picture``, as its config says.
        styles: how many it knows.
    """

    styles: int

    def forward(self, pictures: Tensor, label: Tensor) -> Painted:
        """Repaint pictures (B, C, H, W) in [-1, 1] of any size in the styles of their labels, (B,) int64."""


class Discriminator(Protocol):
    """An `nn.Module` that judges; real and painted pictures come to it in separate passes.

    Made as ``Discriminator(config, shape)``, like a generator.
    """

    def forward(self, painted: Painted, *, want: frozenset[str] = frozenset(), label: Tensor | None = None) -> Judged:
        """Logits of each picture, above 0 for real.

        `want` names what is to be filled in beside them, ``features`` or ``decoded``; only what its config has in
        `provides` is ever wanted. `label` as for generators.
        """


class Growing(Protocol):
    """What a generator or a discriminator has beside, whose config has ``stages`` in `provides`."""

    def set_stage(self, size: int, fade: float) -> None:
        """Work at a shorter side of `size` from now on; at `fade` 0 the picture is the coarser one, at 1 its own."""


class Loss(Protocol):
    """An object that says what pictures cost.

    Made as ``Loss(config)``. Its config has `weight` and `every`, which artgen applies.

    Attributes:
        needs: what has to be there for it: ``discriminator``, ``features``, ``decoded`` (of the real pictures, in the
            discriminator's phase), ``content``, ``fresh`` (latents of its own), ``real-gradient`` and ``fake-gradient`` (the pictures are leaves in the
            discriminator's phase). What does not fit is an error before anything is trained.
        undecided: of one that trains the two networks against each other, the logit at which a picture is as likely
            real as painted; None where only differences of logits count; 0 where it does not say.
    """

    needs: ClassVar[frozenset[str]]

    def for_generator(self, step: Step) -> Tensor | None:
        """A scalar, or (B,) with one number for each picture; None where it has nothing to say."""

    def for_discriminator(self, step: Step) -> Tensor | None:
        """The same for the discriminator's update."""


class Augmentation(Protocol):
    """A callable that changes pictures before they are judged, real and painted ones by the same rule.

    Made as ``Augmentation(config)``.
    """

    def __call__(self, pictures: Tensor, draws: Draws, strength: float | Tensor = 1.0) -> Tensor:
        """Pictures (B, C, H, W) to pictures of the same shape, on their device, differentiably.

        All chance comes from `draws`, one sample for each picture. Strength 0 changes nothing; colour leaves alpha alone.
        """


class Remembering(Protocol):
    """What a loss or an augmentation has beside, where it changes as it goes; it is part of every checkpoint."""

    def state_dict(self) -> Mapping[str, Tensor | int]:
        """What it remembers."""

    def load_state_dict(self, state: Mapping[str, Tensor | int]) -> None:
        """Go on from there."""


class Adapting(Protocol):
    """What an augmentation has beside, that follows the training or can be made stronger by the guard."""

    def observe(self, real_logits: Sequence[Tensor], images: int) -> None:
        """Take in how a step's real pictures were judged, a tensor for each head; 0 is undecided, whatever the game."""

    def raise_by(self, amount: float) -> None:
        """Be stronger from now on, up to its limit."""


class Backbone(Protocol):
    """An `nn.Module` whose weights never change and which looks at pictures for losses.

    Made as ``Backbone(config)``. Transparent pictures are seen over white, and normalisation is its own.

    Attributes:
        layer_names: from the shallowest to the deepest; its config has the same names.
        strides: side in pixels of the cell that a place of a layer stands for. With `reach` it makes tiles possible;
            without both, pictures are seen whole.
        reach: how many pixels around its cell a layer sees.
    """

    layer_names: ClassVar[tuple[str, ...]]
    strides: ClassVar[Mapping[str, int]]
    reach: ClassVar[Mapping[str, int]]

    def forward(self, pictures: Tensor, layers: Collection[str], *, recompute: bool = False) -> dict[str, Tensor]:
        """Pictures (B, C, H, W) in [-1, 1] to the layers that are asked for, and nothing deeper, (B, c, h, w) each.

        With `recompute` it may trade time for memory.
        """


class Output(Protocol):
    """An object that makes something of what was learned or painted.

    Made as ``Output(config, name)``, `name` being that of the output in the job.
    """

    def write(self, source: Source, run: Run) -> list[Artifact]:
        """Write files into ``run.artifact_folder(name)`` and tell of each by ``run.record(...)``, which it returns.

        `source` is a sampler, or finished pictures; `artgen.outputs.source.works_of` makes pictures of both. Films are
        streamed, never held as a whole. What is there and whole stays; where ``run.interrupted()``, raise InterruptedRun.
        """


class Shared(Protocol):
    """What an output has beside, that several processes can make at a time, each its share.

    Its config says in `pieces` what it consists of, such as pictures or the segments of a film.
    """

    def write(self, source: Source, run: Run, shard: Shard | None = None) -> list[Artifact]:
        """With a shard make the pieces of that share alone, ``shard.of(pieces)``, record nothing, return nothing.

        Without one make what is still missing, join it, and record the files, as an output does anyway. Shards run at a
        time and in any order, so they remove nothing: what they make lies where only shards of the same recipe look for
        it, until the join. The files are the same bytes for any number of shards.
        """


class Tracker(Protocol):
    """An object that is told of a run; when it raises, it is told of once and left out from then on.

    Made as ``Tracker(config)``, in the process that trains.
    """

    def start(self, run: Run) -> None:
        """A run was opened."""

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """A row of numbers was written."""

    def artifact(self, artifact: Artifact) -> None:
        """A picture, film or page was written."""

    def finish(self, error: BaseException | None) -> None:
        """The run ended; `error` is None when it ended well."""


class Preset(Protocol):
    """A TOML file inside the package, registered as ``package.folder:file.toml``; no class."""


CONTRACTS: dict[Kind, tuple[str, ...]] = {
    "generator": ("Generator", "Repainter", "Growing"),
    "discriminator": ("Discriminator", "Growing"),
    "loss": ("Loss", "Remembering"),
    "augmentation": ("Augmentation", "Remembering", "Adapting"),
    "backbone": ("Backbone",),
    "output": ("Output", "Shared"),
    "tracker": ("Tracker",),
    "launcher": ("artgen.launch.contract:Launcher",),
    "preset": ("Preset",),
}
"""The contracts of a kind, the first of which must be met; of this module, or of the one that is named."""
