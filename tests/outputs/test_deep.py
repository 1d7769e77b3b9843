from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from artgen.data.artwork import read_artwork
from artgen.data.srgb import srgb_profile
from artgen.errors import ArtgenError
from artgen.outputs.metadata import file_details
from artgen.outputs.stills.deep import save_deep

DETAILS = file_details("full", {"seed": 7, "shape": [40, 24]}, 'Fuchs & "Eule", gemalt wie Vögel')


def painted(channels: int) -> NDArray[np.uint16]:
    return np.random.default_rng(7).integers(0, 65536, (24, 40, channels), dtype=np.uint16)


def by_ffmpeg(path: Path, channels: int) -> NDArray[np.uint16]:
    """The pixels as a program reads them that shares no code with what wrote them."""
    kind = {3: "rgb48le", 4: "rgba64le"}[channels]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", kind, "-"]
    data = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return np.frombuffer(data, "<u2").reshape(24, 40, channels)


@pytest.fixture(autouse=True)
def extra() -> None:
    pytest.importorskip("imagecodecs")
    pytest.importorskip("tifffile")


@pytest.mark.parametrize("ending", ["png", "tif"])
@pytest.mark.parametrize("channels", [3, 4])
def test_all_sixteen_bits_are_there_when_others_read_them(tmp_path: Path, ending: str, channels: int) -> None:
    path = tmp_path / f"a.{ending}"
    save_deep(painted(channels), path, DETAILS, dpi=300)
    assert np.array_equal(by_ffmpeg(path, channels), painted(channels))
    artwork = read_artwork(path)
    assert np.array_equal(artwork.pixels, painted(channels))
    assert artwork.dpi == 300


@pytest.mark.parametrize("channels", [3, 4])
def test_a_png_carries_its_profile_its_size_in_print_and_how_it_was_made(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "a.png"
    save_deep(painted(channels), path, DETAILS, dpi=240)
    with Image.open(path) as image:
        image.load()  # checks the sums of all chunks
        assert image.text.items() >= {key: DETAILS[key] for key in ("Software", "Description", "artgen")}.items()  # type: ignore[attr-defined]
        assert image.info["icc_profile"] == srgb_profile()
        assert image.info["dpi"][0] == pytest.approx(240, abs=0.01)
    data = path.read_bytes()
    assert data.index(b"artgen") < data.index(b"IDAT")


@pytest.mark.parametrize("channels", [3, 4])
def test_a_tiff_carries_its_profile_its_size_in_print_and_how_it_was_made(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "a.tif"
    save_deep(painted(channels), path, DETAILS, dpi=240)
    with Image.open(path) as image:
        assert image.mode == {3: "RGB", 4: "RGBA"}[channels]
        assert image.info["icc_profile"] == srgb_profile()
        assert image.info["dpi"] == (240, 240)
        assert image.tag_v2[305] == DETAILS["Software"]  # type: ignore[attr-defined]
        told = ET.fromstring(image.info["xmp"])[0][0]  # noqa: S314 - written a moment ago
    assert told.attrib["{urn:artgen}artgen"] == DETAILS["artgen"]
    assert told.attrib["{http://ns.adobe.com/xap/1.0/}CreatorTool"] == DETAILS["Software"]
    assert "".join(told.itertext()) == DETAILS["Description"]


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_nothing_is_told_where_nothing_shall_be_told(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    save_deep(painted(3), path, {})
    data = path.read_bytes()
    for word in (b"artgen", b"Software", b"tifffile", b"shape"):
        assert word not in data
    assert read_artwork(path).dpi is None


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_the_same_picture_is_the_same_file(tmp_path: Path, ending: str) -> None:
    for name in ("a", "b"):
        save_deep(painted(4), tmp_path / f"{name}.{ending}", DETAILS, dpi=300)
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


def test_without_the_extra_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tifffile", None)
    with pytest.raises(ArtgenError, match=r"pip install 'artgen-toolkit\[deep\]'"):
        save_deep(painted(3), tmp_path / "a.png", DETAILS)
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtgenError, match="cannot be written"):
        save_deep(painted(3), tmp_path / "nowhere" / "a.tif", DETAILS)
