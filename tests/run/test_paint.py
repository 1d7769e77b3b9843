"""Canvases as a user paints them: photographs in the manner of paintings, stopped, killed, gone on with."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from artgen.engine.paint.in_hand import read_in_hand, write_in_hand
from artgen.engine.paint.loop import InHand
from artgen.engine.paint.studio import Studio
from artgen.job import read_job
from artgen.losses.config import TotalVariationConfig
from artgen.losses.total_variation import TotalVariation, total_variation
from artgen.runs.canvases import finished_canvases
from artgen.runs.tasks.attempts import last_attempt
from tests.run.conftest import Desk

JOB = """
[job]
name = "tiny"
seed = 3

[generator]
type = "canvas"
content = ["photos/*"]
size = 48

[paint]
steps = 6
refine_steps = 4
smallest = 32
device = "cpu"
precision = "fp32"
checkpoint_seconds = 0.001

[[losses]]
type = "content"
layers = ["relu2_1"]

[[losses]]
type = "style-moments"
images = ["paintings/*"]
layers = ["relu1_1", "relu2_1"]

[[losses]]
type = "total-variation"

[[outputs]]
type = "images"
"""
ONE = ("--set", 'generator.content=["photos/astronaut.jpg"]')
ONE_STYLE = ("--set", 'losses.style-moments.images=["paintings/church-at-auvers.png"]')


@pytest.fixture
def easel(tmp_path: Path, pictures: Path) -> Desk:
    """Two photographs, two paintings and a job of four small canvases."""
    for folder, names in {
        "photos": ("astronaut.jpg", "coffee.jpg"),
        "paintings": ("church-at-auvers.png", "langlois-bridge.webp"),
    }.items():
        (tmp_path / folder).mkdir()
        for name in names:
            shutil.copyfile(pictures / name, tmp_path / folder / name)
    (tmp_path / "job.toml").write_text(JOB, encoding="utf-8")
    return Desk(tmp_path)


def painted(run: Path) -> dict[str, np.ndarray]:
    return {label: canvas.pixels() for label, canvas in finished_canvases(run / "canvases").items()}


def same(one: Path, other: Path) -> bool:
    first, second = painted(one), painted(other)
    return first.keys() == second.keys() and all(np.array_equal(first[label], second[label]) for label in first)


def as_bytes(picture: np.ndarray) -> np.ndarray:
    return np.round(picture.astype(float) / 257)


def test_every_content_is_painted_in_every_style_and_what_is_finished_is_not_painted_again(easel: Desk):
    easel.artgen("run", "job.toml", *ONE)
    labels = {"astronaut--church-at-auvers", "astronaut--langlois-bridge"}
    assert set(painted(easel.run)) == labels
    before = {path: path.stat().st_mtime_ns for path in easel.run.glob("canvases/*")}
    said = easel.artgen("run", "job.toml")
    assert "2 of 4 canvases are finished already" in said
    assert set(painted(easel.run)) == labels | {"coffee--church-at-auvers", "coffee--langlois-bridge"}
    assert before.items() <= {path: path.stat().st_mtime_ns for path in easel.run.glob("canvases/*")}.items()
    with Image.open(easel.run / "artifacts" / "images" / "coffee--langlois-bridge.png") as image:
        assert max(image.size) == 48


def test_a_photograph_that_is_taken_out_goes_from_the_pictures_and_the_page(easel: Desk):
    with easel.job.open("a", encoding="utf-8") as job:
        job.write('\n[[outputs]]\ntype = "gallery"\n')
    easel.artgen("run", "job.toml", *ONE_STYLE)
    (easel.folder / "photos" / "coffee.jpg").rename(easel.folder / "coffee.jpg")
    easel.artgen("run", "job.toml", *ONE_STYLE)
    pictures = easel.run / "artifacts" / "images"
    assert [path.name for path in pictures.glob("*.png")] == ["astronaut--church-at-auvers.png"]
    assert "coffee--" not in (easel.run / "index.html").read_text(encoding="utf-8")
    assert "images is done" in easel.artgen("run", "job.toml", *ONE_STYLE)


def test_the_last_rows_and_columns_stay_as_near_to_the_photograph_as_the_others(easel: Desk):
    with Image.open(easel.folder / "photos" / "astronaut.jpg") as image:
        odd = image.convert("RGB").resize((47, 47))
    odd.save(easel.folder / "photos" / "odd.png")
    layers = 'losses.style-moments.layers=["relu1_1","relu2_1","relu3_1","relu4_1"]'
    sets = ('generator.content=["photos/odd.png"]', 'losses.content.layers=["relu4_1"]', layers, "paint.steps=30")
    words = (word for text in (*sets, "generator.size=47", "paint.smallest=47") for word in ("--set", text))
    easel.artgen("run", "job.toml", *ONE_STYLE, *words)
    (canvas,) = painted(easel.run).values()
    changed = np.abs(canvas / 65535 - np.asarray(odd) / 255).mean(axis=2)
    assert changed[-3:].mean() < 1.1 * changed.mean()
    assert changed[:, -3:].mean() < 1.1 * changed.mean()


def test_a_panorama_begins_at_a_size_at_which_the_network_can_see_it(easel: Desk):
    with Image.open(easel.folder / "photos" / "coffee.jpg") as image:
        image.resize((320, 32)).save(easel.folder / "photos" / "panorama.png")
    deep = ("--set", 'losses.content.layers=["relu4_1"]', "--set", "generator.size=96")
    said = easel.artgen("run", "job.toml", *deep, *ONE_STYLE, "--set", 'generator.content=["photos/panorama.png"]')
    assert "panorama--church-at-auvers is finished" in said
    (canvas,) = finished_canvases(easel.run / "canvases").values()
    assert (canvas.width, canvas.height, canvas.steps) == (96, 10, 6), "68 pixels would be 7 high, too few for relu4_1"


def test_a_panorama_that_no_loss_can_see_stops_only_its_own_canvas_and_names_the_size(easel: Desk):
    with Image.open(easel.folder / "photos" / "coffee.jpg") as image:
        image.resize((600, 8)).save(easel.folder / "photos" / "panorama.png")
    said = easel.artgen("run", "job.toml", *ONE_STYLE, "--set", 'generator.content=["photos/[ap]*"]', code=1)
    assert "astronaut--church-at-auvers is finished" in said
    assert "at size 48 its canvas is 48×1 px, but the losses need 2 px or more" in said
    assert "Write size = 150 or more" in said


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_a_canvas_that_was_interrupted_and_killed_ends_with_the_same_bytes(easel: Desk, optimizer: str):
    words = ("run", "job.toml", *ONE, *ONE_STYLE, "--set", f"paint.optimizer={optimizer!r}", "--set", "paint.steps=40")
    easel.artgen(*words, "--out", "undisturbed")
    mark = easel.run / "canvases" / "in-hand" / "stand.json"
    for number in (signal.SIGINT, signal.SIGKILL):
        process = easel.start(*words)
        before = mark.read_bytes() if mark.exists() else b""
        easel.wait_for(process, [mark])
        while process.poll() is None and mark.read_bytes() == before:
            pass
        process.send_signal(number)
        process.communicate()
        assert process.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
    assert "going on with astronaut--church-at-auvers" in easel.artgen(*words)
    assert same(easel.run, easel.folder / "undisturbed" / "tiny")


def test_what_is_in_hand_goes_on_first_where_a_picture_was_added_before_it(easel: Desk):
    words = ("run", "job.toml", *ONE_STYLE, "--set", "paint.steps=40")
    astronaut = (easel.folder / "photos" / "astronaut.jpg").rename(easel.folder / "astronaut.jpg")
    easel.artgen(*words, "--out", "undisturbed")
    process = easel.start(*words)
    easel.wait_for(process, [easel.run / "canvases" / "in-hand" / "stand.json"])
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    astronaut.rename(easel.folder / "photos" / "astronaut.jpg")
    said = easel.artgen(*words, "--set", "paint.together=2")
    assert "going on with coffee--church-at-auvers" in said
    assert said.index("coffee--church-at-auvers is finished") < said.index("astronaut--church-at-auvers is finished")
    (label, alone), *_ = painted(easel.folder / "undisturbed" / "tiny").items()
    assert np.array_equal(painted(easel.run)[label], alone)


def test_a_checkpoint_that_breaks_off_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_in_hand(tmp_path, ["cat"], InHand(1, 30, 60.0, {"pixels": torch.zeros(1, 3, 8, 8)}))
    for name in ("sha256_of", "write_text"):
        with monkeypatch.context() as patch:
            patch.setattr(f"artgen.engine.paint.in_hand.{name}", broken_off)
            with pytest.raises(KeyboardInterrupt):
                write_in_hand(tmp_path, ["cat"], InHand(1, 60, 120.0, {"pixels": torch.ones(1, 3, 8, 8)}))
        stand = read_in_hand(tmp_path, ["cat"])
        assert stand
        assert (stand.step, stand.tensors["pixels"].sum()) == (30, 0)
    write_in_hand(tmp_path, ["cat"], InHand(1, 60, 120.0, {"pixels": torch.ones(1, 3, 8, 8)}))
    assert read_in_hand(tmp_path, ["cat"]).tensors["pixels"].sum() == 192
    assert len(list((tmp_path / "in-hand").iterdir())) == 2


def broken_off(*_: object) -> None:
    raise KeyboardInterrupt


def test_canvases_painted_together_come_out_as_they_do_alone(easel: Desk):
    easel.artgen("run", "job.toml", *ONE)
    easel.artgen("run", "job.toml", *ONE, "--out", "together", "--set", "paint.together=2")
    for label, alone in painted(easel.run).items():
        beside = painted(easel.folder / "together" / "tiny")[label]
        assert np.abs(as_bytes(alone) - as_bytes(beside)).mean() < 0.5


def test_canvases_that_are_alike_only_at_their_full_size_are_not_painted_together(easel: Desk):
    with Image.open(easel.folder / "photos" / "astronaut.jpg") as image:
        for height in (91, 92):
            image.resize((150, height)).save(easel.folder / "photos" / f"{height}.png")
    size = ("--set", "generator.size=64", "--set", "paint.smallest=32", *ONE_STYLE)
    content = "generator.content=[{}]"
    easel.artgen("run", "job.toml", *size, "--set", content.format('"photos/92.png"'), "--set", 'job.name="alone"')
    both = content.format('"photos/91.png", "photos/92.png"')
    easel.artgen("run", "job.toml", *size, "--set", both, "--set", "paint.together=2")
    name = "92--church-at-auvers"
    alone = painted(easel.run.parent / "alone")[name]
    assert painted(easel.run)[name].shape == (39, 64, 3) == alone.shape
    assert np.array_equal(painted(easel.run)[name], alone)


def test_what_a_mask_keeps_stays_and_a_transparent_content_stays_transparent(easel: Desk):
    photo = Image.open(easel.folder / "photos" / "astronaut.jpg").convert("RGB").resize((48, 48))
    keep = Image.new("L", photo.size, 0)
    keep.paste(255, (0, 0, 24, 48))
    keep.save(easel.folder / "keep.png")
    alpha = Image.new("L", photo.size, 255)
    alpha.paste(0, (0, 40, 48, 48))
    photo.putalpha(alpha)
    photo.save(easel.folder / "photo.png")
    easel.artgen(
        "run",
        "job.toml",
        *ONE_STYLE,
        "--set",
        'generator.content=["photo.png"]',
        "--set",
        'generator.keep=["keep.png"]',
    )
    (picture,) = painted(easel.run).values()
    content = np.asarray(photo).astype(float)
    assert np.array_equal(as_bytes(picture[:, :, 3]), content[:, :, 3])
    assert np.abs(as_bytes(picture[:40, :24, :3]) - content[:40, :24, :3]).max() <= 1
    assert np.abs(as_bytes(picture[:40, 24:, :3]) - content[:40, 24:, :3]).mean() > 3


def test_memory_is_planned_for_places_that_count_more_or_less_and_not_for_what_is_kept(
    easel: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(easel.folder)
    photos = easel.folder / "photos"
    with Image.open(photos / "astronaut.jpg") as image:
        Image.new("L", image.size, 255).save(easel.folder / "grey.png")
        image.convert("RGBA").save(easel.folder / "clear.png")
    changes = {
        "plain": [],
        "keep": ['generator.keep=["grey.png"]'],
        "mask": ['losses.style-moments.mask=["grey.png"]'],
        "clear": ['generator.content=["photos/astronaut.jpg", "clear.png"]'],
    }
    shutil.copyfile(photos / "astronaut.jpg", photos / "coffee.jpg")  # masks are as large as their contents
    planned = {}
    for name, sets in changes.items():
        (job,) = read_job(easel.job, sets=["losses.content.remove=true", *sets])
        planned[name] = Studio(job, torch.device("cpu"), warn=print).step_bytes.look
    assert planned["plain"] == planned["keep"] < planned["mask"] == planned["clear"]


def test_a_content_that_cannot_be_read_stops_only_its_own_canvases(easel: Desk):
    photos = easel.folder / "photos"
    (photos / "broken.jpg").write_bytes(b"no picture")
    (photos / "cut.jpg").write_bytes((photos / "coffee.jpg").read_bytes()[:5000])  # its header is whole
    said = easel.artgen("run", "job.toml", *ONE_STYLE, code=1)
    assert "broken.jpg" in said
    assert "cut.jpg" in said
    assert set(painted(easel.run)) == {"astronaut--church-at-auvers", "coffee--church-at-auvers"}
    attempt = last_attempt(easel.run, "paint")
    assert attempt
    assert (attempt.state, attempt.partly) == ("failed", True), "its outputs are not said to be blocked"
    for name in ("broken.jpg", "cut.jpg"):
        shutil.copyfile(photos / "coffee.jpg", photos / name)
    assert "2 of 4 canvases are finished already" in easel.artgen("run", "job.toml", *ONE_STYLE)


def test_what_is_finished_takes_its_new_name_where_a_picture_that_is_added_takes_the_old_one(easel: Desk):
    photos = easel.folder / "photos"
    whole = (photos / "astronaut.jpg").read_bytes()
    (photos / "astronaut.jpg").unlink()
    with Image.open(photos / "coffee.jpg") as image:
        image.save(photos / "astronaut.png")
    (photos / "coffee.jpg").unlink()
    easel.artgen("run", "job.toml", *ONE_STYLE)
    before = painted(easel.run)["astronaut--church-at-auvers"]
    (photos / "astronaut.jpg").write_bytes(whole[:5000])
    easel.artgen("run", "job.toml", *ONE_STYLE, code=1)
    images = easel.run / "artifacts" / "images"
    assert {path.name for path in images.glob("*.png")} == {"astronaut--church-at-auvers-2.png"}
    (photos / "astronaut.jpg").write_bytes(whole)
    assert "1 of 2 canvases are finished already" in easel.artgen("run", "job.toml", *ONE_STYLE)
    after = painted(easel.run)
    assert np.array_equal(after["astronaut--church-at-auvers-2"], before)
    assert after["astronaut--church-at-auvers"].shape != before.shape
    assert not (easel.run / "canvases" / "aside").exists()


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="there is no file that not even the superuser reads")
def test_a_content_that_may_not_be_read_stops_only_its_own_canvases(easel: Desk):
    (easel.folder / "photos" / "locked.jpg").symlink_to("/proc/self/mem")
    said = easel.artgen("run", "job.toml", *ONE_STYLE, code=1)
    assert "1 canvas could not be painted" in said
    assert "photos/locked.jpg: cannot be read: Input/output error" in said
    assert set(painted(easel.run)) == {"astronaut--church-at-auvers", "coffee--church-at-auvers"}
    assert "2 of 3 canvases are finished already" in easel.artgen("run", "job.toml", *ONE_STYLE, code=1)


def test_why_canvases_could_not_be_painted_is_told_once_with_their_names(easel: Desk):
    with Image.open(easel.folder / "photos" / "coffee.jpg") as image:
        image.resize((600, 12)).save(easel.folder / "photos" / "thin.png")
    only = ("--set", 'generator.content=["photos/thin.png", "photos/coffee.jpg"]')
    said = easel.artgen("run", "job.toml", *only, code=1)
    told = said.partition("2 canvases could not be painted:")[2]
    reason = "at size 48 its canvas is 48×1 px, but the losses need 2 px or more"
    assert told.strip().startswith("thin--church-at-auvers, thin--langlois-bridge: ")
    assert told.count(reason) == 1
    assert "Write size = 100 or more" in told
    assert {"coffee--church-at-auvers", "coffee--langlois-bridge"} == set(painted(easel.run))


def test_what_is_lost_in_reading_a_picture_is_told_once_and_kept_with_its_canvases(easel: Desk):
    with Image.open(easel.folder / "photos" / "astronaut.jpg") as image:
        image.convert("F").save(easel.folder / "photos" / "scan.tif", dpi=(240, 240))
    said = easel.artgen("run", "job.toml", "--set", 'generator.content=["photos/scan.tif", "photos/astronaut.jpg"]')
    lost = "read with 8 bits a channel, though the file has more"
    assert said.count(f"scan.tif: {lost}") == 1
    canvases = finished_canvases(easel.run / "canvases")
    for label in ("scan--church-at-auvers", "scan--langlois-bridge"):
        assert (canvases[label].notes, canvases[label].dpi) == ([f"scan: {lost}"], 240)
    astronaut = canvases["astronaut--church-at-auvers"]
    assert (astronaut.notes, astronaut.dpi) == ([], 0)
    with Image.open(easel.run / "artifacts" / "images" / "scan--church-at-auvers.png") as image:
        assert image.info["dpi"] == pytest.approx((240, 240), abs=0.1)


def test_numbers_that_go_bad_are_one_clear_message(easel: Desk):
    sets = ("--set", "losses.content.weight=1e39", "--set", "losses.style-moments.weight=1e39")
    said = easel.artgen("run", "job.toml", *ONE, *ONE_STYLE, *sets, "--set", 'paint.optimizer="lbfgs"', code=1)
    assert "lower the weight of the loss that you raised last" in said
    assert "rate" not in said
    said = easel.artgen("run", "job.toml", "--fresh", *ONE, *ONE_STYLE, *sets[:2], code=1)
    assert "the numbers went bad" in said
    assert "--set losses.content.weight=1e39: [losses.content] weight: the numbers" in said
    assert "lower [paint] rate" in said
    assert not painted(easel.run)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there_is_told_with_its_line(easel: Desk):
    easel.edit('device = "cpu"', 'device = "cuda"')
    line = easel.job.read_text(encoding="utf-8").splitlines().index('device = "cuda"') + 1
    said = easel.artgen("run", "job.toml", code=1)
    assert f"job.toml:{line}: [paint] device: this machine has no cuda device" in said


def test_weights_that_are_not_the_published_ones_are_told_with_the_line_that_names_them(easel: Desk):
    (easel.folder / "vgg19-dcbb9e9d.pth").write_bytes(b"half of it")
    backbone = '[backbone]\ntype = "vgg19"\nweights = "vgg19-dcbb9e9d.pth"\n'
    easel.edit("[paint]", f"{backbone}[paint]")
    line = easel.job.read_text(encoding="utf-8").splitlines().index('weights = "vgg19-dcbb9e9d.pth"') + 1
    said = easel.artgen("run", "job.toml", code=1)
    assert f"job.toml:{line}: [backbone] weights: {easel.folder / 'vgg19-dcbb9e9d.pth'}: this is not the file" in said


def test_textures_are_a_function_of_their_seed(easel: Desk):
    texture = ("--set", "generator.content=[]", "--set", "losses.content.remove=true", *ONE_STYLE)
    easel.artgen("run", "job.toml", *texture, "--set", "generator.textures=2", "--set", "generator.start='style'")
    first, second = (painted(easel.run)[f"texture-{number}--church-at-auvers"] for number in (1, 2))
    assert not np.array_equal(first, second)
    easel.artgen(
        "run", "job.toml", *texture, "--set", "generator.start='style'", "--set", "job.seed=4", "--out", "other"
    )
    (again,) = painted(easel.folder / "other" / "tiny").values()
    assert np.array_equal(again, second)


def test_a_texture_that_wraps_has_no_seam(easel: Desk):
    texture = ("--set", "generator.content=[]", "--set", "losses.content.remove=true", *ONE_STYLE)
    more = ("--set", "generator.start='style'", "--set", "generator.size=64", "--set", "paint.steps=12")
    seams = {}
    for wrap in ("false", "true"):
        words = (*texture, *more, "--set", f"generator.wrap={wrap}", "--out", wrap)
        tiles = ("--set", 'outputs=[{type="tile"}]')
        if wrap == "false":
            assert "these pictures have edges" in easel.artgen("run", "job.toml", *words, *tiles, code=2)
            assert not (easel.folder / wrap).exists()
            tiles = ("--set", "outputs=[]")
        easel.artgen("run", "job.toml", *words, *tiles)
        (picture,) = painted(easel.folder / wrap / "tiny").values()
        steps = np.concatenate(
            [np.abs(np.roll(picture, -1, axis) - picture.astype(float)).mean((1 - axis, 2)) for axis in (0, 1)]
        )
        between_places = steps[1::2]  # of the layer that sees 2×2 pixels, as the edge is; within one, steps are smaller
        seams[wrap] = steps[[63, 127]].max() / np.median(between_places)
        told = finished_canvases(easel.folder / wrap / "tiny" / "canvases")["texture-1--church-at-auvers"].losses
        pixels = torch.from_numpy(picture.astype(np.float32) / np.iinfo(picture.dtype).max * 2 - 1).permute(2, 0, 1)[
            None
        ]
        own = TotalVariation(TotalVariationConfig()).around(pixels) if wrap == "true" else total_variation(pixels)
        assert told["total-variation"] == pytest.approx(float(own), rel=1e-3)
    said = easel.artgen("render", "false/tiny", "--output", "tile", code=1)
    assert "\noutputs.render: these pictures have edges" in said
    assert seams["true"] < 1.25 < seams["false"]
    assert len(list((easel.folder / "true" / "tiny" / "artifacts" / "tile").glob("*-3x3.png"))) == 1


def test_light_and_dark_alone_leave_the_hues_of_the_content(easel: Desk):
    easel.artgen("run", "job.toml", *ONE, *ONE_STYLE, "--set", "generator.keep_colors='luminance'")
    (picture,) = painted(easel.run).values()
    content = Image.open(easel.folder / "photos" / "astronaut.jpg").convert("RGB").resize((48, 48), Image.BICUBIC)

    def chroma(rgb: np.ndarray) -> np.ndarray:
        return rgb - (rgb @ (0.2126, 0.7152, 0.0722))[..., None]

    difference = chroma(as_bytes(picture)) - chroma(np.asarray(content).astype(float))
    assert np.abs(difference).mean() < 4
