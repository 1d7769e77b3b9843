from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from artgen.outputs.gallery.colour import mean_oklab
from numpy.typing import NDArray

from artgen_halftone.inks import Ink, composed, encoded, inks_of, linear, separated
from artgen_halftone.output import plates_of
from artgen_halftone.screens import bayer, blue_noise, screen
from conftest import config, flat

EXACT = ("dot", "line", "cross", "ellipse", "bayer", "blue-noise", "floyd-steinberg")


def cover(grey: int, method: str, **options: object) -> float:
    asked = config(method=method, inks="black", **options)
    return float(plates_of(flat(grey, grey, grey), inks_of(asked), asked).mean())


@pytest.mark.parametrize("method", EXACT)
def test_ink_covers_what_the_tone_takes(method: str) -> None:
    for grey in range(0, 256, 32):
        wanted = 1 - float(linear(np.float32(grey / 255)))
        assert cover(grey, method) == pytest.approx(wanted, abs=0.02)
    assert cover(255, method) == 0


def test_atkinson_keeps_lights_and_shadows_clean_and_the_order_of_tones() -> None:
    covers = [cover(grey, "atkinson") for grey in range(0, 256, 32)]
    assert covers == sorted(covers, reverse=True)
    assert cover(250, "atkinson") == 0
    assert cover(188, "atkinson") == pytest.approx(0.5, abs=0.03)


def test_a_gain_of_the_press_is_taken_back() -> None:
    half = 188  # reflects half of the light
    assert cover(half, "bayer", gain=0.0) == pytest.approx(0.5, abs=0.02)
    lighter = cover(half, "blue-noise", gain=0.15)
    assert lighter + 4 * 0.15 * lighter * (1 - lighter) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("angle", [0.0, 15.0, 45.0, 75.0, 105.0])
def test_lines_lie_at_their_angle_and_distance(angle: float) -> None:
    lines = (screen("line", 512, 512, 10.0, angle) < 0.5).astype(float)
    found = np.abs(np.fft.rfft2(lines - lines.mean()))
    row, column = np.unravel_index(found.argmax(), found.shape)
    down, across = (row if row < 256 else row - 512), column
    # what repeats fastest is at a right angle to the lines; rows grow downward
    normal = math.degrees(math.atan2(-down, across))
    assert (normal - 90 - angle + 90) % 180 - 90 == pytest.approx(0, abs=1.5)
    assert 512 / math.hypot(down, across) == pytest.approx(10.0, abs=0.2)


def test_each_ink_of_cmyk_has_an_angle_of_its_own() -> None:
    assert [(ink.name, ink.angle) for ink in inks_of(config())] == [
        ("cyan", 15.0),
        ("magenta", 75.0),
        ("yellow", 0.0),
        ("black", 45.0),
    ]
    assert [ink.angle for ink in inks_of(config(angles=[7.5, 22.5]))] == [7.5, 22.5, 0.0, 45.0]


@pytest.mark.parametrize("method", ["dot", "blue-noise", "floyd-steinberg"])
@pytest.mark.parametrize("colour", [(200, 120, 90), (90, 140, 120), (230, 220, 140), (128, 128, 128)])
def test_inks_and_paper_together_are_as_light_as_the_picture(method: str, colour: tuple[int, int, int]) -> None:
    asked = config(method=method)
    looks = encoded(composed(plates_of(flat(*colour), inks_of(asked), asked), inks_of(asked), "white").mean((0, 1)))
    assert np.abs(looks * 255 - colour).max() < 14


OUT_OF_REACH = [(0, 0, 255), (75, 0, 130), (255, 0, 0), (128, 0, 128), (32, 64, 192), (0, 160, 0)]


