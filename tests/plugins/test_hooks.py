"""Every hook that there is is called by one tiny run, with all that it promises to hand over."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from artgen import hookimpl, hookspecs
from artgen.job import read_job
from artgen.launch.options import RunOptions
from artgen.launch.rungs import run_sweeps
from artgen.plugins import PluginManager
from artgen.plugins.manager import REGISTRATION
from artgen.registry import KINDS, PLURALS
from artgen.runs.progress import open_progress

from .conftest import job_with

HOOKS = {
    name: tuple(inspect.signature(function).parameters)
    for name, function in vars(hookspecs).items()
    if inspect.isfunction(function) and hasattr(function, "artgen_spec")
}
Calls = dict[str, list[dict[str, Any]]]


def recorder() -> tuple[ModuleType, Calls]:
    """A plugin with every hook of `artgen.hookspecs`, and what they were called with."""
    module, calls = ModuleType("recorder"), {name: [] for name in HOOKS}
    for name, arguments in HOOKS.items():
        called = (
            f"lambda {', '.join(arguments)}: calls[{name!r}].append(dict({', '.join(f'{a}={a}' for a in arguments)}))"
        )
        setattr(module, name, hookimpl(eval(called, {"calls": calls})))  # noqa: S307 - written above
    return module, calls


@pytest.fixture
def calls(desk: Path) -> Calls:
    """What the hooks were called with in a run of two steps."""
    module, calls = recorder()
    manager = PluginManager(discover=False)
    plugin = manager.load("artgen-recorder", "1.0", lambda: module)
    assert plugin.failure is None
    (desk / "job.toml").write_text(job_with(), encoding="utf-8")
    run_sweeps(read_job(desk / "job.toml", manager=manager), RunOptions(), open_progress("quiet"), manager)
    return calls


def test_a_run_calls_every_hook_with_all_that_it_promises(calls: Calls) -> None:
    assert [name for name, called in calls.items() if not called] == []
    for name, called in calls.items():
        for arguments in called:
            assert tuple(arguments) == HOOKS[name]


def test_every_hook_tells_what_it_is_for(calls: Calls) -> None:
    def of(name: str, argument: str) -> list[Any]:
        return [arguments[argument] for arguments in calls[name]]

    (run,) = {id(run): run for name in HOOKS if "run" in HOOKS[name] for run in of(name, "run")}.values()
    assert run.name == "tiny"
    assert [job.name for job in of("job_checked", "job")] == ["tiny"]
    assert of("task_started", "task") == of("task_finished", "task") == run.job.tasks
    assert of("task_finished", "error") == [None] * len(run.job.tasks)
    assert of("run_finished", "error") == [None]
    assert calls["batch_finished"] == [{"finished": ["tiny"], "failed": {}, "dropped": [], "waiting": []}]
    assert max(of("metrics_logged", "step")) == max(of("stop_requested", "step")) == 2
    assert "loss/generator" in of("metrics_logged", "metrics")[-1]
    assert of("checkpoint_saved", "step")[-1] == 2
    assert all((path / "state.json").is_file() for path in of("checkpoint_saved", "path"))
    assert all((run.folder / artifact.path).is_file() for artifact in of("artifact_saved", "artifact"))
    assert {artifact.output for artifact in of("artifact_saved", "artifact")} == {"progress", "images"}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_registration_hook_names_can_be_named_in_a_job(kind: Any) -> None:
    module = ModuleType("names_one")
    setattr(module, f"register_{PLURALS[kind]}", hookimpl(lambda register: register("soft-light", "nowhere:Thing")))
    manager = PluginManager(discover=False)
    manager.load("artgen-one", "1.0", lambda: module)
    component = manager.registry.get(kind, "soft-light")
    assert (component.kind, component.qualified) == (kind, "artgen-one:soft-light")
    assert component.place.startswith(__file__)
    assert "soft-light" in manager.registry.names(kind)


def test_hooks_either_register_or_observe() -> None:
    assert set(REGISTRATION) < set(HOOKS)
    assert all(HOOKS[name] == ("register",) for name in REGISTRATION)
    assert all("register" not in HOOKS[name] for name in set(HOOKS) - set(REGISTRATION))
