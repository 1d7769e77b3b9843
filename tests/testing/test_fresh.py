"""What a stranger does: a fresh environment, a new plugin, its wheel, its job, its tests.

Installing artgen and its dependencies takes as long as the network; what comes after it is printed in seconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from artgen.testing.skeleton.naming import KINDS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has artgen, as its users install it, and what builds wheels."""
    folder = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt"]
    subprocess.run([*install, str(ROOT), "pytest", "hatchling"], check=True)
    return python


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_new_plugin_is_built_installed_run_and_tested(kind: str, python: Path, tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment["ARTGEN_CACHE"] = str(tmp_path / "cache")

    def do(*words: str, folder: Path = tmp_path) -> float:
        began = time.monotonic()
        done = subprocess.run([python, "-m", *words], cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return time.monotonic() - began

    name = f"trial-{kind}"
    place = tmp_path / f"artgen-{name}"
    told = {"new": do("artgen", "plugins", "new", name, "--kind", kind)}
    told["wheel"] = do("pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", "dist", str(place))
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    do("pip", "install", "-q", "--no-deps", str(wheel))
    # away from the sources: what is run and tested is what the wheel has brought
    (place / f"artgen_trial_{kind}").rename(place / "elsewhere")
    told["job"] = do("artgen", "run", str(place / "example" / "job.toml"))
    told["tests"] = do("pytest", "-q", "-p", "no:cacheprovider", folder=place)
    do("pip", "uninstall", "-q", "-y", f"artgen-{name}")
    print(f"{kind}: {sum(told.values()):.1f} s:", ", ".join(f"{what} {seconds:.1f}" for what, seconds in told.items()))
    assert list((place / "example" / "runs").glob("*/artifacts/**/*.png"))
