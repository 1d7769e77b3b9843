"""Fixtures for the tests of plugins.

A ``conftest.py`` asks for them:

    pytest_plugins = ["artgen.testing.fixtures"]

    @pytest.fixture(scope="session")
    def plugins_under_test():
        return ["artgen-sunset"]
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from artgen.plugins import PluginManager
    from artgen.runs.store import Run


@pytest.fixture(scope="session", autouse=True)
def _artgen_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test sees the user's cache of decoded pictures, or fills it."""
    with pytest.MonkeyPatch.context() as patch:
        if "ARTGEN_CACHE" not in os.environ:
            patch.setenv("ARTGEN_CACHE", str(tmp_path_factory.mktemp("artgen-cache")))
        yield


@pytest.fixture(scope="session")
def plugins_under_test() -> Sequence[str]:
    """Distributions whose plugins count; none, unless a conftest.py says so with a fixture of this name."""
    return ()


@pytest.fixture
def artgen_plugins(plugins_under_test: Sequence[str]) -> PluginManager:
    """Artgen's own components and those of `plugins_under_test`, whatever else is installed.

    A plugin that cannot be loaded fails the test with its cause.
    """
    from artgen.errors import ArtgenError
    from artgen.testing.loading import plugins_of

    try:
        return plugins_of(*plugins_under_test)
    except ArtgenError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def tiny_pictures(tmp_path: Path) -> Path:
    """A folder ``pictures`` of eight tiny real pictures, a copy of the test's own."""
    from artgen.testing.pictures import copy_pictures

    return copy_pictures(tmp_path / "pictures")


@pytest.fixture
def desk(tiny_pictures: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the test works, as at a terminal: it holds `tiny_pictures`, and artgen's cache is its own."""
    folder = tiny_pictures.parent
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ARTGEN_CACHE", str(folder / "cache"))
    return folder


@pytest.fixture
def run_job(tmp_path: Path, artgen_plugins: PluginManager) -> Callable[..., Run]:
    """Runs a job from its text in a folder of the test's own and returns the run; ``pictures`` beside it is there.

    ``run_job(text, "train.steps=4")`` sets values as ``--set`` does. Called again it goes on where the run stands.
    """

    def run(text: str, *sets: str) -> Run:
        from artgen.testing.running import run_job

        return run_job(text, tmp_path, artgen_plugins, *sets)

    return run
