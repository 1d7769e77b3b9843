"""Pictures of seeds made again from what they carry: the same pixels, found by what is in files, never by names."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from artgen.cli.group import run as artgen
from artgen.errors import DataError, JobError
from artgen.outputs.metadata.carried import read_carried
from artgen.reuse.remake_command import refuse_pages_and_films
from artgen.reuse.render import render_more
from tests.run.again import Told, again, made, with_recipe
from tests.run.conftest import Desk
from tests.tiny_job import TINY_JOB


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Desk:
    """A run with pictures of seeds, a sheet and a film; what it learned from is gone."""
    folder = tmp_path_factory.mktemp("generated")
    outputs = '\n[[outputs]]\ntype = "sheet"\nseeds = "0-3"\n[[outputs]]\ntype = "interpolation"\nseconds = 0.2\n'
    shutil.copytree(pictures, folder / "pictures", ignore=shutil.ignore_patterns("*.md"))
    desk = made(folder, TINY_JOB.format(pictures="pictures") + outputs, pictures)
    shutil.rmtree(folder / "pictures")
    return desk


def test_a_picture_is_the_same_again_wherever_its_run_is_and_whatever_batch_it_was_painted_in(
    generated: Desk, tmp_path: Path
) -> None:
    (alone,) = render_more(generated.run, ['outputs=[{type="images", name="alone", seeds="7"}]'], Told())
    moved = shutil.copytree(generated.folder / "runs", tmp_path / "old" / "runs")
    for number, original in enumerate((generated.run / "artifacts/images/seed-000007.png", alone / "seed-000007.png")):
        picture = Path(shutil.copy(original, tmp_path / f"{number}.png"))
        result, said = again(picture, moved)
        assert result.largest == 0
        assert "it differs by 0" in said
        assert str(moved / "tiny") in said


def test_a_picture_in_its_run_finds_it_and_the_new_one_can_be_kept(generated: Desk, tmp_path: Path) -> None:
    picture = generated.run / "artifacts/images/seed-000003.png"
    assert again(picture, out=tmp_path / "again.webp")[0].largest == 0
    recipe = read_carried(tmp_path / "again.webp").recipe
    assert recipe == read_carried(picture).recipe
    assert 0 < again(tmp_path / "again.webp", generated.run)[0].mean < 12


def test_truncation_and_format_are_those_of_the_picture(generated: Desk) -> None:
    options = 'type="images", name="other", seeds="2", truncation=0.5, format="jpeg"'
    (folder,) = render_more(generated.run, [f"outputs=[{{{options}}}]"], Told())
    result, said = again(folder / "seed-000002.jpeg")
    assert 0 < result.mean < 12
    assert "JPEG does not keep every pixel" in said


def test_a_picture_that_was_changed_says_how_far(generated: Desk, tmp_path: Path) -> None:
    picture = generated.run / "artifacts/images/seed-000001.png"
    with Image.open(picture) as image:
        pixels = np.array(image)
    pixels[0, 0, 0] ^= 16
    info = PngInfo()
    info.add_text("artgen", json.dumps(read_carried(picture).recipe))
    Image.fromarray(pixels).save(tmp_path / "a.png", pnginfo=info)
    result, said = again(tmp_path / "a.png", generated.run)
    assert (result.largest, result.share) == (16, 1 / 256)
    assert "at most 16 of 255 levels" in said
    Image.fromarray(pixels).resize((8, 8)).save(tmp_path / "a.png", pnginfo=info)
    result, said = again(tmp_path / "a.png", generated.run)
    assert result is None
    assert "16×16" in said


def test_a_checkpoint_that_is_not_there_is_named_by_its_hash_with_exit_3(
    generated: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = shutil.copy(generated.run / "artifacts/images/seed-000001.png", tmp_path / "a.png")
    (tmp_path / "empty").mkdir()
    digest = (read_carried(picture).recipe or {})["checkpoint"]["sha256"]
    assert artgen(["remake", str(picture), "--runs", str(tmp_path / "empty")]) == 3
    assert digest in capsys.readouterr().err
    monkeypatch.chdir(generated.folder)
    assert artgen(["remake", str(picture)]) == 0  # runs/ is here
    assert "it differs by 0" in capsys.readouterr().out


def test_another_version_is_told(generated: Desk, tmp_path: Path) -> None:
    picture = generated.run / "artifacts/images/seed-000001.png"
    old = with_recipe(picture, tmp_path / "a.png", versions={"torch": "1.0\x1b[2J"})
    said = again(old, generated.run)[1]
    assert r"made with torch 1.0\x1b[2J" in said


def test_pages_and_films_name_the_command_that_makes_them_again(generated: Desk) -> None:
    for name, said in (
        ("sheet/sheet.png", "--output sheet --seeds 0-3 --truncation 1.0"),
        ("interpolation/film.mp4", "--output interpolation --seeds 0-1"),
    ):
        with pytest.raises(JobError) as caught:
            again(generated.run / "artifacts" / name)
        assert said in caught.value.hint
    _, _, words = caught.value.hint.partition("RUN ")
    assert artgen(["render", str(generated.run), *shlex.split(words)]) == 0
    film, same = (generated.run / "artifacts" / name / "film.mp4" for name in ("interpolation", "render"))
    assert same.read_bytes() == film.read_bytes()


@pytest.mark.parametrize(
    ("of", "named"),
    [
        ({"picture": {"sha256": "0"}, "style": "waves"}, "waves"),
        ({"inputs": {}, "content": "a cat", "style": "waves", "seed": 7}, "a cat--waves"),
    ],
)
def test_a_picture_that_was_painted_from_no_seed_is_asked_for_without_one(of: dict[str, Any], named: str) -> None:
    with pytest.raises(JobError) as caught:
        refuse_pages_and_films({**of, "page": {"type": "halftone", "lpi": 20}}, Path("a.png"))
    assert f"the output 'halftone' gives {named}, which the run makes again" in str(caught.value)
    assert caught.value.hint == "artgen render RUN --output halftone --set lpi=20"


def test_what_is_rendered_is_the_same_bytes_whatever_number_of_threads_is_usual_here(generated: Desk) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)  # the run learned with one
    try:
        (folder,) = render_more(generated.run, ['outputs=[{type="images", name="threads", seeds="5"}]'], Told())
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
    again_and_first = (folder / "seed-000005.png", generated.run / "artifacts/images/seed-000005.png")
    assert len({picture.read_bytes() for picture in again_and_first}) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("type='walk-grid', seed=5, columns=3, rows=3, reach=1.5, title=\"A 'walk'\"", "--output walk-grid"),
        ('type="poster", seeds="1-2", dpi=50, title="Two; faces", margin="30mm"', "--output poster --seeds 1-2"),
    ],
    ids=["walk-grid", "poster"],
)
def test_the_command_that_a_page_names_makes_the_same_file(
    options: str, said: str, generated: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder,) = render_more(generated.run, [f"outputs=[{{{options}}}]"], Told())
    (page,) = folder.glob("*.png")
    with pytest.raises(JobError) as caught:
        again(page)
    assert said in caught.value.hint
    _, _, words = caught.value.hint.partition("RUN ")
    assert artgen(["render", str(generated.run), *shlex.split(words)]) == 0
    made_in = Path(capsys.readouterr().out.splitlines()[-1])
    assert made_in != folder
    assert (made_in / page.name).read_bytes() == page.read_bytes()


def test_a_tile_is_the_same_again_and_so_is_the_picture_of_many(generated: Desk, tmp_path: Path) -> None:
    (folder,) = render_more(generated.run, ['outputs=[{type="tile", seeds="2", repeat=2}]'], Told())
    assert again(folder / "seed-000002.png", out=tmp_path / "tile.png")[0].largest == 0
    many = folder / "seed-000002-2x2.png"
    assert again(many, out=tmp_path / "many.png")[0].largest == 0
    assert read_carried(tmp_path / "many.png").recipe == read_carried(many).recipe
    with Image.open(tmp_path / "many.png") as image:
        assert image.size == (32, 32)
    for times in (0, 17, "2", 10**30):
        with pytest.raises(DataError, match="repeated"):
            again(with_recipe(many, tmp_path / "a.png", repeat=times), generated.run)


def test_a_film_tells_its_recipe_when_only_the_file_beside_it_is_left(generated: Desk, tmp_path: Path) -> None:
    film = generated.run / "artifacts/interpolation/film.mp4"
    whole = read_carried(film).recipe
    assert whole is not None
    assert whole["film"]["fps"] == 30
    assert json.loads(film.with_suffix(".json").read_text(encoding="utf-8")) == whole
    (tmp_path / "film.mp4").write_bytes(b"no film")
    shutil.copy(film.with_suffix(".json"), tmp_path)
    assert read_carried(tmp_path / "film.mp4").recipe == whole


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"checkpoint": {"sha256": "../../etc/passwd"}}, "a sha256 is none"),
        ({"checkpoint": "x"}, "a sha256 is none"),
        ({"seed": -1}, "no seed"),
        ({"seed": {"a": 1}}, "its seed is none"),
        ({"seed": "0-3"}, "its seed is none"),
        ({"class": "\x1b[2J"}, "its class is no name"),
        ({"truncation": "much"}, "damaged"),
        ({"truncation": 10**400}, "damaged"),
        ({"threads": True}, "its number of threads is none"),
    ],
)
def test_a_recipe_that_somebody_changed_is_refused(
    changes: dict[str, Any], said: str, generated: Desk, tmp_path: Path
) -> None:
    picture = with_recipe(generated.run / "artifacts/images/seed-000001.png", tmp_path / "a.png", **changes)
    with pytest.raises(DataError, match=said):
        again(picture, generated.run)


def test_what_is_wrong_beside_the_point_does_no_harm(generated: Desk, tmp_path: Path) -> None:
    odd = {"device": {"a": 1}, "versions": {"torch": [1]}, "job": ["\x1b"], "shape": "wide", "settings": 7}
    picture = with_recipe(generated.run / "artifacts/images/seed-000001.png", tmp_path / "a.png", **odd)
    assert again(picture, generated.run)[0].largest == 0
    page: dict[str, Any] = {"artgen": "0", "film": {"sha256": 1}, "size": [1, "x"], "checkpoint": {"sha256": "\x1b"}}
    info = PngInfo()
    info.add_text("artgen", json.dumps(page))
    Image.new("RGB", (9, 9)).save(tmp_path / "b.png", pnginfo=info)
    with pytest.raises(JobError) as caught:
        again(tmp_path / "b.png", generated.run)
    assert "\x1b" not in str(caught.value)


def test_a_picture_that_says_too_little_is_refused(generated: Desk, tmp_path: Path) -> None:
    (folder,) = render_more(
        generated.run, ['outputs=[{type="images", name="seed", seeds="1", metadata="seed"}]'], Told()
    )
    with pytest.raises(DataError, match="too little to be made again: seed"):
        again(folder / "seed-000001.png")
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    with pytest.raises(DataError, match="does not say"):
        again(tmp_path / "a.png")
