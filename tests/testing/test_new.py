"""`artgen plugins new` writes plugins of every kind that pass artgen's checks and their own tests, and run."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tomli

from artgen.cli.group import run as artgen
from artgen.testing import conformance
from artgen.testing.loading import plugins_of
from artgen.testing.running import run_job
from artgen.testing.skeleton.naming import KINDS

from .laid import lay_new

LONG = {"learns", "cost", "looks", "runs a job"}
"""What takes longest; the plugins' own tests and the slow proof make them."""
SHORT = {"train": "train.steps=2", "paint": "paint.steps=2", "launcher": 'launcher={type="local"}'}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One plugin of each kind, importable."""
    folder = tmp_path_factory.mktemp("written")
    return {kind: lay_new(folder, f"trial-{kind}", kind) for kind in KINDS}


@pytest.fixture
def importable(written: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    for place in written.values():
        monkeypatch.syspath_prepend(place)
    path = os.pathsep.join(map(str, written.values()))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([path, os.environ.get("PYTHONPATH", "")]))
    importlib.invalidate_caches()
    return written


@pytest.mark.usefixtures("importable")
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_passes_artgen_s_checks(kind: str, tmp_path: Path) -> None:
    cases = conformance.cases_of(f"artgen-trial-{kind}")
    assert cases
    for number, case in enumerate(cases):
        if case.check not in LONG:
            folder = tmp_path / str(number)
            folder.mkdir()
            try:
                case.run(folder)
            except conformance.NotChecked:
                continue


@pytest.mark.parametrize("kind", KINDS)
def test_its_job_runs(kind: str, importable: dict[str, Path], tmp_path: Path) -> None:
    text = (importable[kind] / "example" / "job.toml").read_text(encoding="utf-8")
    tables = tomli.loads(text)
    sets = [value for table, value in SHORT.items() if table in tables or (kind, table) == ("preset", "train")]
    run = run_job(text, tmp_path, plugins_of(f"artgen-trial-{kind}"), *sets)
    assert [artifact for artifact in run.artifacts() if artifact.output != "progress"]


def test_its_own_tests_pass(importable: dict[str, Path]) -> None:
    files = [str(place / "tests" / f"test_{kind}.py") for kind, place in importable.items()]
    folder = importable["loss"].parent
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")  # one process for all
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib"]
    done = subprocess.run([*words, "-c", "pytest.ini", *files], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed" not in done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_clean(kind: str, written: dict[str, Path]) -> None:
    pytest.importorskip("ruff")
    for words in (["check", "."], ["format", "--check", "."]):
        done = subprocess.run([sys.executable, "-m", "ruff", *words], cwd=written[kind], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_what_was_written_and_what_comes_next_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert artgen(["plugins", "new", "glow", "--kind", "loss"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "artgen-glow, with the loss 'glow':"
    assert all((tmp_path / line.strip()).exists() for line in told[1 : told.index("Next:")])
    assert [line.strip() for line in told[-3:]] == [
        "pip install -e './artgen-glow[dev]'",
        "python -m pytest artgen-glow",
        "artgen run artgen-glow/example/job.toml",
    ]
    assert artgen(["plugins", "new", "artgen-glow", "--kind", "loss"]) == 2
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "kind", "why"),
    [
        ("Glow", "loss", "no legal name"),
        ("../glow", "loss", "no legal name"),
        ("glow-", "loss", "no legal name"),
        ("a" * 25, "loss", "no legal name"),
        ("palette", "loss", "artgen has a loss 'palette' of its own"),
        ("run", "command", "artgen has a command 'artgen run' of its own"),
        ("toolkit", "loss", "artgen's own distribution"),
    ],
)
def test_names_that_cannot_be_are_refused(
    name: str, kind: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert artgen(["plugins", "new", name, "--kind", kind]) == 2
    assert why in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "kind", "called"),
    [
        ("none", "loss", "NoneLoss"),
        ("image", "output", "ImageOutput"),
        ("judged", "discriminator", "JudgedDiscriminator"),
        ("local", "tracker", "Local"),
        ("sunset-sky", "loss", "SunsetSky"),
    ],
)
def test_a_name_that_means_something_else_in_its_files_gets_its_kind_behind_it(
    name: str, kind: str, called: str, tmp_path: Path
) -> None:
    place = lay_new(tmp_path, name, kind)
    text = (place / f"artgen_{name.replace('-', '_')}" / f"{kind}.py").read_text(encoding="utf-8")
    compile(text, kind, "exec")
    assert f"\nclass {called}" in text
    assert f'"{name}"' in (place / f"artgen_{name.replace('-', '_')}" / "plugin.py").read_text(encoding="utf-8")
