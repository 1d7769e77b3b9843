"""One seed is one picture, whatever makes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgen.runs.checkpoints import list_checkpoints
from tests.run.conftest import Desk


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_seed_7_is_one_picture_from_images_sheet_and_render_at_any_batch_size(desk: Desk):
    desk.edit('seeds = "0-8"', 'seeds = "0-32"')
    desk.artgen("run", "job.toml")
    whole = pixels(desk.run / "artifacts/images/seed-000007.png")
    desk.artgen("render", "runs/tiny", "--seeds", "7", "--name", "alone")
    assert np.array_equal(pixels(desk.run / "artifacts/alone/seed-000007.png"), whole)
    desk.artgen("render", "runs/tiny", "--seeds", "31,30,29,28,27,7,1", "--name", "mixed")
    assert np.array_equal(pixels(desk.run / "artifacts/mixed/seed-000007.png"), whole)
    sheet = ("tile_px=16", "labels=false", 'title="none"', "columns=8")
    words = [word for option in sheet for word in ("--set", option)]
    desk.artgen("render", "runs/tiny", "--output", "sheet", "--seeds", "0-31", "--name", "contact", *words)
    (file,) = (desk.run / "artifacts/contact").glob("*.png")
    contact = pixels(file)
    height, width = contact.shape[:2]
    places = [
        (y, x)
        for y in range(height - 15)
        for x in range(width - 15)
        if np.array_equal(contact[y : y + 16, x : x + 16], whole)
    ]
    assert len(places) == 1


def test_another_seed_of_the_job_gives_another_generator_but_the_same_latents(desk: Desk):
    from artgen.latents.seeds import latent_of

    assert np.array_equal(latent_of(7, 8), latent_of(7, 8))
    desk.artgen("run", "job.toml")
    one = pixels(desk.run / "artifacts/images/seed-000007.png")
    desk.artgen("run", "job.toml", "--set", "job.seed=4", "--out", "other")
    other = pixels(desk.folder / "other/tiny/artifacts/images/seed-000007.png")
    assert not np.array_equal(one, other)


SHAPES = {"256x192 RGBA": ("[256, 192]", "rgba", "RGBA", (256, 192)), "96x32 grey": ("[96, 32]", "gray", "L", (96, 32))}


@pytest.mark.parametrize(("size", "colors", "mode", "sides"), SHAPES.values(), ids=SHAPES.keys())
def test_any_shape_and_colours_train_and_render(desk: Desk, size: str, colors: str, mode: str, sides: tuple[int, int]):
    desk.edit("size = 16", f'size = {size}\ncolors = "{colors}"')
    desk.edit("steps = 24", "steps = 4")
    desk.artgen("run", "job.toml")
    with Image.open(desk.run / "artifacts/images/seed-000003.png") as picture:
        assert picture.mode == mode
        assert picture.size == sides
    desk.artgen("render", "runs/tiny", "--seeds", "100", "--output", "images")
    assert (desk.run / "artifacts/render/seed-000100.png").is_file()


def test_render_needs_the_pictures_no_more_and_never_trains(desk: Desk):
    desk.artgen("run", "job.toml")
    (desk.folder / "pictures").rename(desk.folder / "elsewhere")
    weights = desk.weights()
    desk.artgen("render", "runs/tiny", "--seeds", "5")
    assert desk.weights() == weights


def test_render_says_which_option_is_wrong(desk: Desk):
    desk.artgen("run", "job.toml")
    said = desk.artgen("render", "runs/tiny", "--set", "truncatoin=0.5", code=2)
    assert "truncation" in said
    assert "no run here" in desk.artgen("render", "pictures", code=2)
    (desk.folder / "jobs").mkdir()
    (desk.folder / "runs").rename(desk.folder / "jobs" / "runs")
    assert f"do you mean {Path('jobs/runs/tiny')}?" in desk.artgen("render", "runs/tiny", code=2)


def test_what_was_rendered_before_and_the_runs_own_outputs_stay(desk: Desk):
    def rendered(*words: str) -> str:
        return Path(desk.artgen("render", "runs/tiny", *words).splitlines()[-1]).name

    desk.artgen("run", "job.toml")
    own = {path: path.read_bytes() for path in (desk.run / "artifacts").rglob("*.png")}
    assert len(own) == 9
    folders = [
        rendered("--seeds", "0-1"),
        rendered("--seeds", "0-1", "--truncation", "0.5"),
        rendered("--seeds", "0-1"),
        rendered("--seeds", "0-3", "--output", "sheet", "--name", "images"),
        rendered("--seeds", "0-3", "--output", "sheet"),
    ]
    assert folders == ["render", "render-2", "render", "images-2", "render-3"]
    assert sorted(path.name for path in (desk.run / "artifacts/render").glob("*.png")) == [
        "seed-000000.png",
        "seed-000001.png",
    ]
    assert {path: path.read_bytes() for path in own} == own


def test_clean_frees_disk_and_what_is_finished_still_renders(desk: Desk):
    desk.artgen("run", "job.toml")
    before = sum(path.stat().st_size for path in desk.run.rglob("*.safetensors"))
    picture = pixels(desk.run / "artifacts/images/seed-000007.png")
    assert "would free" in desk.artgen("clean", "runs", "--finished", "--dry-run")
    assert sum(path.stat().st_size for path in desk.run.rglob("*.safetensors")) == before
    desk.artgen("clean", "runs", "--finished")
    assert sum(path.stat().st_size for path in desk.run.rglob("*.safetensors")) < before / 3
    desk.artgen("render", "runs/tiny", "--seeds", "7")
    assert np.array_equal(pixels(desk.run / "artifacts/render/seed-000007.png"), picture)
    desk.artgen("run", "job.toml")
    said = desk.artgen("run", "job.toml", "--set", "train.steps=50", code=1)
    assert "--fresh" in said


@pytest.mark.parametrize("gone", [False, True], ids=["a byte is another", "the file is gone"])
def test_clean_never_leaves_a_damaged_checkpoint_alone(desk: Desk, gone: bool):
    desk.artgen("run", "job.toml")
    best = list_checkpoints(desk.run / "checkpoints")[-1].path
    weights = best / "ema.safetensors"
    whole = weights.read_bytes()
    if gone:
        weights.unlink()
    else:
        weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    before = sorted(desk.run.rglob("*"))
    for words in (["--dry-run"], []):
        assert best.name in desk.artgen("clean", "runs", "--finished", *words, code=1)
        assert sorted(desk.run.rglob("*")) == before
    desk.artgen("run", "job.toml")
    desk.artgen("clean", "runs", "--finished")
    (left,) = list_checkpoints(desk.run / "checkpoints")
    assert (left.path / "ema.safetensors").read_bytes() == whole
    desk.artgen("render", "runs/tiny", "--seeds", "7")
