"""A stylizer of two styles, as a user trains it."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from artgen.runs.checkpoints import latest_checkpoint
from tests.run.conftest import Desk
from tests.tiny_job import TINY_JOB
from tests.tiny_stylizer import TINY_STYLIZER


@pytest.fixture
def stylist_desk(desk: Desk) -> Desk:
    desk.job.write_text(TINY_STYLIZER.format(pictures="pictures"), encoding="utf-8")
    return desk


def test_it_trains_shows_both_styles_and_goes_on_to_the_same_bytes(stylist_desk: Desk):
    desk = stylist_desk
    desk.artgen("run", "job.toml", "--set", "outputs=[]", "--out", "whole")
    desk.artgen("run", "job.toml", "--set", "outputs=[]", "--set", "train.steps=5")
    assert "going on from step 5" in desk.artgen("run", "job.toml", "--set", "outputs=[]")
    assert desk.weights() == desk.weights(desk.folder / "whole" / "tiny")

    checkpoint, damaged = latest_checkpoint(desk.run / "checkpoints")
    assert not damaged
    assert checkpoint is not None
    assert checkpoint.trainable
    assert checkpoint.state["classes"] == ["church-at-auvers", "langlois-bridge"]
    assert not (checkpoint.path / "discriminator.safetensors").exists()

    rows = [json.loads(line) for line in (desk.run / "metrics.jsonl").read_text().splitlines()]
    told = {key for row in rows for key in row}
    assert {"loss/content/generator", "loss/gram-style/generator"} <= told
    assert not any(key.startswith(("guard", "discriminator", "quality")) for key in told)

    previews = sorted(desk.run.glob("artifacts/progress/*.webp"))
    assert [int(path.stem) for path in previews] == [4, 5, 8]
    with Image.open(previews[-1]) as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    assert pixels.std() > 10


def test_a_run_goes_on_where_it_was_moved_to_and_when_its_pictures_were_moved(stylist_desk: Desk):
    desk = stylist_desk
    desk.artgen("run", "job.toml", "--set", "outputs=[]", "--set", "train.steps=4")
    larger = desk.folder / "larger disk"
    larger.mkdir()
    shutil.move(desk.run, larger / "tiny")
    (desk.folder / "pictures").rename(desk.folder / "photographs")
    desk.job.write_text(TINY_STYLIZER.format(pictures="photographs"), encoding="utf-8")
    said = desk.artgen("run", "job.toml", "--set", "outputs=[]", "--set", "train.steps=5", "--out", "larger disk")
    assert "going on from step 4" in said
    (desk.folder / "photographs" / "fox.webp").unlink()
    said = desk.artgen("run", "job.toml", "--set", "outputs=[]", "--out", "larger disk", code=2)
    assert "the pictures are not those that this run began with" in said


def test_what_it_learned_is_shown_and_shown_again_without_painting(stylist_desk: Desk):
    desk = stylist_desk
    desk.artgen("run", "job.toml", "--set", "train.steps=2")
    assert (desk.run / "artifacts" / "sheet" / "sheet.png").is_file()
    assert "Training pictures shown" in (desk.run / "index.html").read_text(encoding="utf-8")
    painted = {path: path.stat().st_mtime_ns for path in desk.run.glob("artifacts/gallery/*.png")}
    assert desk.run / "artifacts" / "gallery" / "fox--langlois-bridge.png" in painted
    assert len(painted) == 2 * 8
    desk.artgen("run", "job.toml", "--set", "train.steps=2")
    assert {path: path.stat().st_mtime_ns for path in painted} == painted
    desk.artgen("render", "runs/tiny", "--output", "sheet")
    assert (desk.run / "artifacts" / "render" / "sheet.png").is_file()


@pytest.mark.parametrize("generator", ["stylizer", "dcgan"])
def test_styles_that_were_exchanged_since_are_refused(desk: Desk, generator: str):
    text = TINY_STYLIZER if generator == "stylizer" else TINY_JOB + STYLE
    desk.job.write_text(text.format(pictures="pictures").replace("pictures/church", "church"), encoding="utf-8")
    painting = desk.folder / "church-at-auvers.png"
    shutil.move(desk.folder / "pictures" / painting.name, painting)
    words = ("run", "job.toml", "--set", "outputs=[]", "--set", "train.steps=1")
    desk.artgen(*words)
    desk.artgen(*words)
    shutil.copy(desk.folder / "pictures" / "fox.webp", painting)
    said = desk.artgen(*words, code=2)
    assert "the pictures of the styles are not those that this run began with" in said


STYLE = """
[[losses]]
type = "adversarial"

[[losses]]
type = "gram-style"
images = ["{pictures}/church-at-auvers.png"]
layers = ["relu1_1"]
"""


def test_a_budget_can_be_extended_after_cleaning_only_while_what_trains_is_there(stylist_desk: Desk):
    desk = stylist_desk
    desk.artgen("run", "job.toml", "--set", "outputs=[]", "--set", "train.steps=2")
    desk.artgen("clean", "runs", "--finished")
    said = desk.artgen("run", "job.toml", "--set", "outputs=[]", "--set", "train.steps=3", code=1)
    assert "cleaned away" in said
