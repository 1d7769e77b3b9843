"""As a user meets it: installed, named in a job, listed by the command."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from artgen.cli.group import run as artgen

from conftest import JOB, Run

README = Path(__file__).parents[1] / "README.md"


def test_it_is_found_by_its_entry_point() -> None:
    found = importlib.metadata.entry_points(group="artgen")
    own = [entry.value for entry in found if entry.dist and entry.dist.name == "artgen-tensorboard"]
    assert own == ["artgen_tensorboard.plugin"]


def test_artgen_lists_it_and_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert artgen(["plugins", "show", "tensorboard", "--json"]) == 0
    (component,) = json.loads(capsys.readouterr().out)["components"]
    assert {"pictures", "long_side_px"} == set(component["options"]) - {"name", "type"}


def test_listing_it_and_reading_a_job_import_nothing_heavy() -> None:
    code = """
import sys
from artgen.plugins import plugin_manager
import artgen_tensorboard.config
assert "tensorboard" in plugin_manager().registry.names("tracker")
print({"torch", "numpy", "PIL", "tensorboard"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_mistake_is_told_with_its_line(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "job.toml").write_text(JOB.format(steps=4, during=0) + '[[trackers]]\ntype = "tensorboard"\npicture = 3\n')
    assert artgen(["check", "job.toml"]) == 2
    told = capsys.readouterr().err
    assert re.search(r"job\.toml:\d+: .*unknown key 'picture'\. Did you mean 'pictures'\?", told), told


def test_the_tables_of_the_readme_run(run: Run) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    folder = run(4, example)
    assert list((folder / "tensorboard").glob("events.out.tfevents.*"))
