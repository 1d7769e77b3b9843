from __future__ import annotations

import contextlib
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from artgen.data.decode import LARGEST_PX, PictureError, Recipe, crop_box, decode, load, open_picture
from tests.data.sample_pictures import PICTURES, config, decoded, distance, encoded


def plain(image: Image.Image, size: tuple[int, int] = (32, 32)) -> Image.Image:
    return ImageOps.fit(image, size, Image.Resampling.LANCZOS)


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("PNG", {}, 0.5),
        ("BMP", {}, 0.5),
        ("TIFF", {}, 0.5),
        ("TIFF", {"compression": "tiff_lzw"}, 0.5),
        ("WEBP", {"lossless": True}, 0.5),
        ("WEBP", {"quality": 90}, 3),
        ("JPEG", {"quality": 95}, 2),
        ("JPEG", {"quality": 95, "progressive": True}, 2),
        ("AVIF", {"quality": 90}, 4),
        ("GIF", {}, 8),
    ],
)
def test_every_format_gives_the_same_picture(
    astronaut: Image.Image, kind: str, options: dict[str, Any], tolerance: float
) -> None:
    assert distance(decoded(encoded(astronaut, kind, **options)), plain(astronaut)) < tolerance


@pytest.mark.parametrize("mode", ["CMYK", "L", "1", "P", "LA", "RGBA", "PA", "YCbCr", "I;16", "F", "LAB"])
def test_every_mode_is_shown_as_it_looks(astronaut: Image.Image, mode: str) -> None:
    kind = "PNG" if mode in {"1", "P", "LA", "RGBA", "I;16"} else "TIFF"
    grey = mode in {"L", "LA", "1", "I;16", "F"}
    if mode == "I;16":
        image = Image.fromarray(np.asarray(astronaut.convert("L"), np.uint16) * 257)
    elif mode == "F":
        image = Image.fromarray(np.asarray(astronaut.convert("L"), np.float32) / 255)
    elif mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(astronaut, ImageCms.createProfile("sRGB"), lab, outputMode="LAB")
    elif mode == "PA":
        kind, image = "PNG", astronaut.convert("P")
        image.info["transparency"] = b"\xff" * 256
    else:
        image = astronaut.convert(mode)
    wanted = plain(astronaut.convert("L").convert("RGB") if grey else astronaut)
    assert distance(decoded(encoded(image, kind)), wanted) < (12 if mode in {"1", "P", "PA"} else 3)


def test_whole_numbers_of_32_bits_may_be_those_of_8_and_what_is_no_number_is_damaged(astronaut: Image.Image) -> None:
    grey = np.asarray(astronaut.convert("L"))
    wanted = plain(astronaut.convert("L").convert("RGB"))
    assert distance(decoded(encoded(Image.fromarray(grey.astype(np.int32)), "TIFF")), wanted) < 3
    assert distance(decoded(encoded(Image.fromarray(grey.astype(np.int32) * 257), "TIFF")), wanted) < 3
    for hole in (np.nan, np.inf):
        broken = grey.astype(np.float32) / 255
        broken[40, 50] = hole
        with pytest.raises(PictureError, match="no numbers"):
            decoded(encoded(Image.fromarray(broken), "TIFF"))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG", "WEBP", "AVIF"])
def test_pictures_are_turned_as_their_exif_says(kind: str, orientation: int) -> None:
    with Image.open(PICTURES / "coffee.jpg") as image:
        exif = image.getexif()
        exif[0x0112] = orientation
        file = encoded(image.convert("RGB"), kind, exif=exif, quality=95)
    with Image.open(file) as lying:
        upright = ImageOps.exif_transpose(lying).convert("RGB")
    file.seek(0)
    assert distance(decoded(file, size=[48, 32]), plain(upright, (48, 32))) < 2


def test_the_colour_profile_is_followed(astronaut: Image.Image) -> None:
    lab = ImageCms.createProfile("LAB", 5000)
    as_lab = ImageCms.profileToProfile(astronaut, ImageCms.createProfile("sRGB"), lab, outputMode="LAB")
    restored = decoded(encoded(as_lab, "TIFF"))
    assert distance(restored, plain(astronaut)) < 3


