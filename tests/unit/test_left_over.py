"""What a killed process was writing is no obstacle to those that come after it."""

from __future__ import annotations

from pathlib import Path

from artgen.runs.canvases import finished_canvases
from artgen.runs.files import whole_file
from artgen.runs.store import Run


def cut_off(path: Path) -> None:
    """Leave half a file as a process does that is killed while it writes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as part:
        half = part
        part.write_text("{", encoding="utf-8")
    path.unlink()
    half.write_text("{", encoding="utf-8")


def test_half_a_preview_is_none(tmp_path: Path) -> None:
    run = Run(folder=tmp_path, name="tiny", job=None, lock={})  # type: ignore[arg-type]
    cut_off(tmp_path / "artifacts/progress/00000200.webp")
    (tmp_path / "artifacts/progress/00000100.webp").touch()
    assert [step for step, _ in run.progress_sheets()] == [100]


def test_half_a_canvas_is_none(tmp_path: Path) -> None:
    cut_off(tmp_path / "castle--church.json")
    assert finished_canvases(tmp_path) == {}