def oklab(colour: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    opaque = np.append((colour * 255).round(), 255).astype(np.uint8)
    return np.array(mean_oklab(opaque.reshape(1, 1, 4)))


def mean_of(covers: NDArray[np.float32], inks: list[Ink]) -> NDArray[np.float32]:
    """What covers of (inks, ...) look like on white where dots overlap by chance, as sRGB of (..., 3)."""
    light = np.ones((*covers.shape[1:], 3), np.float32)
    for cover, ink in zip(covers, inks, strict=True):
        light *= 1 - cover[..., None] * (1 - np.array(ink.light, np.float32))
    return encoded(light)


@pytest.mark.parametrize("colour", OUT_OF_REACH)
def test_a_colour_that_no_inks_reach_is_printed_as_near_as_the_eye_can_tell(colour: tuple[int, int, int]) -> None:
    asked = config()
    inks = inks_of(asked)
    wanted = oklab(np.array(colour) / 255)
    found = oklab(mean_of(separated(flat(*colour, width=8, height=8), inks, asked)[:, 0, 0], inks))
    steps = np.linspace(0, 1, 11, dtype=np.float32)
    every = np.stack(np.meshgrid(steps, steps, steps, [0.0], indexing="ij")).reshape(4, -1).astype(np.float32)
    nearest = min(np.linalg.norm(oklab(one) - wanted) for one in mean_of(every, inks))
    assert np.linalg.norm(found - wanted) < nearest + 0.006


@pytest.mark.parametrize("colour", OUT_OF_REACH)
def test_a_colour_that_no_inks_reach_keeps_its_hue(colour: tuple[int, int, int]) -> None:
    asked = config()
    inks = inks_of(asked)
    _, *wanted = oklab(np.array(colour) / 255)
    _, *found = oklab(mean_of(separated(flat(*colour, width=8, height=8), inks, asked)[:, 0, 0], inks))
    turned = math.degrees(math.atan2(found[1], found[0]) - math.atan2(wanted[1], wanted[0]))
    assert abs((turned + 180) % 360 - 180) < 15


def test_black_is_printed_only_where_it_takes_no_colour_away() -> None:
    for colour in OUT_OF_REACH:
        with_black, without = (
            separated(flat(*colour, width=8, height=8), inks_of(asked), asked)[:, 0, 0]
            for asked in (config(black=1.0), config(black=0.0))
        )
        far = oklab(mean_of(with_black, inks_of(config()))) - oklab(mean_of(without, inks_of(config())))
        assert np.linalg.norm(far) < 0.02


def test_black_takes_the_place_of_grey() -> None:
    grey = flat(100, 100, 100, width=8, height=8)
    few, many = (separated(grey, inks_of(asked), asked)[:, 0, 0] for asked in (config(black=0.0), config(black=1.0)))
    assert few[3] == 0
    assert many[3] > 0.7
    assert many.sum() < 0.6 * few.sum()


def test_inks_of_ones_own_come_as_near_as_they_can() -> None:
    asked = config(inks=["#d1495b", "#00798c"], paper="#f6efe0")
    inks = inks_of(asked)
    red, blue = (separated(flat(*colour), inks, asked)[:, 0, 0] for colour in ((0xD1, 0x49, 0x5B), (0, 0x79, 0x8C)))
    assert red[0] > 0.9
    assert red[1] < 0.15
    assert blue[1] > 0.9
    assert blue[0] < 0.15
    assert separated(flat(0xF6, 0xEF, 0xE0), inks, asked).max() < 0.02


@pytest.mark.parametrize("method", EXACT)
@pytest.mark.parametrize("colour", [(128, 128, 128), (200, 120, 90), (37, 68, 65), (100, 100, 100)])
def test_every_method_prints_the_colour_that_its_inks_were_solved_for(
    method: str, colour: tuple[int, int, int]
) -> None:
    asked = config(method=method)
    inks, picture = inks_of(asked), flat(*colour)
    solved = mean_of(separated(picture, inks, asked).mean((1, 2), keepdims=True), inks)
    looks = encoded(composed(plates_of(picture, inks, asked), inks, "white").mean((0, 1)))
    assert np.abs(looks - solved).max() * 255 < 10


def test_dots_of_bayer_meet_as_if_by_chance() -> None:
    plates = [bayer(16, 16, plate) for plate in range(4)]
    for one, other in itertools.combinations(plates, 2):
        pairs = np.histogram2d(one.ravel(), other.ravel(), 16, ((0, 1), (0, 1)))[0]
        assert (pairs == 1).all()
    for plate in plates:  # and as even as ever: each square of 4×4 has each sixteenth
        squares = np.sort((plate * 16).astype(int).reshape(4, 4, 4, 4).transpose(0, 2, 1, 3).reshape(16, 16))
        assert (squares == np.arange(16)).all()
    six = [bayer(240, 13 * 240, plate) for plate in range(6)]
    for one, other in itertools.combinations(six, 2):
        assert ((one < 0.4) & (other < 0.4)).mean() == pytest.approx(0.16, abs=0.01)


def test_blue_noise_has_each_level_once_and_no_low_frequencies() -> None:
    square = blue_noise(64, 64, 0)
    assert len(np.unique(square)) == 64 * 64
    dots = (square < 0.2).astype(float)
    found = np.abs(np.fft.fft2(dots - dots.mean())) ** 2
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64)))
    low, high = found[(frequency > 0) & (frequency < 0.12)].mean(), found[frequency > 0.3].mean()
    assert low < 0.1 * high


def test_the_same_seed_is_the_same_plate() -> None:
    asked = config(method="floyd-steinberg")
    ramp = np.linspace(0, 255, 64, dtype=np.uint8)[None, :, None].repeat(64, 0).repeat(3, 2)
    first, again, other = (plates_of(ramp, inks_of(asked), asked, seed) for seed in (7, 7, 8))
    assert (first == again).all()
    assert (first != other).any()
