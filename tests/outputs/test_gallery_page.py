"""The page of a run in a real browser: it keeps to itself, everybody can use it, and nothing of it needs a script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

from tests.outputs.axe import violations
from tests.outputs.browser import Browser

DESK, PHONE = (1280, 900), (390, 844)
TABS = ("pictures", "time", "films", "report")
SEEN = "getComputedStyle(document.querySelector('{}')).display !== 'none'"


@pytest.fixture(autouse=True)
def _forgets(browser: Browser) -> Iterator[None]:
    """What one test chose, the next has not."""
    yield
    browser.ask("localStorage.clear()")


@pytest.mark.parametrize(("size", "dark"), [(DESK, False), (PHONE, True)])
def test_the_page_is_quiet_stays_at_home_and_nothing_of_it_moves(
    gallery_page: Path, browser: Browser, size: tuple[int, int], dark: bool
) -> None:
    browser.look(*size, dark=dark)
    for tab in reversed(TABS):
        browser.open(gallery_page, f"#{tab}")
        assert browser.shifts() == 0
        assert browser.ask("document.documentElement.scrollWidth") == size[0]  # nothing sticks out
    waiting = "Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode().then(() => true, () => i.closest('dialog') !== null) }))"
    assert all(browser.ask(waiting))
    assert browser.ask("getComputedStyle(document.body).maxWidth") != "none"  # the style was let through
    assert browser.shifts() == 0  # nor did anything give way to a picture
    assert browser.said("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled") == []
    asked = {urlparse(event["request"]["url"]) for event in browser.said("Network.requestWillBeSent")}
    files = [Path(unquote(url.path)) for url in asked if url.scheme == "file"]
    assert len(files) > 30
    assert all(file.is_relative_to(gallery_page.parent) for file in files)
    assert {url.scheme for url in asked} <= {"file", "data", "blob"}


def test_a_page_that_moves_would_be_noticed(gallery_page: Path, browser: Browser) -> None:
    browser.look(*DESK)
    browser.open(gallery_page)
    browser.ask("document.body.prepend(Object.assign(document.createElement('p'), {textContent: 'late'}))")
    assert browser.shifts() > 0


def test_ill_meant_names_are_words_on_the_page(gallery_page: Path, browser: Browser) -> None:
    browser.look(*DESK)
    browser.open(gallery_page, "#seed-3")
    assert browser.ask("document.querySelector('h1').textContent") == "</title><script>alert(1)</script>"
    assert browser.ask("document.querySelectorAll('script').length") == 2  # ours, and the data
    assert browser.ask("document.querySelectorAll('main b, dialog b, [onerror]').length") == 0
    classes = browser.ask("[...document.querySelector('[name=class]').options].map(o => o.text.replace(/ \\(.*/, ''))")
    assert sorted(classes[1:]) == ["</script><script>alert(1)</script>", "<b>cats</b>", "very long named whippets"]
    assert browser.ask("document.querySelector('#own dd').textContent") in classes
    assert browser.said("Page.javascriptDialogOpening", "Log.entryAdded") == []


OPENED = {
    "pictures": "true",
    "time": "document.querySelector('[data-tab=time]').click()",
    "films": "document.querySelector('[data-tab=films]').click()",
    "report": "document.querySelector('[data-tab=report]').click(); document.querySelector('details').open = true",
    "viewer": "document.querySelector('[data-tab=pictures]').click(); document.querySelector('#seed-2 a').click()",
    "compare": "document.querySelector('#take').click(); document.querySelector('#next').click();"
    "document.querySelector('#take').click()",
    "chosen": "document.querySelector('#side-a button').click(); document.querySelector('#compare .close').click();"
    "document.querySelector('#use').click()",
    "rejected": "document.querySelector('#chosen .close').click(); document.querySelector('#seed-5 a').click();"
    "document.querySelector('#reject').click(); document.querySelector('#viewer .close').click()",
}
"""How the page comes from one state to the next."""


@pytest.mark.parametrize(("size", "dark"), [(DESK, False), (PHONE, True)])
def test_axe_finds_nothing_wrong_in_any_state_of_the_page(
    gallery_page: Path, browser: Browser, size: tuple[int, int], dark: bool
) -> None:
    browser.look(*size, dark=dark)
    browser.open(gallery_page)
    for state, change in OPENED.items():
        browser.ask(f"{change}; undefined")
        assert violations(browser) == [], state
    assert browser.ask("document.querySelector('#seed-5').classList.contains('rejected')")  # all states were there


def test_tabs_are_links_that_can_be_sent(gallery_page: Path, browser: Browser) -> None:
    browser.look(*DESK)
    shown = "[...document.querySelectorAll('.tab')].filter(t => getComputedStyle(t).display !== 'none').map(t => t.id)"
    for tab in TABS:
        browser.open(gallery_page, f"#{tab}")
        assert browser.ask(shown) == [tab]
        assert browser.ask("document.querySelector('[aria-current]').dataset.tab") == tab
    browser.click("[data-tab=films]")
    assert browser.ask(shown) == ["films"]
    assert browser.ask("location.hash") == "#films"


def test_the_slider_goes_back_in_time_by_keyboard(gallery_page: Path, browser: Browser) -> None:
    browser.look(*DESK)
    browser.open(gallery_page, "#time")
    told = "[moment.getAttribute('src'), moment.alt, document.querySelector('#when').textContent]"
    browser.ask("slider.focus()")
    browser.press("ArrowLeft")
    source, alt, when = browser.ask(told)
    assert source.endswith("00000005.webp")
    assert alt == "The same seeds, after 160 training pictures"
    assert when == "after 160 training pictures"
    browser.press("End")
    assert browser.ask(told)[0].endswith("00000010.webp")


def test_films_stand_still_for_those_who_want_no_motion_and_can_be_stopped_by_all(
    gallery_page: Path, browser: Browser
) -> None:
    browser.look(*DESK, still=True)
    browser.open(gallery_page, "#films")
    shown = "document.querySelector('#films picture img').currentSrc"
    assert browser.ask("document.querySelector('video').paused")
    assert browser.ask(shown).endswith("poster.webp")
    browser.look(*DESK)
    browser.open(gallery_page, "#films")
    assert browser.ask("play.textContent") == "Pause"
    browser.click("#play")
    browser.until("document.querySelector('video').paused && play.textContent === 'Play'")
    assert browser.ask(shown).endswith("film.webp")
    browser.click(".still")
    browser.until(f"{shown}.endsWith('poster.webp')")
    posters = "[...document.querySelectorAll('video')].map(v => v.poster.endsWith('/poster.webp'))"
    assert browser.ask(posters) == [True, True]


def test_without_javascript_everything_is_a_plain_link(gallery_page: Path, browser: Browser) -> None:
    browser.look(*DESK, script=False)
    browser.open(gallery_page)
    tree = browser.call("DOM.getDocument", depth=-1)
    root = tree["root"]["nodeId"]

    def found(selector: str) -> list[int]:
        return browser.call("DOM.querySelectorAll", nodeId=root, selector=selector)["nodeIds"]

    browser.call("DOM.enable")
    browser.call("CSS.enable")
    for selector, count in ((".grid a[href$='.png']", 30), (".moments a", 2), ("video[controls]", 2), (".tab", 4)):
        nodes = found(selector)
        assert len(nodes) == count
        for node in nodes:
            assert browser.call("DOM.getBoxModel", nodeId=node)["model"]["height"] > 0
    scripted = [
        {
            entry["name"]: entry["value"]
            for entry in browser.call("CSS.getComputedStyleForNode", nodeId=node)["computedStyle"]
        }
        for node in found(".scripted, .tray, dialog")
    ]
    assert len(scripted) > 5
    assert all(style["display"] == "none" for style in scripted)


def test_on_paper_all_parts_follow_one_another_without_what_can_be_pressed(
    gallery_page: Path, browser: Browser
) -> None:
    browser.look(*DESK)
    browser.open(gallery_page)
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert [browser.ask(SEEN.format(f"#{tab}")) for tab in ("pictures", "time", "report")] == [True] * 3
    assert [browser.ask(SEEN.format(one)) for one in (".narrow", ".tabs", "#play", ".tray")] == [False] * 4
    browser.call("Emulation.setEmulatedMedia", media="")
