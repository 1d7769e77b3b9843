"""What one plugin does wrong is told with its own file and line, and harms nobody else."""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from artgen import Problem, hookimpl
from artgen.errors import JobError
from artgen.job import read_job
from artgen.plugins import Plugin, PluginManager

from .conftest import Artgen, Site, job_with


class Silent(Exception):
    """An error that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def _loaded(manager: PluginManager, *hooks: Callable[..., Any], name: str = "artgen-odd") -> Plugin:
    module = ModuleType("odd")
    for hook in hooks:
        setattr(module, hook.__name__, hookimpl(hook))
    return manager.load(name, "1.0", lambda: module)


@pytest.fixture
def manager() -> PluginManager:
    """artgen's own components and nobody else's."""
    return PluginManager(discover=False)


def test_an_error_that_cannot_say_what_it_is_is_told_by_its_kind(manager: PluginManager) -> None:
    def importer() -> Any:
        raise Silent

    plugin = manager.load("artgen-silent", "1.0", importer)
    assert plugin.failure
    assert plugin.failure.error == "Silent: (it cannot say why)"


def test_a_syntax_error_is_told_with_its_line(site: Site, listed) -> None:
    site.install("artgen-typo", plugin="import artgen\n\ndef oh(:\n    pass\n")
    failure = listed()["artgen-typo"]["failure"]
    assert failure["error"].startswith("SyntaxError: ")
    assert failure["place"] == f"{site.folder}/artgen_typo_plugin.py:3"


def test_the_place_is_the_plugin_s_own_though_another_package_raised(site: Site, listed) -> None:
    (site.folder / "neighbour.py").write_text("def greet():\n    raise ValueError('not home')\n")
    site.install("artgen-guest", plugin="import neighbour\n\nneighbour.greet()\n")
    failure = listed()["artgen-guest"]["failure"]
    assert failure["error"] == "ValueError: not home"
    assert failure["place"] == f"{site.folder}/artgen_guest_plugin.py:3"


def test_a_plugin_for_another_artgen_is_told_to_be_updated(site: Site, listed) -> None:
    site.install("artgen-old", plugin="import artgen.something_that_was\n")
    failure = listed()["artgen-old"]["failure"]
    assert failure["mend"] == "It was written for another artgen. Try: pip install -U artgen-old"


def test_so_is_one_that_wants_a_name_that_artgen_has_not(site: Site, listed) -> None:
    site.install("artgen-old", plugin="from artgen import something_that_was\n")
    failure = listed()["artgen-old"]["failure"]
    assert failure["mend"] == "It was written for another artgen. Try: pip install -U artgen-old"


@pytest.mark.parametrize("plugin", ["import artgen.nothing\n", "from artgen import nothing\n", "1 / 0\n"])
def test_whoever_works_on_a_plugin_is_not_told_to_fetch_another(plugin: str, site: Site, listed) -> None:
    info = site.install("artgen-mine", plugin=plugin)
    told = {"url": "file:///home/me/my%20plugins/artgen-mine", "dir_info": {"editable": True}}
    (info / "direct_url.json").write_text(json.dumps(told), encoding="utf-8")
    failure = listed()["artgen-mine"]["failure"]
    assert failure["mend"] == "Mend it in /home/me/my plugins/artgen-mine, where it is installed from"
    told["dir_info"] = {}
    (info / "direct_url.json").write_text(json.dumps(told), encoding="utf-8")
    assert "pip install -U artgen-mine" in listed()["artgen-mine"]["failure"]["mend"]


def test_a_plugin_whose_files_are_gone_is_told_to_be_installed_again(site: Site, listed) -> None:
    site.install("artgen-hollow", entry_points="[artgen]\nhollow = artgen_hollow.plugin\n")
    failure = listed()["artgen-hollow"]["failure"]
    assert failure["error"] == "ModuleNotFoundError: No module named 'artgen_hollow'"
    assert failure["mend"] == "Its files are not all there. Try: pip install --force-reinstall artgen-hollow"


@pytest.mark.parametrize(
    ("requires", "fits"),
    [
        ("artgen-toolkit>=0.1", True),
        ("Artgen_Toolkit (>=0.0.1)", True),
        ("artgen-toolkit[deep]<1,>=0.1", True),
        ("artgen-toolkit~=0.1", True),
        ("artgen-toolkit", True),
        ("artgen-toolkit>=99; extra == 'tomorrow'", True),
        ("numpy<0.1", True),
        ("artgen-toolkit<0.0.5", False),
        ("artgen-toolkit!=0.1,==7.*", False),
    ],
)
def test_a_plugin_that_needs_another_artgen_is_not_loaded(requires: str, fits: bool, site: Site, listed) -> None:
    site.install("artgen-picky", requires=requires, plugin="")
    failure = listed()["artgen-picky"]["failure"]
    assert (failure is None) == fits
    assert fits or failure["stage"] == "version"


def test_what_is_no_exception_of_python_s_own_harms_nobody_either(site: Site, listed) -> None:
    site.install("artgen-rust", plugin="class PanicException(BaseException): pass\n\nraise PanicException('oh')\n")
    site.install_loss("artgen-glaze")
    found = listed()
    assert found["artgen-rust"]["failure"]["error"] == "PanicException: oh"
    assert found["artgen-glaze"]["failure"] is None


def test_whoever_loses_patience_with_a_plugin_is_told_which(site: Site, artgen: Artgen) -> None:
    site.install("artgen-endless", plugin="import signal\n\nsignal.raise_signal(signal.SIGINT)\n")
    told = artgen("plugins")
    assert told.code == 130
    place = f"{site.folder}/artgen_endless_plugin.py:3"
    assert f"interrupted\n  as artgen-endless 1.0 was imported, at {place}\n  --no-plugins leaves out" in told.err
    assert artgen("--no-plugins", "plugins").code == 0


def test_a_muted_plugin_is_warned_of_at_its_own_line_once(manager: PluginManager) -> None:
    def run_started() -> None:
        raise ValueError("out of ink")

    plugin = _loaded(manager, run_started)
    with pytest.warns(RuntimeWarning, match="plugin muted: artgen-odd 1.0: hook failed") as caught:
        manager.notify("run_started", run=None)
    line = inspect.getsourcelines(run_started)[1] + 1
    assert [(warning.filename, warning.lineno) for warning in caught] == [(__file__, line)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        manager.notify("run_started", run=None)
    assert plugin.failure
    assert plugin.failure.place == f"{__file__}:{line}"


def test_leaving_the_process_in_a_hook_mutes_too(manager: PluginManager) -> None:
    def run_started() -> None:
        raise SystemExit(3)

    _loaded(manager, run_started)
    with pytest.warns(RuntimeWarning, match="SystemExit: 3"):
        manager.notify("run_started", run=None)


def test_a_muted_plugin_keeps_its_names(manager: PluginManager) -> None:
    def register_losses(register: Any) -> None:
        register("glaze", "nowhere:Glaze")

    def run_started() -> None:
        raise ValueError("out of ink")

    plugin = _loaded(manager, register_losses, run_started)
    with pytest.warns(RuntimeWarning, match="out of ink"):
        manager.notify("run_started", run=None)
    assert manager.registry.get("loss", "glaze") in plugin.components


@pytest.mark.parametrize("answer", [7, ["a text"], "words", [Problem("fine"), 3]], ids=str)
def test_an_answer_that_is_no_list_of_problems_mutes_its_plugin(
    answer: Any, manager: PluginManager, desk: Path
) -> None:
    def job_checked() -> Any:
        return answer

    plugin = _loaded(manager, job_checked)
    (desk / "job.toml").write_text(job_with(), encoding="utf-8")
    with pytest.warns(RuntimeWarning, match="plugin muted: artgen-odd 1.0: hook failed"):
        assert read_job(desk / "job.toml", manager=manager)
    assert plugin.failure


def test_problems_may_be_yielded_one_by_one(manager: PluginManager, desk: Path) -> None:
    def job_checked(job: Any) -> Any:
        yield Problem(f"{job.name} has no soul", file=job.file, line=2)

    _loaded(manager, job_checked)
    (desk / "job.toml").write_text(job_with(), encoding="utf-8")
    with pytest.raises(JobError, match=r"job\.toml:2: tiny has no soul"):
        read_job(desk / "job.toml", manager=manager)


def test_a_remembered_plugin_that_breaks_later_is_muted(site: Site, listed, artgen: Artgen, desk: Path) -> None:
    text = "import os\n\nimport artgen\n\nif os.environ.get('MOOD') == 'bad':\n    raise ValueError('mood')\n\n\n"
    site.install("artgen-moody", plugin=text + "@artgen.hookimpl\ndef job_checked(job):\n    return []\n")
    listed()
    (desk / "job.toml").write_text(job_with(), encoding="utf-8")
    assert artgen("check", "job.toml").code == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOOD", "bad")
        with pytest.warns(RuntimeWarning, match="plugin muted: artgen-moody 1.0: import failed.*mood"):
            assert artgen("check", "job.toml").code == 0


def test_a_component_that_fails_in_a_run_is_told_with_its_owner_and_line(
    site: Site, artgen: Artgen, desk: Path
) -> None:
    site.install_loss("artgen-glaze", version="0.3", home="https://example.org/bugs")
    loss = site.folder / "artgen_glaze_loss.py"
    loss.write_text(loss.read_text().replace("        return None\n", "        return step.nothing\n"))
    (desk / "job.toml").write_text(job_with('type = "glaze"'), encoding="utf-8")
    told = artgen("run", "job.toml")
    assert told.code == 1
    line = loss.read_text().splitlines().index("        return step.nothing") + 1
    assert "artgen-glaze 0.3 failed: AttributeError: 'Step' object has no attribute 'nothing'\n" in told.err
    assert f"  at {loss}:{line}\n" in told.err
    assert "tell its author: https://example.org/bugs\n" in told.err
    assert "the traceback is in " in told.err


def test_strict_plugins_raise(monkeypatch: pytest.MonkeyPatch, manager: PluginManager) -> None:
    def register_losses() -> None:
        raise KeyError("palette")

    monkeypatch.setenv("ARTGEN_STRICT_PLUGINS", "1")
    with pytest.raises(KeyError, match="palette"):
        _loaded(manager, register_losses)


def test_a_command_says_so_where_plugins_are_to_be_strict(
    site: Site, artgen: Artgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install("artgen-leaving", plugin="raise SystemExit('no licence')\n")
    monkeypatch.setenv("ARTGEN_STRICT_PLUGINS", "1")
    told = artgen("plugins")
    assert told.code == 1
    assert "artgen failed: RuntimeError: artgen-leaving 1.0: import failed at " in told.err
    assert artgen("--help").code == 0


def test_a_requirement_that_is_one_text_is_refused(manager: PluginManager) -> None:
    def register_losses(register: Any) -> None:
        register("glaze", "nowhere:Glaze", requires="numpy")

    plugin = _loaded(manager, register_losses)
    assert plugin.failure
    assert plugin.failure.error == "ValueError: requires of loss 'glaze' must be a list of imports, not 'numpy'"
