from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from artgen.engine.checkpoint import drop_snapshots, load_part, thin_out, write_checkpoint
from artgen.errors import CheckpointError, DiskError
from artgen.runs.checkpoints import (
    Checkpoint,
    best_checkpoint,
    best_intact_checkpoint,
    latest_checkpoint,
    list_checkpoints,
    list_snapshots,
    remove_checkpoint,
    remove_leftovers,
    remove_unfinished,
    size_bytes,
)


def write(
    folder: Path,
    step: int,
    quality: dict[str, float] | None = None,
    size: int = 64,
    value: float | None = None,
    planned: bool = True,
):
    weights = {"weight": torch.full((size,), float(step) if value is None else value)}
    parts = dict.fromkeys(("generator", "ema", "discriminator", "optimizers"), weights)
    told = {"step": step, "images": step * 4, "quality": quality or {}, "planned": planned}
    return write_checkpoint(folder, parts, told)


def test_what_is_written_is_read_back_to_the_bit(tmp_path: Path):
    channels_last = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    checkpoint = write_checkpoint(tmp_path, {"ema": {"w": channels_last}}, {"step": 1, "images": 4})
    assert torch.equal(load_part(checkpoint, "ema")["w"], channels_last)


def test_a_second_checkpoint_of_one_step_never_overwrites_the_first(tmp_path: Path):
    first, second = write(tmp_path, 5), write(tmp_path, 5)
    assert (first.path.name, second.path.name) == ("00000005", "00000005-2")
    assert latest_checkpoint(tmp_path)[0] == second


def test_a_half_written_checkpoint_does_not_count(tmp_path: Path):
    whole = write(tmp_path, 5)
    half = tmp_path / ".00000009.part"
    half.mkdir()
    (half / "state.json").write_text("{}")
    assert latest_checkpoint(tmp_path)[0] == whole


def test_a_checkpoint_that_cannot_be_written_takes_no_room(tmp_path: Path):
    write(tmp_path, 5)
    weights = {"weight": torch.zeros(64)}
    with pytest.raises(DiskError, match="File name too long"):
        write_checkpoint(tmp_path, {"ema": weights, "x" * 300: weights}, {"step": 9, "images": 36})
    assert [path.name for path in tmp_path.iterdir()] == ["00000005"]


def test_a_damaged_file_is_noticed_and_the_checkpoint_before_it_is_taken(tmp_path: Path):
    good, bad = write(tmp_path, 5), write(tmp_path, 9)
    file = bad.path / "generator.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    latest, damaged = latest_checkpoint(tmp_path)
    assert latest == good
    assert damaged == [bad.path]
    with pytest.raises(CheckpointError, match="damaged"):
        load_part(bad, "generator")


@pytest.mark.parametrize("left", ["", '{"step": 9, "images"', "[]", '{"step": 9}'])
def test_a_checkpoint_that_does_not_say_what_it_is_is_told_of_and_left_out(tmp_path: Path, left: str):
    good, bad = write(tmp_path, 5), write(tmp_path, 9)
    (bad.path / "state.json").write_text(left)
    assert latest_checkpoint(tmp_path) == (good, [bad.path])
    assert best_checkpoint(tmp_path) == good
    after = write(tmp_path, 9)
    assert latest_checkpoint(tmp_path) == (after, [bad.path])


def test_the_best_is_the_one_whose_interval_ends_lowest_and_the_last_where_nothing_was_measured(tmp_path: Path):
    write(tmp_path, 1, {"quality/kid_vgg": 0.01, "quality/kid_vgg_high": 0.09})
    steady = write(tmp_path, 2, {"quality/kid_vgg": 0.02, "quality/kid_vgg_high": 0.03})
    write(tmp_path, 3)
    assert best_checkpoint(tmp_path) == steady
    assert best_checkpoint(tmp_path / "none") is None


def test_thinning_out_keeps_the_last_two_the_best_and_snapshots_at_growing_distances(tmp_path: Path):
    for step in range(1, 41):
        quality = {"quality/kid_vgg_high": 0.01} if step == 7 else {}
        write(tmp_path, step, quality)
        thin_out(tmp_path, cap_bytes=1e9)
    assert [c.step for c in list_checkpoints(tmp_path)] == [7, 39, 40]
    steps = [int(path.stem) for path in list_snapshots(tmp_path)]
    assert steps[0] == 1
    assert all(later / earlier >= 1.26 for earlier, later in pairwise(steps))
    assert len(steps) >= 10


def test_what_a_training_went_back_from_leaves_no_snapshot_and_keeps_none_out(tmp_path: Path):
    way = [(4, 0.0), (8, 0.0), (12, 0.0), (16, 0.0), (8, 1.0), (12, 1.0), (16, 1.0), (20, 1.0), (24, 1.0), (28, 1.0)]
    for (before, _), (step, value) in pairwise([(0, 0.0), *way]):
        if step < before:
            drop_snapshots(tmp_path, beyond=step)
        write(tmp_path, step, value=value)
        thin_out(tmp_path, cap_bytes=1e9)
    kept = {int(path.stem): load_file(path)["weight"][0].item() for path in list_snapshots(tmp_path)}
    assert kept == {4: 0, 8: 0, 12: 1, 16: 1}, "8 is where it went back to"


