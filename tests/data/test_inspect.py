from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image, ImageDraw, ImageEnhance

from artgen.cli.inspect import inspect
from artgen.data.decode import Recipe
from artgen.data.duplicates import near_duplicates
from artgen.data.inspect import Report, inspect_folder
from artgen.errors import DataError
from tests.data.sample_pictures import PICTURES, config


def looked_at(folder: Path, **options: object) -> Report:
    return inspect_folder(folder, Recipe.of(config(folder, **options)))


def variant(name: str) -> Image.Image:
    with Image.open(PICTURES / name) as image:
        return image.convert("RGB")


def test_a_sound_folder_has_no_complaints(folder: Path) -> None:
    report = looked_at(folder)
    assert len(report.pictures) == 8
    assert (report.unreadable, report.tiny, report.same, report.near) == ([], [], [], [])
    assert report.kinds() == {"WEBP": 4, "JPEG": 3, "PNG": 1}
    assert report.modes() == {"RGB": 5, "RGBA": 3}
    assert report.traits() == {"transparent": 3, "profile": 0, "deep": 0, "turned": 0, "animated": 0}


def test_what_is_special_about_pictures_is_counted(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    variant("coffee.jpg").save(folder / "turned.jpg", exif=exif)
    variant("chelsea.jpg").transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "turned.tif", exif=exif)
    Image.fromarray(np.arange(128 * 128, dtype=np.uint16).reshape(128, 128)).save(folder / "deep.png")
    opaque = variant("church-at-auvers.png").rotate(180).convert("RGBA")
    opaque.save(folder / "film.gif", save_all=True, append_images=[variant("church-at-auvers.png")])
    opaque.save(folder / "opaque.webp", lossless=True)
    (folder / "broken.png").write_bytes(b"broken")
    report = looked_at(folder)
    assert report.traits() == {"transparent": 3, "profile": 0, "deep": 1, "turned": 2, "animated": 1}
    assert [str(one) for one in report.unreadable] == ["broken.png: not a picture that can be read here"]
    sides = {p.name: (p.facts.width, p.facts.height) for p in report.pictures}
    assert sides["turned.jpg"] == (200, 300)
    assert sides["turned.tif"] == (160, 240)


def test_pictures_smaller_than_wanted_are_named(folder: Path) -> None:
    assert [p.name for p in looked_at(folder, size=128).tiny] == ["church-at-auvers.png"]
    assert [p.name for p in looked_at(folder, size=[128, 64], fit="contain").tiny] == []


def test_duplicates_are_found_as_files_and_by_their_looks(folder: Path) -> None:
    (folder / "again.jpg").write_bytes((folder / "coffee.jpg").read_bytes())
    variant("astronaut.jpg").save(folder / "astronaut-small.jpg", quality=50)
    variant("astronaut.jpg").resize((100, 100)).save(folder / "astronaut-smaller.png")
    ImageEnhance.Color(variant("chelsea.jpg")).enhance(1.2).save(folder / "chelsea-vivid.png")
    report = looked_at(folder)
    assert report.same == [["again.jpg", "coffee.jpg"]]
    assert [[name for name, _ in group] for group in report.near] == [
        ["astronaut-small.jpg", "astronaut-smaller.png", "astronaut.jpg"],
        ["chelsea-vivid.png", "chelsea.jpg"],
    ]
    assert all(distance <= 0.015 for group in report.near for _, distance in group)


