"""What pictures carry, read again by artgen and by others; and files by others, broken and hostile ones among them."""

from __future__ import annotations

import contextlib
import json
import re
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from click.testing import CliRunner
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from artgen.cli.show import show
from artgen.errors import ArtgenError, DataError
from artgen.outputs.config import ImagesConfig
from artgen.outputs.metadata import file_details, recipe_of
from artgen.outputs.metadata.carried import read_carried
from artgen.outputs.metadata.film_tags import film_tags
from artgen.outputs.stills.images import Images, save_picture
from artgen.runs.store import Run
from tests.outputs.networks import sampler

FORMATS = ("png", "tiff", "jpeg", "webp", "avif")
RECIPE = {"seed": 7, "made": "generated", "settings": {"generator": {"type": "dcgan"}}}
DESCRIPTION = 'Fuchs & "Eule" <gemalt> wie Vögel'
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def picture(path: Path, details: dict[str, str], channels: int = 3, **options: Any) -> Path:
    pixels = np.random.default_rng(7).integers(0, 256, (24, 41, channels), dtype=np.uint8)
    save_picture(pixels, path, details, **options)
    return path


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_carries_the_recipe_and_tells_it_again(form: str, run: Run) -> None:
    (artifact,) = Images(ImagesConfig(seeds=7, truncation=0.7, format=form), form).write(sampler(), run)  # type: ignore[arg-type]
    carried = read_carried(run.folder / artifact.path)
    recipe = carried.recipe
    assert recipe is not None
    assert (recipe["seed"], recipe["truncation"], recipe["device"], recipe["dtype"]) == (7, 0.7, "cpu", "float32")
    assert recipe["checkpoint"] == {"sha256": "ab" * 32, "step": 10, "images": 320}
    assert recipe["settings"]["job"] == {"name": "faces", "seed": 7}
    assert recipe["settings"]["data"] == {"size": 16}
    assert carried.source_type == f"{SOURCE}trainedAlgorithmicMedia"
    assert "seed 7" in carried.description
    assert carried.size == (16, 16)
    data = (run.folder / artifact.path).read_bytes()
    assert not any(secret in data for secret in (b"somebody", b"secret", str(run.folder).encode()))


@pytest.mark.parametrize("form", FORMATS)
def test_others_find_the_words_where_they_look_for_them(form: str, tmp_path: Path) -> None:
    path = picture(tmp_path / f"a.{form}", file_details("full", RECIPE, DESCRIPTION), channels=4)
    with Image.open(path) as image:
        packet = image.info.get("xmp") or image.info["XML:com.adobe.xmp"]
        told = ET.fromstring(packet)[0][0]  # noqa: S314 - written a moment ago
        assert told.attrib["{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"].startswith(SOURCE)
        assert "".join(told.itertext()) == DESCRIPTION
        if form == "png":
            assert image.text["Description"] == DESCRIPTION  # type: ignore[attr-defined]
            return
        exif = image.getexif()
        assert exif[305].startswith("artgen ")
        assert exif[270].encode("latin-1").decode() == DESCRIPTION or exif[270] == DESCRIPTION
        if form != "tiff":
            assert json.loads(exif.get_ifd(34665)[37510].removeprefix(b"ASCII\0\0\0")) == RECIPE


@pytest.mark.parametrize("form", FORMATS)
def test_the_seed_alone_or_nothing_can_be_carried(form: str, tmp_path: Path) -> None:
    alone = read_carried(picture(tmp_path / f"a.{form}", file_details("seed", RECIPE, DESCRIPTION)))
    assert (alone.recipe, alone.description) == ({"seed": 7}, "")
    path = picture(tmp_path / f"b.{form}", file_details("none", RECIPE, DESCRIPTION))
    nothing = read_carried(path)
    assert (nothing.recipe, nothing.software, nothing.source_type, nothing.also) == (None, "", "", [])
    assert b"artgen" not in path.read_bytes()


def test_a_repainted_photograph_says_that_it_is_a_composite() -> None:
    details = file_details("full", {"made": "repainted"}, "")
    assert details["DigitalSourceType"] == f"{SOURCE}compositeWithTrainedAlgorithmicMedia"


