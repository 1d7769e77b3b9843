"""One broken plugin never stops anything, and every name has one owner."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from artgen import hookspecs
from artgen.distributions import BUILTIN
from artgen.errors import ArtgenError
from artgen.plugins import PluginManager
from artgen.registry import KINDS, PLURALS, Component

from .conftest import plugin_of

Register = Callable[..., None]


def naming(*names: str, kind: str = "losses") -> ModuleType:
    """A plugin that registers these names."""

    def hook(register: Register) -> None:
        for name in names:
            register(name, f"nowhere.{name.replace('-', '_')}:Thing")

    return plugin_of(**{f"register_{kind}": hook})


def test_every_kind_has_a_registration_hook() -> None:
    assert all(hasattr(hookspecs, f"register_{PLURALS[kind]}") for kind in KINDS)


def test_a_plugin_is_listed_without_importing_what_it_names(manager: PluginManager) -> None:
    plugin = manager.load("artgen-glaze", "0.3", lambda: naming("glaze"))
    assert [c.qualified for c in plugin.components] == ["artgen-glaze:glaze"]
    assert manager.registry.get("loss", "glaze").version == "0.3"
    with pytest.raises(ArtgenError, match=r"(?s)loss 'glaze' could not be imported.*force-reinstall") as caught:
        manager.registry.get("loss", "glaze").load()
    assert caught.value.where == "artgen-glaze 0.3"


@pytest.mark.parametrize("error", [ImportError("No module named 'cv2'"), SystemExit(3), RuntimeError("bad day")])
def test_a_plugin_that_cannot_be_imported_is_remembered_and_the_rest_goes_on(
    error: BaseException, manager: PluginManager
) -> None:
    def importer() -> Any:
        raise error

    plugin = manager.load("artgen-broken", "1.0", importer)
    manager.load("artgen-glaze", "0.3", lambda: naming("glaze"))
    assert plugin.failure
    assert (plugin.failure.stage, plugin.components) == ("import", [])
    assert manager.registry.get("loss", "glaze")
    with pytest.raises(LookupError, match=r"unknown loss 'halftone'.*artgen-broken could not be loaded"):
        manager.registry.get("loss", "halftone")


@pytest.mark.parametrize(
    "bad", [("Upper", "a:B"), ("fine", "no import string"), ("twice", "a:B"), ("", "a:B")], ids=str
)
def test_a_registration_that_fails_contributes_nothing_at_all(bad: tuple[str, str], manager: PluginManager) -> None:
    def register_losses(register: Register) -> None:
        register("twice", "a:B")
        register(*bad)

    def register_outputs(register: Register) -> None:
        register("mural", "a:B")

    plugin = manager.load(
        "artgen-clumsy", "1.0", lambda: plugin_of(register_losses=register_losses, register_outputs=register_outputs)
    )
    assert plugin.failure
    assert plugin.failure.stage == "register"
    assert plugin.failure.place.startswith(__file__)
    assert "twice" not in manager.registry.names("loss")
    assert "mural" not in manager.registry.names("output")


def test_built_in_names_stay_built_in(manager: PluginManager) -> None:
    manager.load("artgen-copycat", "1.0", lambda: naming("adversarial"))
    assert manager.registry.get("loss", "adversarial").distribution == BUILTIN
    assert manager.registry.get("loss", "artgen-copycat:adversarial").distribution == "artgen-copycat"
    assert {"adversarial", "artgen-copycat:adversarial"} <= set(manager.registry.names("loss"))


def test_two_third_parties_with_one_name_must_be_told_apart(manager: PluginManager) -> None:
    manager.load("artgen-a", "1.0", lambda: naming("glaze"))
    manager.load("artgen-b", "1.0", lambda: naming("glaze"))
    with pytest.raises(LookupError, match="write 'artgen-a:glaze' or 'artgen-b:glaze'"):
        manager.registry.get("loss", "glaze")
    assert manager.registry.get("loss", "artgen-b:glaze").distribution == "artgen-b"
    assert "glaze" not in manager.registry.names("loss")


def test_one_distribution_may_have_several_plugins(manager: PluginManager) -> None:
    first = manager.load("artgen-set", "1.0", lambda: naming("glaze"))
    second = manager.load("artgen-set", "1.0", lambda: naming("grain"))
    assert (first.failure, second.failure) == (None, None)
    assert {"glaze", "grain"} <= set(manager.registry.names("loss"))


def test_a_second_plugin_that_fails_does_not_take_the_first_with_it(manager: PluginManager) -> None:
    seen: list[str] = []
    manager.load("artgen-set", "1.0", lambda: plugin_of(job_checked=lambda job: seen.append(job)))

    def importer() -> Any:
        raise ImportError("no")

    manager.load("artgen-set", "1.0", importer)
    manager.notify("job_checked", job="moths")
    assert seen == ["moths"]


def test_an_observer_that_raises_is_muted_with_one_warning(manager: PluginManager) -> None:
    calls: list[str] = []

    def job_checked(job: str) -> None:
        calls.append(job)
        raise ValueError("out of ink")

    manager.load("artgen-moody", "1.0", lambda: plugin_of(job_checked=job_checked))
    manager.load("artgen-calm", "1.0", lambda: plugin_of(job_checked=lambda job: [job]))
    with pytest.warns(RuntimeWarning, match=r"plugin muted: artgen-moody 1\.0: hook failed.*out of ink"):
        assert manager.notify("job_checked", job="one") == [["one"]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert manager.notify("job_checked", job="two") == [["two"]]
    assert calls == ["one"]


def test_every_built_in_that_is_named_has_torch_free_options(manager: PluginManager) -> None:
    for component in manager.registry.components:
        assert component.load_config() is None or component.load_config().model_fields is not None


def test_a_missing_attribute_is_told_with_its_owner() -> None:
    component = Component("loss", "x", "artgen.errors:Nothing", distribution="artgen-x", version="2")
    with pytest.raises(ArtgenError, match=r"artgen-x 2: loss 'x' could not be imported from artgen\.errors:Nothing"):
        component.load()


def test_nothing_that_reads_jobs_imports_what_computes() -> None:
    import subprocess
    import sys

    folder = Path(importlib.import_module("artgen").__file__ or "").parent
    names = [
        ".".join(path.relative_to(folder.parent).with_suffix("").parts)
        for room in ("cli", "job", "runs", "launch", "reuse", "plugins")
        for path in sorted((folder / room).rglob("*.py"))
    ]
    names += ["artgen.entry_points", "artgen.kinds", "artgen.public", "artgen.registrar", "artgen.requirement"]
    names += [f"artgen.{path.parent.name}.config" for path in sorted(folder.glob("*/config.py"))]
    heavy = "torch", "numpy", "kornia", "PIL", "imageio"
    code = (
        f"import sys, importlib\nfor n in {names!r}: importlib.import_module(n)\nprint(set({heavy}) & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
