"""Choosing on the page in a real browser: stars, filters, orders, comparing, and the list that the command takes."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from artgen.outputs.gallery.colour import place_in_order
from artgen.reuse.selection import read_selection
from tests.outputs.browser import Browser

SHOWN = "[...document.querySelectorAll('#grid li')].map(li => Number(li.id.slice(5)))"
ACTIVE = "document.activeElement.closest('li')?.id"


@pytest.fixture
def page(gallery_page: Path, browser: Browser) -> Iterator[Browser]:
    """The page on a desk, open."""
    browser.look(1280, 900)
    browser.open(gallery_page)
    yield browser
    browser.ask("localStorage.clear()")


@pytest.fixture
def facts(gallery_page: Path) -> dict[int, Any]:
    """Colour, looks and distance of each picture by seed, as they lie beside the tiles."""
    told = json.loads((gallery_page.parent / "artifacts/best of & more/facts.json").read_text(encoding="utf-8"))
    return {int(stem.removeprefix("seed-")): fact for stem, fact in told["pictures"].items()}


def press_on(page: Browser, seed: int, key: str) -> None:
    page.ask(f"document.querySelector('#seed-{seed} a').focus()")
    page.press(key)


def sort_by(page: Browser, order: str) -> list[int]:
    page.ask(
        f"narrow.elements.sort.value = '{order}';"
        "narrow.elements.sort.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    return [int(seed) for seed in page.ask(SHOWN)]


def show(page: Browser, which: str) -> list[int]:
    page.ask(f"document.querySelector('[value={which}]').click()")
    return [int(seed) for seed in page.ask(SHOWN)]


def test_what_another_tab_chose_is_kept_and_shown(page: Browser) -> None:
    press_on(page, 3, "s")
    key = page.ask("localStorage.key(0)")
    page.ask(f'localStorage.setItem({json.dumps(key)}, \'{{"starred": ["seed-3", "seed-5"], "rejected": []}}\')')
    press_on(page, 8, "s")
    assert json.loads(page.ask(f"localStorage.getItem({json.dumps(key)})"))["starred"] == ["seed-3", "seed-5", "seed-8"]
    assert show(page, "starred") == [3, 5, 8]
    page.ask(
        f'localStorage.setItem({json.dumps(key)}, \'{{"starred": ["seed-8"], "rejected": []}}\');'
        f"dispatchEvent(new StorageEvent('storage', {{key: {json.dumps(key)}}}))"
    )
    assert page.ask(SHOWN) == [8]


def test_arrows_go_along_rows_and_the_tab_key_past_the_grid(page: Browser) -> None:
    tops = page.ask("[...document.querySelectorAll('#grid li')].map(li => li.getBoundingClientRect().top)")
    columns = sum(top == tops[0] for top in tops)
    assert 1 < columns < 30
    page.ask("document.querySelector('#seed-0 a').focus()")
    for key, seed in (
        ("ArrowRight", 1),
        ("ArrowDown", 1 + columns),
        ("ArrowUp", 1),
        ("End", 29),
        ("ArrowRight", 29),
        ("ArrowLeft", 28),
        ("Home", 0),
    ):
        page.press(key)
        assert page.ask(ACTIVE) == f"seed-{seed}"
    page.press("ArrowRight")
    page.press("Tab")
    assert page.ask("document.activeElement.closest('#grid')") is None
    assert page.ask("[...document.querySelectorAll('#grid a')].filter(a => a.tabIndex === 0).length") == 1


def test_the_hand_stays_where_it_is_when_the_window_becomes_narrower(page: Browser) -> None:
    columns = "getComputedStyle(document.querySelector('#grid .grid')).gridTemplateColumns.split(' ').length"
    page.ask("document.querySelector('#seed-2 a').focus()")
    before = page.ask(columns)
    page.look(700, 900)
    page.until(f"{columns} < {before} && document.querySelector('#grid .grid').children.length === 4 * {columns}")
    assert page.ask("document.activeElement.closest('li')?.id") == "seed-2"


def test_what_keys_lead_to_is_not_behind_what_is_chosen(page: Browser) -> None:
    page.look(1280, 700)
    press_on(page, 2, "s")
    page.press("ArrowDown")
    page.press("ArrowDown")
    edges = page.ask(
        "[document.activeElement.getBoundingClientRect().bottom, document.querySelector('#tray').getBoundingClientRect().top]"
    )
    assert 0 < edges[0] <= edges[1]


def test_keys_are_told_of_where_there_are_some(gallery_page: Path, page: Browser) -> None:
    shown = "getComputedStyle(document.querySelector('.keys')).display"
    assert page.ask(shown) == "block"
    page.look(390, 844, touch=True)
    page.open(gallery_page)
    assert page.ask(shown) == "none"


def test_stars_and_rejections_stay_when_the_page_is_opened_again(gallery_page: Path, page: Browser) -> None:
    for seed, key in ((7, "s"), (2, "s"), (5, "s"), (9, "x"), (2, "x"), (5, "s")):
        press_on(page, seed, key)
    counts = "[...document.querySelectorAll('[data-count]')].map(output => output.textContent)"
    for _ in range(2):
        assert page.ask(counts) == ["30", "1", "28", "2"]
        assert show(page, "starred") == [7]
        assert show(page, "rejected") == [2, 9]
        assert show(page, "kept") == [seed for seed in range(30) if seed not in (2, 9)]
        assert page.ask("document.querySelector('#seed-7 img').alt").endswith(", starred")
        assert page.ask("document.querySelector('#count').textContent") == "★ 1 starred"
        page.open(gallery_page)


def test_what_does_not_belong_any_more_goes_and_the_hand_stays_in_its_place(page: Browser) -> None:
    show(page, "kept")
    press_on(page, 4, "x")
    assert 4 not in page.ask(SHOWN)
    assert page.ask(ACTIVE) == "seed-5"
    page.press("x")
    assert page.ask(ACTIVE) == "seed-6"
    page.press("Enter")
    page.press("x")
    page.press("Escape")
    page.until(f"{ACTIVE} === 'seed-7'")


def test_a_mouse_stars_on_the_tile_itself(page: Browser) -> None:
    page.mouse("mouseMoved", *page.middle_of("#seed-3"))
    page.until("document.querySelector('#seed-3 .pin')")
    page.click("#seed-3 .pin")
    assert page.ask("[document.querySelector('#seed-3').classList.contains('starred'), viewer.open]") == [True, False]


def test_pictures_are_narrowed_by_what_they_are_and_found_by_their_number(page: Browser) -> None:
    told = page.ask("JSON.parse(data.textContent).pictures.facets.class")
    assert page.ask("narrow.elements.class.options.length") == 4
    for number, option in enumerate(page.ask("[...narrow.elements.class.options].slice(1).map(o => o.text)")):
        page.ask(
            f"narrow.elements.class.value = '{number}';"
            "narrow.elements.class.dispatchEvent(new Event('input', {bubbles: true}))"
        )
        expected = [seed for seed, of in enumerate(told["of"]) if of == number]
        assert page.ask(SHOWN) == expected
        assert option == f"{told['words'][number]} ({len(expected)})"
    page.ask("narrow.reset(); narrow.elements.find.focus()")
    page.press("2")
    assert page.ask(SHOWN) == [2, *range(20, 30)]
    page.press("z")
    assert page.ask(SHOWN) == []
    assert page.ask("getComputedStyle(nothing).display") != "none"


def looks(facts: dict[int, Any]) -> NDArray[np.float64]:
    """(N, 96) int8 as numbers."""
    return np.array([np.frombuffer(base64.b64decode(facts[seed][1]), np.int8) for seed in range(30)], np.float64)


def test_pictures_are_sorted_by_colour_and_by_distance_to_training(page: Browser, facts: dict[int, Any]) -> None:
    places = [place_in_order(facts[seed][0]) for seed in sort_by(page, "colour")]
    assert places == sorted(places)
    near = sort_by(page, "near")
    assert [facts[seed][2] for seed in near] == sorted(fact[2] for fact in facts.values())
    assert sort_by(page, "far") == near[::-1]
    assert sort_by(page, "made") == list(range(30))


def test_similar_pictures_follow_each_other(page: Browser, facts: dict[int, Any]) -> None:
    vectors = looks(facts)

    def way(order: list[int]) -> float:
        return float(sum(np.linalg.norm(vectors[one] - vectors[other]) for one, other in pairwise(order)))

    order = sort_by(page, "similar")
    assert sorted(order) == list(range(30))
    assert way(order) < 0.75 * way(list(range(30)))


def test_the_pictures_most_like_one_come_first(page: Browser, facts: dict[int, Any]) -> None:
    vectors = looks(facts)
    page.click("#seed-11 a")
    page.click("#like")
    order = page.ask(SHOWN)
    assert order[0] == 11
    distances = np.linalg.norm(vectors[order] - vectors[11], axis=1)
    assert np.corrcoef(distances, np.arange(30))[0, 1] > 0.9  # the page knows them but roughly
    assert page.ask("narrow.elements.sort.selectedOptions[0].text") == "likeness to Seed 11"


def test_two_pictures_are_compared_side_by_side_and_in_one_place(page: Browser) -> None:
    press_on(page, 3, "c")
    assert page.ask("pair.textContent") == "1 to compare: take another"
    press_on(page, 8, "c")
    assert page.ask("document.querySelector('#compare').open")
    seen = "[...document.querySelectorAll('#compare figure')].map(f => [f.querySelector('img').currentSrc.slice(-16, -5), getComputedStyle(f).visibility])"
    page.ask("Promise.all([...document.querySelectorAll('#compare img')].map(i => i.decode()))")
    assert page.ask(seen) == [["seed-000003", "visible"], ["seed-000008", "visible"]]
    places = "[...document.querySelectorAll('#compare .frame')].map(f => f.getBoundingClientRect().x)"
    assert len(set(page.ask(places))) == 2
    page.click("#flip")
    assert len(set(page.ask(places))) == 1
    assert page.ask(seen) == [["seed-000003", "visible"], ["seed-000008", "hidden"]]
    page.press("f")
    assert page.ask(seen) == [["seed-000003", "hidden"], ["seed-000008", "visible"]]
    page.click("#turn")
    page.click("#flip")
    page.press("+")
    scales = "[...document.querySelectorAll('#compare img')].map(i => new DOMMatrix(getComputedStyle(i).transform).a)"
    assert page.ask(scales) == [1.5, 1.5]  # both are enlarged alike
    page.click("#side-b button")
    page.click("#compare .close")
    page.until("!compare.open && document.querySelectorAll('.taken').length === 0")
    assert page.ask("document.querySelector('#seed-8').classList.contains('starred')")


def saved(page: Browser, button: str, folder: Path, name: str) -> Path:
    """What a button saves."""
    page.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    page.click(button)
    file = folder / name
    end = time.monotonic() + 30
    while not file.is_file() and time.monotonic() < end:
        page.ask("new Promise(done => setTimeout(done, 20))")
    return file


def test_the_list_is_what_the_command_takes_in_the_order_of_choosing(page: Browser, tmp_path: Path) -> None:
    for seed in (17, 4, 9):
        press_on(page, seed, "s")
    page.click("#use")
    assert page.ask("[...document.querySelectorAll('#strip img')].map(i => i.src.slice(-11, -5))") == [
        "000017",
        "000004",
        "000009",
    ]
    selection = read_selection(saved(page, "#save-json", tmp_path, "img-src-x-onerror-alert-1--selection.json"))
    assert selection.seeds == [17, 4, 9]
    assert (selection.truncation, selection.checkpoint) == (0.7, "ab" * 32)
    assert all(picked.class_ for picked in selection.pictures)
    assert read_selection(saved(page, "#save-text", tmp_path, "img-src-x-onerror-alert-1--selection.txt")).seeds == [
        17,
        4,
        9,
    ]
    command = "document.querySelector('#command').textContent"
    assert page.ask(command) == "artgen render runs/run --selection img-src-x-onerror-alert-1--selection.json"
    page.ask("document.querySelector('[value=sheet]').click()")
    assert page.ask(command).endswith("img-src-x-onerror-alert-1--selection.json --output sheet --name sheet-of-chosen")
    page.ask("document.querySelector('[value=interpolation]').click()")
    assert re.search(r"--output interpolation --name \S+$", page.ask(command))
    page.click("#clear")
    page.until("!chosen.open && document.querySelectorAll('.starred').length === 0")


def test_a_key_that_is_held_counts_once(page: Browser) -> None:
    page.ask("document.querySelector('#seed-7 a').focus()")
    for repeated in (False, True, True, True):
        page.call("Input.dispatchKeyEvent", type="keyDown", key="s", text="s", autoRepeat=repeated)
    page.call("Input.dispatchKeyEvent", type="keyUp", key="s")
    assert page.ask("[...document.querySelectorAll('.starred')].map(item => item.id)") == ["seed-7"]


def test_what_other_pages_of_the_run_have_starred_is_not_unstarred_here(page: Browser) -> None:
    press_on(page, 7, "s")
    key = page.ask("Object.keys(localStorage)[0]")
    page.ask(
        f"localStorage.setItem({json.dumps(key)}, JSON.stringify({{starred: ['seed-7', 'seed-900'], rejected: []}}))"
    )
    page.click("#use")
    page.click("#clear")
    page.until("!chosen.open && document.querySelectorAll('.starred').length === 0")
    assert json.loads(page.ask(f"localStorage.getItem({json.dumps(key)})"))["starred"] == ["seed-900"]


def test_a_film_is_offered_from_two_pictures_on(page: Browser) -> None:
    film = "[document.querySelector('[value=interpolation]').disabled, document.querySelector('#kinds :checked').value]"
    for seed in (4, 9):
        press_on(page, seed, "s")
    page.click("#use")
    page.ask("document.querySelector('[value=interpolation]').click()")
    assert page.ask(film) == [False, "interpolation"]
    page.press("Escape")
    press_on(page, 9, "s")
    page.click("#use")
    assert page.ask(film) == [True, "images"]


def test_who_comes_back_to_the_page_finds_it_as_it_was_left(page: Browser) -> None:
    for seed in (17, 4, 9):
        press_on(page, seed, "s")
    show(page, "starred")
    left = sort_by(page, "similar")
    page.until("document.querySelectorAll('#grid li').length === 3")
    for step in ("location.href = document.querySelector('#seed-4 a').href", "history.back()"):
        page.events.clear()
        page.ask(step)
        while not page.said("Page.loadEventFired"):
            page.events.append(page._read())
    page.until("document.documentElement.classList.contains('ready')")
    page.until("document.querySelectorAll('#grid li').length === 3")
    assert page.ask("[narrow.elements.show.value, narrow.elements.sort.value]") == ["starred", "similar"]
    assert {int(seed) for seed in page.ask(SHOWN)} == set(left) == {4, 9, 17}
