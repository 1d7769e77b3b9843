"""What the tests of jobs and plugins share: a folder to write jobs into, and plugins that live for one test."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from artgen import hookimpl
from artgen.errors import JobError
from artgen.job import Job, read_job
from artgen.plugins import PluginManager

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a job, dedented, into the working folder; there is a folder `pictures` beside it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures").mkdir()

    def write_job(text: str, name: str = "job.toml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    return write_job


@pytest.fixture
def manager() -> PluginManager:
    """artgen's own components and nobody else's."""
    return PluginManager(discover=False)


@pytest.fixture
def read(manager: PluginManager) -> Callable[..., Job]:
    """Read a job that has no matrix."""

    def read_one(path: Path, *sets: str) -> Job:
        (job,) = read_job(path, sets=sets, manager=manager)
        return job

    return read_one


@pytest.fixture
def complaints(manager: PluginManager) -> Callable[..., list[str]]:
    """The first lines of what is wrong with a job."""

    def problems_of(path: Path, *sets: str) -> list[str]:
        with pytest.raises(JobError) as caught:
            read_job(path, sets=sets, manager=manager)
        return [str(problem).split("\n")[0] for problem in caught.value.problems]

    return problems_of


def plugin_of(**hooks: Callable[..., Any]) -> ModuleType:
    """A plugin module with these hooks."""
    module = ModuleType("throw_away_plugin")
    for name, function in hooks.items():
        setattr(module, name, hookimpl(function))
    return module
