"""Reading the folder of a run while others write into it and remove what is old."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from artgen.reuse.find import canvas_like
from artgen.runs.checkpoints import list_checkpoints, size_bytes


@pytest.fixture
def at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file of three bytes, and a folder that is seen and gone when it is looked into."""
    (tmp_path / "kept").write_bytes(b"123")
    (tmp_path / ".0.part").mkdir()
    real = os.scandir

    def looked_into_late(path: Any) -> Any:
        if str(path).endswith(".part"):
            shutil.rmtree(path)
        return real(path)

    monkeypatch.setattr(os, "scandir", looked_into_late)
    return tmp_path


def test_what_it_takes_is_counted(at_work: Path) -> None:
    assert size_bytes(at_work) == 3
    assert not (at_work / ".0.part").exists()


def test_it_is_searched_for_runs(at_work: Path) -> None:
    assert canvas_like(lambda _canvas, _lock: True, [at_work]) is None
    assert not (at_work / ".0.part").exists()


def test_a_checkpoint_that_goes_as_it_is_read_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for step in ("00000004", "00000008"):
        (tmp_path / step).mkdir()
        (tmp_path / step / "state.json").write_text('{"serial": 1, "step": 1, "sha256": {}}', encoding="utf-8")
    real = Path.read_text

    def read_late(path: Path, *words: Any, **more: Any) -> str:
        if path.parent.name == "00000004":
            shutil.rmtree(path.parent)
        return real(path, *words, **more)

    monkeypatch.setattr(Path, "read_text", read_late)
    assert [checkpoint.path.name for checkpoint in list_checkpoints(tmp_path)] == ["00000008"]
