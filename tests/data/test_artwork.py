from __future__ import annotations

import hashlib
import itertools
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps

from artgen.data import decode
from artgen.data.artwork import Artwork, read_artwork, read_mask
from artgen.data.headers import check_style, picture_size
from artgen.data.srgb import srgb_profile
from artgen.errors import DataError
from tests.data.sample_pictures import PICTURES, distance, encoded
from tests.data.test_decode import GREYS_IN_SRGB, grey_files, swapped_profile, twelve_bit_file


def on_disk(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


def shown(artwork: Artwork) -> NDArray[np.float32]:
    """At its own size as (H, W, C) in levels of 255."""
    return (artwork.at(artwork.width, artwork.height)[0].permute(1, 2, 0).numpy() + 1) * 127.5


def sixteen_bit(*shape: int) -> NDArray[np.uint16]:
    """A smooth picture of which 8 bits would lose most levels."""
    return np.linspace(0, 65535, int(np.prod(shape)), dtype=np.uint16).reshape(shape)


def deep_file(path: Path, pixels: NDArray[np.uint16], **options: Any) -> Path:
    imagecodecs, tifffile = pytest.importorskip("imagecodecs"), pytest.importorskip("tifffile")
    if path.suffix == ".png":
        path.write_bytes(imagecodecs.png_encode(pixels))
    else:
        tifffile.imwrite(path, pixels, **{"photometric": "rgb" if pixels.ndim == 3 else "minisblack", **options})
    return path


@pytest.mark.parametrize("kind", ["png", "jpg", "webp", "tif", "avif", "bmp", "gif"])
def test_every_format_is_read_as_it_looks(tmp_path: Path, astronaut: Image.Image, kind: str) -> None:
    path = on_disk(tmp_path / f"my picture.{kind}", astronaut, **({"quality": 95} if kind in ("jpg", "avif") else {}))
    artwork = read_artwork(path)
    assert artwork.name == "my picture"
    assert artwork.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (artwork.width, artwork.height, artwork.note) == (*astronaut.size, "")
    assert distance(shown(artwork), astronaut) < (8 if kind == "gif" else 3)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("kind", "mode"), [("jpg", "RGB"), *itertools.product(("tif", "png", "webp"), ("RGB", "RGBA"))]
)
def test_pictures_stand_upright(tmp_path: Path, kind: str, orientation: int, mode: str) -> None:
    with Image.open(PICTURES / "coffee.jpg") as image:
        lying = image.convert(mode)
    if mode == "RGBA":
        lying.putalpha(lying.getchannel("R"))
    path = on_disk(
        tmp_path / f"lying.{kind}", lying, exif=_turned(orientation), **({} if kind == "tif" else {"quality": 95})
    )
    with path.open("rb") as content, Image.open(content) as file:  # by a path Pillow would turn some TIFFs twice
        upright = ImageOps.exif_transpose(file)
        assert picture_size(path) == upright.size
        got = shown(read_artwork(path))
        visible = np.asarray(upright.convert("RGBA"))[..., 3:] > 8
        difference = np.abs(got - np.asarray(upright)) * (visible if mode == "RGBA" else 1)
    assert difference.mean() < 2


