"""Finished canvases go where the job looks for them now, since a label is of a place in its queue and not of a picture.

A picture that is added can take another one's label: beside a new ``castle.jpg`` what was painted of ``castle.png`` is
called ``castle-2``.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from artgen.job.canvases import CanvasPlan
from artgen.runs.canvases import finished_canvases, move_canvas
from artgen.runs.ownership import still_ours

_ASIDE = "aside"


def relabel(canvases: Path, queue: Sequence[CanvasPlan], keys: Mapping[str, str]) -> set[str]:
    """Give each finished canvas that the job wants its label of now, and put what stands in the way aside.

    What is put aside is found again by its key, also by the next run.

    Args:
        canvases: the folder of the run's canvases.
        queue: all that the job asks for.
        keys: what a canvas must be made of and by, by label; none where that cannot be read.

    Returns:
        The labels of canvases that are finished.

    Raises:
        DiskError: a canvas cannot be moved, as when the disk is full.
        RunBusyError: another worker has taken over the task.
    """
    there = finished_canvases(canvases)
    done = {label for label, key in keys.items() if label in there and there[label].key == key}
    wanted = {keys[plan.label]: plan for plan in reversed(queue) if plan.label in keys and plan.label not in done}
    for label, canvas in there.items():
        if label not in done and (label in keys or canvas.key in wanted):
            move_canvas(canvas, canvases / _ASIDE, canvas.key)
    aside = finished_canvases(canvases / _ASIDE)
    for key, plan in wanted.items():
        if key in aside:
            content = plan.content.stem if plan.content else ""
            move_canvas(aside[key], canvases, plan.label, content=content, style=plan.style)
            done.add(plan.label)
    return done


def drop_aside(canvases: Path) -> None:
    """The job has all that it asks for: what was put aside and not taken back is of no use to it."""
    still_ours()
    shutil.rmtree(canvases / _ASIDE, ignore_errors=True)
