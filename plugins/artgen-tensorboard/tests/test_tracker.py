"""What is in the event files is what is in the run."""

from __future__ import annotations

import io
import json
import shutil
import socket
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from artgen.runs.store import Artifact
from artgen.runs.store import Run as RunFolder
from PIL import Image

from artgen_tensorboard.config import TensorboardConfig
from artgen_tensorboard.pictures import picture_of
from artgen_tensorboard.tracker import Tensorboard
from conftest import OUTPUTS, TRACKED, Run, curves, rows, told


def test_curves_are_those_of_the_run(run: Run) -> None:
    folder = run(8, during=8)
    assert curves(told(folder)) == rows(folder)
    assert {"loss/generator", "rate_img_s", "quality/kid_vgg", "quality/kid_vgg_low"} <= curves(told(folder)).keys()


def test_pictures_sheets_and_films_are_shown_and_no_port_is_opened(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a port was asked for")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    folder = run(8, TRACKED + OUTPUTS)
    events = told(folder)
    shown = {name: [one.step for one in events.Images(name)] for name in events.Tags()["images"]}
    assert shown.pop("sheets/progress") == [4, 8]
    (best,) = {step for steps in shown.values() for step in steps}
    assert best in (4, 8)
    assert set(shown) == {
        *(f"images/seed-{seed:06d}" for seed in range(3)),  # three of six
        *(f"gallery/seed-{seed:06d}" for seed in range(2)),
        "sheets/sheet",
        "films/interpolation",
    }
    own = np.asarray(Image.open(folder / "artifacts" / "images" / "seed-000002.png").convert("RGB"))
    assert np.array_equal(_image(events, "images/seed-000002"), own)
    film = _image(events, "films/interpolation")
    poster = np.asarray(Image.open(folder / "artifacts" / "interpolation" / "poster.webp").convert("RGB"))
    assert np.array_equal(film, poster)


def test_a_sheet_as_large_as_a_wall_and_a_file_cut_short_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    Image.new("1", (40, 40)).save(tmp_path / "wall.png")
    Image.effect_noise((9, 9), 50).save(tmp_path / "cut.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:70])
    for name in ("wall.png", "cut.png"):
        artifact = Artifact("sheet", Path(name), "plate")
        assert picture_of(artifact, tmp_path, 256) is None


def test_the_job_is_told_as_text_and_as_settings(run: Run) -> None:
    folder = run(4, during=8)
    events = told(folder)
    (lock,) = events.Tensors("job/lock/text_summary")
    text = lock.tensor_proto.string_val[0].decode()
    assert [line.removeprefix("    ") for line in text.splitlines()] == (
        folder / "job.lock.toml"
    ).read_text().splitlines()
    plugins = events.SummaryMetadata("_hparams_/session_start_info").plugin_data
    assert plugins.plugin_name == "hparams"
    assert b"train.batch" in plugins.content
    assert b"losses.adversarial.form" in plugins.content
    assert b"job.seed" in plugins.content
    assert b"job.name" not in plugins.content
    assert events.SummaryMetadata("_hparams_/session_end_info")
    layout = events.Tensors("custom_scalars__config__")[-1].tensor_proto.string_val[0]
    assert b"quality/kid_vgg_low" in layout


def test_a_run_that_goes_on_tells_nothing_twice(run: Run) -> None:
    run(4, TRACKED + OUTPUTS)
    run(4, TRACKED + OUTPUTS)
    folder = run(12, TRACKED + OUTPUTS)
    events = told(folder)
    assert len(list((folder / "tensorboard").glob("events.*"))) == 3
    assert curves(events) == rows(folder)
    assert [one.step for one in events.Images("sheets/progress")] == [4, 8, 12]
    for name in events.Tags()["images"]:
        steps = [one.step for one in events.Images(name)]
        assert len(steps) == len(set(steps)), name


def test_a_run_that_was_killed_goes_on_from_its_checkpoint(run: Run) -> None:
    folder = run(8)
    # as if the machine had stopped after step 8 was logged, and before its checkpoint was whole
    shutil.rmtree(folder / "checkpoints" / "00000008")
    assert run(12) == folder
    found = curves(told(folder))
    assert found == rows(folder)
    assert [step for step, _ in found["loss/generator"]] == [4, 8, 10, 12]


def test_a_tracker_that_comes_later_tells_the_past(run: Run) -> None:
    run(4, "")
    folder = run(8, TRACKED)
    events = told(folder)
    assert curves(events) == rows(folder)
    assert [one.step for one in events.Images("sheets/progress")] == [4, 8]
    times = [one.wall_time for one in events.Scalars("images")]
    assert times == sorted(times)


@pytest.fixture
def begun(tmp_path: Path) -> RunFolder:
    """A run folder as artgen opens it, before the first step."""
    (tmp_path / "job.lock.toml").write_text("[job]\nname = 'bare'\n")
    return RunFolder(tmp_path, "bare", SimpleNamespace(), {"job": {"name": "bare"}})  # type: ignore[arg-type]


def test_steps_that_the_training_went_back_behind_count_no_more(begun: RunFolder) -> None:
    tracker = Tensorboard(TensorboardConfig())
    tracker.start(begun)
    for step, loss in [(10, 1.0), (20, 2.0), (30, 3.0), (20, 4.0), (30, 5.0)]:
        tracker.log(step, {"images": step * 4, "loss/generator": loss})
        if step == 30:
            tracker.log(step, {"images": step * 4, "quality/kid_vgg": loss})
    tracker.log(30, {"images": 120, "loss/generator": 6.0})  # back to 25 and on to 30
    tracker.finish(None)
    found = curves(told(begun.folder))
    assert found["loss/generator"] == [(10, 1.0), (20, 4.0), (30, 6.0)]
    assert found["images"] == [(10, 40), (20, 80), (30, 120)]
    assert "quality/kid_vgg" not in found or found["quality/kid_vgg"] == []


def test_processes_that_work_at_one_run_share_what_was_told(begun: RunFolder) -> None:
    folder = begun.artifact_folder("images")
    both = [Tensorboard(TensorboardConfig(pictures=3)) for _ in range(2)]
    for tracker in both:
        tracker.start(begun)
    for number in range(6):
        path = folder / f"seed-{number}.png"
        Image.new("RGB", (8, 8), (number, 0, 0)).save(path)
        for tracker in (both[number % 2], both[0]):
            tracker.artifact(Artifact("picture", path.relative_to(begun.folder), "images"))
    for tracker in both:
        tracker.finish(None)
    events = told(begun.folder)
    assert set(events.Tags()["images"]) == {f"images/seed-{number}" for number in range(3)}
    assert all(len(events.Images(name)) == 1 for name in events.Tags()["images"])


def test_what_ended_a_run_is_told_and_the_files_are_whole(begun: RunFolder) -> None:
    tracker = Tensorboard(TensorboardConfig())
    tracker.start(begun)
    tracker.log(3, {"loss/generator": float("nan"), "images": 12})
    before = told(begun.folder)  # all of it is there while the run goes on
    assert [one.step for one in before.Scalars("loss/generator")] == [3]
    tracker.finish(RuntimeError("out of paint"))
    (end,) = told(begun.folder).Tensors("job/ended by/text_summary")
    assert end.step == 3
    assert end.tensor_proto.string_val == [b"RuntimeError: out of paint"]


def test_large_pictures_are_made_smaller_and_what_is_none_is_left_out(begun: RunFolder) -> None:
    folder = begun.artifact_folder("odd")
    Image.new("RGBA", (400, 200), (0, 200, 0, 128)).save(folder / "wide.png")
    (folder / "lines.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / "index.html").write_text("<p>")
    Image.new("L", (40, 20), 7).save(folder / "turning.gif", save_all=True, append_images=[Image.new("L", (40, 20))])
    tracker = Tensorboard(TensorboardConfig(long_side_px=100))
    tracker.start(begun)
    for kind, name in [
        ("picture", "wide.png"),
        ("picture", "lines.svg"),
        ("page", "index.html"),
        ("film", "turning.gif"),
    ]:
        path = (folder / name).relative_to(begun.folder)
        tracker.artifact(Artifact(kind, path, "odd", {"step": 5}))  # type: ignore[arg-type]
    tracker.artifact(Artifact("picture", Path("artifacts/odd/gone.png"), "odd"))
    tracker.finish(None)
    events = told(begun.folder)
    assert set(events.Tags()["images"]) == {"odd/wide", "films/odd"}
    (wide,) = events.Images("odd/wide")
    assert (wide.width, wide.height, wide.step) == (100, 50, 5)
    assert _image(events, "films/odd").shape == (20, 40, 3)
    assert json.loads((begun.folder / "tensorboard" / "told.json").read_text())


def _image(events: object, name: str) -> np.ndarray:
    (found,) = events.Images(name)  # type: ignore[attr-defined]
    return np.asarray(Image.open(io.BytesIO(found.encoded_image_string)).convert("RGB"))
