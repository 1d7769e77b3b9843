"""The page over many runs: what it tells, what it leaves alone, and how it behaves in a browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from html import unescape
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

import pytest
import tomli
import tomli_w

from artgen.errors import ArtgenError
from artgen.job import write_lock
from artgen.job.canvases import canvases
from artgen.outputs.config import GalleryConfig
from artgen.outputs.finished import open_finished
from artgen.outputs.gallery import Gallery
from artgen.outputs.overview.matrix import tables
from artgen.outputs.overview.one_run import read_run
from artgen.reuse.gallery import write_gallery
from artgen.runs.progress import QuietProgress
from artgen.runs.tasks.holding import record_end
from tests.outputs.axe import violations
from tests.outputs.browser import Browser
from tests.outputs.painted import canvas_run, paint_one
from tests.outputs.runs_left import leave_pictures, leave_run

FORMS = ("hinge", "plain")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of runs."""
    return tmp_path / "runs"


def page_of(*folders: Path, out: Path | None = None) -> str:
    return write_gallery(folders, out, QuietProgress(sys.stdout)).read_text(encoding="utf-8")


def sweep(folder: Path, kids: dict[tuple[int, str], float]) -> None:
    for (batch, form), kid in kids.items():
        cell = f"{batch}-{form}"
        leave_run(folder / f"birds@{cell}", job="birds", cell=cell, values={"batch": batch, "form": form}, kid=kid)


