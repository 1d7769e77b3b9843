"""Plugins of yesterday work unchanged; what has had its day says so at the plugin's own line."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from artgen import hookimpl
from artgen.hookspecs import hookspec
from artgen.plugins import PluginManager

from .conftest import Artgen, job_with

WRITTEN_BEFORE = sorted((Path(__file__).parents[1] / "data/plugins").glob("*.py"))


class Tomorrow:
    """Hooks of an artgen to come: one has had its day, one has a new argument and one that has had its day."""

    @hookspec(warn_on_impl=DeprecationWarning("weather_seen: use weather_logged, since artgen 9"))
    def weather_seen(self, sky: str) -> None: ...

    @hookspec(
        warn_on_impl_args={"rain": DeprecationWarning("weather_logged: sky says the same as rain, since artgen 9")}
    )
    def weather_logged(self, sky: str, rain: int, wind: int) -> None: ...


@pytest.fixture
def tomorrow() -> PluginManager:
    """Plugins as a later artgen has them."""
    manager = PluginManager(discover=False)
    manager.pluggy.add_hookspecs(Tomorrow())
    return manager


@pytest.mark.parametrize("file", WRITTEN_BEFORE, ids=lambda file: file.stem)
def test_a_plugin_of_an_earlier_artgen_works_unchanged(file: Path, artgen: Artgen, desk: Path) -> None:
    (desk / "job.toml").write_text(job_with('type = "satin"'), encoding="utf-8")
    told = artgen("--plugin", file, "run", "job.toml")
    assert told.code == 0, told.err
    seen = sys.modules[file.stem].SEEN
    assert seen[:2] == ["job_checked", "run_started tiny"]
    assert seen[-1] == "run_finished None"
    assert {"metrics_logged 2", "checkpoint_saved 00000002", "task_finished train"} <= set(seen)
    assert "artifact_saved seed-000001.png" in seen


def test_an_argument_that_is_new_is_none_of_an_old_plugin_s_business(tomorrow: PluginManager) -> None:
    seen: list[Any] = []

    @hookimpl
    def weather_logged(sky: str) -> None:
        seen.append(sky)

    plugin = tomorrow.load("artgen-old", "0.1", lambda: _module(weather_logged))
    tomorrow.notify("weather_logged", sky="grey", rain=3, wind=1)
    assert (plugin.failure, plugin.notes, seen) == (None, [], ["grey"])


def test_a_hook_that_has_had_its_day_warns_at_the_plugin_s_line_and_works(tomorrow: PluginManager) -> None:
    seen: list[Any] = []

    @hookimpl
    def weather_seen(sky: str) -> None:
        seen.append(sky)

    with pytest.warns(DeprecationWarning, match="use weather_logged, since artgen 9") as caught:
        plugin = tomorrow.load("artgen-old", "0.1", lambda: _module(weather_seen))
    line = inspect.getsourcelines(weather_seen)[1]
    assert [(warning.filename, warning.lineno) for warning in caught] == [(__file__, line)]
    assert plugin.notes == [f"{__file__}:{line}: weather_seen: use weather_logged, since artgen 9"]
    tomorrow.notify("weather_seen", sky="blue")
    assert seen == ["blue"]


def test_so_does_an_argument(tomorrow: PluginManager) -> None:
    seen: list[Any] = []

    @hookimpl
    def weather_logged(sky: str, rain: int) -> None:
        seen.append((sky, rain))

    with pytest.warns(DeprecationWarning, match="sky says the same as rain") as caught:
        plugin = tomorrow.load("artgen-old", "0.1", lambda: _module(weather_logged))
    line = inspect.getsourcelines(weather_logged)[1]
    assert [(warning.filename, warning.lineno) for warning in caught] == [(__file__, line)]
    assert plugin.notes == [f"{__file__}:{line}: weather_logged: sky says the same as rain, since artgen 9"]
    tomorrow.notify("weather_logged", sky="blue", rain=0, wind=2)
    assert seen == [("blue", 0)]


def test_a_hook_of_a_later_artgen_is_noted_and_passed_over() -> None:
    @hookimpl
    def run_startd(run: Any) -> None: ...

    @hookimpl(optionalhook=True)
    def weather_logged(sky: str) -> None: ...

    plugin = PluginManager(discover=False).load("artgen-new", "1", lambda: _module(run_startd, weather_logged))
    line = inspect.getsourcelines(run_startd)[1]
    assert plugin.failure is None
    assert plugin.hooks == frozenset()
    (note,) = plugin.notes
    assert note.startswith(f"{__file__}:{line}: artgen ")
    assert note.endswith("has no hook 'run_startd'. Did its author mean 'run_started'?")


def test_an_argument_of_a_later_artgen_is_told_with_its_line() -> None:
    @hookimpl
    def run_started(run: Any, weather: str) -> None: ...

    plugin = PluginManager(discover=False).load("artgen-new", "1", lambda: _module(run_started))
    assert plugin.failure
    assert plugin.failure.stage == "register"
    assert plugin.failure.place == f"{__file__}:{inspect.getsourcelines(run_started)[1]}"
    assert "run_started asks for 'weather', which artgen " in plugin.failure.error
    assert plugin.failure.error.endswith("does not have; it hands over run")


def _module(*hooks: Any) -> ModuleType:
    module = ModuleType("a_plugin")
    for hook in hooks:
        setattr(module, hook.__name__, hook)
    return module
