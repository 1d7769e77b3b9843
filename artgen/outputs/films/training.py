"""A generator as it was at moments of its training, and between them."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from artgen.engine.networks import build_network
from artgen.engine.stages import Stage, Stages
from artgen.errors import CheckpointError
from artgen.latents.sampler import Sampler
from artgen.runs.checkpoints import SAMPLER, list_checkpoints, list_snapshots, on_the_way, sha256_of

if TYPE_CHECKING:
    from artgen.contracts import PictureShape
    from artgen.job.model import Job
    from artgen.latents.sampler import Picture
    from artgen.runs.store import Run


@dataclass(frozen=True)
class Moment:
    """A generator at a moment of its training.

    Attributes:
        step: of the training.
        stage: that it had grown to; None where nothing grows.
        sha256: of its file; empty before the first step, of which there is none.
        weights: reads the averaged ones, in float32.
    """

    step: int
    stage: Stage | None
    sha256: str
    weights: Callable[[], Mapping[str, Tensor]]


def moments_of(run: Run, device: torch.device) -> list[Moment]:
    """All that is left of a training, from before its first step to its last checkpoint.

    A checkpoint that was written again at the same step replaces the first, and what the training went back from is left
    out. A network that began with another run's
    weights begins with its first snapshot.

    Args:
        run: an open one.
        device: the network before its first step is built there, as it was when it was trained.
    """
    whole = list_checkpoints(run.checkpoints)
    if not whole:
        return []
    last = whole[-1].state
    images_a_step = int(last["images"]) / max(1, int(last["step"]))
    shape = run.job.data.shape if run.job.data and run.job.train.stages else None
    stages = Stages(run.job.train.stages, shape) if shape else Stages.full_size()
    files = {int(file.stem): file for file in list_snapshots(run.checkpoints)}
    files |= {one.step: one.path / f"{SAMPLER}.safetensors" for one in on_the_way(whole)}
    seen = [
        Moment(step, stages.at(round(step * images_a_step)), sha256_of(file), functools.partial(_read, file))
        for step, file in sorted(files.items())
        if step > 0
    ]
    if run.job.train.from_ or not run.job.data:
        return seen
    grown = replace(run.job.data.shape, classes=len(last.get("classes", ())))
    untrained = functools.partial(_untrained, run.job, grown, device)
    return [Moment(0, stages.at(0), "", untrained), *seen]


def _untrained(job: Job, shape: PictureShape, device: torch.device) -> dict[str, Tensor]:
    network = build_network(job.generator, shape, job.job.seed, device)
    return {name: one.cpu() for name, one in network.state_dict().items()}


def _read(file: Path) -> dict[str, Tensor]:
    try:
        loaded = load_file(file)
    except (OSError, SafetensorError) as error:
        raise CheckpointError("the weights cannot be read", where=str(file)) from error
    return {name: one.float() if one.is_floating_point() else one for name, one in loaded.items()}


class Course:
    """Paints seeds at any place of a training: at k as moment k did, between two with weights between theirs.

    Args:
        source: paints the seeds at the end; it stays as it is.
        moments: at least two.
        truncation: of each, toward the mean of its moment.
        label: the class, where there are classes; None for every seed's own.
    """

    def __init__(self, source: Sampler, moments: Sequence[Moment], truncation: float, label: int | None) -> None:
        self._sampler = Sampler(
            copy.deepcopy(source.generator), source.shape, device=source.device, classes=source.classes
        )
        self._moments, self._truncation, self._label = moments, truncation, label
        self._loaded: dict[int, Mapping[str, Tensor]] = {}
        self._size = 0

    def at(self, positions: Iterable[float], seeds: Sequence[int]) -> Iterator[Picture]:
        """The pictures of some seeds, one after the other, at each position from 0 to the number of moments less 1.

        Raises:
            CheckpointError: the weights of a moment are damaged, or are another network's.
        """
        for position in positions:
            self._go_to(position)
            yield from self._sampler.at_seeds(seeds, self._truncation, self._label)

    def _go_to(self, position: float) -> None:
        here = min(int(position), len(self._moments) - 1)
        there = min(here + 1, len(self._moments) - 1)
        self._loaded = {
            index: self._loaded[index] if index in self._loaded else self._moments[index].weights()
            for index in {here, there}
        }
        share = position - here
        mixed = {name: _between(one, self._loaded[there][name], share) for name, one in self._loaded[here].items()}
        try:
            self._sampler.generator.load_state_dict(mixed)
        except RuntimeError as error:
            where = f"step {self._moments[here].step}"
            raise CheckpointError(f"the generator does not fit: {error}", where=where) from error
        size = 0
        if stage := self._stage(here, there, share):
            self._sampler.generator.set_stage(stage.size, stage.fade)
            size = stage.size
        self._sampler.forget_weights(other_stage=size != self._size)
        self._size = size

    def _stage(self, here: int, there: int, share: float) -> Stage | None:
        """What has grown by then; a size that comes in between two moments comes in gradually."""
        first, last = self._moments[here].stage, self._moments[there].stage
        if first is None or last is None or share == 0:
            return first
        return Stage(last.size, share * last.fade + (1 - share) * (first.fade if first.size == last.size else 0.0))


def _between(one: Tensor, other: Tensor, share: float) -> Tensor:
    return torch.lerp(one, other, share) if share and one.is_floating_point() and one.shape == other.shape else one