def in_words(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", html)).split())


def links(text: str) -> list[str]:
    return [link for link in re.findall(r'(?:href|src|poster)="([^"#][^"]*)"', text) if link != "data:,"]


def state_of_files(folder: Path) -> dict[str, int]:
    return {path.as_posix(): path.stat().st_mtime_ns for path in sorted(folder.rglob("*")) if path.is_file()}


def test_each_run_tells_what_it_is_and_shows_the_same_seeds(folder: Path) -> None:
    leave_run(folder / "moths", seeds=(9, 8, 7, 3, 2, 1), kid=0.125)
    leave_run(folder / "birds", seeds=range(9))
    text = page_of(folder)
    told = in_words(text)
    assert "2 runs" in told
    assert "dcgan · 16 × 16 · 2.5 kimg · 1 min 30 s on cpu" in told
    assert "kid_vgg 0.125 0.115 to 0.135" in told
    assert "film, 12 s" in told
    assert told.index("birds") < told.index("moths")
    cards = text.split('<li class="card"')[1:]
    assert [re.findall(r'alt="Seed (\d+)"', card) for card in cards] == [["2", "3", "7", "8"]] * 2
    assert all('class="lead"' in card and "film.mp4" in card for card in cards)


def test_a_film_in_several_formats_is_one_film(folder: Path) -> None:
    run = leave_run(folder / "birds")
    (run / "artifacts/film.webp").write_bytes(b"a moving picture")
    index = run / "artifacts/index.jsonl"
    film = {**json.loads(index.read_text(encoding="utf-8").splitlines()[-1]), "path": "artifacts/film.webp"}
    index.write_text(json.dumps(film) + "\n" + index.read_text(encoding="utf-8"), encoding="utf-8")
    text = page_of(folder)
    assert in_words(text).count("film, 12 s") == 1
    assert re.findall(r'<video[^>]* src="([^"]*)"', text) == ["birds/artifacts/film.mp4"]
    (run / "artifacts/film.mp4").unlink()
    text = page_of(folder)
    assert "<video" not in text  # no player takes the other
    assert 'class="film" href="birds/artifacts/film.webp"' in text


def test_the_variants_of_a_draft_are_not_among_the_runs(folder: Path) -> None:
    leave_run(folder / "birds")
    leave_run(folder / "birds-draft" / "variant-9e63c4ec93c1", seeds=())
    leave_run(folder / "more-draft" / "variant-of-mine")
    told = in_words(page_of(folder))
    assert "2 runs" in told
    assert "variant-of-mine" in told
    assert "9e63" not in told


def test_a_blended_run_is_told_with_what_it_was_blended_from_and_is_not_unfinished(folder: Path) -> None:
    run = leave_run(folder / "chimera", seeds=())
    (run / "metrics.jsonl").unlink()
    lock = tomli.loads((run / "job.lock.toml").read_text(encoding="utf-8"))
    lock["lock"]["blend"] = {"coarse": {"run": "birds"}, "fine": {"run": "moths"}}
    (run / "job.lock.toml").write_text(tomli_w.dumps(lock), encoding="utf-8")
    text = page_of(folder)
    assert "blended from birds and moths" in in_words(text)
    assert 'class="state"' not in text
    assert "unfinished" not in in_words(text)


def test_canvases_that_failed_are_told_beside_those_that_are_painted(tmp_path: Path) -> None:
    run = canvas_run(tmp_path)
    first, *_ = canvases(run.job)
    paint_one(run, first)
    write_lock(run.folder / "job.lock.toml", {**run.lock, "outputs": []})
    record_end(run.folder, "paint", "failed", "run: 5 canvases could not be painted:\ncoffee.jpg cannot be read")
    assert "run failed: 5 canvases could not be painted canvas" in in_words(page_of(tmp_path))
    Gallery(GalleryConfig(), "gallery").write(open_finished(run), run)
    report = in_words((run.folder / "index.html").read_text(encoding="utf-8"))
    assert "Report Not painted 5 canvases could not be painted" in report
    record_end(run.folder, "paint", "done", "")
    assert "failed" not in in_words(page_of(tmp_path))


def test_films_are_called_after_their_outputs(folder: Path) -> None:
    run = leave_run(folder / "birds")
    shutil.copy(run / "artifacts/film.mp4", run / "artifacts/walk.mp4")
    film = {"kind": "film", "path": "artifacts/walk.mp4", "output": "walk", "details": {"seconds": 2.0}}
    with (run / "artifacts/index.jsonl").open("a", encoding="utf-8") as index:
        index.write(json.dumps(film) + "\n")
    assert "film, 12 s walk, 2 s" in in_words(page_of(folder))


def test_unfinished_and_damaged_runs_are_listed_with_what_is_wrong(folder: Path) -> None:
    leave_run(folder / "stopped", event="interrupted")
    leave_run(folder / "going", event="resumed", seeds=())
    leave_run(folder / "half", seeds=())
    for name, text in {"torn": "[job", "odd": 'generator = 7\n[job]\nname = "x"'}.items():
        (folder / name).mkdir()
        (folder / name / "job.lock.toml").write_text(text, encoding="utf-8")
    rows = '{"event": "guard", "step": 4}\n{"event": "guard", "step": 5}\n{"event": "finished", "step": 10}\n{"step'
    (leave_run(folder / "guarded") / "metrics.jsonl").write_text(rows, encoding="utf-8")
    (leave_run(folder / "absurd") / "metrics.jsonl").write_text('{"step": 1, "images": 4, "seconds": 1e999}\n')
    told = in_words(page_of(folder))
    assert "7 runs" in told
    assert "absurd cannot be read: OverflowError" in told
    assert "stopped stopped at 2.5 of 4 kimg" in told
    assert "No pictures yet going not finished: 2.5 of 4 kimg" in told
    assert "half not made yet: page" in told
    assert "torn job.lock.toml: cannot be read" in told
    assert "odd cannot be read" in told
    assert "guarded the guard stepped in 2 times" in told
    assert "6 are unfinished or damaged" in told


def test_a_sweep_is_a_table_with_its_values_as_written_and_its_best_cell_marked(folder: Path) -> None:
    sweep(folder, {(16, "hinge"): 0.4, (16, "plain"): 0.3, (8, "hinge"): 0.2})
    leave_run(folder / "alone")
    text = page_of(folder)
    (table,) = re.findall(r"<table.*?</table>", text, re.S)
    assert "Rows by train.batch; columns by losses.adversarial.form" in table
    heads = [in_words(head) for head in re.findall(r"<th .*?</th>", table, re.S)]
    assert heads == [
        "losses. adversarial. form hinge",
        "losses. adversarial. form plain",
        "train. batch 16",
        "train. batch 8",
    ]
    assert [in_words(cell)[:20] for cell in re.findall(r"<td>.*?</td>", table, re.S)] == [
        "birds@16-hinge kid_v",
        "birds@16-plain kid_v",
        "birds@8-hinge kid_vg",
        "no run",
    ]
    (best,) = re.findall(r'class="cell best".*?</div>\s*<p>(.*?)</p>', table, re.S)
    assert in_words(best) == "birds@8-hinge kid_vgg 0.2 0.19 to 0.21 best"
    assert text.count('class="card"') == 1


def test_further_axes_are_nested(folder: Path) -> None:
    matrix = '[matrix]\n"train.batch" = [8, 16]\n"train.kimg" = [1, 2]\n"job.seed" = [1, 2]\n"job.name" = ["a", "b"]'
    for batch in (8, 16):
        run = leave_run(folder / f"birds@{batch}", job="birds", cell=str(batch), values={"batch": batch})
        for kimg, seed in ((1, 1), (1, 2), (2, 2)):
            other = shutil.copytree(run, folder / f"birds@{batch}-{kimg}-{seed}")
            lock = (other / "job.lock.toml").read_text(encoding="utf-8")
            lock = lock.replace("kimg = 4.0", f"kimg = {kimg}").replace("seed = 7", f"seed = {seed}")
            (other / "job.lock.toml").write_text(lock, encoding="utf-8")
            (other / "job.toml").write_text(matrix, encoding="utf-8")
        shutil.rmtree(run)
    (table,), alone = tables([read_run(run) for run in sorted(folder.iterdir())])
    assert alone == []
    assert (table.down, table.across) == (["train.batch"], ["train.kimg", "job.seed"])  # the names were all one
    assert [[(head.value, head.span) for head in heads] for heads in table.heads] == [
        [("1", 2), ("2", 1)],
        [("1", 1), ("2", 1), ("2", 1)],
    ]
    assert [[(head.value, head.span) for head in row.heads] for row in table.rows] == [[("8", 1)], [("16", 1)]]
    assert [len(cell) for row in table.rows for cell in row.cells] == [1] * 6


def test_a_sweep_whose_job_tells_no_axes_is_a_row_of_its_labels(folder: Path) -> None:
    sweep(folder, {(16, "hinge"): 0.4, (8, "plain"): 0.3})
    for run in folder.iterdir():
        (run / "job.toml").unlink()
    (table,), _ = tables([read_run(run) for run in sorted(folder.iterdir())])
    assert [(head.key, head.value) for head in table.heads[0]] == [("cell", "16-hinge"), ("cell", "8-plain")]


def test_written_again_nothing_is_touched_and_a_new_run_adds_its_own_alone(folder: Path) -> None:
    leave_run(folder / "birds")
    page_of(folder)
    before = state_of_files(folder)
    page_of(folder)
    assert state_of_files(folder) == before
    leave_run(folder / "moths", seeds=(1, 2))
    own = set(state_of_files(folder / "moths"))
    page_of(folder)
    after = state_of_files(folder)
    changed = {path for path in after if before.get(path) != after[path]} - own
    small = {path for path in changed if path.endswith(".webp")}
    assert changed - small == {(folder / "index.html").as_posix()}
    assert len(small) == 3  # two pictures and the poster
    shutil.rmtree(folder / "moths")
    page_of(folder)
    assert set(state_of_files(folder)) == set(before)


def test_a_picture_that_changed_is_made_small_anew_and_the_old_one_goes(folder: Path) -> None:
    leave_run(folder / "birds", seeds=(1,))
    page_of(folder)
    before = set(state_of_files(folder / "index-pictures"))
    shutil.rmtree(folder / "birds" / "artifacts")
    (folder / "birds" / "artifacts" / "page").mkdir(parents=True)
    leave_pictures(folder / "birds", (1, 2))
    (folder / "birds" / "artifacts/page/seed-000002.png").write_bytes(b"no picture")
    page_of(folder)
    after = set(state_of_files(folder / "index-pictures"))
    assert len(after) == len(before) == 2
    assert not after & before


def test_every_link_leads_to_a_file_also_when_the_page_lies_elsewhere_and_all_is_moved(tmp_path: Path) -> None:
    leave_run(tmp_path / "a" / "runs" / 'odd "<b>#%?&' / "x")
    leave_run(tmp_path / "b" / ("long " * 40))
    page_of(tmp_path / "a", tmp_path / "b", out=tmp_path / "pages")
    moved = tmp_path.parent / f"{tmp_path.name} moved"
    tmp_path.rename(moved)
    found = links((moved / "pages" / "index.html").read_text(encoding="utf-8"))
    assert len(found) == 2 * (1 + 4 + 2 + 1)
    for link in found:
        assert ":" not in link
        assert (moved / "pages" / unquote(unescape(link))).is_file(), link


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all names are text")
def test_names_that_are_no_text_do_not_keep_the_page_from_being_written(folder: Path) -> None:
    leave_run(folder / os.fsdecode(b"caf\xe9"), job="birds")
    found = links(page_of(folder))
    assert "caf%E9/index.html" in found
    for link in found:
        assert (folder / os.fsdecode(unquote_to_bytes(unescape(link)))).is_file(), link


def test_nothing_that_a_run_says_of_itself_becomes_part_of_the_page(folder: Path) -> None:
    evil = "<script>alert(1)</script>"
    sweep(folder, {(8, evil.replace("/", "∕")): 0.4, (16, "plain"): 0.3})
    run = leave_run(folder / "x", job=evil)
    secret = folder.parent / "secret.png"
    shutil.copy(run / "artifacts/page/seed-000001.png", secret)
    with (run / "artifacts/index.jsonl").open("a") as index:
        for path in ("../../secret.png", str(secret), "artifacts/page"):
            index.write(json.dumps({"kind": "picture", "path": path, "output": "page", "details": {}}) + "\n")
    (folder / "y").mkdir()
    (folder / "y" / "job.lock.toml").write_text(f"{evil} = \x1b[31m", encoding="utf-8")
    text = page_of(folder)
    assert evil not in text
    assert "alert(1)</script>" not in text
    assert "secret" not in text
    assert "\x1b" not in text
    assert str(folder) not in text


def test_nothing_else_is_written_over(folder: Path) -> None:
    run = leave_run(folder / "birds")
    assert "birds" in page_of(run)
    assert (run / "index.html").read_text() == "its own page"  # the page over one run lies above it
    with pytest.raises(ArtgenError, match="page of its own"):
        page_of(folder, out=run)
    other = folder.parent / "site"
    other.mkdir()
    (other / "index.html").write_text("somebody's")
    with pytest.raises(ArtgenError, match="did not write"):
        page_of(folder, out=other)
    assert (other / "index.html").read_text() == "somebody's"
    for nothing in (other, folder / "nowhere"):
        with pytest.raises(ArtgenError, match=r"no run here|no such folder"):
            page_of(nothing)


@pytest.fixture
def page(folder: Path) -> Path:
    sweep(folder, {(batch, form): 0.1 * batch for batch in (8, 16) for form in FORMS})
    for number, kid in ((2, 0.3), (10, 0.1), (1, None)):
        leave_run(folder / f"run-{number}", kid=kid, event="finished" if kid else "interrupted")
    page_of(folder)
    return folder / "index.html"


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
        assert browser.said("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled") == []
        asked = {event["request"]["url"].split(":")[0] for event in browser.said("Network.requestWillBeSent")}
        assert asked <= {"file", "data"}


def test_runs_are_sorted_by_what_the_reader_asks_for(page: Path, browser: Browser) -> None:
    browser.look(1440, 900, still=True)
    browser.open(page)
    names = "[...document.querySelectorAll('.card h3')].map(h => h.textContent.trim())"
    assert browser.ask(names) == ["run-1", "run-2", "run-10"]
    browser.ask("document.querySelector('[data-by=kid]').focus()")
    browser.press("Enter")
    assert browser.ask(names) == ["run-10", "run-2", "run-1"]
    assert browser.ask("document.querySelector('[aria-pressed=true]').dataset.by") == "kid"


def test_without_javascript_runs_and_cells_are_plain_links(page: Path, browser: Browser) -> None:
    browser.look(1440, 900, script=False)
    browser.open(page)
    root = browser.call("DOM.getDocument", depth=-1)["root"]["nodeId"]
    for selector, count in ((".card h3 a", 3), (".cell a", 4), (".film", 3)):
        assert len(browser.call("DOM.querySelectorAll", nodeId=root, selector=selector)["nodeIds"]) == count
    sort = browser.call("DOM.querySelector", nodeId=root, selector=".sort")["nodeId"]
    style = browser.call("CSS.enable") or browser.call("CSS.getComputedStyleForNode", nodeId=sort)["computedStyle"]
    assert {"name": "display", "value": "none"} in style
