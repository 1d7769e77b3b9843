"""Films from a run by the command: of what was chosen, and made again by the words that they carry."""

from __future__ import annotations

import contextlib
import json
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgen.cli.group import run as artgen
from artgen.errors import DataError, JobError
from artgen.outputs.metadata.carried import read_carried
from artgen.reuse.remake_command import refuse_pages_and_films
from artgen.runs.metrics import read_rows
from tests.outputs.films import frames_of, tone
from tests.run.again import again
from tests.run.test_export import trained
from tests.tiny_job import TINY_JOB

FILMS = {
    "interpolation": ["--seeds", "2", "--set", "way=noise", "--set", "harmonics=1"],
    "timeline": ["--set", 'keyframes=[{at=0, seed=3}, {at=0.3, seed=5, easing="hold", truncation=0.5}]'],
    "grid-film": ["--seeds", "0-2", "--set", "way=circle", "--set", "background=#102030"],
    "truncation-film": ["--seeds", "0,7", "--truncation", "0.9", "--set", "least=0.2"],
    "timelapse": ["--seeds", "4,5", "--set", "hold=0.1"],
    "zoom": ["--seeds", "4,5", "--set", "focus=[0.4, 0.6]"],
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Path:
    """A finished run."""
    return trained(tmp_path_factory.mktemp("films"), TINY_JOB, pictures)


@pytest.mark.parametrize("kind", FILMS)
def test_a_film_names_the_command_that_makes_the_same_bytes_again(kind: str, run: Path) -> None:
    length = [] if kind == "timeline" else ["--set", "seconds=0.3"]
    words = ["render", str(run), "--output", kind, "--name", kind, *FILMS[kind], *length, "--set", "scale=2", "--quiet"]
    assert artgen(words) == 0
    film = run / "artifacts" / kind / "film.mp4"
    with pytest.raises(JobError) as caught:
        again(film)
    _, _, told = caught.value.hint.partition("artgen render RUN ")
    assert artgen(["render", str(run), "--name", f"{kind}-again", "--quiet", *shlex.split(told)]) == 0
    assert (run / "artifacts" / f"{kind}-again" / "film.mp4").read_bytes() == film.read_bytes()


@pytest.mark.parametrize("form", ["webp", "gif", "apng", "avif"])
def test_a_moving_picture_tells_by_the_file_beside_it_how_it_was_made(form: str, run: Path, tmp_path: Path) -> None:
    words = ["--output", "interpolation", "--seeds", "2,3", "--set", f"formats=['{form}']", "--set", "seconds=0.3"]
    assert artgen(["render", str(run), "--name", form, "--quiet", *words]) == 0
    film = run / "artifacts" / form / f"film.{form}"
    assert read_carried(film).recipe == json.loads(film.with_suffix(".json").read_text(encoding="utf-8"))
    with pytest.raises(JobError, match="film"):
        again(film)
    alone = Path(shutil.copy(film, tmp_path))
    alone.with_suffix(".json").write_text('{"title": "a note of another program"}', encoding="utf-8")
    with contextlib.suppress(DataError):
        assert read_carried(alone).recipe is None


def test_one_picture_falls_into_itself(run: Path) -> None:
    words = ["--output", "zoom", "--seeds", "4", "--set", "seconds=0.5", "--set", "fps=10", "--set", "scale=4"]
    assert artgen(["render", str(run), "--name", "itself", "--quiet", *words]) == 0
    film = frames_of(run / "artifacts" / "itself" / "film.mp4", 64, 64).astype(int)
    assert len(film) == 5
    with Image.open(run / "artifacts" / "itself" / "poster.webp") as still:
        assert np.abs(film[0] - np.asarray(still.convert("RGB"))).mean() < 12
    assert np.abs(film[2] - film[0]).mean() > 1


def test_how_far_a_film_is_is_told_from_the_measuring_of_its_path_to_its_last_frame(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--output", "interpolation", "--seeds", "4,5", "--set", "seconds=0.3", "--set", "fps=10"]
    assert artgen(["render", str(run), "--name", "told", "--json", *words]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = [(row["task"], row["done"], row["total"]) for row in rows if "task" in row]
    measured = [("measuring told", done, 2) for done in (0, 1, 2)]
    assert told == measured + [("painting told", done, 3) for done in (1, 2, 3)]


@pytest.mark.parametrize(("count", "whole"), [(60, True), (600, False)])
def test_a_command_is_whole_or_says_that_it_is_not(count: int, whole: bool) -> None:
    keyframes = [{"at": n, "class": "", "easing": "linear", "mix": {}, "noise": 1.0, "seed": n} for n in range(count)]
    recipe = {"checkpoint": {"sha256": "ab" * 32}, "film": {"type": "timeline", "keyframes": keyframes}}
    with pytest.raises(JobError) as caught:
        refuse_pages_and_films(recipe, Path("my film.mp4"))
    assert (caught.value.hint.endswith(f'"seed" = {count - 1}}}]\'')) == whole
    assert ("It is cut here: artgen show 'my film.mp4' tells all options" in caught.value.hint) != whole


def test_a_film_with_sound_says_where_the_sound_goes(run: Path, tmp_path: Path) -> None:
    told = f"sound={json.dumps(tone(tmp_path / 'tone.wav', 0.5).as_posix())}"
    made = ["render", str(run), "--seeds", "4,5", "--output", "interpolation", "--quiet", "--set", told]
    assert artgen([*made, "--name", "heard", "--set", "seconds=0.3", "--set", "scale=2"]) == 0
    film = run / "artifacts" / "heard" / "film.mp4"
    with pytest.raises(JobError) as caught:
        again(film)
    words = shlex.split(caught.value.hint.partition("artgen render RUN ")[2])
    words[words.index('sound="SOUND"')] = told
    assert artgen(["render", str(run), "--name", "heard-again", "--quiet", *words]) == 0
    assert (run / "artifacts" / "heard-again" / "film.mp4").read_bytes() == film.read_bytes()


def test_a_sound_that_is_not_there_is_told(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["render", str(run), "--output", "interpolation", "--set", 'sound="nope.mp3"', "--name", "silent"]
    assert artgen(words) == 3
    assert "nope.mp3: cannot be read" in capsys.readouterr().err
    assert not (run / "artifacts" / "silent").exists()


def test_what_was_chosen_becomes_a_timeline_with_a_keyframe_every_two_seconds(run: Path, tmp_path: Path) -> None:
    chosen = tmp_path / "list.json"
    chosen.write_text(json.dumps({"truncation": 0.5, "pictures": [{"seed": 12}, {"seed": 3}]}), encoding="utf-8")
    words = ["render", str(run), "--output", "timeline", "--selection", str(chosen), "--name", "chosen", "--quiet"]
    assert artgen([*words, "--set", "fps=2", "--set", "ending=loop", "--set", "scale=2"]) == 0
    recipe = json.loads((run / "artifacts" / "chosen" / "film.json").read_text(encoding="utf-8"))
    told = [(one["at"], one["seed"], one["truncation"]) for one in recipe["film"]["keyframes"]]
    assert told == [(0, 12, 0.5), (2, 3, 0.5)]
    (film,) = (row for file in (run / "artifacts" / ".index").glob("chosen@*.jsonl") for row in read_rows(file))
    assert film["details"]["frames"] == 8
