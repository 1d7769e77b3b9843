"""A lock holds everything resolved, is a job itself, and tells what has changed since."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from artgen.errors import RunChangedError
from artgen.job import Job, check_unchanged, differences, read_job, read_lock, write_lock
from artgen.job.kept.lock import lock_data
from artgen.launch.options import RunOptions
from artgen.losses.config import TotalVariationConfig
from artgen.plugins import PluginManager
from artgen.runs.open import run_folder

from .conftest import Write, plugin_of

Read = Callable[..., Job]

JOB = """
[job]
name = "moths"
seed = 3
[requires]
artgen = ">=0.1"
[data]
folder = "pictures"
size = [24, 16]
[generator]
type = "dcgan"
[[losses]]
type = "adversarial"
[[losses]]
type = "total-variation"
name = "smooth"
[train]
kimg = 2.5
[[outputs]]
type = "sheet"
"""


def locked(job: Job, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "job.lock.toml"
    write_lock(path, lock_data(job, folder))
    return path


def meaning(job: Job) -> dict[str, object]:
    """All of a job but where it was read."""
    return {k: v for k, v in vars(job).items() if k not in ("file", "sources")}


@pytest.mark.parametrize("changes", [(), ("augmentations=[]", "outputs=[]"), ("train.minutes=2", "job.name=a b")])
def test_a_lock_read_again_is_the_same_job(changes: tuple[str, ...], write: Write, read: Read) -> None:
    job = read(write(JOB), *changes)
    again = read(locked(job, job.file.parent / "runs" / job.name))
    assert meaning(again) == meaning(job)
    assert differences(read_lock(again.file), job, again.file.parent) == []


def test_a_locked_cell_keeps_its_name(write: Write, manager: PluginManager, read: Read) -> None:
    job = read_job(write(JOB + "[matrix]\ntrain.batch = [4, 8]\n"), manager=manager)[1]
    assert read(locked(job, job.file.parent / "runs" / job.name)).name == "moths@8"


def test_a_lock_holds_every_value_types_with_their_owner_and_versions(write: Write, read: Read) -> None:
    job = read(write(JOB))
    folder = job.file.parent / "runs" / "moths"
    data = read_lock(locked(job, folder))
    assert data["data"]["folder"] == "../../pictures"
    assert data["generator"]["type"] == "artgen-toolkit:dcgan"
    assert data["generator"]["latent"] == 64
    assert [loss["name"] for loss in data["losses"]] == ["adversarial", "smooth"]
    assert {"artgen", "python", "torch"} <= set(data["lock"])
    assert [p.name for p in folder.iterdir()] == ["job.lock.toml"]


def test_a_lock_moves_with_its_pictures(write: Write, read: Read, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir(exist_ok=True)
    path = write(JOB, "here/job.toml")
    shutil.copytree(tmp_path / "pictures", tmp_path / "here" / "pictures")
    job = read(path)
    locked(job, tmp_path / "here" / "runs" / "moths")
    shutil.move(tmp_path / "here", tmp_path / "there")
    again = read(tmp_path / "there" / "runs" / "moths" / "job.lock.toml")
    assert again.data
    assert again.data.folder == tmp_path / "there" / "pictures"


def test_a_lock_in_a_run_means_that_run_whatever_its_folder_is_called_now(
    write: Write, read: Read, manager: PluginManager, tmp_path: Path
) -> None:
    whole = read_job(write(JOB + "[matrix]\ntrain.batch = [4, 8]\n"), manager=manager)[1]
    path = locked(whole, tmp_path / "runs" / "moths@8.1")
    assert run_folder(read(path), RunOptions()) == tmp_path / "runs" / "moths@8", "a lock alone may be a copy"
    for left in ("checkpoints", "canvases", "tasks"):
        (path.parent / left).mkdir()
        assert run_folder(read(path), RunOptions()) == path.parent
        (path.parent / left).rmdir()
    (path.parent / "checkpoints").mkdir()
    assert run_folder(read(path, "job.name=other"), RunOptions()) == tmp_path / "runs" / "other@8"
    assert run_folder(read(path), RunOptions(out=tmp_path / "out")) == tmp_path / "out" / "moths@8"


def test_keys_that_are_words_of_python_and_lists_of_tables_are_locked_as_they_are_written(
    write: Write, read: Read, tmp_path: Path
) -> None:
    path = write(
        JOB.replace("[[losses]]", "growing = true\n[discriminator]\ntype = 'dcgan'\ngrowing = true\n[[losses]]", 1)
    )
    (tmp_path / "older").mkdir()
    stages = "train.stages=[{size = 8, kimg = 1.0}, {size = 16, fade_kimg = 0.5}]"
    job = read(path, f"train.from={tmp_path / 'older'}", stages, "outputs.sheet.class=moth")
    folder = path.parent / "runs" / "moths"
    data = read_lock(locked(job, folder))
    assert data["train"]["from"] == "../../older"
    assert data["train"]["stages"] == [{"size": 8, "kimg": 1.0, "fade_kimg": 0.0}, {"size": 16, "fade_kimg": 0.5}]
    assert data["outputs"][0]["class"] == "moth"
    again = read(folder / "job.lock.toml")
    assert meaning(again) == meaning(job)
    assert str(job.sources["train.stages"]).startswith("--set train.stages=")
    with pytest.raises(RunChangedError, match=r"train\.stages: was a list of 2, is \[\]"):
        check_unchanged(data, read(path, "train.stages=[]", f"train.from={tmp_path / 'older'}"), folder)
    with pytest.raises(RunChangedError, match=r"train\.from: was .*, is not set"):
        check_unchanged(data, read(path, stages), folder)
    (tmp_path / "older").rename(tmp_path / "moved")
    changes = check_unchanged(data, read(path, f"train.from={tmp_path / 'moved'}", stages), folder)
    assert {change.key: change.change for change in changes}["train.from"] == "free"


def test_what_is_learned_may_not_change(write: Write, read: Read) -> None:
    path = write(JOB)
    folder = path.parent / "runs" / "moths"
    lock = read_lock(locked(read(path), folder))
    with pytest.raises(RunChangedError) as caught:
        check_unchanged(lock, read(path, "train.batch=8", "losses.smooth.weight=2.0", "train.kimg=5"), folder)
    text = str(caught.value)
    assert f"losses.smooth.weight: was {TotalVariationConfig().weight}, is 2.0" in text
    assert "train.batch: was 32, is 8" in text
    assert "kimg" not in text
    assert "--fresh" in text
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("change", "means"),
    [
        ("train.kimg=5", {"train.kimg": "extend"}),
        ("train.steps=5", {"train.kimg": "extend", "train.steps": "extend"}),
        ("train.device=cpu", {"train.device": "free"}),
        ("quality.final=0", {"quality.final": "free"}),
        ("outputs.sheet.columns=3", {"outputs.sheet.columns": "free"}),
        ("requires.artgen='>0'", {"requires.artgen": "free"}),
        ("job.seed=4", {"job.seed": "identity"}),
        ("generator.width=8", {"generator.width": "identity"}),
        ("train.generator.rate=1.0", {"train.generator.rate": "identity"}),
        ("losses.smooth.remove=true", dict.fromkeys(("losses.smooth.type", "losses.smooth.weight",
                                                      "losses.smooth.every"), "identity")),
        ("data.folder=runs", {"data.folder": "free"}),
        ("data.size=[16, 24]", {"data.size": "identity"}),
    ],
)  # fmt: skip
def test_every_field_says_what_its_change_means(change: str, means: dict[str, str], write: Write, read: Read) -> None:
    path = write(JOB)
    folder = path.parent / "runs" / "moths"
    lock = read_lock(locked(read(path), folder))
    assert {d.key: d.change for d in differences(lock, read(path, change), folder)} == means


def test_an_option_that_a_newer_version_brings_changes_nothing_by_its_default(write: Write, read: Read) -> None:
    path = write(JOB)
    folder = path.parent / "runs" / "moths"
    lock = read_lock(locked(read(path), folder))
    del lock["generator"]["max_width"]
    assert check_unchanged(lock, read(path), folder) == []
    with pytest.raises(RunChangedError, match=r"generator\.max_width: was not set, is 9"):
        check_unchanged(lock, read(path, "generator.max_width=9"), folder)
    lock["augmentations"] = []
    with pytest.raises(RunChangedError, match=r"augmentations\.diffaugment\.type: was not set"):
        check_unchanged(lock, read(path), folder)


def test_outputs_come_and_go_freely(write: Write, read: Read) -> None:
    path = write(JOB)
    folder = path.parent / "runs" / "moths"
    lock = read_lock(locked(read(path), folder))
    mine = path.parent / "mine.png"
    mine.touch()
    poster = f'{{type="poster", signature={{picture="{mine.as_posix()}", height="8mm"}}}}'  # with a table of its own
    found = check_unchanged(lock, read(path, f'outputs=[{{type="images"}}, {poster}]'), folder)
    assert {d.change for d in found} == {"free"}
    assert {"outputs.sheet.type", "outputs.images.type", "outputs.poster.signature.height"} <= {d.key for d in found}


def test_the_order_of_losses_counts(write: Write, read: Read) -> None:
    path = write(JOB)
    folder = path.parent / "runs" / "moths"
    job = read(path)
    lock = read_lock(locked(job, folder))
    turned = dataclasses.replace(job, losses=job.losses[::-1])
    assert [d.key for d in differences(lock, turned, folder)] == ["order of losses"]


def test_the_lock_names_the_plugins_it_needs(write: Write, read: Read, manager: PluginManager) -> None:
    def register_outputs(register: Callable[..., None]) -> None:
        register("sheet", "nowhere:Sheet")
        register("mural", "nowhere:Mural")

    manager.load("artgen-mural", "1.2", lambda: plugin_of(register_outputs=register_outputs))
    job = read(write(JOB), "outputs.mural.type=mural")
    assert job.outputs[0].type == "artgen-toolkit:sheet"
    assert lock_data(job, job.file.parent)["lock"]["plugins"] == {"artgen-mural": "1.2"}
    assert meaning(read(locked(job, job.file.parent / "runs" / "x")))["outputs"] == job.outputs
