"""`artgen plugins check` tells of plugins that hang, end the process or crash it, and of what is wrong in the others."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path

import pytest

from artgen.cli.group import run as artgen
from artgen.plugins.one_off import FILES
from artgen.testing.conformance.imports import heavy_imports

from .laid import lay, lay_new

HANGS = "import time\n\ntime.sleep(600)\n"
EXITS = "import os\n\nos._exit(7)\n"
CRASHES = "import ctypes\n\nctypes.string_at(0)\n"
RAISES = "import sys\n\nsys.exit('no licence')\n"


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Lays plugins, by their module's text, where every process finds them."""

    def put_all(**modules: str) -> Path:
        for name, text in modules.items():
            place = lay(
                tmp_path / name, f"artgen-{name}", {"artgen": {name: f"{name}_plugin"}}, **{f"{name}_plugin": text}
            )
            _on_path(place, monkeypatch)
        return tmp_path

    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    return put_all


def _on_path(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(place)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(place), os.environ.get("PYTHONPATH", "")]))
    importlib.invalidate_caches()


@pytest.mark.parametrize(
    ("text", "seconds", "told", "line"),
    [
        (HANGS, "10", "not over after 10 s", 3),
        (EXITS, "60", "ended the process with exit code 7", 0),
        (CRASHES, "60", "crashed the process: SIGSEGV", 3),
        (RAISES, "60", "import failed: SystemExit: no licence", 3),
    ],
    ids=["hangs", "exits", "crashes", "raises"],
)
def test_a_plugin_that_takes_the_process_with_it_is_told(
    text: str, seconds: str, told: str, line: int, put, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = put(sick=text)
    assert artgen(["plugins", "check", "artgen-sick", "--timeout", seconds]) == 1
    out = capsys.readouterr().out
    assert "artgen-sick 1.0: 1 failed" in out
    assert told in out
    if line:
        assert f"{folder / 'sick' / 'sick_plugin.py'}:{line}" in out


def test_a_plugin_that_works_passes_and_is_told_as_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _on_path(lay_new(tmp_path, "calm", "preset"), monkeypatch)
    assert artgen(["plugins", "check", "artgen-calm", "--json"]) == 0
    (checked,) = json.loads(capsys.readouterr().out)
    assert checked["distribution"] == "artgen-calm"
    assert [(one["name"], one["check"], one["result"]) for one in checked["results"]] == [
        ("plugin", "loads", "passed"),
        ("preset calm", "can be extended", "passed"),
    ]


def test_what_lies_in_the_folder_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = lay_new(tmp_path / "plugin", "calm", "preset")
    _on_path(place, monkeypatch)
    monkeypatch.setenv("PYTHONPATH", str(place))
    folder = tmp_path / "downloaded"
    folder.mkdir()
    for name in ("tempfile", "json", "artgen"):
        (folder / f"{name}.py").write_text("open('ran', 'w').close()\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    assert artgen(["plugins", "check", "artgen-calm"]) == 0, capsys.readouterr().out
    assert heavy_imports("artgen_calm") == ()
    assert not (folder / "ran").exists()


def test_a_file_that_is_plugged_in_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text("", encoding="utf-8")
    monkeypatch.setenv(FILES, "")
    assert artgen(["--plugin", str(tmp_path / "mine.py"), "plugins", "check"]) == 2
    told = capsys.readouterr().err
    assert "mine.py: only plugins that are installed are checked, and this is a file" in told
    assert "artgen plugins new" in told


def test_a_plugin_that_is_not_there_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert artgen(["plugins", "check", "artgen-nowhere"]) == 2
    assert "there is no plugin 'artgen-nowhere'" in capsys.readouterr().err