def test_plain_pictures_are_not_all_called_duplicates(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for index in range(40):
        colour = tuple(random.integers(0, 256, 3).tolist())
        Image.new("RGB", (64, 64), colour).save(tmp_path / f"plain-{index}.png")
        page = Image.new("RGB", (200, 200), "white")  # a white page with a few words
        draw = ImageDraw.Draw(page)
        for _ in range(3):
            x, y = random.integers(0, 150, 2).tolist()
            draw.rectangle((x, y, x + 40, y + 12), fill=colour)
        page.save(tmp_path / f"page-{index}.png")
    assert looked_at(tmp_path).near == []


def test_near_duplicates_are_those_of_the_plain_definition() -> None:
    random = np.random.default_rng(1)
    thumbs = random.integers(0, 256, (1200, 16, 16, 3), dtype=np.uint8)
    for one, other in ((3, 700), (3, 1100), (600, 601)):
        thumbs[other] = np.clip(thumbs[one] + random.normal(0, 6, (16, 16, 3)), 0, 255)
    groups = near_duplicates(thumbs)
    assert [[index for index, _ in group] for group in groups] == [[3, 700, 1100], [600, 601]]
    (_, distance) = groups[1][1]
    one, other = (thumb - thumb.mean((0, 1)) for thumb in thumbs[600:602])
    correlation = np.corrcoef(one.ravel(), other.ravel())[0, 1]
    assert distance == pytest.approx(1 - correlation, abs=1e-5)


def test_what_the_crop_loses_is_told_worst_first(folder: Path) -> None:
    variant("astronaut.jpg").resize((400, 100)).save(folder / "wide.png")
    report = looked_at(folder)
    assert report.worst_crops()[0] == ("wide.png", pytest.approx(0.75))
    assert report.worst_crops()[1] == ("chelsea.jpg", pytest.approx(1 / 3, abs=0.01))
    assert report.aspects() == {"1:2 to 4:5": 1, "4:5 to 5:4": 4, "5:4 to 2:1": 3, "over 2:1": 1}
    assert report.short_sides() == {"64-127": 2, "128-255": 6, "256-511": 1}
    assert looked_at(folder, fit="stretch").mean_lost() == 0


def test_the_suggestion_fits_the_folder(folder: Path, tmp_path: Path) -> None:
    assert looked_at(folder).suggestion() == {"size": 96, "fit": "cover", "colors": "rgb"}
    wide = tmp_path / "wide"
    wide.mkdir()
    for index in range(5):
        variant("coffee.jpg").crop((index, 0, 290 + index, 200)).convert("L").save(wide / f"{index}.png")
    suggestion = looked_at(wide).suggestion()
    assert suggestion == {"size": [280, 192], "fit": "cover", "colors": "gray"}
    assert config(wide, **suggestion).shape.channels == 1


def test_a_folder_without_a_readable_picture_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"broken")
    with pytest.raises(DataError, match=r"broken.png: not a picture") as caught:
        looked_at(tmp_path)
    assert caught.value.exit_code == 3


def called(*arguments: str) -> Result:
    return CliRunner().invoke(inspect, arguments)


def test_the_command_says_all_sections_in_plain_text(folder: Path) -> None:
    (folder / "broken.png").write_bytes(b"broken")
    (folder / "again.jpg").write_bytes((folder / "coffee.jpg").read_bytes())
    result = called(str(folder), "--size", "128x96")
    assert result.exit_code == 0
    for text in ("Cannot be read: 1", "broken.png", "= coffee.jpg", "Cropping to 128×96 loses", 'fit     = "cover"'):
        assert text in result.stdout
    assert "Suggestion for a GPU (on a processor a size of 64 learns in minutes" in result.stdout
    assert "\x1b" not in result.stdout


def test_the_command_writes_json(folder: Path) -> None:
    told = json.loads(called(str(folder), "--json", "--fit", "contain").stdout)
    assert told["readable"] == 8
    assert told["fit"] == "contain"
    assert told["suggestion"]["size"] == 96


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["missing"], "does not exist"),
        ([".", "--size", "big"], "write 64, or 96x64"),
        ([".", "--size", "65"], "nearest: 64 or 72"),
        ([".", "--size", "64x12"], "nearest: 16"),
    ],
)
def test_what_is_asked_for_wrongly_is_exit_code_2(arguments: list[str], text: str) -> None:
    result = called(*arguments)
    assert result.exit_code == 2
    assert text in result.output
