"""``artgen schema``, ``artgen plugins`` and ``artgen info``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Artgen, installed

PLUGIN = """\
import artgen

@artgen.hookimpl
def register_losses(register):
    register("glaze", "nowhere:Glaze", summary="Shine, as on pots")
"""


@pytest.fixture
def site(tmp_path: Path) -> str:
    """A good plugin and a broken one, installed."""
    site = tmp_path / "site"
    installed(site, "artgen-glaze", "[artgen]\nglaze = glaze_plugin\n", glaze_plugin=PLUGIN)
    installed(site, "artgen-broken", "[artgen]\nbroken = broken_plugin\n", broken_plugin="import cv3\n")
    return str(site)


def test_plugins_are_listed_and_a_broken_one_with_its_cause(artgen_command: Artgen, site: str) -> None:
    text = artgen_command("plugins", "list", path=site).stdout
    assert "artgen-glaze 1.0\n  losses: glaze\n" in text
    assert "artgen-broken 1.0\n  import failed: ModuleNotFoundError: No module named 'cv3'\n" in text
    assert artgen_command("plugins", path=site).stdout == text
    listed = {p["distribution"]: p for p in json.loads(artgen_command("plugins", "list", "--json", path=site).stdout)}
    assert listed["artgen-glaze"]["provides"] == {"losses": ["glaze"]}
    assert listed["artgen-broken"]["failure"]["stage"] == "import"
    assert listed["artgen-broken"]["failure"]["place"].endswith("broken_plugin.py:1")


def test_a_plugin_and_a_component_can_be_shown(artgen_command: Artgen, site: str) -> None:
    assert "loss glaze: Shine, as on pots" in artgen_command("plugins", "show", "artgen-glaze", path=site).stdout
    assert "broken_plugin.py:1" in artgen_command("plugins", "show", "artgen-broken", path=site).stdout
    shown = json.loads(artgen_command("plugins", "show", "diffaugment", "--json").stdout)
    assert shown["components"][0]["options"]["cutout"]["summary"]
    done = artgen_command("plugins", "show", "diffaugmnt")
    assert (done.returncode, done.stderr) == (
        2, "artgen plugins show: there is no plugin and no component 'diffaugmnt'. Did you mean 'diffaugment'?\n"
    )  # fmt: skip


def test_a_job_that_needs_a_broken_plugin_is_told_so(artgen_command: Artgen, site: str, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "job.toml").write_text(
        '[data]\nfolder = "pictures"\n[generator]\ntype = "halftone"\n[discriminator]\ntype = "dcgan"\n'
    )
    done = artgen_command("check", "job.toml", path=site)
    assert done.returncode == 2
    assert "artgen-broken could not be loaded (ModuleNotFoundError: No module named 'cv3')" in done.stderr


def test_plugins_can_be_left_out(artgen_command: Artgen, site: str) -> None:
    left = artgen_command("plugins", "list", path=site, ARTGEN_PLUGINS="").stdout
    assert left.endswith("\nartgen-broken is left out\nartgen-glaze is left out\n")
    assert "artgen-glaze 1.0" not in left
    assert "cv3" not in left
    one = artgen_command("plugins", "list", path=site, ARTGEN_PLUGINS="artgen-glaze").stdout
    assert "artgen-glaze 1.0\n  losses: glaze\n" in one
    assert one.endswith("\nartgen-broken is left out\n")


def test_the_schema_holds_what_is_installed(artgen_command: Artgen, site: str, tmp_path: Path) -> None:
    schema = json.loads(artgen_command("schema", path=site).stdout)
    assert "glaze" in schema["properties"]["losses"]["items"]["properties"]["type"]["enum"]
    assert artgen_command("schema", "-o", "artgen.schema.json", path=site).returncode == 0
    assert json.loads((tmp_path / "artgen.schema.json").read_text(encoding="utf-8")) == schema


def test_info_tells_versions_and_devices(artgen_command: Artgen) -> None:
    told = json.loads(artgen_command("info", "--json").stdout)
    assert told["artgen"]
    assert told["devices"][0]["name"] in ("cpu", "none")
