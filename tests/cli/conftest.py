"""Commands run as a person runs them: in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import artgen
from tests.forked import run_artgen

Artgen = Callable[..., "subprocess.CompletedProcess[str]"]
ROOT = Path(artgen.__file__).parent.parent


@pytest.fixture
def artgen_command(tmp_path: Path) -> Artgen:
    """Run `artgen ...` in the test's own folder; in an interpreter of its own where an environment is given."""

    def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        if not environment:
            words = [*map(str, arguments)]
            return subprocess.CompletedProcess(words, *run_artgen(words, tmp_path))
        return subprocess.run(
            [sys.executable, "-m", "artgen", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([environment.pop("path", ""), str(ROOT)]), **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )

    return run


def installed(folder: Path, name: str, entry_points: str, **modules: str) -> None:
    """Lay a distribution into a folder, as pip would."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(entry_points, encoding="utf-8")
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text, encoding="utf-8")