@pytest.mark.parametrize("kind", ["png", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_deep_pictures_stand_upright(tmp_path: Path, kind: str, orientation: int) -> None:
    lying, turned = sixteen_bit(20, 30, 3), _turned(orientation)
    if kind == "tif":
        path = deep_file(tmp_path / "lying.tif", lying, extratags=[(274, 3, 1, orientation, True)])
    else:
        path = deep_file(tmp_path / "lying.png", lying)
        data, other = path.read_bytes(), encoded(Image.new("L", (1, 1)), "PNG", exif=turned).getvalue()
        first = other.index(b"eXIf") - 4
        chunk = other[first : first + 12 + int.from_bytes(other[first : first + 4], "big")]
        path.write_bytes(data[:33] + chunk + data[33:])
    with Image.open(encoded(Image.fromarray((lying[..., 0] // 257).astype(np.uint8)), "PNG", exif=turned)) as file:
        wanted = np.asarray(ImageOps.exif_transpose(file))
    got = read_artwork(path).pixels
    assert got.dtype == np.uint16
    assert np.array_equal(got[..., 0] // 257, wanted)
    assert picture_size(path) == got.shape[1::-1]


def _turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.png", {}),
        ("a.tif", {}),
        ("a.tif", {"compression": "lzw", "predictor": True}),
        ("a.tif", {"compression": "zlib"}),
        ("a.tif", {"tile": (16, 16)}),
        ("a.tif", {"byteorder": ">"}),
    ],
)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_are_read_at_full_depth(tmp_path: Path, name: str, options: dict[str, Any], channels: int) -> None:
    pixels = sixteen_bit(24, 40, channels) if channels > 1 else sixteen_bit(24, 40)
    if channels == 4 and name.endswith("tif"):
        options = {**options, "extrasamples": ["unassalpha"]}
    artwork = read_artwork(deep_file(tmp_path / name, pixels, **options))
    assert (artwork.pixels.dtype, artwork.note) == (np.uint16, "")
    assert np.array_equal(artwork.pixels, np.dstack([pixels] * 3) if channels == 1 else pixels)
    got = (artwork.at(40, 24)[0, 0].double() + 1) / 2 * 65535
    assert np.array_equal(got.round().numpy(), pixels if channels == 1 else pixels[..., 0])


def test_sixteen_bits_in_planes_are_read_at_full_depth(tmp_path: Path) -> None:
    pixels = sixteen_bit(24, 40, 3)
    path = deep_file(tmp_path / "a.tif", np.moveaxis(pixels, 2, 0), planarconfig="separate")
    assert np.array_equal(read_artwork(path).pixels, pixels)


def test_premultiplied_transparency_becomes_straight(tmp_path: Path) -> None:
    alpha = np.full((8, 8, 1), 32768, np.uint16)
    path = deep_file(tmp_path / "a.tif", np.dstack([np.full((8, 8, 3), 16384, np.uint16), alpha]), extrasamples=[1])
    pixels = read_artwork(path).pixels
    assert np.abs(pixels[..., :3].astype(int) - 32768).max() <= 1
    assert np.array_equal(pixels[..., 3:], alpha)


@pytest.mark.parametrize("kind", ["L.png", "tRNS.png", "LA.png", "LA.tif"])
def test_a_profile_of_greys_is_followed_with_transparency_as_without(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    path.write_bytes(grey_files()[kind].getvalue())
    wanted = np.tile(np.array(GREYS_IN_SRGB)[:, None], (3, 1, 3))
    assert np.abs(read_artwork(path).pixels.astype(int) - wanted).max() <= 1


def test_a_profile_is_followed_with_all_sixteen_bits(tmp_path: Path) -> None:
    pixels = sixteen_bit(64, 64, 3)
    swapped = deep_file(tmp_path / "swapped.tif", pixels[..., [1, 0, 2]], iccprofile=swapped_profile())
    got = read_artwork(swapped).pixels
    assert got.dtype == np.uint16
    assert np.abs(got.astype(int) - pixels).max() < 100  # of 65535: a fortieth part of what 8 bits could say
    assert len(np.unique(got[..., 0])) > 2000
    broken = deep_file(tmp_path / "broken.tif", pixels, iccprofile=b"no profile at all")
    assert np.array_equal(read_artwork(broken).pixels, pixels)


def test_without_the_extra_sixteen_bits_are_read_as_eight_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = sixteen_bit(24, 40, 4)
    path = deep_file(tmp_path / "a.png", pixels)
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    artwork = read_artwork(path)
    assert artwork.pixels.dtype == np.uint8
    assert np.abs(artwork.pixels.astype(int) - pixels // 257).max() <= 1
    assert "artgen-toolkit[deep]" in artwork.note


@pytest.mark.parametrize("deep", [True, False], ids=["with the extra", "without"])
def test_a_tiff_that_counts_from_white_is_no_negative(
    tmp_path: Path, deep: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = sixteen_bit(24, 40)
    path = deep_file(tmp_path / "a.tif", 65535 - pixels, photometric="miniswhite")
    if not deep:
        monkeypatch.setitem(sys.modules, "imagecodecs", None)
    artwork = read_artwork(path)
    assert artwork.pixels.dtype == (np.uint16 if deep else np.uint8)
    wanted = pixels if deep else np.rint(pixels / 257)
    assert np.array_equal(artwork.pixels, np.broadcast_to(wanted[..., None], (24, 40, 3)))


@pytest.mark.parametrize("deep", [True, False], ids=["with the extra", "without"])
def test_twelve_bits_go_from_black_to_white(tmp_path: Path, deep: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = (sixteen_bit(24, 40) // 16).astype(np.uint16)
    path = tmp_path / "a.tif"
    path.write_bytes(twelve_bit_file(levels).getvalue())
    if deep:
        pytest.importorskip("imagecodecs")
    else:
        monkeypatch.setitem(sys.modules, "imagecodecs", None)
    pixels = read_artwork(path).pixels
    most = 65535 if deep else 255
    assert pixels.dtype == (np.uint16 if deep else np.uint8)
    assert np.array_equal(pixels, np.broadcast_to(np.rint(levels / 4095 * most)[..., None], (24, 40, 3)))


def test_floating_point_is_read_as_eight_bits_and_that_is_said(tmp_path: Path, astronaut: Image.Image) -> None:
    grey = np.asarray(astronaut.convert("L"), np.float32) / 255
    artwork = read_artwork(on_disk(tmp_path / "a.tif", Image.fromarray(grey)))
    assert "8 bits" in artwork.note
    assert distance(shown(artwork)[..., 0], grey * 255) < 1


def test_alpha_that_hides_nothing_is_left_out(tmp_path: Path, astronaut: Image.Image, fox: Image.Image) -> None:
    assert read_artwork(on_disk(tmp_path / "a.png", astronaut.convert("RGBA"))).at(16, 16).shape == (1, 3, 16, 16)
    assert read_artwork(on_disk(tmp_path / "b.png", fox)).at(16, 16).shape == (1, 4, 16, 16)


def test_what_lies_under_transparency_leaves_no_fringe(tmp_path: Path) -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[..., 1] = 255  # green where nothing is seen
    pixels[16:48, 16:48] = (255, 0, 0, 255)
    artwork = read_artwork(on_disk(tmp_path / "a.png", Image.fromarray(pixels)))
    for side_px in (20, 90):
        small = artwork.at(side_px, side_px)
        visible = small[0, 3] > -0.98
        assert small[0, 0][visible].min() > 0.99
        assert small[0, 1][visible].max() < -0.99
        assert (small[0, 3] < 0.9).logical_and(visible).any()  # edges are soft


def test_scaling_is_antialiased(tmp_path: Path) -> None:
    stripes = np.zeros((96, 96, 3), np.uint8)
    stripes[:, ::2] = 255
    artwork = read_artwork(on_disk(tmp_path / "a.png", Image.fromarray(stripes)))
    assert artwork.at(24, 24)[:, :, :, 2:-2].abs().max() < 0.05


def test_scaling_agrees_with_pillow(tmp_path: Path, astronaut: Image.Image) -> None:
    artwork = read_artwork(on_disk(tmp_path / "a.png", astronaut))
    for size in ((40, 56), (300, 280)):
        channels = [channel.convert("F").resize(size, Image.Resampling.BICUBIC) for channel in astronaut.split()]
        wanted = np.stack([np.asarray(channel) for channel in channels]).clip(0, 255)
        assert np.abs(artwork.at(*size)[0].numpy() * 127.5 + 127.5 - wanted).max() < 0.01


@pytest.mark.parametrize(("kind", "dpi"), [("png", 300), ("jpg", 72), ("tif", 240)])
def test_the_resolution_of_the_file_is_known(tmp_path: Path, astronaut: Image.Image, kind: str, dpi: int) -> None:
    assert read_artwork(on_disk(tmp_path / f"a.{kind}", astronaut, dpi=(dpi, dpi))).dpi == pytest.approx(dpi, abs=0.01)
    assert read_artwork(on_disk(tmp_path / "b.png", astronaut)).dpi is None


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg"])
def test_files_that_give_no_picture_are_named(tmp_path: Path, astronaut: Image.Image, name: str) -> None:
    path = tmp_path / name
    for content in (b"", b"no picture at all", encoded(astronaut, "PNG").getvalue()[:2000]):
        path.write_bytes(content)
        with pytest.raises(DataError, match=re.escape(name)):
            read_artwork(path)
    with pytest.raises(DataError, match=re.escape(name)):
        read_artwork(tmp_path / "nowhere" / name)


def test_a_damaged_deep_picture_is_named(tmp_path: Path) -> None:
    for name in ("a.png", "a.tif"):
        path = deep_file(tmp_path / name, np.random.default_rng(7).integers(0, 65536, (64, 64, 3), np.uint16))
        path.write_bytes(path.read_bytes()[:9000])
        with pytest.raises(DataError, match=re.escape(name)):
            read_artwork(path)


def test_bombs_are_refused_by_their_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = on_disk(tmp_path / "bomb.png", Image.new("1", (4000, 3000)))
    monkeypatch.setattr(decode, "LARGEST_PX", 1_000_000)
    with pytest.raises(DataError, match=r"bomb\.png.*4000×3000"):
        read_artwork(path)


def test_pictures_too_small_for_a_style_are_refused(tmp_path: Path, astronaut: Image.Image) -> None:
    check_style(on_disk(tmp_path / "enough.png", astronaut.resize((32, 400))))
    with pytest.raises(DataError, match=r"tiny\.png: 20×300 px is too small for a style: .* 32 px or more"):
        check_style(on_disk(tmp_path / "tiny.png", astronaut.resize((20, 300))))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "1", "I;16"])
def test_masks_are_how_light_they_are_with_soft_edges(tmp_path: Path, mode: str) -> None:
    like = read_artwork(PICTURES / "fox.webp")
    size = (like.width, like.height)
    ramp = np.tile(np.linspace(0, 255, size[0]).round(), (size[1], 1))
    image = Image.fromarray(ramp.astype(np.uint8))
    if mode == "I;16":
        image = Image.fromarray((ramp * 257).astype(np.uint16))
    elif mode in ("RGBA", "LA"):
        white = Image.new(mode[:-1], size, "white")
        white.putalpha(image)
        image = white
    else:
        image = image.convert(mode)
    mask = read_mask(on_disk(tmp_path / "mask.png", image), like)
    assert mask.shape == (1, 1, size[1], size[0])
    assert (mask.min(), mask.max()) == (0, 1)
    if mode == "1":
        assert set(mask.unique().tolist()) == {0.0, 1.0}
    else:
        torch.testing.assert_close(mask[0, 0].double(), torch.from_numpy(ramp) / 255, atol=1e-6, rtol=0)


def test_a_mask_of_another_size_is_refused_with_both_sizes(tmp_path: Path) -> None:
    like = read_artwork(PICTURES / "astronaut.jpg")
    path = on_disk(tmp_path / "mask.png", Image.new("L", (40, 30)))
    with pytest.raises(DataError, match=rf"mask\.png.* 40×30 px, but astronaut has {like.width}×{like.height} px"):
        read_mask(path, like)


def test_a_mask_lies_on_the_picture_as_it_stands_upright(tmp_path: Path, astronaut: Image.Image) -> None:
    like = read_artwork(on_disk(tmp_path / "a.jpg", astronaut.resize((60, 40)), exif=_turned(6)))
    assert read_mask(on_disk(tmp_path / "mask.png", Image.new("L", (40, 60), 255)), like).min() == 1


def test_the_profile_of_srgb_is_the_same_at_all_times_and_changes_no_colour(astronaut: Image.Image) -> None:
    profile = srgb_profile()
    srgb_profile.cache_clear()
    assert srgb_profile() == profile
    assert profile[24:36] == bytes.fromhex("07d0 0001 0001 0000 0000 0000")
    with Image.open(encoded(astronaut, "PNG", icc_profile=profile)) as image:
        assert image.info["icc_profile"] == profile
