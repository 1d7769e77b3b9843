"""Twenty plugins are installed and five of them are broken: everything works, and what is wrong can be read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Artgen, Site, job_with

ROOT = Path(__file__).parents[2]
ILLEGAL = """\
import artgen


@artgen.hookimpl
def register_losses(register):
    register("fine", "nowhere:Fine")
    register("No Name", "nowhere:Thing")
"""
NEWER = """\
import artgen


@artgen.hookimpl
def run_started(run, weather):
    pass
"""


@pytest.fixture
def twenty(site: Site) -> Site:
    """Fifteen plugins that work, and one each that misses a package, leaves the process, registers an illegal name,
    wants another artgen, and asks a hook for what it does not have."""
    for number in range(15):
        site.install_loss(f"artgen-good-{number:02d}", f"glaze-{number:02d}")
    site.install("artgen-missing", plugin="import artgen\nimport cv2_of_nobody\n")
    site.install("artgen-leaving", plugin="import sys\n\nsys.exit('no licence')\n", home="https://example.org/bugs")
    site.install("artgen-illegal", plugin=ILLEGAL)
    site.install(
        "artgen-future", plugin="raise RuntimeError('nobody may import this')\n", requires="artgen-toolkit>=99"
    )
    site.install("artgen-newer", plugin=NEWER)
    return site


def test_all_are_listed_with_what_is_wrong_where_and_how_to_mend_it(twenty: Site, artgen: Artgen) -> None:
    told = artgen("plugins")
    assert told.code == 0
    assert told.err == ""
    for number in range(15):
        assert f"artgen-good-{number:02d} 1.0\n  losses: glaze-{number:02d}\n" in told.out
    site = twenty.folder
    assert (
        "artgen-missing 1.0\n  import failed: ModuleNotFoundError: No module named 'cv2_of_nobody'\n"
        f"    at {site}/artgen_missing_plugin.py:2\n    Try: pip install cv2_of_nobody\n"
    ) in told.out
    assert (
        f"artgen-leaving 1.0\n  import failed: SystemExit: no licence\n    at {site}/artgen_leaving_plugin.py:3\n"
        "    Try: pip install -U artgen-leaving; if that does not help, tell its author: https://example.org/bugs\n"
    ) in told.out
    assert (
        "artgen-illegal 1.0\n  register failed: ValueError: 'No Name' is no legal name for a loss: write it like "
        f"'soft-light'\n    at {site}/artgen_illegal_plugin.py:7\n"
    ) in told.out
    assert "artgen-future 1.0\n  version failed: it needs artgen-toolkit >=99; this is " in told.out
    assert "    Try: pip install 'artgen-toolkit>=99', or another artgen-future\n" in told.out
    assert "artgen-newer 1.0\n  register failed: run_started asks for 'weather', which artgen " in told.out
    assert (
        f"    at {site}/artgen_newer_plugin.py:4\n    It was written for another artgen. Try: pip install -U artgen-newer\n"
        in told.out
    )


@pytest.mark.usefixtures("twenty")
def test_the_same_as_json(listed) -> None:
    found = listed()
    assert len(found) == 1 + 20
    assert {name: plugin["failure"]["stage"] for name, plugin in found.items() if plugin["failure"]} == {
        "artgen-missing": "import",
        "artgen-leaving": "import",
        "artgen-illegal": "register",
        "artgen-future": "version",
        "artgen-newer": "register",
    }
    assert all(plugin["provides"] == {} for plugin in found.values() if plugin["failure"])


@pytest.mark.usefixtures("twenty")
def test_a_job_runs_and_says_nothing_of_the_broken_ones(artgen: Artgen, desk: Path) -> None:
    (desk / "job.toml").write_text(job_with('type = "glaze-03"'), encoding="utf-8")
    told = artgen("run", "job.toml")
    assert told.code == 0, told.err
    assert "fail" not in told.out + told.err
    assert "artgen-" not in told.err
    assert (desk / "runs/tiny/artifacts/images/seed-000001.png").is_file()
    lock = (desk / "runs/tiny/job.lock.toml").read_text(encoding="utf-8")
    assert 'type = "artgen-good-03:glaze-03"' in lock
    assert 'artgen-good-03 = "1.0"' in lock


@pytest.mark.usefixtures("twenty")
def test_a_job_with_a_name_of_a_broken_one_is_told_why(artgen: Artgen, desk: Path) -> None:
    (desk / "job.toml").write_text(job_with('type = "fine"'), encoding="utf-8")
    told = artgen("check", "job.toml")
    assert told.code == 2
    assert "job.toml:39: [losses.fine] loss 'fine' is of artgen-illegal, which could not be loaded" in told.err
    assert "tell its author" in told.err
    assert "artgen-missing" not in told.err


def test_help_imports_none_of_them(twenty: Site) -> None:
    code = (
        "import sys\nfrom artgen.cli.group import run\ncode = run(['--help'])\n"
        "own = [n for n in sys.modules if n.startswith('artgen_') or n in ('torch', 'pluggy', 'pydantic', 'numpy')]\n"
        "sys.exit(repr(own) if own else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(twenty.folder), str(ROOT)])},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "check" in done.stdout


@pytest.mark.usefixtures("twenty")
def test_no_plugins_leaves_all_of_them_out(artgen: Artgen, desk: Path, listed) -> None:
    assert set(listed("--no-plugins")) == {"artgen-toolkit"}
    (desk / "job.toml").write_text(job_with('type = "artgen-good-03:glaze-03"'), encoding="utf-8")
    told = artgen("--no-plugins", "check", "job.toml")
    assert told.code == 2
    assert "is of artgen-good-03, which is left out. It counts without --no-plugins" in told.err
    assert artgen("check", "job.toml").code == 0


def test_two_plugins_with_one_command_are_told_of(site: Site, artgen: Artgen) -> None:
    for name in ("artgen-one", "artgen-two"):
        site.install(name, entry_points="[artgen.commands]\nframe = frame:frame\n")
    assert "frame  From artgen-one 1.0 and artgen-two 1.0." in artgen("--help").out
    assert (
        "  commands: frame\n  note: command 'frame' is also of artgen-two; uninstall one of them\n"
        in artgen("plugins").out
    )
    told = artgen("frame")
    assert told.code == 1
    assert "artgen-one 1.0 and artgen-two 1.0 have a command of this name; uninstall one of them" in told.err


def test_what_adds_commands_alone_is_listed_and_not_imported(site: Site, artgen: Artgen, listed) -> None:
    points = "[artgen.commands]\nframe = frame:frame\nrun = frame:frame\n"
    site.install("artgen-frame", entry_points=points, frame="raise RuntimeError('nobody asked')\n")
    told = artgen("plugins")
    note = "note: command 'run' is never called: artgen has one of this name"
    assert f"artgen-frame 1.0\n  commands: frame, run\n  {note}\n" in told.out
    assert artgen("plugins", "show", "Artgen_Frame").out == f"artgen-frame 1.0\n  commands: frame, run\n  {note}\n"
    assert listed()["artgen-frame"]["commands"] == ["frame", "run"]
    told = artgen("frame")
    assert told.code == 1
    assert f"RuntimeError: nobody asked, at {site.folder}/frame.py:1\n  Try: pip install -U artgen-frame" in told.err


@pytest.mark.usefixtures("desk")
def test_metadata_that_python_cannot_read_is_told_of(site: Site, artgen: Artgen) -> None:
    site.install("artgen-damaged", entry_points="[artgen]\nno equals sign here\n")
    site.install_loss("artgen-glaze")
    assert artgen("--help").code == 0
    told = artgen("plugins")
    assert "artgen-glaze 1.0\n  losses: glaze\n" in told.out
    assert "artgen-damaged\n  metadata failed: TypeError: " in told.out
    assert "    Try: pip install --force-reinstall artgen-damaged\n" in told.out
    path = os.pathsep.join([str(site.folder), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-m", "artgen", "schema"], env=environment, capture_output=True, text=True, check=False
    )  # where libraries that artgen stands on stumble over it
    assert done.returncode == 1
    assert done.stderr.startswith(f"{site.folder}: the metadata of artgen-damaged is damaged: TypeError: ")
    assert done.stderr.endswith("\n  Try: pip install --force-reinstall artgen-damaged\n")


def test_what_a_plugin_prints_as_it_is_imported_is_no_part_of_json(site: Site, artgen: Artgen) -> None:
    site.install("artgen-chatty", plugin="print('hello from chatty')\n")
    told = artgen("plugins", "list", "--json")
    assert [plugin["distribution"] for plugin in json.loads(told.out)] == ["artgen-toolkit", "artgen-chatty"]
    assert told.err == "hello from chatty\n"