def spoil(checkpoint: Checkpoint) -> None:
    file = checkpoint.path / "ema.safetensors"
    data = file.read_bytes()
    file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def test_a_damaged_best_leaves_its_place_to_the_best_of_the_others(tmp_path: Path):
    figures = {1: 0.03, 2: 0.02, 3: 0.01, 4: 0.04, 5: 0.05}
    found = {step: write(tmp_path, step, {"quality/kid_vgg_high": figure}) for step, figure in figures.items()}
    assert best_intact_checkpoint(tmp_path) == (found[3], [])
    spoil(found[3])
    assert best_intact_checkpoint(tmp_path) == (found[2], [found[3].path])
    thin_out(tmp_path, cap_bytes=1e9)
    assert [c.step for c in list_checkpoints(tmp_path)] == [2, 4, 5]


def test_a_file_that_cannot_be_read_is_a_damaged_one_and_ends_no_training(tmp_path: Path):
    for step in (1, 2, 3):
        write(tmp_path, step)
    (oldest, *_) = list_checkpoints(tmp_path)
    (oldest.path / "ema.safetensors").unlink()
    (oldest.path / "ema.safetensors").symlink_to("/proc/self/mem")
    assert not oldest.intact()
    thin_out(tmp_path, cap_bytes=1e9)
    assert [c.step for c in list_checkpoints(tmp_path)] == [2, 3]


def test_where_all_are_damaged_none_of_those_that_would_be_kept_goes(tmp_path: Path):
    for step in (1, 2, 3):
        spoil(write(tmp_path, step))
    assert best_intact_checkpoint(tmp_path)[0] is None
    thin_out(tmp_path, cap_bytes=1e9)
    assert [c.step for c in list_checkpoints(tmp_path)] == [2, 3]


def test_the_last_that_the_budget_planned_is_kept_to_go_back_to(tmp_path: Path):
    for step, planned in ((4, True), (8, True), (9, False), (10, False), (11, False)):
        write(tmp_path, step, planned=planned)
        thin_out(tmp_path, cap_bytes=1e9)
    assert [c.step for c in list_checkpoints(tmp_path)] == [8, 10, 11]
    found = [latest_checkpoint(tmp_path, planned=planned)[0] for planned in (False, True)]
    assert [one.step for one in found if one] == [11, 8]


@pytest.mark.parametrize("damage", ["truncated", "tampered", "gone"])
def test_a_damaged_checkpoint_leaves_no_snapshot_when_it_goes(tmp_path: Path, damage: str):
    file = write(tmp_path, 2).path / "ema.safetensors"
    data = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(data[:-20] if damage == "truncated" else data[:-1] + bytes([data[-1] ^ 1]))
    for step in (3, 4, 5):
        write(tmp_path, step)
        thin_out(tmp_path, cap_bytes=1e9)
    assert [c.step for c in list_checkpoints(tmp_path)] == [4, 5]
    assert [path.stem for path in list_snapshots(tmp_path)] == ["00000003"]


def test_what_ends_while_a_checkpoint_is_deleted_leaves_no_half_of_it_in_sight_and_the_next_deletes_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for step in (1, 2, 3):
        write(tmp_path, step)
    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", ended_after(2, os.unlink))
        with pytest.raises(KeyboardInterrupt):
            thin_out(tmp_path, cap_bytes=1e9)
    in_sight = {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")}
    assert in_sight == {"00000002", "00000003", "snapshots"}
    thin_out(tmp_path, cap_bytes=1e9)
    assert {path.name for path in tmp_path.iterdir()} == in_sight


def ended_after(times: int, does: Callable[..., None]) -> Callable[..., None]:
    """A function that is the other so often, and then is where the process is ended."""
    left = iter(range(times))

    def ended(*args: object, **options: object) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        does(*args, **options)

    return ended


def test_what_killed_processes_left_half_written_goes_when_a_training_begins(tmp_path: Path):
    for step in (2, 4, 8):
        write(tmp_path, step)
    thin_out(tmp_path, cap_bytes=1e9)
    whole = set(tmp_path.rglob("*"))
    for name in (".00000009.ab-1-2.part", ".00000001.gone.part"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "optimizers.safetensors").write_bytes(bytes(100))
    (tmp_path / "snapshots" / ".00000003.ab-1-2.part.safetensors").write_bytes(bytes(100))
    remove_unfinished(tmp_path)
    assert set(tmp_path.rglob("*")) == whole
    remove_unfinished(tmp_path / "none")


def test_snapshots_give_way_oldest_first_when_the_disk_share_is_full(tmp_path: Path):
    for step in range(1, 30):
        write(tmp_path, step, size=4096)
        thin_out(tmp_path, cap_bytes=150_000)
    assert size_bytes(tmp_path) <= 150_000
    assert [c.step for c in list_checkpoints(tmp_path)] == [28, 29]
    assert all(int(path.stem) > 1 for path in list_snapshots(tmp_path))


def test_nothing_in_a_checkpoint_is_pickled(tmp_path: Path):
    checkpoint = write(tmp_path, 5)
    assert sorted(path.suffix for path in checkpoint.path.iterdir()) == [".json", *[".safetensors"] * 4]
    assert json.loads((checkpoint.path / "state.json").read_text())["sha256"].keys() == {
        f"{part}.safetensors" for part in ("generator", "ema", "discriminator", "optimizers")
    }


def test_whoever_wakes_up_may_delete_what_is_being_deleted(tmp_path: Path) -> None:
    done = threading.Event()

    def leftovers() -> None:
        while not done.is_set():
            remove_leftovers(tmp_path)

    other = threading.Thread(target=leftovers)
    other.start()
    try:
        for step in range(60):
            folder = tmp_path / f"{step:08d}"
            folder.mkdir()
            for number in range(40):
                (folder / f"{number}.safetensors").touch()
            remove_checkpoint(folder)
    finally:
        done.set()
        other.join()
    remove_leftovers(tmp_path)
    assert not list(tmp_path.iterdir())