def swapped_profile() -> bytes:
    """An sRGB profile whose red and green primaries have changed places."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for place in range(132, 132 + 12 * struct.unpack(">I", profile[128:132])[0], 12):
        name = bytes(profile[place : place + 4])
        profile[place : place + 4] = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}.get(name, name)
    return bytes(profile)


def test_a_profile_moves_colours_to_where_they_belong(astronaut: Image.Image, fox: Image.Image) -> None:
    red, green, blue = astronaut.split()
    wrong = Image.merge("RGB", (green, red, blue))
    assert distance(decoded(encoded(wrong, "PNG", icc_profile=swapped_profile())), plain(astronaut)) < 2
    assert distance(decoded(encoded(wrong, "PNG")), plain(astronaut)) > 5
    red, green, blue, alpha = fox.split()
    wrong = Image.merge("RGBA", (green, red, blue, alpha))
    right = decoded(encoded(fox, "PNG"), colors="rgba")
    assert distance(decoded(encoded(wrong, "PNG", icc_profile=swapped_profile()), colors="rgba"), right) < 2


def grey_profile() -> bytes:
    """A profile of greys whose light goes with the number to the power of 1.8."""
    white = b"XYZ " + struct.pack(">4x3i", 0xF6D6, 0x10000, 0xD32D)
    curve = b"curv" + struct.pack(">4xIH2x", 1, round(1.8 * 256))
    tags = struct.pack(">I4s2I4s2I", 2, b"wtpt", 156, len(white), b"kTRC", 156 + len(white), len(curve))
    header = struct.pack(">I4xI4s4s4s12s", 156 + len(white) + len(curve), 0x02100000, b"mntr", b"GRAY", b"XYZ ", b"")
    header += b"acsp" + bytes(28) + white[8:]
    return header.ljust(128, b"\0") + tags + white + curve


GREYS = Image.fromarray(np.tile(np.uint8([64, 129, 194]), (3, 1)))
GREYS_IN_SRGB = [81, 147, 205]
"""What those are by `grey_profile`."""


def grey_files() -> dict[str, io.BytesIO]:
    """Greys with a profile, opaque and in all ways of being transparent."""
    profile = {"icc_profile": grey_profile()}
    with_alpha = GREYS.copy()
    with_alpha.putalpha(255)
    return {
        "L.png": encoded(GREYS, "PNG", **profile),
        "tRNS.png": encoded(GREYS, "PNG", transparency=7, **profile),
        "LA.png": encoded(with_alpha, "PNG", **profile),
        "LA.tif": encoded(with_alpha, "TIFF", **profile),
    }


@pytest.mark.parametrize("kind", ["L.png", "tRNS.png", "LA.png", "LA.tif"])
def test_a_profile_of_greys_is_followed_with_transparency_as_without(kind: str) -> None:
    wanted = np.tile(np.array(GREYS_IN_SRGB)[:, None], (3, 1, 3))
    got = np.frombuffer(decode(grey_files()[kind], Recipe(3, 3, "stretch", "rgb", (0, 0, 0))), np.uint8)
    assert np.abs(got.reshape(3, 3, 3).astype(int) - wanted).max() <= 1


@pytest.mark.parametrize("profile", [b"no profile at all", swapped_profile()[:300]])
def test_a_broken_profile_is_ignored(astronaut: Image.Image, profile: bytes) -> None:
    assert distance(decoded(encoded(astronaut, "PNG", icc_profile=profile)), plain(astronaut)) < 0.5


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_profile_of_another_kind_of_picture_is_ignored(astronaut: Image.Image, mode: str) -> None:
    grey = astronaut.convert("L")
    got = decoded(encoded(grey.convert(mode), "PNG", icc_profile=swapped_profile()), colors="gray")
    assert distance(got[..., 0], plain(grey)) < 0.5


def test_sixteen_bit_grey_is_scaled_and_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 64, dtype=np.uint16)
    image = Image.fromarray(np.tile(ramp, (64, 1)))
    for kind in ("PNG", "TIFF"):
        got = decoded(encoded(image, kind), size=64, colors="gray")[32, :, 0]
        assert np.abs(got - ramp / 257).max() <= 1


def twelve_bit_file(levels: NDArray[np.uint16], meaning: int = 1) -> io.BytesIO:
    """A grey TIFF of 12 bits, two levels in three bytes, as cameras and scanners write it."""
    height, width = levels.shape
    pairs = levels.reshape(-1, 2).astype(np.uint32)
    packed = (pairs[:, 0] << 12 | pairs[:, 1]).astype(">u4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
    tags = {256: width, 257: height, 258: 12, 259: 1, 262: meaning, 273: 8, 277: 1, 278: height, 279: len(packed)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return io.BytesIO(b"II*\0" + struct.pack("<I", 8 + len(packed)) + packed + directory)


def test_twelve_bit_grey_goes_from_black_to_white() -> None:
    ramp = np.linspace(0, 4095, 64).astype(np.uint16)
    got = decoded(twelve_bit_file(np.tile(ramp, (64, 1))), size=64, colors="gray")[32, :, 0]
    assert np.abs(got - ramp / 4095 * 255).max() <= 1


def test_no_colour_under_full_transparency_shows_at_an_edge() -> None:
    image = Image.new("RGBA", (256, 256), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (64, 64, 192, 192))
    over_white = decoded(encoded(image, "PNG")).astype(int)
    assert (over_white[..., 0] - over_white[..., 1]).max() <= 1, "red fringe"
    kept = decoded(encoded(image, "PNG"), colors="rgba").astype(int)
    assert kept[..., 0].max() == 0
    assert (kept[..., :3] <= kept[..., 3:]).all(), "premultiplied"
    assert kept[16, 16].tolist() == [0, 0, 255, 255]
    assert kept[0, 0].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(("colour", "rgb"), [("white", (255, 255, 255)), ("#102030", (16, 32, 48))])
def test_transparency_becomes_the_background(fox: Image.Image, colour: str, rgb: tuple[int, int, int]) -> None:
    wanted = Image.new("RGB", fox.size, rgb)
    wanted.paste(fox, mask=fox.getchannel("A"))
    got = decoded(encoded(fox, "PNG"), background=colour)
    assert distance(got, plain(wanted)) < 1
    assert got[0, 0].tolist() == list(rgb)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_transparency_is_kept_in_every_format_that_has_it(fox: Image.Image, kind: str) -> None:
    image = fox.quantize(255) if kind == "PNG" else fox
    got = decoded(encoded(image, kind), colors="rgba")
    assert got[0, 0].tolist() == [0, 0, 0, 0]
    assert got[16, 16, 3] >= 250


def test_an_opaque_picture_is_opaque_rgba(astronaut: Image.Image) -> None:
    assert (decoded(encoded(astronaut, "PNG"), colors="rgba")[..., 3] == 255).all()


def test_of_an_animation_the_first_frame_is_taken(astronaut: Image.Image) -> None:
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        file = encoded(astronaut, kind, save_all=True, append_images=[ImageOps.invert(astronaut)] * 2)
        assert distance(decoded(file), plain(astronaut)) < 8


def stripes() -> Image.Image:
    """Three squares in a row: red, green, blue."""
    image = Image.new("RGB", (96, 32), "red")
    image.paste("lime", (32, 0, 64, 32))
    image.paste("blue", (64, 0, 96, 32))
    return image


def test_cover_keeps_the_middle() -> None:
    assert (decoded(encoded(stripes(), "PNG"))[:, 2:-2] == (0, 255, 0)).all()
    tall = stripes().rotate(90, expand=True)
    assert (decoded(encoded(tall, "PNG"), fit="cover")[2:-2] == (0, 255, 0)).all()


def test_contain_keeps_all_and_pads_with_the_background() -> None:
    got = decoded(encoded(stripes(), "PNG"), fit="contain", background="black", size=96)
    assert (got[:32] == 0).all()
    assert (got[64:] == 0).all()
    assert got[48, 10].tolist() == [255, 0, 0]
    assert got[48, 85].tolist() == [0, 0, 255]
    clear = decoded(encoded(stripes(), "PNG"), fit="contain", colors="rgba", size=96)
    assert (clear[:32] == 0).all()
    assert (clear[32:64, :, 3] == 255).all()


def test_stretch_deforms() -> None:
    got = decoded(encoded(stripes(), "PNG"), fit="stretch", size=48)
    assert got[24, 6].tolist() == [255, 0, 0]
    assert got[24, 42].tolist() == [0, 0, 255]


@pytest.mark.parametrize("fit", ["cover", "contain", "stretch"])
@pytest.mark.parametrize("colors", ["rgb", "rgba", "gray"])
@pytest.mark.parametrize("size", [16, [256, 192], [96, 32], [24, 136]])
def test_any_size_and_channels_come_out_as_asked(fox: Image.Image, fit: str, colors: str, size: Any) -> None:
    decoded(encoded(fox, "WEBP"), fit=fit, colors=colors, size=size)


def test_a_line_one_pixel_high_is_a_picture() -> None:
    for fit in ("cover", "contain", "stretch"):
        decoded(encoded(Image.new("RGB", (500, 1), "red"), "JPEG"), fit=fit)


def test_a_large_jpeg_is_decoded_at_reduced_size_and_looks_the_same(astronaut: Image.Image) -> None:
    large = astronaut.resize((2048, 2048), Image.Resampling.LANCZOS)
    file = encoded(large, "JPEG", quality=95)
    image = open_picture(file)
    load(image, Recipe.of(config(Path())))
    assert image.size == (256, 256)
    file.seek(0)
    assert distance(decoded(file), plain(large)) < 1.5


def test_what_cover_keeps_has_the_wanted_proportions() -> None:
    left, upper, right, lower = crop_box(1000, 400, Recipe.of(config(Path(), size=[64, 32])))
    assert (right - left) / (lower - upper) == 2
    assert (left, upper, right, lower) == (100, 0, 900, 400)


def png_claiming(width: int, height: int) -> io.BytesIO:
    """A PNG file of a few bytes whose header claims any size, in black."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    with pytest.raises(PictureError, match="pixels"):
        decoded(png_claiming(50_000, 50_000))
    assert LARGEST_PX < 50_000**2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"Dear diary, no picture today.", "not a picture"),
        ((PICTURES / "astronaut.jpg").read_bytes()[:3000], "damaged"),
        ((PICTURES / "church-at-auvers.png").read_bytes()[:9000], "damaged"),
        ((PICTURES / "fox.webp").read_bytes()[:600], "."),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "not a picture"),
    ],
)
def test_what_is_no_picture_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(PictureError, match=reason):
        decoded(io.BytesIO(content))


def test_random_damage_never_escapes_as_another_error() -> None:
    random = np.random.default_rng(0)
    for path in sorted(PICTURES.glob("*.[jpw]*")):
        content = bytearray(path.read_bytes())
        for _ in range(12):
            broken = bytearray(content)
            for place in random.integers(0, len(broken), 6):
                broken[place] = random.integers(256)
            with contextlib.suppress(PictureError):
                decoded(io.BytesIO(bytes(broken)))
