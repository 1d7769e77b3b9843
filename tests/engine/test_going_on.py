"""A training that goes on: what was left for later is done, and what is there now is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from artgen.data.cache import open_pictures
from artgen.engine.training import train_task
from artgen.errors import InterruptedRun
from artgen.job.model import Job
from artgen.launch.tasks import checkpoint_to_paint_with
from artgen.plugins import plugin_manager
from artgen.runs.checkpoints import Checkpoint, list_checkpoints
from artgen.runs.progress import open_progress
from artgen.runs.store import Run
from tests.engine.test_train import digests


def trained(folder: Path, job: Job, on_metrics: Callable[[Run, Mapping[str, float]], object] | None = None) -> Run:
    folder.mkdir(exist_ok=True)
    run = Run(folder, "tiny", job, {})
    if on_metrics:
        run.on_metrics = lambda _step, numbers: on_metrics(run, numbers)
    train_task(run, open_pictures(job.data), open_progress("quiet"), plugin_manager())
    return run


def seen(run: Run, step: int) -> set[str]:
    """Which of all that tells of a checkpoint's pictures is there."""
    sheets = {"shown" for of_step, _ in run.progress_sheets() if of_step == step}
    rows = [row for row in run.metrics() if row["step"] == step]
    return sheets | {"measured" for row in rows if "quality/kid_vgg" in row}


def left(run: Run) -> Checkpoint:
    (checkpoint,) = list_checkpoints(run.checkpoints)
    return checkpoint


def test_who_asks_to_stop_waits_for_no_measuring_and_it_is_done_when_the_run_goes_on(tiny_job, tmp_path: Path):
    job = tiny_job("quality.during=4")

    def stop(run: Run, _numbers: Mapping[str, float]) -> None:
        run.interrupted = lambda: True

    with pytest.raises(InterruptedRun):
        trained(tmp_path / "parts", job, stop)
    run = Run(tmp_path / "parts", "tiny", job, {})
    assert left(run).step == 10
    assert not left(run).looked_at
    assert seen(run, 10) == set()
    trained(tmp_path / "parts", job)
    assert seen(run, 10) == {"shown", "measured"}
    assert digests(run.checkpoints) == digests(trained(tmp_path / "whole", job).checkpoints)


def test_what_ends_while_the_last_checkpoint_is_measured_has_it_and_measures_it_when_the_run_goes_on(
    tiny_job, tmp_path: Path
):
    job = tiny_job("quality.during=4")

    def end(_run: Run, numbers: Mapping[str, float]) -> None:
        if "quality/kid_vgg" in numbers:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path, job, end)
    run = Run(tmp_path, "tiny", job, {})
    assert (left(run).step, left(run).looked_at) == (20, False)
    trained(tmp_path, job)
    assert left(run).looked_at
    assert "quality/kid_vgg" in left(run).quality


def test_what_a_killed_training_left_half_written_is_gone_when_the_run_goes_on(tiny_job, tmp_path: Path):
    half = tmp_path / "checkpoints" / ".00000005.ab-1-2.part"
    half.mkdir(parents=True)
    run = trained(tmp_path, tiny_job())
    assert left(run).step == 20
    assert not half.exists()


def test_a_run_that_goes_on_with_less_memory_takes_fewer_pictures_at_a_time_and_says_so(
    tiny_job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    trained(tmp_path, tiny_job())
    assert "pictures at a time take" not in capsys.readouterr().err
    monkeypatch.setattr("artgen.engine.training.available_bytes", lambda: 1)
    trained(tmp_path, tiny_job("train.steps=22"))
    assert "4 pictures at a time take about 0.0 GB and 0.0 GB are free: working on 1" in capsys.readouterr().err
    sizes = [checkpoint.state["micro_batch"] for checkpoint in list_checkpoints(tmp_path / "checkpoints")]
    assert sizes == [4, 1]
    monkeypatch.undo()
    trained(tmp_path, tiny_job("train.steps=24"))
    assert list_checkpoints(tmp_path / "checkpoints")[-1].state["micro_batch"] == 1


def test_figures_and_outputs_are_of_the_best_that_is_not_damaged(tiny_job, tmp_path: Path):
    job = tiny_job("quality.during=4", "quality.final=4", "train.checkpoint_steps=10")
    run = trained(tmp_path, job)
    best = checkpoint_to_paint_with(run)
    assert run.final_figures()["step"] == best.step
    file = best.path / "ema.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    again = trained(tmp_path, job)
    intact = checkpoint_to_paint_with(again)
    assert intact.path != best.path
    assert again.final_figures()["checkpoint"] == intact.info.sha256
