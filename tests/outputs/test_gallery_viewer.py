"""The larger view of a picture in a real browser: by keyboard, mouse and finger, with how the picture was made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import tomli

from tests.outputs.browser import Browser

OPEN = "document.querySelector('#viewer').open"
NAME = f"{OPEN} && document.querySelector('#viewer-name').textContent"
SCALE = "Number(document.querySelector('#frame').style.getPropertyValue('--scale'))"
PLACE = "['--x', '--y'].map(name => parseFloat(document.querySelector('#frame').style.getPropertyValue(name)))"


@pytest.fixture
def page(gallery_page: Path, browser: Browser) -> Iterator[Browser]:
    """The page on a desk, open."""
    browser.look(1280, 900)
    browser.open(gallery_page)
    yield browser
    browser.ask("localStorage.clear()")


def test_it_opens_and_steps_by_keyboard_and_the_focus_comes_back(page: Browser) -> None:
    assert page.ask(NAME) is False
    page.ask("document.querySelector('#seed-2 a').focus()")
    keys = (("Enter", 2), ("ArrowRight", 3), ("End", 29), ("ArrowRight", 0), ("ArrowLeft", 29), ("Home", 0))
    for key, seed in keys:
        page.press(key)
        assert page.ask(NAME) == f"Seed {seed}"
        assert key == "Enter" or page.ask("document.querySelector('#viewer .told').textContent") == f"Seed {seed}"
    assert page.ask("document.querySelector('#viewed').alt").startswith("Generated picture, seed 0")
    assert page.ask("location.hash") == "#seed-0"
    page.press("Escape")
    page.until(f"!{OPEN} && document.activeElement.closest('li')?.id === 'seed-0'")
    assert page.ask("location.hash") == ""


def test_every_button_of_it_works(page: Browser) -> None:
    page.click("#seed-2 a")
    page.click("#next")
    assert page.ask(NAME) == "Seed 3"
    page.click("#previous")
    assert page.ask(NAME) == "Seed 2"
    assert page.ask("document.querySelector('#position').textContent") == "3 of 30"
    page.click("#in")
    assert page.ask(SCALE) > 1
    page.click("#out")
    assert page.ask(SCALE) == pytest.approx(1)
    page.click("#in")
    page.click("#whole")
    assert page.ask(SCALE) == 1
    assert page.ask("document.querySelector('#full').href").endswith("seed-000002.png")
    for button in ("#star", "#reject", "#take"):
        page.click(button)
        assert page.ask(f"document.querySelector('{button}').ariaPressed") == "true"
    assert page.ask("document.querySelector('#star').ariaPressed") == "false"  # rejected since
    page.click("#viewer .close")
    page.until(f"!{OPEN}")


def test_beside_it_stands_how_it_was_made(page: Browser) -> None:
    page.ask("location.hash = '#seed-7'")
    page.until(OPEN)
    told = dict(
        page.ask(
            "[...document.querySelectorAll('#viewer dl div')].map(d => [...d.children].map(part => part.textContent))"
        )
    )
    assert told["Size"] == "16 × 16"
    assert told["Truncation ψ"] == "0.7"
    assert told["Checkpoint"] == "step 10, 320 training pictures"
    assert told["sha256"] == "abababababab…"
    assert told["Losses and weights"] == "adversarial × 2"
    assert told["Painted on"][:2] == "20"
    assert float(told["To the nearest training picture"].split()[0]) > 0
    assert told["Class"] in ("<b>cats</b>", "</script><script>alert(1)</script>", "very long named whippets")


def test_what_makes_it_again_can_be_copied(page: Browser) -> None:
    page.call("Emulation.setFocusEmulationEnabled", enabled=True)
    page.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])

    def copied(button: str) -> str:
        page.click(button)
        page.until(f"document.querySelector('{button}').textContent === 'Copied'")
        return str(page.ask("navigator.clipboard.readText()"))

    page.click("#seed-12 a")
    assert copied("#copy-seed") == "12"
    (output,) = tomli.loads(copied("#copy-toml"))["outputs"]
    assert output == {"type": "images", "seeds": "12", "truncation": 0.7}
    assert copied("#copy-command") == "artgen render runs/run --truncation 0.7 --seeds 12"
    assert page.ask("document.querySelector('#viewer .told').textContent") == "Copied"  # and read out


def test_keys_and_the_wheel_make_it_larger_and_dragging_moves_it(page: Browser) -> None:
    page.click("#seed-2 a")
    for key in ("+", "+"):
        page.press(key)
    assert page.ask(SCALE) == pytest.approx(2.25)
    page.press("-")
    assert page.ask(SCALE) == pytest.approx(1.5)
    page.press("0")
    assert page.ask(SCALE) == 1
    x, y = page.middle_of("#frame")
    page.mouse("mouseWheel", x + 90, y, deltaX=0, deltaY=-400)
    page.until(f"{SCALE} > 1.5")
    assert page.ask(PLACE)[0] < 0  # what is under the pointer stays there
    before = page.ask(PLACE)
    page.mouse("mousePressed", x, y)
    page.mouse("mouseMoved", x + 40, y + 30, buttons=1)
    page.mouse("mouseReleased", x + 40, y + 30)
    page.until(f"{PLACE}[1] > {before[1]}")
    for _ in range(2):  # twice on it: whole again
        page.mouse("mousePressed", x, y)
        page.mouse("mouseReleased", x, y)
    page.until(f"{SCALE} === 1")


def test_fingers_swipe_to_the_next_and_pinch_it_larger(gallery_page: Path, browser: Browser) -> None:
    browser.look(390, 844, touch=True)
    browser.open(gallery_page, "#seed-4")
    x, y = browser.middle_of("#frame")
    browser.touch("touchStart", (x + 80, y))
    for at in (40, 0, -40):
        browser.touch("touchMove", (x + at, y))
    browser.touch("touchEnd")
    browser.until(f"({NAME}) === 'Seed 5'")
    browser.touch("touchStart", (x - 30, y), (x + 30, y))
    for at in (50, 80):
        browser.touch("touchMove", (x - at, y), (x + at, y))
    browser.touch("touchEnd")
    browser.until(f"{SCALE} > 1.5")
    assert browser.ask(NAME) == "Seed 5"


def test_a_link_to_a_picture_opens_it_and_one_to_none_is_left_alone(gallery_page: Path, browser: Browser) -> None:
    browser.look(1280, 900)
    browser.open(gallery_page, "#seed-29")
    assert browser.ask(NAME) == "Seed 29"
    for nothing in ("#seed-99", "#100%"):
        browser.open(gallery_page, nothing)
        assert browser.ask(NAME) is False
        assert browser.ask("getComputedStyle(document.querySelector('#narrow')).visibility") == "visible"
        assert browser.said("Runtime.exceptionThrown") == []


def test_a_small_picture_is_shown_large_and_undistorted(page: Browser) -> None:
    page.click("#seed-2 a")
    page.ask("document.querySelector('#viewed').decode()")
    seen = page.ask("(b => [b.width, b.height])(document.querySelector('#viewed').getBoundingClientRect())")
    assert min(seen) > 500
    assert page.ask("getComputedStyle(document.querySelector('#viewed')).objectFit") == "contain"
    assert page.ask("document.querySelector('#viewed').currentSrc").endswith("/views/seed-000002.webp")
