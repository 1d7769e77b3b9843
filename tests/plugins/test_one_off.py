"""Files that plug in for one command, because somebody asked for them and never otherwise."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tomli

from artgen.plugins.one_off import FILES

from .conftest import Artgen, Site, job_with

ROOT = Path(__file__).parents[2]
SHEEN = """\
import os

import artgen
from artgen.config import LossConfig, option

SEEN = []


@artgen.hookimpl
def register_losses(register):
    register("sheen", f"{__name__}:Sheen", config=f"{__name__}:SheenConfig", summary="Shines")


@artgen.hookimpl
def run_started(run):
    SEEN.append(os.environ["ARTGEN_PLUGIN_FILES"])


class SheenConfig(LossConfig):
    shine: float = option(0.5, ge=0)
    \"\"\"How bright it is.\"\"\"


class Sheen:
    needs = frozenset()

    def __init__(self, config):
        self.config = config

    def for_generator(self, step):
        return step.fake.picture.square().mean() * self.config.shine

    def for_discriminator(self, step):
        return None
"""


@pytest.fixture
def sheen(desk: Path) -> Path:
    """A file with a loss, beside a job that uses it."""
    (desk / "job.toml").write_text(job_with('type = "sheen"'), encoding="utf-8")
    file = desk / "sheen.py"
    file.write_text(SHEEN, encoding="utf-8")
    return file


@pytest.mark.usefixtures("sheen")
def test_a_file_is_never_loaded_unasked(artgen: Artgen) -> None:
    told = artgen("check", "job.toml")
    assert told.code == 2
    assert "[losses.sheen] unknown loss 'sheen'" in told.err
    assert "sheen" not in sys.modules


def test_what_lies_beside_a_job_is_no_plugin(desk: Path, tmp_path: Path) -> None:
    """Not even where it looks as if it were installed, and Python is told to look for modules there."""
    Site(desk).install("artgen-stowaway", plugin="from pathlib import Path\n\nPath('run.txt').touch()\n")
    (desk / "job.toml").write_text(job_with(), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ARTGEN_CACHE": str(tmp_path / "cache")}
    for words in (["plugins", "list"], ["check", "job.toml"]):
        done = subprocess.run(
            [sys.executable, "-m", "artgen", *words], env=environment, capture_output=True, text=True, check=True
        )
        assert "stowaway" not in done.stdout + done.stderr
    assert not (desk / "run.txt").exists()


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_file_counts_before_the_command_and_after_it(place: str, sheen: Path, artgen: Artgen) -> None:
    option, command = ("--plugin", sheen.name), ("check", "job.toml")
    told = artgen(*option, *command) if place == "before" else artgen(*command, *option)
    assert (told.code, told.out, told.err) == (0, "job.toml: fine\n", "")
    assert FILES not in os.environ
    assert artgen("check", "job.toml").code == 2


def test_every_command_that_reads_jobs_takes_one(sheen: Path, artgen: Artgen) -> None:
    plan = json.loads(artgen("plan", "job.toml", "--json", "--plugin", "sheen.py").out)
    values = (plan[0] if isinstance(plan, list) else plan)["values"]
    assert values["losses.sheen.type"]["value"] == "sheen.py:sheen"
    assert values["losses.sheen.shine"]["value"] == 0.5
    schema = json.loads(artgen("schema", "--plugin", "sheen.py").out)
    assert schema["properties"]["losses"]["items"]["properties"]["shine"]["description"] == "How bright it is."
    told = artgen("plugins", "list", "--plugin", "sheen.py")
    digest = hashlib.sha256(sheen.read_bytes()).hexdigest()
    assert f"{sheen} (sha256 {digest[:12]})\n  losses: sheen\n  hooks: run_started\n" in told.out
    assert "shine = 0.5" in artgen("plugins", "show", "sheen", "--plugin", "sheen.py").out


def test_a_misspelt_hook_of_a_file_is_told_where_it_is_run(sheen: Path, artgen: Artgen) -> None:
    sheen.write_text(SHEEN.replace("def run_started", "def run_startd"), encoding="utf-8")
    told = artgen("run", "job.toml", "--prepare", "--plugin", "sheen.py")
    assert told.code == 0
    assert "has no hook 'run_startd'. Did its author mean 'run_started'?" in told.err


def test_its_sha256_is_in_the_lock_and_a_change_is_told(sheen: Path, artgen: Artgen, desk: Path) -> None:
    assert artgen("run", "job.toml", "--plugin", "sheen.py").code == 0
    assert [str(sheen)] == sys.modules["sheen"].SEEN
    lock = tomli.loads((desk / "runs/tiny/job.lock.toml").read_text(encoding="utf-8"))
    assert lock["lock"]["plugin_files"] == {"sheen.py": hashlib.sha256(sheen.read_bytes()).hexdigest()}
    assert "plugins" not in lock["lock"]

    again = artgen("run", "job.toml", "--plugin", "sheen.py")
    assert (again.code, again.err) == (0, "")
    sheen.write_text(SHEEN + "# brighter\n", encoding="utf-8")
    changed = artgen("run", "job.toml", "--plugin", "sheen.py")
    assert changed.code == 0
    text = "tiny: sheen.py has changed since this run began; it goes on by what is in it now. --fresh begins anew"
    assert text in changed.out + changed.err
    assert text not in artgen("run", "job.toml", "--plugin", "sheen.py").out


@pytest.mark.usefixtures("sheen", "desk")
def test_a_run_whose_file_is_not_asked_for_says_which_it_was(artgen: Artgen) -> None:
    assert artgen("run", "job.toml", "--plugin", "sheen.py").code == 0
    for command in (("run", "job.toml"), ("check", "runs/tiny/job.lock.toml")):
        told = artgen(*command)
        assert told.code == 2
        assert "is of sheen.py, a file that plugs in when it is asked for. Try: --plugin sheen.py" in told.err


def test_a_folder_plugs_in_all_its_files(sheen: Path, artgen: Artgen, desk: Path) -> None:
    shelf = desk / "shelf"
    shelf.mkdir()
    sheen.rename(shelf / "sheen.py")
    (shelf / "gleam.py").write_text(SHEEN.replace("sheen", "gleam"), encoding="utf-8")
    (shelf / "_parts.py").write_text("raise RuntimeError('not a plugin')\n", encoding="utf-8")
    (desk / "job.toml").write_text(job_with('type = "sheen"', 'type = "gleam"'), encoding="utf-8")
    assert artgen("--plugins-dir", "shelf", "check", "job.toml").code == 0
    assert not (shelf / "__pycache__").exists()


@pytest.mark.usefixtures("desk")
def test_processes_that_a_command_starts_see_the_same_files(sheen: Path) -> None:
    environment = {**os.environ, FILES: str(sheen), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "artgen", "check", "job.toml"], env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "job.toml: fine\n", "")


def test_a_worker_takes_one_and_says_which_it_lacks(sheen: Path, artgen: Artgen, desk: Path) -> None:
    assert artgen("run", "job.toml", "--plugin", sheen.name).code == 0
    lock = desk / "runs/tiny/job.lock.toml"
    without = artgen("task", lock, "output:images")
    assert without.code == 2
    assert "is of sheen.py, a file that plugs in when it is asked for. Try: --plugin sheen.py" in without.err
    assert artgen("task", lock, "output:images", "--plugin", "sheen.py").code == 0


@pytest.mark.slow
@pytest.mark.usefixtures("sheen")
def test_so_do_the_workers_of_its_runs(artgen: Artgen, desk: Path) -> None:
    (desk / "again.toml").write_text(job_with('type = "sheen"', name="again"), encoding="utf-8")
    told = artgen("run", "job.toml", "again.toml", "--jobs", "2", "--plugin", "sheen.py")
    assert told.code == 0, told.out + told.err
    for name in ("tiny", "again"):
        assert (desk / f"runs/{name}/artifacts/images/seed-000001.png").is_file()


@pytest.mark.usefixtures("sheen")
@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--plugin", "no.py"], "--plugin no.py: there is no such file"),
        (["--plugin", "pictures"], "--plugin pictures: it is a folder; --plugins-dir plugs in its files"),
        (["--plugin", "job.toml"], "--plugin job.toml: a plugin is a Python file, whose name ends in .py"),
        (["--plugins-dir", "no"], "--plugins-dir no: there is no such folder"),
        (["--plugins-dir", "pictures"], "--plugins-dir pictures: there is no file in it that ends in .py"),
        (["--plugin", "sheen.py", "--plugin", "other/sheen.py"], "is called the same"),
    ],
)
def test_what_cannot_be_plugged_in_is_told(words: list[str], error: str, artgen: Artgen, desk: Path) -> None:
    (desk / "other").mkdir()
    (desk / "other/sheen.py").write_text(SHEEN, encoding="utf-8")
    told = artgen(*words, "check", "job.toml")
    assert told.code == 2
    assert error in told.err


@pytest.mark.usefixtures("sheen")
@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("sheen.py", "def oh(:\n", r"sheen.py:1: SyntaxError: "),
        (
            "sheen.py",
            "import artgen\n\nimport json\nimport cv2_of_nobody\n",
            "sheen.py:4: ModuleNotFoundError: No module named 'cv2_of_nobody'. Try: pip install cv2_of_nobody\n",
        ),
        ("json.py", "import artgen\n", "ImportError: 'json' is the name of a package that exists: rename json.py"),
        ("sheen.py", SHEEN.replace('"sheen"', '"She En"'), "sheen.py:11: ValueError: 'She En' is no legal name"),
    ],
)
def test_a_file_that_does_not_work_is_told_at_once_with_its_line(
    name: str, text: str, error: str, artgen: Artgen, desk: Path
) -> None:
    (desk / name).write_text(text, encoding="utf-8")
    told = artgen("check", "job.toml", "--plugin", name)
    assert told.code == 2
    assert error in told.err
    assert artgen("plugins", "--plugin", name).code == 0


@pytest.mark.usefixtures("sheen")
def test_a_file_and_an_installed_plugin_with_one_name_are_told_apart(site: Site, artgen: Artgen, desk: Path) -> None:
    site.install_loss("artgen-sheen", "sheen")
    told = artgen("check", "job.toml", "--plugin", "sheen.py")
    assert "write 'artgen-sheen:sheen' or 'sheen.py:sheen'" in told.err
    (desk / "job.toml").write_text(job_with('type = "sheen.py:sheen"'), encoding="utf-8")
    assert artgen("check", "job.toml", "--plugin", "sheen.py").code == 0
