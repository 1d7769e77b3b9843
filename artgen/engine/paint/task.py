"""The task ``paint``: work through the queue of canvases; what is finished stays finished."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from artgen.data.headers import told_of
from artgen.engine.config import PaintConfig
from artgen.engine.paint.in_hand import drop_in_hand, keys_in_hand, read_in_hand, write_in_hand
from artgen.engine.paint.loop import Finished, InHand, paint
from artgen.engine.paint.relabel import drop_aside, relabel
from artgen.engine.paint.studio import Studio
from artgen.engine.precision import choose_device
from artgen.errors import ArtgenError, DataError, InterruptedRun
from artgen.job.canvases import CanvasPlan, canvases
from artgen.job.kept.lock import lock_data
from artgen.job.kept.values import change_of
from artgen.job.words import some_of
from artgen.outputs.metadata import canonical_json, without_paths
from artgen.runs.canvases import FinishedCanvas, write_canvas
from artgen.runs.checkpoints import sha256_of
from artgen.runs.progress import Progress
from artgen.runs.store import Run

if TYPE_CHECKING:
    from artgen.job.model import Job

_DEEPEST = 65535
_MOST_NAMED = 10


def paint_task(run: Run, progress: Progress) -> None:
    """Paint every canvas of the job that is not finished.

    Raises:
        InterruptedRun: the user asked to stop; finished canvases are kept, and the one in hand goes on from where it is.
        ArtgenError: some could not be painted; all others were.
    """
    job = run.job
    queue = canvases(job)
    failed: dict[str, ArtgenError] = {}
    made_of = _made_of(job, queue, failed)
    there = relabel(run.canvases, queue, {label: made.key for label, made in made_of.items()})
    missing = [plan for plan in queue if plan.label in made_of and plan.label not in there]
    finished = len(there)
    if finished:
        progress.say(f"{run.name}: {finished} of {len(queue)} canvases are finished already")
    if missing:
        studio = Studio(job, choose_device(job.paint.device, job.place_of("paint.device")), warn=progress.warn)
        _paint_all(missing, _Desk(run, studio, progress, made_of, finished, len(queue)), failed)
    if failed:
        many = "1 canvas" if len(failed) == 1 else f"{len(failed)} canvases"
        raise ArtgenError(f"{many} could not be painted:\n{_reasons(failed)}", where=run.name)
    drop_aside(run.canvases)


@dataclass(frozen=True)
class _MadeOf:
    """What a canvas is made of and by.

    Attributes:
        inputs: sha256 of its files, by role.
        key: hash of these, its seed, and the settings that decide how it looks.
    """

    inputs: Mapping[str, list[str]]
    key: str


class _Desk:
    """Where one group after the other is painted and put away."""

    def __init__(
        self, run: Run, studio: Studio, progress: Progress, made_of: Mapping[str, _MadeOf], finished: int, total: int
    ) -> None:
        self.run = run
        self.studio = studio
        self.progress = progress
        self.made_of = made_of
        self.finished = finished
        self.total = total

    def paint(self, group: Sequence[CanvasPlan]) -> None:
        """Paint a group, from its last checkpoint where there is one, and keep the pictures."""
        config = self.run.job.paint
        what = [self.made_of[plan.label].key for plan in group]
        stand = read_in_hand(self.run.canvases, what) or InHand()
        if stand.tensors:
            self.progress.say(f"{self.run.name}: going on with {group[0].label}")
        steps = config.steps_in_all(self.studio.sizes_of(group[0]))
        saved = time.monotonic()

        def keep(now: InHand) -> None:
            nonlocal saved
            taken = now.step + (config.steps + (now.stage - 1) * config.refine_steps if now.stage else 0)
            done = self.finished + len(group) * taken / steps
            self.progress.update("painting", done, self.total)
            stop = self.run.interrupted()
            if stop or time.monotonic() - saved > config.checkpoint_seconds:
                write_in_hand(self.run.canvases, what, now)
                saved = time.monotonic()
            if stop:
                raise InterruptedRun("interrupted; the same command goes on", where=self.run.name)

        for plan, finished in zip(group, paint(group, self.studio, stand, keep), strict=True):
            told = self._told(plan, finished, stand.seconds / len(group), steps)
            write_canvas(self.run.canvases, told, _deep(finished.picture).numpy())
            self.finished += 1
            loss = "  ".join(f"{name} {value:.4g}" for name, value in finished.losses.items())
            self.progress.say(f"{self.run.name}: {plan.label} is finished after {told.seconds:.0f} s  {loss}")
        drop_in_hand(self.run.canvases)

    def _told(self, plan: CanvasPlan, finished: Finished, seconds: float, steps: int) -> FinishedCanvas:
        channels, height, width = finished.picture.shape
        return FinishedCanvas(
            label=plan.label,
            key=self.made_of[plan.label].key,
            content=plan.content.stem if plan.content else "",
            style=plan.style,
            seed=plan.seed,
            width=width,
            height=height,
            channels=channels,
            steps=steps,
            seconds=round(seconds, 1),
            losses=finished.losses,
            inputs=self.made_of[plan.label].inputs,
            notes=[*self.studio.plans.notes, *self.studio.notes_on(plan)],
            dpi=self.studio.dpi_of(plan),
            made_with={
                "device": self.studio.device.type,
                "precision": self.studio.precision,
                "threads": torch.get_num_threads(),
                "torch": torch.__version__,
            },
        )


def _paint_all(missing: Sequence[CanvasPlan], desk: _Desk, failed: dict[str, ArtgenError]) -> None:
    """Paint one group after the other, the one in hand first; what cannot be painted is put aside in `failed`."""
    in_hand = _in_hand(missing, desk)
    rest = [plan for plan in missing if plan not in in_hand]
    waiting = deque([*([in_hand] if in_hand else []), *_groups(rest, desk.studio, failed)])
    while waiting:
        group = waiting.popleft()
        try:
            desk.paint(group)
        except InterruptedRun:
            raise
        except ArtgenError as error:
            if len(group) > 1:  # one of them may have spoiled it for the others
                waiting.extendleft([plan] for plan in reversed(group))
                continue
            failed[group[0].label] = error
            desk.progress.warn(f"{group[0].label}: {error}")
    desk.progress.finish("painting")


def _in_hand(missing: Sequence[CanvasPlan], desk: _Desk) -> list[CanvasPlan]:
    """The group that was begun, whatever stands before it in the queue now; none where not all of it is missing still."""
    of_keys: dict[str, deque[CanvasPlan]] = {}
    for plan in missing:
        of_keys.setdefault(desk.made_of[plan.label].key, deque()).append(plan)
    keys = keys_in_hand(desk.run.canvases)
    group = [of_keys[key].popleft() for key in keys if of_keys.get(key)]
    return group if len(group) == len(keys) else []


def _groups(
    missing: Sequence[CanvasPlan], studio: Studio, failed: dict[str, ArtgenError]
) -> Iterator[Sequence[CanvasPlan]]:
    """Canvases of one shape at every size, as many as are painted at a time; what cannot be read is put aside in `failed`."""
    readable: list[tuple[list[tuple[int, int]], CanvasPlan]] = []
    for plan in missing:
        try:
            readable.append(([studio.size_of(plan, side) for side in studio.sizes_of(plan)], plan))
        except ArtgenError as error:
            failed[plan.label] = error
    for sizes, same in itertools.groupby(readable, key=lambda pair: pair[0]):
        alike, together = [plan for _, plan in same], studio.plans.together(sizes[-1])
        yield from (alike[first : first + together] for first in range(0, len(alike), together))


def _reasons(failed: Mapping[str, ArtgenError]) -> str:
    """Each reason once, behind the labels of the canvases that it stopped."""
    stopped: dict[str, list[str]] = {}
    for label, error in failed.items():
        stopped.setdefault(str(error), []).append(label)
    return "\n".join(f"{some_of(labels, _MOST_NAMED)}: {reason}" for reason, labels in stopped.items())


def _made_of(job: Job, queue: Sequence[CanvasPlan], failed: dict[str, ArtgenError]) -> dict[str, _MadeOf]:
    """What each canvas is made of and by: files by their content, settings by their values.

    Canvases of a file that cannot be read are left out, and the reason is put aside in `failed`.
    """
    settings = _settings(job)
    sha256 = cache(_sha256)  # for this queue alone, since files change
    made_of = {}
    for plan in queue:
        try:
            inputs = {role: [sha256(file) for file in files] for role, files in plan.files().items()}
        except DataError as error:
            failed[plan.label] = error
            continue
        told = canonical_json([settings, plan.seed, inputs])
        made_of[plan.label] = _MadeOf(inputs, hashlib.sha256(told.encode()).hexdigest())
    return made_of


def _sha256(file: Path) -> str:
    with told_of(file):
        return sha256_of(file)


def _settings(job: Job) -> Any:
    """What decides how the canvases of a job look, but for their files and seeds."""
    lock = lock_data(job, job.file.parent)
    wrap = lock["generator"]["wrap"]  # canvases from before there was this option are as they would be without
    free = [key for key in lock["paint"] if change_of(PaintConfig, key) == "free"]
    return without_paths(
        {
            "generator": _without(lock["generator"], "content", "keep", "textures", *([] if wrap else ["wrap"])),
            "backbone": lock.get("backbone"),
            "losses": [_without(loss, "images", "mask") for loss in lock["losses"]],
            "paint": _without(lock["paint"], *free),
        }
    )


def _without(table: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key not in keys}


def _deep(picture: Tensor) -> Tensor:
    """(C, H, W) in 0…1 as (H, W, C) uint16."""
    return (picture.permute(1, 2, 0) * _DEEPEST).round().to(torch.uint16).contiguous()
