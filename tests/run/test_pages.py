"""Pages of a run: each gallery has one of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from artgen.cli.group import run as artgen
from tests.run.conftest import Desk

GALLERIES = """
[[outputs]]
type = "gallery"
count = 3
[[outputs]]
type = "gallery"
name = "favourites"
seeds = "5-6,5"
"""


def seeds_on(page: Path) -> list[int]:
    return [int(seed) for seed in re.findall(r' id="seed-(\d+)"', page.read_text(encoding="utf-8"))]


def test_galleries_have_pages_of_their_own_and_the_first_has_that_of_the_run(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.edit("steps = 24", "steps = 4")
    desk.job.write_text(desk.job.read_text(encoding="utf-8") + GALLERIES, encoding="utf-8")
    desk.artgen("run", "job.toml")
    first, second = desk.run / "index.html", desk.run / "index-favourites.html"
    assert (seeds_on(first), seeds_on(second)) == ([0, 1, 2], [5, 6])
    before = {page: page.read_bytes() for page in (first, second)}
    assert artgen(["render", str(desk.run), "--output", "gallery", "--seeds", "50-51", "--name", "more"]) == 0
    third = desk.run / "index-more.html"
    assert capsys.readouterr().out.splitlines()[-1].endswith(str(third))
    assert seeds_on(third) == [50, 51]
    assert {page: page.read_bytes() for page in before} == before
    desk.artgen("run", "job.toml")
    assert [seeds_on(page) for page in (first, second, third)] == [[0, 1, 2], [5, 6], [50, 51]]


def test_a_job_without_a_gallery_has_the_page_of_the_first_that_was_asked_for(desk: Desk) -> None:
    desk.edit("steps = 24", "steps = 4")
    desk.artgen("run", "job.toml")
    for name in ("one", "two", "one"):
        assert artgen(["render", str(desk.run), "--output", "gallery", "--seeds", "4", "--name", name]) == 0
    assert sorted(path.name for path in desk.run.glob("*.html")) == ["index-two.html", "index.html"]
