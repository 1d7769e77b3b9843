"""The page of a sweep: what it tells of every cell, and how it behaves in a browser."""

from __future__ import annotations

import itertools
import re
import sys
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
import tomli
import tomli_w
from PIL import Image

from artgen.outputs.stills.progress_sheet import write_progress_sheet
from artgen.outputs.works import anchor_of
from artgen.reuse.gallery import write_gallery
from artgen.runs.progress import QuietProgress
from artgen.runs.rungs import Standing, rungs_file, write_rungs
from tests.outputs.axe import violations
from tests.outputs.browser import Browser
from tests.outputs.runs_left import leave_run

BATCHES, FORMS, SEEDS = (8, 16), ("hinge", "plain"), (1, 2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of runs."""
    return tmp_path / "runs"


def leave_cell(folder: Path, batch: int, form: str, seed: int | None = None, **more: object) -> Path:
    """A run of a sweep over batch, form and, where it is given, the job's seed."""
    cell = f"{batch}-{form}" + (f"-{seed}" if seed else "")
    run = leave_run(folder / f"birds@{cell}", job="birds", cell=cell, values={"batch": batch, "form": form}, **more)  # type: ignore[arg-type]
    if seed:
        lock = tomli.loads((run / "job.lock.toml").read_text(encoding="utf-8"))
        lock["job"]["seed"] = seed
        lock["lock"]["axes"] = ["train.batch", "losses.adversarial.form", "job.seed"]
        (run / "job.lock.toml").write_text(tomli_w.dumps(lock), encoding="utf-8")
    return run


def page_of(folder: Path) -> str:
    write_gallery([folder], None, QuietProgress(sys.stdout))
    return (folder / "birds.html").read_text(encoding="utf-8")


def in_words(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", html)).split())


def cells_of(text: str) -> dict[str, str]:
    found = re.findall(r'<article class="cell[^>]*aria-label="([^"]*)">(.*?)</article>', text, re.S)
    return {name: in_words(cell) for name, cell in found}


def test_each_cell_tells_its_figure_its_state_and_leads_to_its_page(folder: Path) -> None:
    leave_cell(folder, 16, "hinge", kid=0.4)
    leave_cell(folder, 8, "hinge", kid=0.2)
    leave_cell(folder, 16, "plain", event="paused", kid=0.5)
    leave_cell(folder, 8, "plain", event="paused", kid=None, seeds=())
    standings = {
        "birds@16-plain": Standing("dropped", 3, 3, 0.5),
        "birds@8-plain": Standing("failed", why="birds@8-plain: the device is out of memory\n  lower the size"),
    }
    write_rungs(rungs_file(folder, "birds"), {2.5: standings})
    text = page_of(folder)
    cells = cells_of(text)
    assert set(cells) == {"16-hinge", "8-hinge", "16-plain", "8-plain"}
    assert cells["8-hinge"].startswith("kid_vgg 0.2 best 0.19 to 0.21")
    assert cells["8-hinge"].endswith("finished · its page of 8-hinge")
    assert "dropped at 2.5 kimg, 3 of 3 · its page" in cells["16-plain"]
    assert "failed: the device is out of memory · its page" in cells["8-plain"]
    assert cells["8-plain"].startswith("No pictures yet")
    told = in_words(text)
    assert "4 runs: 2 finished, 1 dropped, 1 failed. The lowest kid_vgg is 0.2, of 8-hinge." in told
    assert "At 2.5 kimg 0 of 1 went on, 1 failed." in told
    assert "artgen run JOB.toml --only birds@16-plain" in told
    (ranking,) = re.findall(r'<section class="ranking".*?</section>', text, re.S)
    rows = [in_words(row)[:9] for row in re.findall(r"<tr.*?</tr>", ranking, re.S)]
    assert [row.split()[0] for row in rows[1:4]] == ["1", "2", "3"]
    links = re.findall(r'href="([^"#][^"]*)"', text)
    for link in links:
        if link != "data:,":
            assert (folder / unquote(unescape(link)).partition("#")[0]).is_file(), link


def test_cells_show_the_same_seeds_and_link_to_them_on_their_runs_pages(folder: Path) -> None:
    leave_cell(folder, 16, "hinge", seeds=range(12))
    leave_cell(folder, 8, "hinge", seeds=range(3, 14))
    text = page_of(folder)
    seeds = re.findall(r'<img[^>]* alt="Seed (\d+), ([^"]*)"', text)
    by_cell = {cell: [int(seed) for seed, of in seeds if of == cell] for cell in ("16-hinge", "8-hinge")}
    assert by_cell == {"16-hinge": list(range(3, 12)), "8-hinge": list(range(3, 12))}
    assert 'href="birds%4016-hinge/index.html#seed-7" data-picture="4"' in text


def test_a_run_without_pictures_shows_those_seeds_from_the_sheet_of_its_best_checkpoint(folder: Path) -> None:
    leave_cell(folder, 16, "hinge", seeds=range(9))
    run = leave_cell(folder, 8, "hinge", seeds=(), event="paused")
    (run / "artifacts" / "progress").mkdir()
    colours = [(0, 30 * n, 255 - 30 * n) for n in range(9)]
    tiles = [_plain(colour) for colour in colours]
    write_progress_sheet(run / "artifacts/progress/00000005.webp", [_plain((255, 255, 255))] * 9)
    write_progress_sheet(run / "artifacts/progress/00000010.webp", tiles)
    write_progress_sheet(run / "artifacts/progress/00000020.webp", [_plain((255, 255, 255))] * 9)
    text = page_of(folder)
    found = re.findall(r'src="([^"]*)" alt="Seed (\d), 8-hinge"', text)
    assert [int(seed) for _, seed in found] == list(range(9))
    for (source, _), colour in zip(found, colours, strict=True):
        with Image.open(folder / unquote(source)) as image:
            middle = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
        assert isinstance(middle, tuple)
        assert all(abs(one - other) < 12 for one, other in zip(middle, colour, strict=True))


def _plain(colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((16, 16, 3), colour, dtype=np.uint8)


def test_canvases_stand_beside_each_other_by_what_they_show_where_every_cell_has_styles_of_its_own(
    folder: Path,
) -> None:
    for form, style in zip(FORMS, ("arles", "auvers"), strict=True):
        run = leave_cell(folder, 8, form, kid=None, seeds=(1, 2))
        index = (run / "artifacts/index.jsonl").read_text(encoding="utf-8")
        for seed, content in ((1, "castle"), (2, "harbour")):
            name = f"artifacts/page/{content}--{style}.png"
            (run / f"artifacts/page/seed-{seed:06d}.png").rename(run / name)
            index = index.replace(f"artifacts/page/seed-{seed:06d}.png", name)
        (run / "artifacts/index.jsonl").write_text(index, encoding="utf-8")
    text = page_of(folder)
    assert re.findall(r'<img[^>]* alt="([^"]*)"', text) == [
        "castle, 8-hinge", "harbour, 8-hinge", "castle, 8-plain", "harbour, 8-plain"
    ]  # fmt: skip


def test_a_canvas_without_a_style_is_linked_by_the_name_that_it_has_on_the_page_of_its_run(folder: Path) -> None:
    for form in FORMS:
        run = leave_cell(folder, 8, form, kid=None, seeds=(1,))
        index = (run / "artifacts/index.jsonl").read_text(encoding="utf-8")
        (run / "artifacts/page/seed-000001.png").rename(run / "artifacts/page/my castle.png")
        (run / "artifacts/index.jsonl").write_text(
            index.replace("page/seed-000001.png", "page/my castle.png"), encoding="utf-8"
        )
    assert f"index.html#{anchor_of('my castle')}" in page_of(folder)
    assert (anchor_of("my castle"), anchor_of("a castle--arles"), anchor_of("")) == (
        "canvas-my-castle",
        "a-castle--arles",
        "",
    )


def test_written_again_nothing_changes_and_no_other_page_is_written_over(folder: Path) -> None:
    leave_cell(folder, 16, "hinge")
    leave_cell(folder, 8, "hinge")
    page_of(folder)
    state = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    page_of(folder)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()} == state
    (folder / "birds.html").write_text("somebody's", encoding="utf-8")
    assert page_of(folder) == "somebody's"


def test_the_page_over_many_runs_leads_to_it_and_runs_that_were_set_aside_are_not_on_it(folder: Path) -> None:
    leave_cell(folder, 16, "hinge")
    run = leave_cell(folder, 8, "hinge")
    run.rename(run.with_name("birds@8-hinge.1"))
    leave_cell(folder, 8, "hinge")
    text = page_of(folder)
    assert list(cells_of(text)) == ["16-hinge", "8-hinge"]
    assert '<h2><a href="birds.html">birds</a></h2>' in (folder / "index.html").read_text(encoding="utf-8")


def test_nothing_that_a_run_says_of_itself_becomes_part_of_the_page(folder: Path) -> None:
    evil = "<script>alert(1)<∕script>"
    leave_cell(folder, 16, evil, event="paused")
    leave_cell(folder, 8, "hinge")
    write_rungs(rungs_file(folder, "birds"), {2.5: {f"birds@16-{evil}": Standing("failed", why=f"{evil}\x1b[31m")}})
    text = page_of(folder)
    assert evil not in text
    assert "alert(1)<" not in text
    assert str(folder) not in text


@pytest.fixture
def page(folder: Path) -> Path:
    """A sweep of three axes, one cell missing, one dropped, one failed."""
    for batch, form, seed in itertools.product(BATCHES, FORMS, SEEDS):
        if (batch, form, seed) != (16, "plain", 2):
            ends = "paused" if (batch, seed) == (16, 1) else "finished"
            leave_cell(folder, batch, form, seed, kid=0.1 * batch + 0.01 * seed, event=ends, seeds=range(9))
    standing = {"birds@16-hinge-1": Standing("dropped", 2, 2, 1.6), "birds@16-plain-1": Standing("failed", why="no")}
    write_rungs(rungs_file(folder, "birds"), {2.5: standing})
    page_of(folder)
    return folder / "birds.html"


def test_nothing_moves_while_a_slow_phone_reads_the_page(page: Path, browser: Browser) -> None:
    browser.look(390, 844)
    with browser.slowed(6):
        for _ in range(2):
            browser.open(page)
            assert browser.shifts() == 0


def test_in_a_browser_the_page_is_quiet_open_to_all_and_stays_at_home(page: Path, browser: Browser) -> None:
    for width, height, dark in ((1440, 900, False), (390, 844, True)):
        browser.look(width, height, dark=dark)
        browser.open(page)
        decoded = (
            "Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode().then(() => true) }))"
        )
        assert all(browser.ask(decoded))
        assert browser.shifts() == 0
        assert violations(browser) == []
        assert browser.ask("document.documentElement.scrollWidth") == width  # a wide table scrolls by itself
        browser.click("[data-picture]")
        assert violations(browser) == []
        assert browser.said("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled") == []
        asked = {event["request"]["url"].split(":")[0] for event in browser.said("Network.requestWillBeSent")}
        assert asked <= {"file", "data"}


def test_on_a_phone_the_words_of_the_ranking_stay_whole(page: Path, browser: Browser) -> None:
    browser.look(420, 900)
    browser.open(page)
    broken = """[...document.querySelectorAll('.ranking th, .ranking td')].filter(cell => {
      const range = document.createRange(), text = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
      while (text.nextNode()) for (const word of text.currentNode.data.matchAll(/[\\w.]+/g)) {
        range.setStart(text.currentNode, word.index);
        range.setEnd(text.currentNode, word.index + word[0].length);
        if (new Set([...range.getClientRects()].map(one => one.top)).size > 1) return true;
      }
    }).map(cell => cell.textContent)"""
    assert browser.ask(broken) == []
    assert browser.ask("document.documentElement.scrollWidth") == 420


TABLES = """[...document.querySelectorAll('.facet')].map(f => ({
  heading: f.querySelector('h2')?.textContent.replace(/\\s+/g, ' ').trim(),
  columns: [...f.querySelectorAll('thead th')].map(h => h.textContent.replace(/\\s+/g, ' ').trim()),
  rows: [...f.querySelectorAll('tbody tr')].map(r => [...r.cells].slice(1).map(c => c.querySelector('.cell')?.getAttribute('aria-label') ?? '')),
}))"""


def test_any_two_axes_are_rows_and_columns_and_the_others_tables_of_their_own(page: Path, browser: Browser) -> None:
    browser.look(1440, 900, still=True)
    browser.open(page)
    first = browser.ask(TABLES)
    assert [table["heading"] for table in first] == ["job.seed 1", "job.seed 2"]
    assert first[1] == {
        "heading": "job.seed 2",
        "columns": ["losses.adversarial.form hinge", "losses.adversarial.form plain"],
        "rows": [["16-hinge-2", ""], ["8-hinge-2", "8-plain-2"]],
    }
    browser.ask("document.getElementById('swap').focus()")
    browser.press("Enter")
    assert browser.ask(TABLES)[0]["rows"] == [["16-hinge-1", "8-hinge-1"], ["16-plain-1", "8-plain-1"]]
    choose = "(s => {{ s.value = '{}'; s.dispatchEvent(new Event('change')); }})(document.getElementById('{}'))"
    browser.ask(choose.format(2, "across"))
    table = browser.ask(TABLES)[1]
    assert (table["heading"], table["columns"]) == ("train.batch 8", ["job.seed 1", "job.seed 2"])
    assert table["rows"] == [["8-hinge-1", "8-hinge-2"], ["8-plain-1", "8-plain-2"]]
    browser.ask(choose.format(2, "down"))  # the axis that had to go takes the other place
    assert browser.ask("[down.value, across.value]") == ["2", "1"]
    assert browser.ask("document.querySelectorAll('#table .cell').length") == 7


def test_a_picture_is_shown_across_all_cells_and_keys_lead_to_the_next(page: Path, browser: Browser) -> None:
    browser.look(1440, 900, still=True)
    browser.open(page)
    browser.ask("document.querySelector('[data-cell=\"3\"] [data-picture]').focus()")
    browser.press("ArrowRight")
    browser.press("ArrowDown")
    assert browser.ask("document.activeElement.dataset.picture") == "4"
    browser.ask("document.activeElement.parentElement.className = 'sheet by-2'")
    for key, picture in (("ArrowUp", "2"), ("ArrowDown", "4")):
        browser.press(key)
        assert browser.ask("document.activeElement.dataset.picture") == picture
    stops = "[...document.querySelectorAll('[data-cell=\"3\"] [data-picture]')].filter(one => one.tabIndex === 0)"
    assert browser.ask(f"{stops}.map(one => one.dataset.picture)") == ["4"]
    browser.press("Enter")
    browser.until("document.getElementById('across-all').open")
    heading = "document.getElementById('picture').textContent"
    assert browser.ask(heading) == "Seed 4"
    shown = "[...document.querySelectorAll('#all li')].map(l => l.querySelector('p').firstChild.textContent)"
    assert browser.ask(shown) == [
        "16-hinge-1",
        "16-hinge-2",
        "16-plain-1",
        "8-hinge-1",
        "8-hinge-2",
        "8-plain-1",
        "8-plain-2",
    ]
    assert browser.ask("[...document.querySelectorAll('#all img')].every(i => i.alt.startsWith('Seed 4,'))")
    assert browser.ask("document.querySelectorAll('#all .best').length") == 1
    browser.press("ArrowRight")
    assert browser.ask(heading) == "Seed 5"
    browser.press("End")
    browser.press("ArrowRight")
    assert browser.ask(heading) == "Seed 0"
    browser.press("Escape")
    browser.until("!document.getElementById('across-all').open")
    assert browser.ask("document.activeElement.dataset.picture") == "4"


def test_without_javascript_it_is_the_same_tables_with_plain_links(page: Path, browser: Browser) -> None:
    browser.look(1440, 900, script=False)
    browser.open(page)
    root = browser.call("DOM.getDocument", depth=-1)["root"]["nodeId"]
    for selector, count in (
        (".facet", 2),
        ("#table .cell", 7),
        (".cell a[data-picture]", 63),
        (".ranking tbody tr", 7),
    ):
        assert len(browser.call("DOM.querySelectorAll", nodeId=root, selector=selector)["nodeIds"]) == count
    axes = browser.call("DOM.querySelector", nodeId=root, selector=".axes")["nodeId"]
    style = browser.call("CSS.enable") or browser.call("CSS.getComputedStyleForNode", nodeId=axes)["computedStyle"]
    assert {"name": "display", "value": "none"} in style
