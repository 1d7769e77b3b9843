"""Posters of canvases that are painted again at the size of the paper."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.run.conftest import Desk
from tests.run.test_paint import JOB, ONE, ONE_STYLE

POSTER = ("--output", "poster", "--name", "wall", "--set", 'width="20mm"', "--set", 'height="20mm"')
SMALL = (*POSTER, "--set", 'margin="1mm"', "--set", "dpi=100", "--set", 'enlarge="repaint"')


@pytest.fixture
def easel(tmp_path: Path, pictures: Path) -> Desk:
    (tmp_path / "photos").mkdir()
    (tmp_path / "paintings").mkdir()
    shutil.copy(pictures / "astronaut.jpg", tmp_path / "photos")
    shutil.copy(pictures / "church-at-auvers.png", tmp_path / "paintings")
    (tmp_path / "job.toml").write_text(JOB, encoding="utf-8")
    return Desk(tmp_path)


def test_a_canvas_is_painted_anew_at_the_size_that_the_paper_needs(easel: Desk) -> None:
    easel.artgen("run", "job.toml", *ONE, *ONE_STYLE)
    easel.artgen("render", "runs/tiny", *SMALL)
    folder = easel.run / "artifacts" / "wall"
    (painted,) = folder.glob("painted/*/canvases/*.json")
    with Image.open(folder / "poster.png") as image:
        page = np.asarray(image)
    assert page.shape == (79, 79, 3)
    inside = page[(page != 255).any(-1)]
    assert len(inside) > 60 * 60
    before = painted.stat().st_mtime_ns
    (folder / "poster.png").unlink()
    easel.artgen("render", "runs/tiny", *SMALL)
    assert painted.stat().st_mtime_ns == before, "what is painted is kept"
    shutil.rmtree(folder)
    shutil.copy(easel.folder / "paintings" / "church-at-auvers.png", easel.folder / "photos" / "astronaut.jpg")
    assert "or were changed since" in easel.artgen("render", "runs/tiny", *SMALL, code=1)
    shutil.rmtree(easel.folder / "photos")
    assert "painted from are" in easel.artgen("render", "runs/tiny", *SMALL, code=1)
