"""The repository's own page over its gallery is built from what the repository ships."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.gallery.test_gallery import GALLERY, JOBS
from tests.outputs.axe import violations
from tests.outputs.browser import Browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, built as `nox -s site` does."""
    out = tmp_path_factory.mktemp("site")
    subprocess.run([sys.executable, "-W", "error", GALLERY / "site" / "build.py", out], check=True)
    return out / "index.html"


def test_every_job_is_on_it_with_its_pictures_and_its_words(site: Path):
    text = site.read_text(encoding="utf-8")
    words = " ".join(unescape(re.sub("<[^>]*>", "", text)).split())
    assert re.findall(r'<section id="([^"]*)"', text) == [job.parent.name for job in JOBS]
    assert text.count('class="sheet"') == sum((job.parent / "sheet.webp").is_file() for job in JOBS)
    for job in JOBS:
        assert " ".join(job.read_text(encoding="utf-8").split()) in words
        assert f"artgen run gallery/{job.parent.name}/job.toml" in words
    for left_over in ("**", "](", "```"):
        assert left_over not in text


def test_every_link_of_it_is_a_file_beside_it(site: Path):
    text = site.read_text(encoding="utf-8")
    found = re.findall(r'(?:href|src|srcset|data-still)="(?!#|data:|https:)([^"]*)"', text)
    assert len(found) > 10
    for link in found:
        assert (site.parent / unquote(link)).is_file(), link


def test_in_a_browser_it_is_quiet_open_to_all_and_its_films_can_be_stopped(site: Path):
    with Browser() as browser:
        for width in (390, 1440):
            browser.look(width, 900, dark=width == 390)
            browser.open(site)
            assert browser.ask("document.documentElement.scrollWidth") == width
            assert browser.shifts() == 0
            assert violations(browser) == []
            assert browser.said("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled") == []
        browser.call("Emulation.setFocusEmulationEnabled", enabled=True)
        browser.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        browser.click(".copy")
        browser.until("document.querySelector('.copy').textContent === 'Copied'")
        assert browser.ask("navigator.clipboard.readText()").startswith("artgen run gallery/01-emoji-faces")
        browser.ask("still.click()")
        assert all(
            browser.ask("[...document.querySelectorAll('.film img')].map(f => f.src.endsWith('film-still.webp'))")
        )
        browser.ask("still.click()")
        assert all(browser.ask("[...document.querySelectorAll('.film img')].map(f => f.src.endsWith('film.webp'))"))
