"""Running again: after kills, stops, changes of the job."""

from __future__ import annotations

import json
import random
import signal
import time

import pytest
import tomli

from tests.run.conftest import Desk


@pytest.mark.parametrize("times", [4, pytest.param(10, marks=pytest.mark.slow)])
def test_a_run_killed_at_random_moments_ends_with_the_same_bytes(times: int, desk: Desk):
    desk.edit("steps = 24", "steps = 400")
    desk.edit("checkpoint_steps = 4", "checkpoint_steps = 20")
    desk.artgen("run", "job.toml", "--out", "undisturbed")
    chance = random.Random(7)
    kills = 0
    while kills < times:
        process = desk.start("run", "job.toml")
        last = max(desk.run.glob("checkpoints/0*"), default=None)
        # wait for one more checkpoint than there was, so that the kills are spread over the whole run
        while process.poll() is None and max(desk.run.glob("checkpoints/0*"), default=None) == last:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.15))
        assert process.poll() is None, "the run was over before it was killed so often"
        desk.kill(process)
        kills += 1
    desk.artgen("run", "job.toml")
    assert desk.weights() == desk.weights(desk.folder / "undisturbed" / "tiny")


def test_numbers_after_the_checkpoint_are_cut_back_and_never_told_twice(desk: Desk):
    process = desk.start("run", "job.toml", "--set", "train.steps=100000", "--set", "train.checkpoint_steps=50")
    desk.wait_for(process, [desk.run / "checkpoints" / "00000100"])
    desk.kill(process)
    process = desk.start("run", "job.toml", "--set", "train.steps=100000", "--set", "train.checkpoint_steps=50")
    desk.wait_for(process, [desk.run / "checkpoints" / "00000200"])
    desk.kill(process)
    lines = (desk.run / "metrics.jsonl").read_text().splitlines()
    assert json.loads(lines[0]) == {"schema": 1}
    rows = [json.loads(line) for line in lines[1:]]
    steps = [row["step"] for row in rows if "loss/generator" in row]
    assert steps == sorted(set(steps))


def stop(desk: Desk, number: signal.Signals) -> tuple[int, str]:
    process = desk.start("run", "job.toml", "--set", "train.steps=100000")
    desk.wait_for(process, [desk.run / "checkpoints" / "00000008"])
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    return process.returncode, out + err


def test_ctrl_c_writes_a_checkpoint_and_exits_130_and_the_same_command_goes_on(desk: Desk):
    code, said = stop(desk, signal.SIGINT)
    assert code == 130
    assert "same command" in said
    step = max(int(path.name) for path in desk.run.glob("checkpoints/0*"))
    again = desk.artgen("run", "job.toml", "--set", f"train.steps={step + 3}")
    assert f"going on from step {step}" in again
    assert (desk.run / "checkpoints" / f"{step + 3:08d}").is_dir()


def test_sigterm_does_the_same(desk: Desk):
    assert stop(desk, signal.SIGTERM)[0] == 130


def test_a_finished_run_run_again_trains_nothing_and_changes_no_picture(desk: Desk):
    desk.artgen("run", "job.toml")
    files = [*desk.run.glob("checkpoints/**/*.safetensors"), *desk.run.glob("artifacts/images/*.png")]
    before = {path: path.stat().st_mtime_ns for path in files}
    said = desk.artgen("run", "job.toml")
    assert "going on" not in said
    assert {path: path.stat().st_mtime_ns for path in files} == before


def test_a_larger_budget_goes_on_where_the_run_ended(desk: Desk):
    desk.artgen("run", "job.toml")
    desk.edit("steps = 24", "steps = 30")
    assert "going on from step 24" in desk.artgen("run", "job.toml")
    desk.artgen("run", "job.toml", "--out", "whole")
    assert desk.weights() == desk.weights(desk.folder / "whole" / "tiny")


def test_another_number_of_threads_goes_on_from_where_it_is_written_and_is_told(desk: Desk):
    desk.artgen("run", "job.toml", "--set", "train.threads=2")
    desk.edit("steps = 24", "steps = 28")
    assert "this run began" not in desk.artgen("run", "job.toml"), "the number that it began with is kept"
    assert threads(desk) == 2
    desk.edit("steps = 28", "steps = 32")
    said = desk.artgen("run", "job.toml", "--set", "train.threads=1")
    assert "this run began with threads 2, now 1: it goes on, but not to the same bytes" in said
    assert threads(desk) == 1
    desk.edit("steps = 32", "steps = 36")
    assert "this run began" not in desk.artgen("run", "job.toml"), "and the new one is kept from there on"
    assert threads(desk) == 1


def threads(desk: Desk) -> int:
    """How many the last checkpoint was learned with, which is what the lock says too."""
    state = json.loads((max(desk.run.glob("checkpoints/0*")) / "state.json").read_text())
    assert tomli.loads((desk.run / "job.lock.toml").read_text())["train"]["threads"] == state["threads"]
    return int(state["threads"])


