"""Works that are finished: the canvases of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from artgen.data.srgb import srgb_profile
from artgen.errors import ArtgenError
from artgen.job.canvases import canvases
from artgen.outputs.metadata import recipe_of_job
from artgen.outputs.works import Original, Pixels, Work, Works, anchor_of
from artgen.runs.canvases import FinishedCanvas, finished_canvases

if TYPE_CHECKING:
    from pathlib import Path

    from artgen.job.canvases import CanvasPlan
    from artgen.runs.store import Run


class Finished(Works):
    """Canvases, read when they are wanted.

    Args:
        shown: in their order.
        plans: what the job says of each, by label; where it says nothing, what it was made from cannot be shown.
        run: whose canvases they are.
    """

    numbered: ClassVar[bool] = False
    depth: ClassVar[Literal[8, 16]] = 16

    def __init__(self, shown: Sequence[FinishedCanvas], plans: Mapping[str, CanvasPlan], run: Run) -> None:
        self._canvases = {canvas.label: canvas for canvas in shown}
        self.icc = srgb_profile()
        self.works = [_work(canvas, plans.get(canvas.label), run) for canvas in shown]
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
    shown = [there[label] for label in plans if label in there] or list(there.values())
    return Finished(shown, plans, run)


def _work(canvas: FinishedCanvas, plan: CanvasPlan | None, run: Run) -> Work:
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
    contents = [plan.content] if plan and plan.content else []
    styles = [file for files in plan.styles.values() for file in files] if plan else []
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
        content=_original(canvas.content, contents),
        style=_original(canvas.style, styles),
        dpi=canvas.dpi,
    )


def _in_words(canvas: FinishedCanvas) -> str:
    like = f" like {canvas.style}" if canvas.style else ""
    return f"{canvas.content} painted{like or ' anew'}" if canvas.content else f"A texture{like}"


def _original(name: str, files: Iterable[Path]) -> Original | None:
    return Original(name, tuple(file for file in dict.fromkeys(files) if file.is_file())) if name else None
