"""What a plugin registers is remembered, so that it is imported only when it must be."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Artgen, Site, job_with

COUNTING = """\
import os

import artgen

with open(os.environ["IMPORTS"], "a") as stream:
    stream.write("{name} ")


@artgen.hookimpl
def register_losses(register):
    register("{loss}", "nowhere:Glaze", requires={requires})
"""
CHECKING = """

@artgen.hookimpl
def job_checked(job):
    return []
"""


def counting(name: str, loss: str = "glaze", requires: str = "[]") -> str:
    """A plugin that notes when it is imported."""
    return COUNTING.format(name=name, loss=loss, requires=requires)


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Who was imported since this was asked last, in order."""
    file = tmp_path / "imports"
    monkeypatch.setenv("IMPORTS", str(file))

    def names() -> list[str]:
        told = file.read_text().split() if file.exists() else []
        file.unlink(missing_ok=True)
        return told

    return names


@pytest.fixture
def two(site: Site, listed, imported) -> Site:
    """A plugin that registers, and one that also looks at jobs; both are remembered."""
    site.install("artgen-a", plugin=counting("a", "gloss"))
    site.install("artgen-b", plugin=counting("b") + CHECKING)
    (site.folder / "__pycache__").mkdir()  # Python makes it as it imports, which changes the folder
    assert listed()["artgen-a"]["remembered"] is False
    assert imported() == ["a", "b"]
    return site


@pytest.mark.usefixtures("two")
def test_a_listing_imports_nothing_the_second_time(listed, imported) -> None:
    found = listed()
    assert imported() == []
    assert found["artgen-a"]["provides"] == {"losses": ["gloss"]}
    assert found["artgen-a"]["remembered"] is True
    assert found["artgen-a"]["hooks"] == []
    assert found["artgen-b"]["hooks"] == ["job_checked"]


@pytest.mark.usefixtures("two")
def test_a_job_imports_those_that_look_at_jobs_and_no_other(artgen: Artgen, desk: Path, imported) -> None:
    (desk / "job.toml").write_text(job_with(), encoding="utf-8")
    assert artgen("check", "job.toml").code == 0
    assert imported() == ["b"]


def _newer_version(site: Site) -> None:
    info = site.folder / "artgen_a-1.0.dist-info"
    info.rename(info.with_name("artgen_a-1.1.dist-info"))
    metadata = site.folder / "artgen_a-1.1.dist-info/METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 1.0", "Version: 1.1"))


def _edited(site: Site) -> None:
    (site.folder / "artgen_a_plugin.py").write_text(counting("a", "satin"))


def _damaged(_site: Site) -> None:
    for file in Path(os.environ["ARTGEN_CACHE"]).glob("plugins/artgen-a-*.json"):
        file.write_text("{")


def _of_another_shape(_site: Site) -> None:
    for file in Path(os.environ["ARTGEN_CACHE"]).glob("plugins/artgen-a-*.json"):
        known = json.loads(file.read_text())
        file.write_text(json.dumps(known | {"components": [{"kind": "mood", "name": 3, "requires": []}]}))


@pytest.mark.parametrize("change", [_newer_version, _edited, _damaged, _of_another_shape])
def test_a_change_makes_it_be_imported_again(change, two: Site, listed, imported) -> None:
    change(two)
    found = listed()
    assert "a" in imported()
    loss = "satin" if change is _edited else "gloss"
    assert found["artgen-a"]["provides"] == {"losses": [loss]}
    assert found["artgen-a"]["remembered"] is False
    listed()
    assert imported() == []


def test_whatever_pip_does_beside_it_makes_it_be_imported_again(two: Site, listed, imported) -> None:
    """It may register what its neighbours make possible."""
    two.install("cv2-of-nobody", entry_points="[other]\n")
    listed()
    assert imported() == ["a", "b"]


def test_a_module_that_it_registers_by_counts_as_its_own(site: Site, listed, imported) -> None:
    package = site.folder / "artgen_c"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "names.py").write_text("NAME = 'gloss'\n")
    text = "from artgen_c.names import NAME\n" + counting("c").replace('"glaze"', "NAME")
    (package / "plugin.py").write_text(text)
    site.install("artgen-c", entry_points="[artgen]\nc = artgen_c.plugin\n")
    assert listed()["artgen-c"]["provides"] == {"losses": ["gloss"]}
    (package / "names.py").write_text("NAME = 'velvet'\n")
    assert listed()["artgen-c"]["provides"] == {"losses": ["velvet"]}
    assert imported() == ["c", "c"]


def test_what_fails_is_tried_again_and_its_names_are_known_from_before(
    two: Site, artgen: Artgen, desk: Path, imported
) -> None:
    (two.folder / "artgen_a_plugin.py").write_text("import cv2_of_nobody\n")
    (desk / "job.toml").write_text(job_with('type = "gloss"'), encoding="utf-8")
    told = artgen("check", "job.toml")
    assert "loss 'gloss' is of artgen-a, which could not be loaded (ModuleNotFoundError" in told.err
    assert "Try: pip install cv2_of_nobody" in told.err
    (two.folder / "artgen_a_plugin.py").write_text(counting("a", "gloss"))
    imported()
    artgen("check", "job.toml")
    assert "a" in imported()


def test_what_a_broken_one_had_is_told_of_where_it_is_asked_to_be_shown(site: Site, listed, artgen: Artgen) -> None:
    site.install_loss("artgen-a", "gloss")
    listed()
    (site.folder / "artgen_a_plugin.py").write_text("1 / 0\n", encoding="utf-8")
    told = artgen("plugins", "show", "gloss")
    assert told.code == 2
    assert "loss 'gloss' is of artgen-a, which could not be loaded (ZeroDivisionError: division by zero)" in told.err
    assert "Try: pip install -U artgen-a" in told.err


def test_what_is_missing_is_looked_for_every_time(site: Site, listed) -> None:
    site.install_loss("artgen-d", requires='{"cv9_of_nobody": "opencv-nine>=9"}')
    note = "loss 'glaze' cannot be used yet. Try: pip install 'opencv-nine>=9'"
    for _ in range(2):
        assert listed()["artgen-d"]["notes"] == [note]
    (site.folder / "cv9_of_nobody.py").write_text("")
    assert listed()["artgen-d"]["notes"] == []


def test_a_cache_that_cannot_be_written_does_no_harm(
    site: Site, listed, imported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no-folder").write_text("")
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "no-folder"))
    site.install("artgen-a", plugin=counting("a"))
    for _ in range(2):
        assert listed()["artgen-a"]["provides"] == {"losses": ["glaze"]}
    assert imported() == ["a", "a"]


def test_a_plugin_that_takes_long_to_import_is_told_of(site: Site, artgen: Artgen) -> None:
    site.install("artgen-slow", plugin="import time\n\ntime.sleep(0.6)\n")
    for _ in range(2):  # measured, then remembered
        told = artgen("plugins").out
        assert "  note: slow: it took 0." in told
        assert "to import, where heavy imports belong into functions\n  import: 0." in told
