"""``artgen gallery``: one page over the runs of a sweep, as a person makes it."""

from __future__ import annotations

import re
from pathlib import Path

from artgen.cli.group import run as artgen
from tests.tiny_job import TINY_JOB

from .conftest import Artgen

SWEEP = """
[[outputs]]
type = "gallery"
count = 2

[matrix]
"train.batch" = [4, 2]
"""


def test_a_sweep_becomes_a_table_on_one_page(artgen_command: Artgen, tmp_path: Path, pictures: Path) -> None:
    job = TINY_JOB.format(pictures=pictures.as_posix()).replace("steps = 24", "steps = 2")
    (tmp_path / "job.toml").write_text(job + SWEEP, encoding="utf-8")
    assert artgen_command("run", "job.toml", "--quiet").returncode == 0
    done = artgen_command("gallery", "runs")
    assert (done.returncode, done.stderr) == (0, "")
    page = tmp_path / "runs" / "index.html"
    assert Path(done.stdout.strip()) == page
    text = page.read_text(encoding="utf-8")
    assert re.findall(r'class="unseen">(tiny@\d)<', text) == ["tiny@4", "tiny@2"]
    for cell in ("tiny@4", "tiny@2"):
        assert f'href="{cell.replace("@", "%40")}/index.html"' in text
    assert "not finished" not in text


def test_the_page_of_a_run_says_where_each_setting_comes_from_also_when_it_is_written_again(
    tmp_path: Path, pictures: Path
) -> None:
    job = TINY_JOB.format(pictures=pictures.as_posix()).replace("steps = 24", "steps = 2")
    (tmp_path / "job.toml").write_text(job + '[[outputs]]\ntype = "gallery"\ncount = 2\n', encoding="utf-8")
    page = tmp_path / "runs" / "tiny" / "index.html"

    def sources() -> dict[str, str]:
        row = r'<th scope="row">([^<]*)</th><td>[^<]*</td><td class="source">([^<]*)</td>'
        return dict(re.findall(row, page.read_text(encoding="utf-8").replace("<wbr>", "")))

    assert artgen(["run", str(tmp_path / "job.toml"), "--quiet", "--set", "train.batch=2"]) == 0
    told = sources()
    assert told["size"].startswith("job.toml:")
    assert told["batch"].startswith("--set")
    assert "default" in told.values()
    again = ["render", str(page.parent), "--output", "gallery", "--name", "gallery", "--set", "count=2"]
    assert artgen([*again, "--quiet"]) == 0
    assert sources() == told


def test_folders_without_runs_are_a_clear_mistake(artgen_command: Artgen, tmp_path: Path) -> None:
    done = artgen_command("gallery", tmp_path)
    assert done.returncode == 2
    assert "there is no run here" in done.stderr
    assert "Traceback" not in done.stderr
