"""Plugins as pip leaves them, laid into a folder on the path, and jobs that use them."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from artgen.cli.group import run
from artgen.plugins import manager as of_plugins
from tests.tiny_job import TINY_JOB

LOSS = """\
from typing import ClassVar


class Glaze:
    needs: ClassVar = frozenset()

    def __init__(self, config):
        self.config = config

    def for_generator(self, step):
        return step.fake.picture.square().mean(dim=(1, 2, 3)) * self.config.shine

    def for_discriminator(self, step):
        return None
"""
CONFIG = """\
from artgen.config import LossConfig, option


class GlazeConfig(LossConfig):
    shine: float = option(0.5, ge=0)
    \"\"\"How bright it is.\"\"\"
"""


@dataclass(frozen=True)
class Told:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Artgen = Callable[..., Told]


@dataclass(frozen=True)
class Site:
    """A folder that plugins are installed in."""

    folder: Path

    def install(
        self,
        name: str,
        version: str = "1.0",
        *,
        plugin: str = "",
        entry_points: str = "",
        requires: str = "",
        home: str = "",
        **modules: str,
    ) -> Path:
        """Lay a distribution into the folder, as pip would; by default its entry point names `NAME_plugin`."""
        module = name.replace("-", "_")
        info = self.folder / f"{module}-{version}.dist-info"
        info.mkdir(parents=True)
        headers = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        headers += f"Requires-Dist: {requires}\n" if requires else ""
        headers += f"Project-URL: Issues, {home}\n" if home else ""
        (info / "METADATA").write_text(headers, encoding="utf-8")
        (info / "RECORD").write_text("", encoding="utf-8")
        if not entry_points:
            entry_points = f"[artgen]\n{name} = {module}_plugin\n"
            modules[f"{module}_plugin"] = plugin
        (info / "entry_points.txt").write_text(entry_points, encoding="utf-8")
        for stem, text in modules.items():
            (self.folder / f"{stem}.py").write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        return info

    def install_loss(
        self, name: str, loss: str = "glaze", version: str = "1.0", *, requires: str = "{}", home: str = ""
    ) -> Path:
        """A plugin with one loss that works."""
        module = name.replace("-", "_")
        text = (
            "import artgen\n\n\n@artgen.hookimpl\ndef register_losses(register):\n"
            f'    register("{loss}", "{module}_loss:Glaze", config="{module}_config:GlazeConfig", requires={requires})\n'
        )
        own = {f"{module}_loss": LOSS, f"{module}_config": CONFIG}
        return self.install(name, version, plugin=text, home=home, **own)

    def uninstall(self, name: str) -> None:
        """Take a distribution out."""
        module = name.replace("-", "_")
        for path in self.folder.glob(f"{module}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        forget(self.folder)


def forget(folder: Path) -> None:
    """Nothing of a folder is imported any more, and plugins are looked for anew."""
    of_plugins._manager_of.cache_clear()
    importlib.invalidate_caches()
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A folder on the path for plugins, and a cache of its own."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    yield Site(folder)
    forget(folder)


@pytest.fixture
def desk(tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to work in, with pictures and a tiny job of two steps."""
    folder = tmp_path / "desk"
    shutil.copytree(pictures, folder / "pictures", ignore=shutil.ignore_patterns("*.md"))
    monkeypatch.chdir(folder)
    yield folder
    forget(folder)


@pytest.fixture
def artgen(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Artgen:
    """Run a command in this process, as a new one would: nothing is known of plugins but what the cache knows."""

    def told(*arguments: str | Path) -> Told:
        forget(tmp_path)
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Told(code, captured.out, captured.err)

    return told


@pytest.fixture
def listed(artgen: Artgen) -> Callable[..., dict[str, dict[str, Any]]]:
    """What ``artgen plugins list --json`` tells, by distribution."""

    def plugins(*options: str) -> dict[str, dict[str, Any]]:
        told = artgen("plugins", "list", "--json", *options)
        assert told.code == 0, told.err
        return {plugin["distribution"]: plugin for plugin in json.loads(told.out)}

    return plugins


def job_with(*losses: str, name: str = "tiny") -> str:
    """The tiny job with two steps, an adversarial loss and others."""
    text = TINY_JOB.format(pictures="pictures").replace('name = "tiny"', f'name = "{name}"')
    text = text.replace("steps = 24", "steps = 2").replace("checkpoint_steps = 4", "checkpoint_steps = 2")
    text = text.replace('seeds = "0-8"', 'seeds = "0-1"')
    entries = "".join(f"\n[[losses]]\n{loss}\n" for loss in ('type = "adversarial"', *losses))
    return text + entries
