"""Every job of the gallery runs as it stands, at toy size."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from artgen.job import read_job
from tests.forked import run_artgen

GALLERY = Path(__file__).parents[2] / "gallery"
JOBS = sorted(GALLERY.glob("*/job.toml"))

TOY = (
    "train.kimg=0.096",
    "data.size=16",
    "quality.during=0",
    "quality.final=16",
    "outputs.gallery.count=6",
    'outputs.sheet.seeds="0-5"',
    "outputs.interpolation.seconds=1.0",
)
TOY_STYLIZER = ("train.kimg=0.002", "data.size=32", "generator.width=4", "generator.blocks=1")
TOY_CANVAS = ("generator.size=48", "paint.steps=2", "paint.refine_steps=1", "paint.smallest=32")
TOYS = {"canvas": TOY_CANVAS, "stylizer": TOY_STYLIZER}
NARROW = {"lightweight": 8}
"""The least width where it is not 4."""
TOY_STAGES = "train.stages=[{size=4, kimg=0.02}, {size=8, kimg=0.02, fade_kimg=0.01}, {size=16, fade_kimg=0.01}]"
PICTURES = 24
"""Some of the job's own."""


def toy(file: Path, folder: Path) -> list[str]:
    """What makes a job end in seconds; the pictures go into `folder`."""
    (job,) = read_job(file)
    if job.generator.name in TOYS:
        return [word for option in TOYS[job.generator.name] for word in ("--set", option)]
    folder.mkdir()
    for picture in sorted(job.data.folder.iterdir())[:PICTURES]:
        shutil.copy(picture, folder)
    width = NARROW.get(job.generator.name, 4)
    sets = [*TOY, f"data.folder='{folder.as_posix()}'", f"generator.width={width}", f"discriminator.width={width}"]
    if job.train.stages:
        sets.append(TOY_STAGES)
    return [word for option in sets for word in ("--set", option)]


@pytest.mark.parametrize("job", JOBS, ids=[job.parent.name for job in JOBS])
def test_the_job_runs_and_leaves_what_it_promises(job: Path, tmp_path: Path):
    words = ["run", str(job), "--out", str(tmp_path / "runs"), *toy(job, tmp_path / "pictures")]
    ended, out, err = run_artgen(words, tmp_path)
    assert ended == 0, out + err
    (run,) = (tmp_path / "runs").iterdir()
    assert (run / "index.html").is_file()
    assert list(run.glob("artifacts/sheet/*.png"))
    network = read_job(job)[0].generator.name
    assert (run / "canvases").is_dir() == (network == "canvas")
    assert bool(list(run.glob("checkpoints/*/ema.safetensors"))) == (network != "canvas")
    if network in TOYS:
        assert len(list(run.glob("artifacts/images/*.png"))) == 16
        return
    assert list(run.glob("artifacts/interpolation/*.mp4"))
    assert (run / "quality.json").is_file()


@pytest.mark.parametrize("job", JOBS, ids=[job.parent.name for job in JOBS])
def test_the_job_has_a_readme_and_its_pictures_have_their_rights_told(job: Path):
    readme = (job.parent / "README.md").read_text(encoding="utf-8")
    assert "artgen run" in readme
    assert "rights" in readme.lower()
