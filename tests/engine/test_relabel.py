"""Finished canvases whose labels the job has given to other pictures."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from artgen.engine.paint.relabel import drop_aside, relabel
from artgen.job.canvases import CanvasPlan
from artgen.runs.canvases import FinishedCanvas, finished_canvases, write_canvas


def paint(folder: Path, label: str, key: str) -> None:
    """A canvas of one pixel whose value is its key's."""
    pixels = np.full((1, 1, 3), ord(key), np.uint16)
    write_canvas(folder, FinishedCanvas(label, key, "before", "church", 0, 1, 1, 3, 4, 0.5, notes=["tiled"]), pixels)


def plans(*labels: str) -> list[CanvasPlan]:
    return [CanvasPlan(label, Path(f"{label}.png"), "church", {}, {}, None, 0) for label in labels]


def there(folder: Path) -> dict[str, str]:
    """The keys of the canvases that are finished, by label, by their pixels."""
    return {label: chr(canvas.pixels()[0, 0, 0]) for label, canvas in finished_canvases(folder).items()}


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        ({"x": "a", "x-2": "b"}, {"x": "c", "x-2": "a", "x-3": "b"}, {"x-2": "a", "x-3": "b"}),
        ({"x": "a", "x-2": "b", "x-3": "c"}, {"x": "b", "x-2": "c", "x-3": "a"}, {"x": "b", "x-2": "c", "x-3": "a"}),
        ({"x": "a", "y": "b"}, {"y": "a", "z": "b"}, {"y": "a", "z": "b"}),
        ({"x": "a", "y": "b"}, {"x": "a", "z": "a"}, {"x": "a", "y": "b"}),
        ({"x": "a"}, {"x": "b"}, {}),
    ],
    ids=["one comes first", "in a circle", "renamed", "nothing to do", "another picture"],
)
def test_each_canvas_has_the_label_that_the_job_has_for_it(
    tmp_path: Path, before: dict[str, str], wanted: dict[str, str], after: dict[str, str]
):
    for label, key in before.items():
        paint(tmp_path, label, key)
    assert relabel(tmp_path, plans(*wanted), wanted) == after.keys() & wanted.keys()
    assert there(tmp_path) == after
    drop_aside(tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == after.keys()


def test_a_canvas_is_told_of_as_before_but_for_its_names(tmp_path: Path):
    paint(tmp_path, "x", "a")
    relabel(tmp_path, plans("y"), {"y": "a"})
    (canvas,) = finished_canvases(tmp_path).values()
    assert (canvas.label, canvas.content, canvas.style, canvas.key) == ("y", "y", "church", "a")
    assert (canvas.seconds, canvas.notes) == (0.5, ["tiled"])


def test_what_is_in_the_way_is_kept_while_what_it_was_painted_from_cannot_be_read(tmp_path: Path):
    paint(tmp_path, "x", "a")
    assert relabel(tmp_path, plans("x", "x-2"), {"x": "b"}) == set()
    assert there(tmp_path) == {}
    paint(tmp_path, "x", "b")
    assert relabel(tmp_path, plans("x", "x-2"), {"x": "b", "x-2": "a"}) == {"x", "x-2"}
    assert there(tmp_path) == {"x": "b", "x-2": "a"}


def test_a_canvas_that_a_killed_process_left_in_two_places_is_one(tmp_path: Path):
    paint(tmp_path, "x", "a")
    (tmp_path / "aside").mkdir()
    for path in tmp_path.glob("x.*"):
        shutil.copyfile(path, tmp_path / "aside" / f"a{path.suffix}")
    assert relabel(tmp_path, plans("x", "x-2"), {"x": "b", "x-2": "a"}) == {"x-2"}
    assert there(tmp_path) == {"x-2": "a"}
