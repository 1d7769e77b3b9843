"""What was chosen on a page is made: as pictures, a sheet or a film, in the order of the list."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from artgen.cli.group import run as artgen
from artgen.errors import ArtgenError, JobError
from artgen.job import write_lock
from artgen.job.kept.lock import lock_data
from artgen.latents.seeds import class_of
from artgen.reuse.render import render_more
from artgen.reuse.selection import Selection, options_of, read_selection, selection_for
from artgen.runs.checkpoints import best_checkpoint
from artgen.runs.metrics import read_rows
from artgen.runs.progress import QuietProgress
from artgen.runs.store import LOCK_NAME
from tests.outputs.painted import canvas_run, paint_all
from tests.outputs.runs_left import leave_checkpoint
from tests.tiny_job import TINY_JOB

CASTLES = ("fox--langlois-bridge", "astronaut--church-at-auvers")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Iterator[Path]:
    """A trained run with pictures of seeds 0 to 8."""
    folder = tmp_path_factory.mktemp("desk")
    job = TINY_JOB.format(pictures=pictures.as_posix()).replace("steps = 24", "steps = 4")
    (folder / "job.toml").write_text(job, encoding="utf-8")
    assert artgen(["run", str(folder / "job.toml"), "--quiet"]) == 0
    return folder / "runs" / "tiny"


@pytest.fixture
def canvases(tmp_path: Path) -> Path:
    """A run of six finished canvases, which is called arles."""
    run = canvas_run(tmp_path)
    paint_all(run)
    write_lock(run.folder / LOCK_NAME, lock_data(run.job, run.folder))
    return run.folder


def listed(folder: Path, *pictures: Any, **told: Any) -> Path:
    """A list as the page saves it."""
    path = folder / "list.json"
    path.write_text(json.dumps({"artgen": "0.1.0", "pictures": pictures, **told}), encoding="utf-8")
    return path


def recorded(run: Path, name: str) -> dict[str, Any]:
    """What is told of the last file of an output."""
    index = max((run / "artifacts" / ".index").glob(f"{name}@*.jsonl"))
    return read_rows(index)[-1]["details"]


def test_a_list_becomes_full_pictures_a_sheet_and_a_film_in_its_order(run: Path, tmp_path: Path) -> None:
    best = best_checkpoint(run / "checkpoints")
    assert best is not None
    saved = listed(tmp_path, *({"seed": n} for n in (7, 2, 5)), run="tiny", checkpoint=best.info.sha256)
    chosen = ["render", str(run), "--selection", str(saved)]
    assert artgen([*chosen, "--name", "chosen"]) == 0
    made = sorted((run / "artifacts" / "chosen").glob("*.png"))
    assert [path.stem for path in made] == ["seed-000002", "seed-000005", "seed-000007"]
    for path in made:
        assert np.array_equal(Image.open(path), Image.open(run / "artifacts/images" / path.name))
    assert artgen([*chosen, "--output", "sheet", "--name", "wall"]) == 0
    assert recorded(run, "wall")["seeds"] == "7,2,5"
    assert artgen([*chosen, "--output", "interpolation", "--name", "film", "--set", "fps=2"]) == 0
    film = recorded(run, "film")
    assert (film["seeds"], film["seconds"]) == ("7,2,5", 6.0)


def test_a_list_may_be_written_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("\ufeff7\r\n2\r\n\r\n", encoding="utf-8")
    assert read_selection(path).seeds == [7, 2]
    path.write_text("castle--church\n7--noon\n", encoding="utf-8")
    assert read_selection(path).stems == ["castle--church", "7--noon"]


def test_seeds_of_another_checkpoint_are_painted_with_a_warning(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = listed(tmp_path, {"seed": 3}, run="moths", checkpoint="cd" * 32, truncation=0.5)
    assert artgen(["render", str(run), "--selection", str(saved), "--name", "other"]) == 0
    said = capsys.readouterr().err
    assert "another checkpoint of 'moths' (sha256 cdcdcdcdcdcd…)" in said
    assert "the same seeds are other pictures" in said
    with Image.open(run / "artifacts/other/seed-000003.png") as picture:
        assert json.loads(picture.info["artgen"])["truncation"] == 0.5


def test_what_does_not_go_together_is_refused(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = str(listed(tmp_path, {"stem": "castle--church"}, run="arles"))
    assert artgen(["render", str(run), "--selection", saved, "--seeds", "1"]) == 2
    assert "--seeds does not go with --selection" in capsys.readouterr().err
    assert artgen(["render", str(run), "--selection", saved, "--pictures", str(tmp_path)]) == 2
    assert "--selection does not go with --pictures" in capsys.readouterr().err
    assert artgen(["render", str(run), "--selection", saved]) == 2
    said = capsys.readouterr().err
    assert "names of pictures, and those of this run are painted from seeds" in said
    assert "artgen render runs/arles --selection" in said
    saved = str(listed(tmp_path, {"stem": "castle--church"}, run="arles; rm -rf ~"))
    assert artgen(["render", str(run), "--selection", saved]) == 2
    assert "artgen render 'runs/arles; rm -rf ~' --selection" in capsys.readouterr().err


def test_numbers_in_a_list_of_lines_are_names_where_pictures_have_names(
    canvases: Path, run: Path, tmp_path: Path
) -> None:
    path = tmp_path / "list.txt"
    path.write_text("01\n2\n", encoding="utf-8")
    assert selection_for(path, canvases).stems == ["01", "2"]
    assert selection_for(path, run).seeds == [1, 2]
    assert selection_for(listed(tmp_path, {"seed": 2}), canvases).seeds == [2]


def test_canvases_are_chosen_by_name_and_a_sheet_follows_the_list(canvases: Path, tmp_path: Path) -> None:
    def made(output: str, *stems: str) -> Path:
        selection = read_selection(listed(tmp_path, *({"stem": stem} for stem in stems), run="arles"))
        sets = [f'outputs=[{{type="{output}", name="chosen"}}]']
        (folder,) = render_more(canvases, sets, QuietProgress(sys.stdout), selection=selection)
        return folder

    assert {path.stem for path in made("images", *CASTLES).glob("*.png")} == set(CASTLES)
    shutil.rmtree(canvases / "artifacts")
    one = (made("sheet", *CASTLES) / "sheet.png").read_bytes()
    other = (made("sheet", *reversed(CASTLES)) / "sheet.png").read_bytes()
    assert one != other
    assert (made("sheet", *CASTLES) / "sheet.png").read_bytes() == one


@pytest.mark.parametrize(
    ("told", "pictures", "said"),
    [
        ({"run": "lisbon"}, [{"stem": CASTLES[0]}], "the list is of another run, 'lisbon'"),
        ({"run": "arles"}, [{"stem": "fox--langlois-brige"}], "did you mean 'fox--langlois-bridge'?"),
        ({}, [{"seed": 3}], "seeds of pictures, and those of this run have names"),
    ],
)
def test_a_list_of_other_pictures_is_an_error_that_says_which(
    canvases: Path, tmp_path: Path, told: dict[str, str], pictures: list[Any], said: str
) -> None:
    selection = read_selection(listed(tmp_path, *pictures, **told))
    with pytest.raises(ArtgenError) as caught:
        render_more(canvases, ['outputs=[{type="images"}]'], QuietProgress(sys.stdout), selection=selection)
    assert said in str(caught.value)
    assert not (canvases / "artifacts").exists()


def test_classes_of_the_list_are_the_seeds_own_or_one_for_all(tmp_path: Path) -> None:
    leave_checkpoint(tmp_path, {}, classes=["cats", "dogs"])
    own = [{"seed": seed, "class": ("cats", "dogs")[class_of(seed, 2)]} for seed in range(4)]
    assert len({picked["class"] for picked in own}) == 2

    def options(*pictures: Any) -> dict[str, Any]:
        return options_of(Selection(pictures=list(pictures)), tmp_path, "images", pytest.fail)

    assert "class" not in options(*own)
    assert options(*({**picked, "class": "dogs"} for picked in own))["class"] == "dogs"
    swapped = [{**picked, "class": {"cats": "dogs", "dogs": "cats"}[picked["class"]]} for picked in own]
    with pytest.raises(ArtgenError, match="several classes"):
        options(*swapped)
    with pytest.raises(ArtgenError, match="class 'bats'"):
        options({"seed": 1, "class": "bats"})


HOSTILE = {
    "torn": b'{"pictures": [{"seed": 1}',
    "deep": b"[" * 200_000,
    "deep inside": b'{"pictures":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "huge": b'{"pictures": [' + b'{"seed": 1}, ' * 1_000_000 + b"]}",
    "a picture": b"\x89PNG\r\n\x1a\n\x00\xff",
    "empty": b"",
    "no pictures": b'{"pictures": []}',
    "both": b'{"pictures": [{"seed": 1, "stem": "a"}]}',
    "mixed": b'{"pictures": [{"seed": 1}, {"stem": "a"}]}',
    "negative": b'{"pictures": [{"seed": -1}]}',
    "enormous": b'{"pictures": [{"seed": 99999999999999999999999999}]}',
    "enormous line": b"9" * 5000,
    "other keys": b'{"pictures": [{"seed": 1, "\x1b[31mevil": 1}]}',
    "no number": b'{"pictures": [{"seed": 1}], "truncation": NaN}',
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_list_is_one_clear_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "list.json"
    path.write_bytes(data)
    with pytest.raises(ArtgenError) as caught:
        read_selection(path)
    said = str(caught.value)
    assert "list.json: this is " in said
    assert len(said) < 700
    assert "\x1b" not in said
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("7\n9223372036854775808", "9223372036854775808 is no seed: they go from 0 to 9223372036854775807"),
        ('{"pictures": [{"seed": 1, "sead": 2}]}', "pictures.0: unknown key 'sead'. Did you mean 'seed'?"),
        ('{"picturs": [{"seed": 1}]}', "unknown key 'picturs'. Did you mean 'pictures'?"),
        ('{"pictures": [{"seed": "a"}]}', "pictures.0: seed must be a whole number, not 'a'"),
        ('{"pictures": [{}]}', "pictures[0]: a picture has a seed or a stem"),
        ('{"pictures": []}', "pictures must have at least 1 entry, not 0"),
        ('{"pictures": ', "it is no JSON: "),
        ("x" * 300, "a name in it has more than 255 letters"),
        ("", "it is empty"),
    ],
)
def test_what_is_wrong_with_a_list_is_told_in_plain_words(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(JobError) as caught:
        read_selection(path)
    assert caught.value.problems[0].text.startswith(f"this is no list of pictures: {told}")


def test_a_list_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArtgenError, match="No such file"):
        read_selection(tmp_path / "nowhere.json")
