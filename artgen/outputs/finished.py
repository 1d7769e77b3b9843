"""Works that are finished: the canvases of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from artgen.data.srgb import srgb_profile
from artgen.errors import ArtgenError
from artgen.job.canvases import canvases, still_asked_for
from artgen.outputs.metadata import recipe_of_job
from artgen.outputs.works import Original, Pixels, Work, Works, anchor_of
from artgen.runs.canvases import FinishedCanvas, finished_canvases
from artgen.runs.checkpoints import sha256_of

if TYPE_CHECKING:
    from pathlib import Path

    from artgen.job.canvases import CanvasPlan
    from artgen.runs.store import Run


class Finished(Works):
    """Canvases, read when they are wanted.

    Args:
        shown: in their order.
        plans: what the job asks for, by label; of the files that it names, a work shows those that it was made from.
        run: whose canvases they are.
    """

    numbered: ClassVar[bool] = False
    depth: ClassVar[Literal[8, 16]] = 16

    def __init__(self, shown: Sequence[FinishedCanvas], plans: Mapping[str, CanvasPlan], run: Run) -> None:
        self._canvases = {canvas.label: canvas for canvas in shown}
        self.icc = srgb_profile()
        originals = _Originals(plans)
        self.works = [_work(canvas, originals, run) for canvas in shown]
        self.recipe = recipe_of_job(run)
        self.identity = {canvas.label: canvas.key for canvas in shown}
        self.about = f"{len(shown)} painted pictures from {run.name}"
        self.told = {}

    def pixels(self, works: Iterable[Work]) -> Iterator[Pixels]:
        """Read some of the works at full depth."""
        return (self._canvases[work.stem].pixels() for work in works)


def open_finished(run: Run) -> Finished:
    """The finished canvases of a run, in the order of its job.

    Those that the job does not ask for any more are left out; where it finds none of its pictures any more, as when the
    photographs were moved away, all that were painted are shown.

    Raises:
        ArtgenError: there are none.
    """
    there = finished_canvases(run.canvases)
    if not there:
        raise ArtgenError("there is no finished canvas to show", where=str(run.folder), hint="Paint some first.")
    plans = {plan.label: plan for plan in canvases(run.job)}
    return Finished([there[label] for label in still_asked_for(there, plans.values())], plans, run)


class _Originals:
    """The files that a job names, known by what is in them: one that was replaced is not what a canvas was made from.

    Args:
        plans: by label.
    """

    def __init__(self, plans: Mapping[str, CanvasPlan]) -> None:
        self._plans = plans
        self._sha256 = cache(_sha256)
        self._contents = list(dict.fromkeys(plan.content for plan in plans.values() if plan.content))
        self._styles = list(dict.fromkeys(file for plan in plans.values() for file in _styles(plan)))
        self._losses = list(dict.fromkeys(name for plan in plans.values() for name in plan.styles))

    def content(self, canvas: FinishedCanvas) -> Original | None:
        """What was repainted."""
        plan = self._plans.get(canvas.label)
        likely = [plan.content] if plan and plan.content else []
        return self._found(canvas.content, canvas.inputs.get("content", ()), (*likely, *self._contents))

    def style(self, canvas: FinishedCanvas) -> Original | None:
        """What it was painted like."""
        plan = self._plans.get(canvas.label)
        digests = [digest for name in self._losses for digest in canvas.inputs.get(name, ())]
        return self._found(canvas.style, digests, (*(_styles(plan) if plan else ()), *self._styles))

    def _found(self, name: str, digests: Iterable[str], files: Iterable[Path]) -> Original | None:
        wanted = dict.fromkeys(digests)
        found: dict[str, Path] = {}
        for file in files:
            if len(found) == len(wanted):
                break
            if (digest := self._sha256(file)) in wanted:
                found.setdefault(digest, file)
        return Original(name, tuple(found[digest] for digest in wanted if digest in found)) if name else None


def _work(canvas: FinishedCanvas, originals: _Originals, run: Run) -> Work:
    names = {"content": canvas.content, "style": canvas.style}
    told: dict[str, Any] = {
        **{role: name for role, name in names.items() if name},
        "seed": canvas.seed,
        "steps": canvas.steps,
        "losses": dict(canvas.losses),
        "notes": list(canvas.notes),
    }
    subject, _, manner = canvas.label.partition("--")
    label = (subject, manner) if manner else (subject,)
    return Work(
        stem=canvas.label,
        anchor=anchor_of(canvas.label),
        name=" · ".join(label),
        label=label,
        alt=f"{_in_words(canvas)}, from {run.name}",
        width=canvas.width,
        height=canvas.height,
        channels=canvas.channels,
        details={**told, "width": canvas.width, "height": canvas.height, "seconds": canvas.seconds},
        recipe={
            **told,
            "size": [canvas.width, canvas.height],
            "inputs": dict(canvas.inputs),
            "painted_with": dict(canvas.made_with),
        },
        content=originals.content(canvas),
        style=originals.style(canvas),
        dpi=canvas.dpi,
    )


def _in_words(canvas: FinishedCanvas) -> str:
    like = f" like {canvas.style}" if canvas.style else ""
    return f"{canvas.content} painted{like or ' anew'}" if canvas.content else f"A texture{like}"


def _styles(plan: CanvasPlan) -> list[Path]:
    return [file for files in plan.styles.values() for file in files]


def _sha256(file: Path) -> str:
    """Of a file; "" where it is gone or cannot be read."""
    try:
        return sha256_of(file)
    except OSError:
        return ""
