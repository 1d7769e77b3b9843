"""Plugins that watch a run: told of everything, and never able to stop it by failing."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from artgen import hookimpl
from artgen.config import TrackerConfig
from artgen.errors import ArtgenError
from artgen.job import read_job
from artgen.launch.batch import run_all
from artgen.launch.options import RunOptions
from artgen.plugins import PluginManager
from artgen.runs.progress import QuietProgress
from tests.tiny_job import TINY_JOB

TOLD: list[tuple[str, Any]] = []


class Told:
    """A tracker that notes what it is told."""

    def __init__(self, config: TrackerConfig) -> None:
        self.config = config

    def start(self, run: Any) -> None:
        TOLD.append(("tracker start", run.name))

    def log(self, step: int, numbers: Mapping[str, float]) -> None:
        TOLD.append(("tracker log", step))
        assert "loss/generator" in numbers

    def artifact(self, artifact: Any) -> None:
        TOLD.append(("tracker artifact", artifact.kind))

    def finish(self, error: BaseException | None) -> None:
        TOLD.append(("tracker finish", error))


class Broken(Told):
    """A tracker whose service is down."""

    def log(self, step: int, numbers: Mapping[str, float]) -> None:
        raise ConnectionError("no route to host")


class Observer:
    """A plugin with every lifecycle hook."""

    @hookimpl
    def register_trackers(self, register: Any) -> None:
        register("told", "tests.run.test_observers:Told")
        register("broken", "tests.run.test_observers:Broken")

    @hookimpl
    def run_started(self, run: Any) -> None:
        TOLD.append(("run_started", run.name))

    @hookimpl
    def run_finished(self, run: Any, error: Any) -> None:
        TOLD.append(("run_finished", error))

    @hookimpl
    def task_started(self, run: Any, task: str) -> None:
        TOLD.append(("task_started", task))

    @hookimpl
    def task_finished(self, run: Any, task: str, error: Any) -> None:
        TOLD.append(("task_finished", task))

    @hookimpl
    def metrics_logged(self, step: int) -> None:
        TOLD.append(("metrics_logged", step))

    @hookimpl
    def artifact_saved(self, artifact: Any) -> None:
        TOLD.append(("artifact_saved", artifact.kind))

    @hookimpl
    def checkpoint_saved(self, path: Path, step: int) -> None:
        assert (path / "state.json").is_file()
        TOLD.append(("checkpoint_saved", step))


@pytest.fixture
def run(tmp_path: Path, pictures: Path):
    """Runs the tiny job with a plugin; returns what it warned of."""
    TOLD.clear()
    shutil.copytree(pictures, tmp_path / "pictures", ignore=shutil.ignore_patterns("*.md"))
    (tmp_path / "job.toml").write_text(TINY_JOB.format(pictures="pictures"), encoding="utf-8")

    def go(plugin: Any, *sets: str) -> list[str]:
        manager = PluginManager(discover=False)
        manager.load("throwaway", "1.0", lambda: plugin)
        jobs = read_job(tmp_path / "job.toml", sets=sets, manager=manager)
        warnings: list[str] = []
        progress = QuietProgress(SimpleNamespace())  # type: ignore[arg-type]
        progress.warn = warnings.append  # type: ignore[method-assign]
        run_all(jobs, RunOptions(), progress, manager)
        return warnings

    return go


def test_observers_are_told_of_everything_in_order(run):
    run(Observer(), 'trackers=[{type="told"}]')
    names = [name for name, _ in TOLD]
    assert names[:2] == ["run_started", "tracker start"]
    assert names[-2:] == ["tracker finish", "run_finished"]
    assert ("task_started", "train") in TOLD
    assert ("task_finished", "output:images") in TOLD
    assert [step for name, step in TOLD if name == "checkpoint_saved"] == [4, 8, 12, 16, 20, 24]
    assert ("metrics_logged", 24) in TOLD
    assert ("tracker log", 24) in TOLD
    assert names.count("artifact_saved") == names.count("tracker artifact") == 6 + 9


def test_a_tracker_that_fails_is_told_of_once_and_the_run_goes_on(run):
    warnings = run(Observer(), 'trackers=[{type="broken"}, {type="told"}]')
    assert [warning for warning in warnings if "broken" in warning] == [
        "tracker 'broken' failed and is left out: ConnectionError: no route to host"
    ]
    assert ("tracker log", 24) in TOLD


def test_a_hook_that_raises_mutes_its_plugin_and_the_run_goes_on(run):
    class Rude(Observer):
        @hookimpl
        def task_started(self, run: Any, task: str) -> None:
            raise RuntimeError("not today")

    with pytest.warns(RuntimeWarning, match="not today"):
        run(Rude())
    assert ("run_finished", None) not in TOLD


def test_a_plugin_may_end_the_training_early_with_a_checkpoint(run, tmp_path: Path):
    class Patient(Observer):
        @hookimpl
        def stop_requested(self, step: int) -> bool:
            return step >= 8

    run(Patient())
    assert max(step for name, step in TOLD if name == "checkpoint_saved") == 8
    assert (tmp_path / "runs/tiny/artifacts/images/seed-000008.png").is_file()


def test_the_run_s_error_reaches_the_observers(run):
    with pytest.raises(ArtgenError, match="no numbers"):
        run(Observer(), "train.generator.rate=1e30")
    ((_, error),) = [told for told in TOLD if told[0] == "run_finished"]
    assert isinstance(error, ArtgenError)
