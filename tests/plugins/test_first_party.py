"""A name that one of artgen's own plugins brings is answered with that plugin, where it is not installed."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pathlib import Path

import pytest
import tomli

import artgen as package
from artgen.cli.plugin_commands import plugin_commands
from artgen.distributions import PLUGINS, brought
from artgen.plugins import PluginManager
from artgen.registry import KINDS, Kind

from .conftest import Artgen

FOLDER = Path(package.__file__).parent.parent / "plugins"


@pytest.fixture
def manager() -> PluginManager:
    """artgen's own components and nobody else's."""
    return PluginManager(discover=False)


@pytest.mark.parametrize(
    ("kind", "name", "told"),
    [
        ("output", "audio-film", "output 'audio-film' is of artgen-audio, which is not installed. Try, "),
        ("output", "artgen-audio:audio-film", "output 'artgen-audio:audio-film' is of artgen-audio, which is not ins"),
        (
            "output",
            "audio-flim",
            "unknown output 'audio-flim'. Did you mean 'audio-film'? It is of artgen-audio, which",
        ),
        ("tracker", "tensorboard", "tracker 'tensorboard' is of artgen-tensorboard, which is not installed. Try, "),
        ("generator", "cppn", "generator 'cppn' is of artgen-cppn, which is not installed. Try, "),
        ("preset", "cppn-marble", "preset 'cppn-marble' is of artgen-cppn, which is not installed. Try, "),
        ("backbone", "timm", "backbone 'timm' is of artgen-timm, which is not installed. Try, "),
        ("launcher", "slurm", "launcher 'slurm' is of artgen-slurm, which is not installed. Try, "),
        ("output", "shet", "unknown output 'shet'. Did you mean 'sheet'?"),
    ],
)
def test_a_name_of_a_plugin_that_is_not_installed_is_no_typing_error(
    kind: Kind, name: str, told: str, manager: PluginManager
) -> None:
    with pytest.raises(LookupError) as caught:
        manager.registry.get(kind, name)
    assert str(caught.value).startswith(told)


def test_it_is_told_how_the_plugin_is_installed_as_its_readme_says(manager: PluginManager) -> None:
    for kind in KINDS:
        for name, plugin in brought(kind).items():
            with pytest.raises(LookupError) as caught:
                manager.registry.get(kind, name)
            line = str(caught.value).partition("README.md: ")[2]
            assert line in (FOLDER / plugin / "README.md").read_text(encoding="utf-8").splitlines()


def test_their_commands_are_known_too() -> None:
    found = {}
    for folder in FOLDER.glob("artgen-*"):
        entries = tomli.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
        found |= dict.fromkeys(entries.get("artgen.commands", ()), folder.name)
    assert found == brought("command")


def test_a_command_of_a_plugin_that_is_not_installed_is_answered_with_it(artgen: Artgen) -> None:
    if "fid" in plugin_commands():
        pytest.skip("artgen-fid is installed")
    told = artgen("fid", "runs/faces")
    assert told.code == 2
    assert "'fid' is a command of artgen-fid, which is not installed. Try, in the folder with artgen's" in told.err
    assert "pip install ./plugins/artgen-fid" in told.err


def test_what_the_plugins_register_is_what_is_known_of_them(
    manager: PluginManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in sorted(FOLDER.glob("artgen-*")):
        monkeypatch.syspath_prepend(folder)
        manager.load(folder.name, "1.0", partial(import_module, f"{folder.name.replace('-', '_')}.plugin"))
    assert not manager.failures
    assert {component.distribution for component in manager.registry.components} > PLUGINS.keys()
    for kind in KINDS:
        registered = {c.name: c.distribution for c in manager.registry.of_kind(kind) if c.distribution in PLUGINS}
        assert registered == brought(kind)
