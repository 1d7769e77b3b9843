"""Canvases and repainted photographs made again: the photographs and paintings are found by what is in them."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch

from artgen.errors import DataError
from artgen.outputs.metadata.carried import read_carried
from artgen.reuse.render import render_more
from artgen.reuse.repaint import RepaintOptions, repaint_folder
from tests.run.again import Told, again, made, with_recipe
from tests.run.conftest import Desk
from tests.run.test_paint import JOB, ONE
from tests.tiny_stylizer import TINY_STYLIZER


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Desk:
    return made(tmp_path_factory.mktemp("painted"), JOB, pictures, *ONE)


def test_a_canvas_is_taken_from_its_run_or_painted_again_from_its_pictures(painted: Desk, tmp_path: Path) -> None:
    picture = painted.run / "artifacts/images/astronaut--church-at-auvers.png"
    result, said = again(picture)
    assert result.largest == 0
    assert "taken from the finished canvas" in said
    (tmp_path / "elsewhere").mkdir()
    for number, file in enumerate(painted.folder.glob("p*/*.*")):
        shutil.copyfile(file, tmp_path / "elsewhere" / f"{number}{file.suffix}")
    result, said = again(picture, inputs=tmp_path / "elsewhere", out=tmp_path / "again.png")
    assert result.largest == 0
    assert "painted again from 2 pictures" in said
    carried = read_carried(tmp_path / "again.png")
    assert carried.source_type.endswith("compositeWithTrainedAlgorithmicMedia")
    assert (carried.recipe or {})["inputs"] == (read_carried(picture).recipe or {})["inputs"]


def test_folders_of_pictures_may_be_named_from_where_one_stands(painted: Desk, tmp_path: Path) -> None:
    shutil.copyfile(painted.run / "artifacts/images/astronaut--church-at-auvers.png", tmp_path / "picture.png")
    for name in ("photos", "paintings"):
        shutil.copytree(painted.folder / name, tmp_path / name)
    said = Desk(tmp_path).artgen("remake", "picture.png", "--inputs", "photos", "--inputs", "paintings")
    assert "painted again from 2 pictures" in said


def test_all_sixteen_bits_of_a_canvas_are_compared(painted: Desk) -> None:
    pytest.importorskip("imagecodecs")
    sets = ['outputs=[{type="images", name="deep", depth=16, format="tiff"}]']
    (folder,) = render_more(painted.run, sets, Told())
    result, _ = again(folder / "astronaut--church-at-auvers.tiff")
    assert (result.largest, result.levels) == (0, 65535)


def test_an_input_that_is_not_there_is_named_by_its_hash(painted: Desk) -> None:
    picture = painted.run / "artifacts/images/astronaut--church-at-auvers.png"
    digest = (read_carried(picture).recipe or {})["inputs"]["content"][0]
    with pytest.raises(DataError, match=rf"{digest} \(its content\)") as caught:
        again(picture, inputs=painted.folder / "paintings")
    assert "--inputs" in caught.value.hint


def test_a_recipe_never_names_files_of_ours(painted: Desk, tmp_path: Path) -> None:
    picture = painted.run / "artifacts/images/astronaut--church-at-auvers.png"
    settings = json.loads(json.dumps((read_carried(picture).recipe or {})["settings"]))
    settings["generator"] |= {"content": ["/etc/*"], "type": "nobody:canvas", "keep": ["/etc/passwd"]}
    changed = with_recipe(picture, tmp_path / "a.png", settings=settings)
    with pytest.raises(DataError, match="cannot paint as it says") as caught:
        again(changed, inputs=painted.folder)
    assert "etc" not in str(caught.value)


def test_a_recipe_of_a_canvas_that_somebody_changed_is_refused_before_anything_is_painted(
    painted: Desk, tmp_path: Path
) -> None:
    picture = painted.run / "artifacts/images/astronaut--church-at-auvers.png"
    recipe = read_carried(picture).recipe or {}
    others = [
        hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted((painted.folder / "photos").iterdir())[:2]
    ]
    for changes, said in (
        ({"settings": {**recipe["settings"], "losses": 5}}, "its losses are none"),
        ({"inputs": {**recipe["inputs"], "content": others}}, "several contents"),
    ):
        with pytest.raises(DataError, match=said):
            again(with_recipe(picture, tmp_path / "a.png", **changes), inputs=painted.folder)


# --- repainted photographs


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Desk:
    sets = ("outputs=[{type='images'}]", "losses.gram-style.images=['paintings/*']")
    words = [word for one in sets for word in ("--set", one)]
    return made(tmp_path_factory.mktemp("taught"), TINY_STYLIZER.format(pictures="photos"), pictures, *words)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_number_of_threads_here_changes_nothing(taught: Desk, threads: int) -> None:
    (own, *_) = sorted((taught.run / "artifacts/images").glob("astronaut*.png"))
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        assert again(own)[0].largest == 0
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("threads", [0, 1025, "two"])
def test_a_number_of_threads_that_is_none_is_refused(taught: Desk, tmp_path: Path, threads: object) -> None:
    (own, *_) = sorted((taught.run / "artifacts/images").glob("astronaut*.png"))
    with pytest.raises(DataError, match="number of threads"):
        again(with_recipe(own, tmp_path / "a.png", threads=threads), taught.run)


def test_a_repainted_photograph_is_the_same_again(taught: Desk, tmp_path: Path, pictures: Path) -> None:
    (own, *_) = sorted((taught.run / "artifacts/images").glob("astronaut*.png"))
    result, said = again(own)
    assert result.largest == 0
    assert "photos/astronaut.jpg" in said
    (tmp_path / "mine").mkdir()
    shutil.copyfile(pictures / "chelsea.jpg", tmp_path / "mine" / "cat.jpg")
    folder = repaint_folder(taught.run, tmp_path / "mine", RepaintOptions("mine", long_side_px=60), Told())
    (other, *_) = sorted(folder.glob("*.png"))
    assert again(other, inputs=tmp_path)[0].largest == 0
    with pytest.raises(DataError, match=r"\(its picture\)"):
        again(other)


def test_a_size_that_is_none_is_refused(taught: Desk, tmp_path: Path) -> None:
    (own, *_) = sorted((taught.run / "artifacts/images").glob("astronaut*.png"))
    for size in ([10**9, 10**9], [0, 5], "large", [1]):
        with pytest.raises(DataError, match="damaged"):
            again(with_recipe(own, tmp_path / "a.png", size=size), taught.run)
