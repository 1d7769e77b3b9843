from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from artgen_halftone.lines import Stroke, Tone, strokes
from artgen_halftone.svg import drawn, svg_of
from artgen_halftone.travel import in_order, travelled
from conftest import config

METHODS = ("hatch", "spiral", "stipple", "circles")
SVG = "{http://www.w3.org/2000/svg}"


def tone(dark: NDArray[np.float32] | float = 0.4, width: float = 50.0, height: float = 30.0) -> Tone:
    covered = np.broadcast_to(np.asarray(dark, np.float32), (60, 100))
    return Tone(covered, width, height)


def lines(method: str, dark: Any = 0.4, **options: Any) -> list[Stroke]:
    return strokes(tone(dark), config(method=method, **options), 7)


@pytest.mark.parametrize("method", METHODS)
def test_everything_lies_on_the_page_in_millimetres(method: str) -> None:
    found = lines(method, np.linspace(0, 1, 100, dtype=np.float32)[None, :].repeat(60, 0))
    text = svg_of(in_order(found), tone(), pen=0.3, margin=5.0, ink="#102030", details={"Description": "A <test>"})
    page = ET.fromstring(text)
    assert (page.get("width"), page.get("height"), page.get("viewBox")) == ("60.00mm", "40.00mm", "0 0 60.00 40.00")
    assert page.findtext(f"{SVG}title") == "A <test>"
    drawn_things = 0
    for path in page.iter(f"{SVG}path"):
        numbers = np.array(re.findall(r"-?\d+\.\d+", path.get("d", "")), float).reshape(-1, 2)
        assert (numbers >= 5 - 0.01).all()
        assert (numbers <= [55.01, 35.01]).all()
        drawn_things += 1
    for circle in page.iter(f"{SVG}circle"):
        x, y, r = (float(circle.get(key, "nan")) for key in ("cx", "cy", "r"))
        assert x - r >= 5 - 0.02
        assert x + r <= 55.02
        assert y - r >= 5 - 0.02
        assert y + r <= 35.02
        drawn_things += 1
    assert drawn_things == len(found) > 0


@pytest.mark.parametrize("method", METHODS)
def test_darker_takes_more_ink_and_white_none(method: str) -> None:
    def inked(dark: float) -> float:
        found = lines(method, dark, spacing_mm=1.5, most=100_000)
        picture = drawn(found, tone(), pen=0.3, margin=0.0, ink="black", paper="white")
        return 1 - float(np.asarray(picture).mean()) / 255

    shares = [inked(dark) for dark in (0.0, 0.2, 0.4, 0.6)]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[3] > 1.5 * shares[1]


@pytest.mark.parametrize("method", ["circles", "stipple"])
def test_dots_cover_their_share(method: str) -> None:
    found = lines(method, 0.3, pen_mm=0.4, most=100_000)
    area = sum(math.pi * (stroke.radius or 0.2) ** 2 for stroke in found)
    assert area / (50 * 30) == pytest.approx(0.3, abs=0.03)


def test_stipples_are_where_it_is_dark_and_keep_apart() -> None:
    dark = np.where(np.arange(100) < 50, 0.5, 0.1).astype(np.float32)[None, :].repeat(60, 0)
    points = np.concatenate([stroke.points for stroke in lines("stipple", dark, pen_mm=0.6)])
    left = (points[:, 0] < 25).mean()
    assert left == pytest.approx(5 / 6, abs=0.04)
    nearest = np.sort(np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)), axis=1)[:, 1]
    chance = np.random.default_rng(0).uniform(0, 1, points.shape) * [25, 30]
    by_chance = np.sort(np.hypot(*(chance[:, None] - chance[None]).transpose(2, 0, 1)), axis=1)[:, 1]
    assert np.quantile(nearest, 0.05) > 2 * np.quantile(by_chance, 0.05)


def test_few_stipples_are_larger_and_cover_as_much() -> None:
    found = lines("stipple", 0.3, most=500)
    assert len(found) == 500
    assert sum(math.pi * stroke.radius**2 for stroke in found) / (50 * 30) == pytest.approx(0.3, abs=0.001)


def test_many_stipples_stand_in_no_rows_of_a_raster() -> None:
    found = np.concatenate([stroke.points for stroke in lines("stipple", 0.9, most=100_000)])
    assert len(found) > 19_000
    some = found[(np.abs(found - [25, 15]) < 4).all(axis=1)]
    nearest = np.sort(np.hypot(*(some[:, None] - some[None]).transpose(2, 0, 1)), axis=1)[:, 1]
    assert np.quantile(nearest, 0.01) > 0.55 * math.sqrt(50 * 30 / len(found))


def test_a_pen_travels_a_fraction_in_the_better_order() -> None:
    found = lines("hatch", np.random.default_rng(0).random((60, 100)).astype(np.float32))
    chance = np.random.default_rng(1)
    shuffled = [found[number] for number in chance.permutation(len(found))]
    ordered = in_order(shuffled)
    assert travelled(ordered) < 0.1 * travelled(shuffled)
    assert travelled(ordered) < travelled(found)

    def ends(some: list[Stroke]) -> list[list[float]]:
        return sorted(sorted([*map(tuple, stroke.points.tolist())]) for stroke in some)

    assert ends(ordered) == ends(found)


def test_a_spiral_is_one_line_where_nothing_is_white() -> None:
    round_page = Tone(np.full((50, 50), 0.5, np.float32), 40.0, 40.0)
    found = strokes(round_page, config(method="spiral"), 0)
    longest = max(len(stroke.points) for stroke in found)
    assert longest > 0.7 * sum(len(stroke.points) for stroke in found)
