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

README = Path(__file__).parents[1] / "README.md"
JOB = '[data]\nfolder = "."\n[generator]\ntype = "dcgan"\n'


def test_it_is_found_by_its_entry_point() -> None:
    found = importlib.metadata.entry_points(group="artgen")
    own = [entry.value for entry in found if entry.dist and entry.dist.name == "artgen-slurm"]
    assert own == ["artgen_slurm.plugin"]


def test_artgen_lists_it_and_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert artgen(["plugins", "show", "slurm", "--json"]) == 0
    (component,) = json.loads(capsys.readouterr().out)["components"]
    assert {"partition", "time", "mem", "gpus", "options"} < set(component["options"])


def test_listing_it_and_reading_a_job_import_nothing_heavy() -> None:
    code = """
import sys
from artgen.plugins import plugin_manager
import artgen_slurm.config, artgen_slurm.launcher
assert "slurm" in plugin_manager().registry.names("launcher")
print({"torch", "numpy", "slurm"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_options_of_the_readme_are_accepted_and_a_mistake_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    for number in range(32):  # as many as a batch takes; none is opened
        Path(f"{number}.png").touch()
    Path("job.toml").write_text(JOB + example)
    assert artgen(["check", "job.toml"]) == 0, capsys.readouterr().err
    Path("job.toml").write_text(JOB + example.replace("cores =", "coers ="))
    assert artgen(["check", "job.toml"]) == 2
    assert re.search(r"unknown key 'coers'\. Did you mean 'cores'\?", capsys.readouterr().err)