def test_new_outputs_are_made_without_training(desk: Desk):
    desk.artgen("run", "job.toml")
    weights = desk.weights()
    desk.edit('seeds = "0-8"', 'seeds = "0-4"\n\n[[outputs]]\ntype = "sheet"\nseeds = "0-3"')
    said = desk.artgen("run", "job.toml")
    assert "making sheet" in said
    assert desk.weights() == weights
    assert (desk.run / "artifacts" / "sheet").is_dir()


def test_another_network_in_the_same_folder_is_refused_with_what_differs_and_what_to_do(desk: Desk):
    desk.artgen("run", "job.toml")
    weights = desk.weights()
    desk.edit("latent = 8", "latent = 9")
    said = desk.artgen("run", "job.toml", code=2)
    assert "generator.latent: was 8, is 9" in said
    assert "--fresh" in said
    assert desk.weights() == weights
    desk.artgen("run", "job.toml", "--fresh")
    assert desk.weights(desk.run.with_name("tiny.1")) == weights
    assert desk.weights() != weights


def test_other_pictures_in_the_same_folder_are_refused(desk: Desk):
    desk.artgen("run", "job.toml")
    (desk.folder / "pictures" / "fox.webp").unlink()
    said = desk.artgen("run", "job.toml", code=2)
    assert "pictures" in said
    assert "--fresh" in said


def test_a_job_among_its_pictures_learns_from_nothing_that_it_made(desk: Desk):
    desk.job = desk.job.rename(desk.folder / "pictures" / "job.toml")
    desk.edit('folder = "pictures"', 'folder = "."')
    desk.artgen("run", "pictures/job.toml")
    assert "train is done" in desk.artgen("run", "pictures/job.toml"), "nor does that begin the task again"
    desk.artgen("gallery", "pictures/runs")
    assert list((desk.folder / "pictures/runs/index-pictures").glob("*.webp"))
    desk.edit("steps = 24", "steps = 26")
    said = desk.artgen("run", "pictures/job.toml")
    assert "going on from step 24" in said


def test_a_damaged_checkpoint_is_left_out_and_the_one_before_it_is_taken(desk: Desk):
    desk.artgen("run", "job.toml")
    whole = desk.weights()
    last = max(desk.run.glob("checkpoints/0*"))
    (last / "generator.safetensors").write_bytes(b"damaged")
    said = desk.artgen("run", "job.toml")
    assert f"checkpoint {last.name} is damaged" in said
    assert "going on from step 20" in said
    assert (desk.run / "checkpoints" / f"{last.name}-2").is_dir()
    assert desk.weights()["generator.safetensors"] == whole["generator.safetensors"]


def test_the_same_command_twice_at_once_says_who_holds_the_run(desk: Desk):
    first = desk.start("run", "job.toml", "--set", "train.steps=100000")
    desk.wait_for(first, [desk.run / "checkpoints" / "00000004"])
    said = desk.artgen("run", "job.toml", "--set", "train.steps=100000", code=1)
    assert f"process {first.pid}" in said
    assert first.poll() is None
    desk.kill(first)


def test_a_training_that_keeps_going_bad_gives_up_after_three_halved_rates_and_says_so(desk: Desk):
    said = desk.artgen("run", "job.toml", "--set", "train.generator.rate=1e30", code=1)
    assert said.count("of the rate") == 3
    assert "lower [train.generator] rate" in said
    events = [json.loads(line) for line in (desk.run / "metrics.jsonl").read_text().splitlines() if "event" in line]
    assert [event["event"] for event in events] == ["rollback"] * 3


def test_the_lock_file_is_a_job_that_makes_the_same_run(desk: Desk):
    desk.artgen("run", "job.toml")
    desk.artgen("run", "runs/tiny/job.lock.toml", "--out", "again")
    assert desk.weights(desk.folder / "again" / "tiny") == desk.weights()
    lock = tomli.loads((desk.run / "job.lock.toml").read_text())
    assert lock["generator"]["type"] == "artgen-toolkit:dcgan"
    assert lock["data"]["folder"] == "../../pictures"


def test_the_lock_of_a_run_that_was_set_aside_or_renamed_goes_on_with_that_run(desk: Desk):
    desk.artgen("run", "job.toml")
    desk.edit("seed = 3", "seed = 4")
    desk.artgen("run", "job.toml", "--fresh")
    new, aside, kept = desk.weights(), desk.run.with_name("tiny.1"), desk.run.with_name("kept")
    said = desk.artgen("run", "runs/tiny.1/job.lock.toml", "--set", "train.steps=26")
    assert "going on from step 24" in said
    assert (aside / "checkpoints" / "00000026").is_dir()
    aside.rename(kept)
    desk.artgen("run", "runs/kept/job.lock.toml", "--set", "train.steps=28", "--jobs", "2")  # by workers of their own
    assert (kept / "checkpoints" / "00000028").is_dir()
    assert {path.name for path in desk.run.parent.iterdir()} == {"tiny", "kept"}
    assert desk.weights() == new
