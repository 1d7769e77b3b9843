"""A quick look at a folder, which `artgen init` and ``preset:auto`` go by."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from artgen.data.look import look


@pytest.mark.parametrize("name", ["turned.jpg", "turned.tif"])
def test_a_picture_that_lies_on_its_side_counts_as_it_stands(tmp_path: Path, astronaut: Image.Image, name: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    astronaut.resize((48, 32)).save(tmp_path / name, exif=exif)
    assert look(tmp_path).sizes == [(32, 48)]


def test_an_orientation_that_exif_does_not_know_says_nothing(tmp_path: Path, astronaut: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x0112] = 9
    astronaut.resize((48, 32)).save(tmp_path / "odd.jpg", exif=exif)
    assert look(tmp_path).sizes == [(48, 32)]


def test_what_is_no_picture_is_passed_over(tmp_path: Path, astronaut: Image.Image, fox: Image.Image) -> None:
    astronaut.convert("L").save(tmp_path / "grey.png")
    fox.save(tmp_path / "fox.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    seen = look(tmp_path)
    assert (seen.count, len(seen.sizes), seen.alpha, seen.gray) == (2, 2, 0.5, 0.5), "a batch is of what can be read"


def test_a_large_scan_is_a_picture(tmp_path: Path) -> None:
    Image.MAX_IMAGE_PIXELS = 100
    Image.new("1", (64, 48)).save(tmp_path / "scan.png")
    assert look(tmp_path).sizes == [(64, 48)]
