"""Whoever follows docs/plugins/tutorial.md to the letter ends with a plugin that works.

Its commands are run and its files are written in its order, in a folder of the test's own. One thing is replaced: instead
of `pip install -e` the metadata that it would leave is laid beside the package, and both are put on the path. Wheels are
built and installed by the slow proof alone, in an environment of their own.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from artgen.job import read_job
from artgen.plugins import PluginManager
from artgen.testing.pictures import copy_pictures
from artgen.testing.running import run_job

from .laid import metadata

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "plugins"
_BLOCK = re.compile(r"(?:(?P<before>[^\n]+)\n)?\n```(?P<language>\w*)\n(?P<text>.*?)\n```(?=\n)", re.S)
_FILE = re.compile(r"[Ii]n `(?P<path>[^`]+)`:$")
_CODE = re.compile(r"# exit code (\d+)$")


@dataclass(frozen=True)
class Block:
    """A fenced block: a file where the line before names one, commands where it has no language."""

    language: str
    text: str
    file: str


def blocks(page: Path) -> Iterator[Block]:
    for found in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        named = _FILE.search(found["before"] or "")
        yield Block(found["language"], found["text"], named["path"] if named else "")


@dataclass
class Reader:
    """Somebody who does what the page says, in a folder."""

    folder: Path
    environment: dict[str, str]
    said: str = ""

    def follow(self, page: Path) -> None:
        for block in blocks(page):
            if block.file:
                (self.folder / block.file).write_text(block.text + "\n", encoding="utf-8")
            elif block.language == "text":
                assert block.text in self.said
            elif not block.language:
                for line in block.text.splitlines():
                    self.type(line)

    def type(self, line: str) -> None:
        program, *words = shlex.split(line, comments=True)
        if program == "pip":
            if words[:2] == ["install", "-e"]:
                metadata(self.folder / words[2].partition("[")[0])
            return
        start = [sys.executable] if program == "python" else [sys.executable, "-m", program]
        done = subprocess.run(
            [*start, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, encoding="utf-8"
        )
        wanted = int(code[1]) if (code := _CODE.search(line)) else 0
        self.said = done.stdout + done.stderr
        assert done.returncode == wanted, f"{line}\n{self.said}"


def test_the_tutorial_leads_to_a_plugin_that_works(tmp_path: Path) -> None:
    path = os.pathsep.join([str(tmp_path / "artgen-sunset"), str(ROOT)])
    reader = Reader(tmp_path, {**os.environ, "PYTHONPATH": path, "ARTGEN_CACHE": str(tmp_path / "cache")})
    reader.follow(PAGES / "tutorial.md")
    assert list(tmp_path.glob("artgen-sunset/example/runs/*/artifacts/sheet/sheet.png"))
    assert "sunset" in reader.said
    reader.type("artgen plugins show sunset")
    assert "The colours of an evening sky" in reader.said
    assert "Pictures as colourful as you like" not in reader.said


def test_the_job_of_the_page_on_tests_runs_and_leaves_what_it_says(tmp_path: Path) -> None:
    (code,) = (block.text for block in blocks(PAGES / "testing.md") if "def test_a_run_leaves" in block.text)
    page: dict[str, object] = {}
    exec(code, page)  # noqa: S102 - a page of ours
    manager = PluginManager(discover=False)
    page["test_a_run_leaves_its_pictures"](lambda text: run_job(text, tmp_path, manager))  # type: ignore[operator]


def test_configs_of_the_page_on_tests_are_configs() -> None:
    (code,) = (block.text for block in blocks(PAGES / "testing.md") if "MarbleConfig" in block.text)
    page: dict[str, object] = {}
    exec(code, page)  # noqa: S102 - a page of ours
    config = page["MarbleConfig"](width=8)  # type: ignore[operator]
    assert config.trial == {"width": 4}


def test_the_three_lines_of_the_page_on_tests_are_those_that_are_written() -> None:
    (code,) = (
        block.text for block in blocks(PAGES / "testing.md") if "conformance.of" in block.text and "test_" in block.text
    )
    template = ROOT / "artgen/testing/skeleton/templates/common/test_conformance.py.txt"
    written = template.read_text(encoding="utf-8").replace("$distribution", "artgen-sunset")
    assert written.split('"""\n\n')[1].strip() == code


def test_the_requirement_of_the_tutorial_is_one_that_jobs_can_state(tmp_path: Path) -> None:
    (text,) = (block.text for block in blocks(PAGES / "tutorial.md") if block.text.startswith("[requires]"))
    assert tomllib.loads(text) == {"requires": {"artgen-sunset": ">=0.1"}}
    copy_pictures(tmp_path / "pictures")
    job = tmp_path / "job.toml"
    game = '[data]\nfolder = "pictures"\n[generator]\ntype = "dcgan"\n[discriminator]\ntype = "dcgan"\n'
    job.write_text(f'{text}\n{game}[[losses]]\ntype = "adversarial"\n', encoding="utf-8")
    with pytest.raises(Exception, match="artgen-sunset"):
        read_job(job, manager=PluginManager(discover=False))
