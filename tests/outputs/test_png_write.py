"""PNG files of artgen's own are what every reader understands, before and after the pixels."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from artgen.data.srgb import srgb_profile
from artgen.outputs.containers import png_write
from artgen.outputs.containers.png_write import png_bytes
from tests.data.sample_pictures import PICTURES


def real(mode: str) -> np.ndarray:
    with Image.open(PICTURES / "astronaut.jpg") as image:
        picture = np.asarray(image.convert(mode).resize((61, 47)))
    return picture.reshape(47, 61, -1)


def chunks_of(data: bytes) -> list[tuple[bytes, int]]:
    """Kind and length of each."""
    found, at = [], 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        found.append((data[at + 4 : at + 8], length))
        at += 12 + length
    return found


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("values", [1 << 20, 500])
def test_every_pixel_is_read_back_whatever_is_worked_on_at_once(
    mode: str, values: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(png_write, "_BAND_VALUES", values)
    noise = np.random.default_rng(0).integers(0, 256, (47, 61, len(mode)), np.uint8)
    for picture in (real(mode), noise, np.zeros_like(noise), noise[:1, :1], noise[:1], noise[:, :1]):
        with Image.open(io.BytesIO(png_bytes(picture, []))) as image:
            image.load()
            assert image.mode == mode
            assert np.array_equal(np.asarray(image).reshape(picture.shape), picture)


def test_it_is_no_larger_than_pillows() -> None:
    picture = real("RGB")
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    assert len(png_bytes(picture, [])) <= 1.02 * len(file.getvalue())


def test_more_than_one_chunk_can_hold_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png_write, "_CHUNK_BYTES", 1000)
    picture = real("RGB")
    data = png_bytes(picture, [])
    kinds = [kind for kind, _ in chunks_of(data)]
    assert kinds == [b"IHDR", *[b"IDAT"] * (len(kinds) - 2), b"IEND"]
    assert max(length for _, length in chunks_of(data)) == 1000
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(np.asarray(image), picture)


def test_what_it_carries_stands_before_the_pixels() -> None:
    data = png_bytes(real("RGB"), [(b"tEXt", b"Software\0artgen")], icc=srgb_profile(), dpi=300)
    kinds = [kind for kind, _ in chunks_of(data)]
    assert kinds == [b"IHDR", b"iCCP", b"pHYs", b"tEXt", b"IDAT", b"IEND"]
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["icc_profile"] == srgb_profile()
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert image.text == {"Software": "artgen"}  # type: ignore[attr-defined]