@pytest.mark.parametrize("form", FORMATS)
def test_names_with_marks_that_are_no_text_are_written_all_the_same(form: str, tmp_path: Path) -> None:
    carried = read_carried(picture(tmp_path / f"a.{form}", file_details("full", RECIPE, "a\x01b\udcffc ü")))
    assert carried.description == "a\ufffdb\ufffdc ü"


@pytest.mark.parametrize("form", ["jpeg", "webp", "avif"])
def test_better_quality_is_nearer_and_the_resolution_is_said(form: str, tmp_path: Path) -> None:
    whole = np.asarray(Image.open(picture(tmp_path / "a.png", {})), float)

    def error(quality: int) -> float:
        path = picture(tmp_path / f"{quality}.{form}", {}, quality=quality, dpi=300)
        with Image.open(path) as image:
            assert image.getexif().get(282, image.info.get("dpi", [0])[0]) == 300
            return float(np.abs(np.asarray(image.convert("RGB"), float) - whole).mean())

    assert error(95) < error(40)


def test_what_is_transparent_lies_on_white_in_a_jpeg(tmp_path: Path) -> None:
    pixels = np.zeros((16, 16, 4), np.uint8)
    save_picture(pixels, tmp_path / "a.jpeg", {})
    with Image.open(tmp_path / "a.jpeg") as image:
        assert (image.mode, image.getextrema()) == ("RGB", ((255, 255),) * 3)


def test_a_recipe_that_no_jpeg_holds_is_an_error_that_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ArtgenError, match="does not fit") as caught:
        picture(tmp_path / "a.jpeg", file_details("full", {"much": "x" * 70_000}, ""))
    assert "webp" in caught.value.hint
    assert not list(tmp_path.iterdir())


def test_sixteen_bits_are_for_formats_that_have_them() -> None:
    with pytest.raises(ValueError, match="jpeg has 8 bits"):
        ImagesConfig(format="jpeg", depth=16)


# --- files by others


def png_with(path: Path, *chunks: tuple[bytes, bytes]) -> Path:
    """A PNG with chunks of anybody's after its header."""
    picture(path, {})
    data = path.read_bytes()
    added = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    path.write_bytes(data[:33] + added + data[33:])
    return path


