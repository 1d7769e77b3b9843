"""Taking out what a picture carries: nothing of it is left, and no pixel is another."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from artgen.cli.strip import strip as strip_command
from artgen.data.srgb import srgb_profile
from artgen.errors import DataError
from artgen.outputs.containers import Piece, take_apart
from artgen.outputs.containers.pieces import ContainerError, refuse_overlap
from artgen.outputs.metadata import file_details
from artgen.outputs.metadata.carried import read_carried
from artgen.outputs.metadata.strip import strip
from tests.outputs.test_metadata import FORMATS, picture

DETAILS = file_details("full", {"artgen": "0", "seed": 7}, "A picture")
OWNER = "Erika Mustermann"


def pixels(data: bytes) -> list[bytes]:
    """Of every frame, upright."""
    with Image.open(io.BytesIO(data)) as image:
        frames = []
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            frames.append(ImageOps.exif_transpose(image).tobytes())
        return frames


def noise(channels: int) -> Image.Image:
    values = np.random.default_rng(3).integers(0, 256, (31, 50, channels), dtype=np.uint8)
    return Image.fromarray(values[..., 0] if channels == 1 else values)


def full_of_words(path: Path, **options: Any) -> Path:
    """A picture with everything that a camera and its owner write into it, lying on its side."""
    exif = Image.Exif()
    exif[315], exif[274], exif[34853] = OWNER, 6, {1: "N", 2: (52.0, 0.0, 0.0)}
    exif[34665] = {37510: b"ASCII\0\0\0" + OWNER.encode(), 42032: OWNER}
    xmp = f"<x>{OWNER}</x>".encode()
    image = noise(3)
    if path.suffix == ".png":
        info = PngInfo()
        for packed in (True, False):
            info.add_text("Author", OWNER, zip=packed)
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        info.add(b"tIME", b"\x07\xea\1\1\1\1\1")
        options |= {"pnginfo": info}
    else:
        options |= {"xmp": xmp}
    if path.suffix == ".jpeg":
        options |= {"comment": OWNER, "progressive": True}
    image.save(path, exif=exif, icc_profile=srgb_profile(), **options)
    return path


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("form", FORMATS)
def test_what_artgen_wrote_goes_and_the_pixels_stay(form: str, channels: int, tmp_path: Path) -> None:
    path = picture(tmp_path / f"a.{form}", DETAILS, channels, icc=srgb_profile() if channels > 1 else b"", dpi=300)
    before = path.read_bytes()
    assert strip(path)
    after = path.read_bytes()
    assert b"artgen" not in after
    assert pixels(after) == pixels(before)
    with Image.open(path) as image:
        assert image.info.get("icc_profile", b"") == (srgb_profile() if channels > 1 else b"")
    carried = read_carried(path)
    assert (carried.recipe, carried.description, carried.software, carried.also) == (None, "", "", [])
    assert strip(path) == []
    assert path.read_bytes() == after
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "avif"])
def test_words_by_others_go_and_the_picture_stays_upright(form: str, tmp_path: Path) -> None:
    path = full_of_words(tmp_path / f"a.{form}")
    before = path.read_bytes()
    strip(path)
    after = path.read_bytes()
    assert OWNER.encode() in before
    assert OWNER.encode() not in after
    assert pixels(after) == pixels(before)
    with Image.open(path) as image:
        assert ImageOps.exif_transpose(image).size == (31, 50)
        assert image.info["icc_profile"] == srgb_profile()
        assert 34853 not in image.getexif()
    assert strip(path) == []


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg"])
def test_a_tiff_of_several_pages_is_cleaned_in_place(compression: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[315], exif[33432] = OWNER, f"by {OWNER}"
    path = tmp_path / "a.tiff"
    options: dict[str, Any] = {"compression": compression, "exif": exif, "icc_profile": srgb_profile()}
    noise(3).save(path, save_all=True, append_images=[noise(3).rotate(180)], **options)
    assert {piece.name for piece in cleaned_in_place(path)} >= {"Artist", "Copyright"}


def test_the_place_and_the_camera_go_from_a_tiff_with_all_that_they_point_to(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[34853], exif[34665] = {1: "N", 29: OWNER}, {42032: OWNER}
    path = tmp_path / "a.tiff"
    noise(3).save(path, exif=exif.tobytes())
    assert {piece.name for piece in cleaned_in_place(path)} >= {"EXIF", "the place (GPS)"}


def cleaned_in_place(path: Path) -> Sequence[Piece]:
    before = path.read_bytes()
    pieces = strip(path)
    after = path.read_bytes()
    assert OWNER.encode() in before
    assert OWNER.encode() not in after
    assert len(after) == len(before)
    assert pixels(after) == pixels(before)
    return pieces


def kinds() -> dict[str, tuple[Image.Image, str, dict[str, Any]]]:
    rgb = noise(3)
    deep = Image.fromarray(np.random.default_rng(3).integers(0, 65536, (9, 14), dtype=np.uint16))
    return {
        "four inks": (rgb.convert("CMYK"), "JPEG", {}),
        "restarts": (rgb, "JPEG", {"restart_marker_blocks": 2, "progressive": True}),
        "a palette with a hole": (rgb.quantize(16), "PNG", {"transparency": 3}),
        "deep grey": (deep, "PNG", {}),
        "fax": (rgb.convert("1"), "TIFF", {"compression": "group4"}),
        "lossless with alpha": (noise(4), "WEBP", {"lossless": True}),
        "AVIF with alpha": (noise(4), "AVIF", {}),
    }


@pytest.mark.parametrize("kind", kinds())
def test_pictures_of_every_kind_keep_their_pixels(kind: str, tmp_path: Path) -> None:
    image, form, options = kinds()[kind]
    exif = Image.Exif()
    exif[305] = OWNER
    path = tmp_path / "picture"
    image.save(path, form, exif=exif, **options)
    before = path.read_bytes()
    assert strip(path)
    assert pixels(path.read_bytes()) == pixels(before)
    assert OWNER.encode() not in path.read_bytes()


def test_an_animation_keeps_its_frames(tmp_path: Path) -> None:
    frames = [noise(3), noise(3).rotate(90), noise(3).rotate(180)]
    for form in ("png", "webp"):
        path = tmp_path / f"a.{form}"
        told = {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", "lossless": True} if form == "webp" else {}
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=40, **told)
        before = path.read_bytes()
        strip(path)
        assert pixels(path.read_bytes()) == pixels(before)


def test_the_coded_picture_of_a_jpeg_is_the_same_to_the_byte(tmp_path: Path) -> None:
    noise(3).save(tmp_path / "plain.jpeg", quality=80, progressive=True)
    noise(3).save(tmp_path / "told.jpeg", quality=80, progressive=True, comment=OWNER, exif=b"Exif\0\0" + bytes(40))
    strip(tmp_path / "told.jpeg")
    assert (tmp_path / "told.jpeg").read_bytes() == (tmp_path / "plain.jpeg").read_bytes()


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_what_stands_behind_the_picture_goes(form: str, tmp_path: Path) -> None:
    path = picture(tmp_path / f"a.{form}", {})
    plain = path.read_bytes()
    path.write_bytes(plain + OWNER.encode())
    assert [piece.name for piece in strip(path)] == ["data after the picture"]
    assert path.read_bytes() == plain


def test_files_that_would_lose_something_are_left_as_they_are(tmp_path: Path) -> None:
    noise(3).save(tmp_path / "two.jpg", "MPO", save_all=True, append_images=[noise(3)])
    noise(3).save(tmp_path / "moving.avif", save_all=True, append_images=[noise(3).rotate(90)])
    noise(3).save(tmp_path / "a.gif")
    overlapping = picture(tmp_path / "a.tiff", DETAILS).read_bytes()
    at = overlapping.rindex((700).to_bytes(2, "little"))  # XMP that claims to lie where the picture is
    (tmp_path / "a.tiff").write_bytes(overlapping[: at + 8] + (8).to_bytes(4, "little") + overlapping[at + 12 :])
    for path in tmp_path.iterdir():
        before = path.read_bytes()
        with pytest.raises(DataError, match="left as it is"):
            strip(path)
        assert path.read_bytes() == before


@pytest.mark.parametrize("form", FORMATS)
def test_a_damaged_file_is_cleaned_or_refused_and_never_spoiled(form: str, tmp_path: Path) -> None:
    whole = picture(tmp_path / f"a.{form}", DETAILS).read_bytes()
    random = np.random.default_rng(0)
    for _ in range(150):
        broken = bytearray(whole)
        for place in random.integers(0, min(len(whole), 700), 3):
            broken[place] = random.integers(256)
        path = tmp_path / f"b.{form}"
        path.write_bytes(broken)
        try:
            strip(path)
        except DataError:
            assert path.read_bytes() == broken
        else:
            take_apart(path.read_bytes())


def test_the_command_does_what_it_can_and_says_what_it_could_not(tmp_path: Path) -> None:
    one, other = picture(tmp_path / "a.png", DETAILS), picture(tmp_path / "b.webp", DETAILS)
    (tmp_path / "c.txt").write_text("words", encoding="utf-8")
    result = CliRunner().invoke(strip_command, [str(one), str(tmp_path / "c.txt"), str(other)])
    assert isinstance(result.exception, DataError)
    assert "1 of 3" in str(result.exception)
    assert "c.txt: left as it is" in result.output
    assert "took out" in result.output
    assert read_carried(one).recipe is None
    assert read_carried(other).recipe is None


def test_a_link_stays_a_link_and_the_rights_stay(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png", DETAILS)
    path.chmod(0o640)
    (tmp_path / "link.png").symlink_to(path)
    strip(tmp_path / "link.png")
    assert (tmp_path / "link.png").is_symlink()
    assert read_carried(path).recipe is None
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_webp_that_states_no_length_is_left_as_it_is(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.webp", DETAILS, 3)
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + bytes(4) + whole[8:])
    with pytest.raises(DataError, match="no picture within the length"):
        strip(path)
    assert path.read_bytes() == whole[:4] + bytes(4) + whole[8:]


@pytest.mark.parametrize("box", [b"imda", b"uuid", b"free"])
def test_an_avif_whose_pixels_lie_in_another_box_is_left_as_it_is(box: bytes, tmp_path: Path) -> None:
    path = picture(tmp_path / "a.avif", DETAILS, 3)
    data = path.read_bytes().replace(b"mdat", box, 1)
    path.write_bytes(data)
    with pytest.raises(DataError, match="shares bytes"):
        strip(path)
    assert path.read_bytes() == data


TURNED_IN_XMP = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


@pytest.mark.parametrize("form", ["jpeg", "png", "webp"])
def test_a_turn_that_stands_in_xmp_alone_stays(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{form}"
    if form == "png":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", TURNED_IN_XMP.decode())
        noise(3).save(path, pnginfo=info)
    else:
        noise(3).save(path, xmp=TURNED_IN_XMP)
    assert_stays_turned(path)


def test_a_turn_that_imagemagick_wrote_into_a_png_stays(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 8
    digits = exif.tobytes().hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    info = PngInfo()
    info.add_text("Raw profile type exif", f"\nexif\n{len(digits) // 2:8}\n{lines}\n", zip=True)
    path = tmp_path / "a.png"
    noise(3).save(path, pnginfo=info)
    assert_stays_turned(path)


def assert_stays_turned(path: Path) -> None:
    before = path.read_bytes()
    assert pixels(before) != pixels(noise_as(path))
    assert strip(path)
    assert pixels(path.read_bytes()) == pixels(before)
    assert strip(path) == []


def noise_as(path: Path) -> bytes:
    """The same picture lying down."""
    with Image.open(path) as image:
        data = io.BytesIO()
        Image.fromarray(np.asarray(image)).save(data, "PNG")
    return data.getvalue()


def test_a_tiff_that_is_turned_in_xmp_alone_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    noise(3).save(path, tiffinfo={700: TURNED_IN_XMP})
    with pytest.raises(DataError, match="how it is turned"):
        strip(path)


def test_ranges_that_touch_do_not_overlap_and_those_that_share_a_byte_do() -> None:
    refuse_overlap([(0, 4), (10, 12)], [(4, 10), (12, 20)], 20)
    for cleared, kept in (
        ((3, 5), (4, 10)),
        ((9, 11), (4, 10)),
        ((5, 6), (4, 10)),
        ((4, 10), (4, 10)),
        ((2, 12), (4, 10)),
    ):
        with pytest.raises(ContainerError, match="shares bytes"):
            refuse_overlap([(0, 1), cleared], [(15, 20), kept], 20)
