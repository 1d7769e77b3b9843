"""A job that was read, checked and resolved: what the engine, the launcher and the lock go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from artgen.config import Config, input_of, option, painted_shape, untrained
from artgen.contracts import Input, PictureShape
from artgen.data.config import DataConfig
from artgen.distributions import BUILTIN
from artgen.engine.config import PaintConfig, TrainConfig
from artgen.job.auto.decision import Decision
from artgen.job.file_names import why_no_file_name
from artgen.job.text.tree import Source
from artgen.quality.config import QualityConfig
from artgen.registry import Component, Kind


def _file_name(name: str) -> str:
    if why := why_no_file_name(name):
        raise ValueError(f"'{name}' {why}")
    return name


class JobInfo(Config):
    """What the job is called, and the seed of its chance."""

    name: Annotated[str, AfterValidator(_file_name)]
    """Names the run's folder; by default the name of the file, or of its folder when the file is job.toml."""
    seed: int = option(0, ge=0, lt=2**63)
    """All randomness of the training follows from it."""


SECTIONS: dict[str, type[Config]] = {
    "job": JobInfo,
    "data": DataConfig,
    "train": TrainConfig,
    "paint": PaintConfig,
    "quality": QualityConfig,
}
"""The tables that hold no component, and their models."""


@dataclass(frozen=True)
class Part:
    """A component as a job uses it.

    Attributes:
        type: qualified name, ``distribution:name``.
        name: unique in its list; for a generator and the like the component's own.
        config: its options, checked.
    """

    kind: Kind
    type: str
    name: str
    config: Any
    component: Component

    @property
    def may_be_adversarial(self) -> bool:
        """Whether a loss trains the two networks against each other; a third party's that does not say is believed to."""
        said = getattr(self.config, "adversarial", None)
        return self.component.distribution != BUILTIN if said is None else bool(said)


@dataclass(frozen=True)
class Job:
    """One run: a job file, or one cell of its matrix.

    Attributes:
        file: the job file, absolute.
        cell: label of the matrix cell; "" when there is no matrix.
        requires: version conditions by distribution name.
        train: how a network learns; of a job of canvases it says nothing, as `paint` of any other.
        backbone: what losses look at pictures through; None where none does.
        sources: where each value comes from, by dotted key (``losses.r1.weight``).
        auto: what ``preset:auto`` decided; what stands above it may say otherwise.
        axes: dotted keys that the matrix says something of.
        plugin_files: sha256 of every file that was plugged in by ``--plugin``, by its name.
        cells: how many runs the matrix makes.
    """

    job: JobInfo
    file: Path
    cell: str
    requires: Mapping[str, str]
    data: DataConfig | None
    train: TrainConfig
    paint: PaintConfig
    quality: QualityConfig
    generator: Part
    discriminator: Part | None
    backbone: Part | None
    losses: tuple[Part, ...]
    augmentations: tuple[Part, ...]
    outputs: tuple[Part, ...]
    trackers: tuple[Part, ...]
    launcher: Part
    sources: Mapping[str, Source]
    auto: tuple[Decision, ...] = ()
    axes: tuple[str, ...] = ()
    cells: int = 1
    plugin_files: Mapping[str, str] = field(default_factory=dict)

    @property
    def paints_from(self) -> Input:
        """What its generator paints from."""
        return input_of(self.generator.config)

    @property
    def untrained(self) -> bool:
        """Whether its network paints as it is drawn from the seed, for there is nothing to learn from."""
        return self.data is None and untrained(self.generator.config)

    @property
    def shape(self) -> PictureShape | None:
        """Of the pictures that outputs show, classes aside; None of canvases, which have shapes of their own."""
        return painted_shape(self.generator.config, self.data.shape if self.data else None)

    @property
    def work(self) -> tuple[str, ...]:
        """The tables that say how its pictures come to be."""
        if self.untrained:
            return ("train",)
        return ("paint",) if self.paints_from == "canvas" else ("train", "quality")

    @property
    def name(self) -> str:
        """Name of the run, with the cell: ``moths@4-hinge``."""
        return f"{self.job.name}@{self.cell}" if self.cell else self.job.name

    def place_of(self, key: str) -> str:
        """Where people find a value, by its dotted key: ``job.toml:12: [paint] device``."""
        table, _, name = key.rpartition(".")
        source = self.sources.get(key)
        stated = f"{source.place}: " if source and source.place else ""
        return f"{stated}[{table}] {name}"

    @property
    def tasks(self) -> list[str]:
        """Ids of what is to be done, in order: what gathers other outputs comes after them."""
        in_order = sorted(self.outputs, key=lambda output: bool(output.config.gathers))
        return [self.work[0], *(f"output:{output.name}" for output in in_order)]

    def part(self, table: str) -> Part | None:
        """The component of ``generator``, or of an entry such as ``losses.r1``; None when there is none."""
        name, _, entry = table.partition(".")
        found = getattr(self, name, None)
        if isinstance(found, tuple):
            return next((part for part in found if part.name == entry), None)
        return found if isinstance(found, Part) else None