DEEP = b'{"a":' * 5000 + b"1" + b"}" * 5000
HOSTILE = {
    "ten megabytes of text": ((b"tEXt", b"artgen\0" + b'"' + b"x" * 10_000_000 + b'"'), "longer than 1 MB"),
    "deep JSON": ((b"tEXt", b"artgen\0" + DEEP), "nested too deep"),
    "JSON a little too deep": ((b"tEXt", b"artgen\0" + b'{"a":' * 40 + b"1" + b"}" * 40), "nested too deep"),
    "no JSON": ((b"tEXt", b"artgen\0{seed: 7}"), "no JSON"),
    "a list": ((b"tEXt", b"artgen\0[7]"), "no JSON object"),
    "a number that is none": ((b"tEXt", b'artgen\0{"seed": NaN}'), "no JSON"),
    "a number without end": ((b"tEXt", b'artgen\0{"seed": ' + b"9" * 5000 + b"}"), "no JSON"),
    "bytes that are no text": ((b"iTXt", b"artgen\0\0\0\0\0\xff\xfe\xff"), "no JSON"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_recipe_that_is_none_is_told_as_such(name: str, tmp_path: Path) -> None:
    chunk, said = HOSTILE[name]
    path = png_with(tmp_path / "a.png", chunk)
    carried = read_carried(path)
    assert carried.recipe is None
    assert said in carried.trouble
    result = CliRunner().invoke(show, [str(path)])
    assert result.exit_code == 0
    assert said in result.output
    assert len(result.output) < 2000


def test_a_text_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    carried = read_carried(
        png_with(tmp_path / "a.png", (b"zTXt", b"artgen\0\0" + bomb), (b"iTXt", b"x\0\1\0\0\0" + bomb))
    )
    assert carried.recipe is None
    assert carried.also == [f"text '{name}', which unpacks to more than 1 MB" for name in ("artgen", "x")]


def test_what_would_steer_a_terminal_is_shown_as_an_escape(tmp_path: Path) -> None:
    evil = "\x1b]0;owned\x07<script>alert(1)</script>\u202e"
    recipe = json.dumps({"artgen": "0", evil: evil, "list": [{"name": evil, "a": [1, 2]}]}).encode()
    text = (b"iTXt", b"Description\0\0\0\0\0" + evil.encode())
    path = png_with(tmp_path / "a.png", (b"tEXt", b"artgen\0" + recipe), text, (b"tEXt", b"\x1b[2J\0x"))
    for words in ([str(path)], [str(path), "--json"]):
        output = CliRunner().invoke(show, words).output
        assert "<script>" in output
        assert all(one.isprintable() or one == "\n" for one in output)


def test_entities_that_grow_without_end_are_not_read(tmp_path: Path) -> None:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE x [<!ENTITY l0 "lol">{lines}]><x>&l11;</x>'
    for packet in (bomb.encode(), bomb.encode("utf-16"), b"<x>" * 100_000):
        carried = read_carried(png_with(tmp_path / "a.png", (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)))
        assert (carried.recipe, len(carried.also)) == (None, 1)


def test_words_by_other_programs_are_told_of(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("parameters", "a castle, Seed: 1")
    exif = Image.Exif()
    exif[315], exif[34853] = "somebody", {1: "N", 2: (52.0, 0.0, 0.0)}
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png", pnginfo=info, exif=exif)
    carried = read_carried(tmp_path / "a.png")
    assert (carried.recipe, carried.trouble) == (None, "")
    assert carried.also == ["text 'parameters', 17 bytes", "EXIF, 2 tags, with the place (GPS)"]


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_cut_short_anywhere_is_an_error_or_says_what_is_left(form: str, tmp_path: Path) -> None:
    whole = picture(tmp_path / f"a.{form}", file_details("full", RECIPE, DESCRIPTION)).read_bytes()
    cut = tmp_path / f"b.{form}"
    for end in range(0, len(whole), max(1, len(whole) // 60)):
        cut.write_bytes(whole[:end])
        with contextlib.suppress(DataError):
            assert read_carried(cut).recipe in (None, RECIPE)


def test_what_is_no_picture_is_refused_with_its_name(tmp_path: Path) -> None:
    for name, content in (("a.png", b""), ("a.txt", b"words"), ("a.gif", b"GIF89a")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError) as caught:
            read_carried(tmp_path / name)
        assert caught.value.where.endswith(name)
    with pytest.raises(DataError, match="cannot be read"):
        read_carried(tmp_path / "nowhere.png")


def test_who_only_starts_workers_or_looks_on_has_no_hand_in_the_pictures(run: Run) -> None:
    plugins = {"artgen-ray": "1", "artgen-glass": "2", "artgen-both": "3"}
    parts = {"launcher": {"type": "artgen-ray:ray"}, "trackers": [{"type": "artgen-both:told"}]}
    outputs = [{"type": "artgen-glass:window"}, {"type": "artgen-both:wall"}]
    run.lock = {**run.lock, **parts, "lock": {"plugins": plugins}, "outputs": outputs}
    versions = recipe_of(sampler(), run)["versions"]
    assert versions.items() >= {"artgen-glass": "2", "artgen-both": "3"}.items()
    assert "artgen-ray" not in versions


def test_a_long_comment_of_a_film_with_brackets_in_it_is_told_whole(tmp_path: Path) -> None:
    comment = "\n".join(["[Chorus]", "a=b; c\\d # e"] * 3000)
    told = tmp_path / "told.txt"
    escaped = re.sub(r"([=;#\\\n])", r"\\\1", comment)
    told.write_text(f";FFMETADATA1\ntitle=A walk\ncomment={escaped}\n", encoding="utf-8")
    film = tmp_path / "film.mkv"
    picture = ["-f", "lavfi", "-i", "color=s=16x16:d=0.1:r=10"]
    words = [get_ffmpeg_exe(), "-v", "error", *picture, "-i", str(told), "-map_metadata", "1", str(film)]
    subprocess.run(words, check=True)
    tags = film_tags(film)
    assert (tags["title"], tags["comment"]) == ("A walk", comment)
    assert "duration" not in tags
