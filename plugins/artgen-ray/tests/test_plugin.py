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
    own = [entry.value for entry in found if entry.dist and entry.dist.name == "artgen-ray"]
    assert own == ["artgen_ray.plugin"]


def test_artgen_lists_it_and_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert artgen(["plugins", "show", "ray", "--json"]) == 0
    (component,) = json.loads(capsys.readouterr().out)["components"]
    assert {"address", "cores", "gpus", "resources", "shards"} == set(component["options"]) - {"name", "type"}


def test_listing_it_and_reading_a_job_do_not_import_ray() -> None:
    code = """
import sys
from artgen.plugins import plugin_manager
import artgen_ray.config, artgen_ray.launcher
assert "ray" in plugin_manager().registry.names("launcher")
print({"torch", "numpy", "ray"} & set(sys.modules))
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
    Path("job.toml").write_text(JOB + example.replace("cores =", "core ="))
    assert artgen(["check", "job.toml"]) == 2
    assert re.search(r"unknown key 'core'\. Did you mean 'cores'\?", capsys.readouterr().err)


def test_without_ray_a_job_is_told_so_where_it_is_checked(tmp_path: Path) -> None:
    code = """
import sys
from importlib.machinery import PathFinder
from pathlib import Path
find = PathFinder.find_spec
PathFinder.find_spec = lambda name, *rest: None if name == "ray" else find(name, *rest)
from artgen.cli.group import run
for number in range(32):
    Path(f"{number}.png").touch()
Path("job.toml").write_text(sys.argv[1])
sys.exit(run(["check", "job.toml"]))
"""
    job = f'{JOB}[launcher]\ntype = "ray"\n'
    done = subprocess.run([sys.executable, "-c", code, job], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert (
        "[launcher] launcher 'ray' of artgen-ray needs ray, which is not installed. Try: pip install ray" in done.stderr
    )


def test_what_is_missing_is_told_with_what_to_do(tmp_path: Path) -> None:
    """Ray comes with the plugin, but has no wheel for every machine."""
    (tmp_path / "ray.py").write_text("raise ImportError('no wheel for this machine')")
    code = """
import os
from artgen import ArtgenError
from artgen.launch.contract import Batch
from artgen_ray.config import RayConfig
from artgen_ray.launcher import RayLauncher
before = dict(os.environ)
try:
    RayLauncher(RayConfig(), Batch(1, None, print, print))
except ArtgenError as error:
    print(error)
assert dict(os.environ) == before
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "no wheel for this machine" in done.stdout
    assert "pip install" in done.stdout
