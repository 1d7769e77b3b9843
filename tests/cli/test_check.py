"""``artgen check`` and ``artgen plan`` on jobs as people write them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Artgen

SIX = """\
[job]
sed = 7

[data]
folder = "picturs"
fit = "cvoer"

[generator]
type = "dcgn"

[train]
kimg = "many"
batch = 0
"""

GOOD = """\
extends = "preset:small-folder"

[data]
folder = "pictures"

[train]
kimg = 1.5
"""


def test_six_mistakes_are_six_problems_with_line_and_word(artgen_command: Artgen, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "job.toml").write_text(SIX)
    done = artgen_command("check", "job.toml")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.replace(str(tmp_path), "HERE") == (
        "job.toml:2: [job] unknown key 'sed'. Did you mean 'seed'?\n"
        "    sed = 7\n"
        "job.toml:5: [data] folder 'picturs' does not exist (looked for HERE/picturs). Did you mean 'pictures'?\n"
        '    folder = "picturs"\n'
        "job.toml:6: [data] fit must be one of 'cover', 'contain', 'stretch', not 'cvoer'. Did you mean 'cover'?\n"
        '    fit = "cvoer"\n'
        "job.toml:9: [generator] unknown generator 'dcgn'. Did you mean 'dcgan'?\n"
        '    type = "dcgn"\n'
        "job.toml:12: [train] kimg must be a number, not 'many'\n"
        '    kimg = "many"\n'
        "job.toml:13: [train] batch must be at least 1, not 0\n"
        "    batch = 0\n"
        "6 problems\n"
    )


def test_problems_as_json_have_file_and_line(artgen_command: Artgen, tmp_path: Path) -> None:
    (tmp_path / "job.toml").write_text(SIX)
    done = artgen_command("check", "--json", "job.toml")
    problems = json.loads(done.stdout)
    assert done.returncode == 2
    assert [problem["line"] for problem in problems] == [2, 5, 6, 9, 12, 13]
    assert {problem["file"] for problem in problems} == {str(tmp_path / "job.toml")}


def folder_of(count: int, folder: Path) -> None:
    """Files with names of pictures; none is opened."""
    folder.mkdir(parents=True)
    for index in range(count):
        (folder / f"{index}.png").touch()


def test_a_good_job_is_fine(artgen_command: Artgen, tmp_path: Path) -> None:
    folder_of(16, tmp_path / "pictures")
    (tmp_path / "job.toml").write_text(GOOD)
    done = artgen_command("check", "job.toml", "--set", "train.batch=8")
    assert (done.returncode, done.stdout, done.stderr) == (0, "job.toml: fine\n", "")


TIMELINE = '[[outputs]]\ntype = "timeline"\nkeyframes = [{ at = 0, seed = 1 }, { at = 1, seed = 2, class = "cats" }]\n'
SHEET = '[[outputs]]\ntype = "sheet"\nclass = "cats"\n'


@pytest.mark.parametrize(
    ("count", "more", "told"),
    [
        (0, "", "no picture can be read, and at least 4 are needed"),
        (9, "", "there are 9 pictures, and a batch takes 16"),
        (16, "[data]\nclasses = true\n", "classes = true needs at least two sub-folders with pictures"),
        (16, SHEET, "'cats' is no class: this generator knows none"),
        (16, TIMELINE, "outputs.timeline.keyframes.1.class: 'cats' is no class: this generator knows none"),
        (16, '[[outputs]]\ntype = "mix-grid"\n', "output 'mix-grid' needs a generator with a mapping network"),
    ],
)
def test_what_would_end_a_run_is_seen_before_by_the_names_of_the_files(
    count: int, more: str, told: str, artgen_command: Artgen, tmp_path: Path
) -> None:
    folder_of(count, tmp_path / "pictures")
    job = GOOD.replace("[data]\n", more) if more.startswith("[data]") else GOOD + more
    (tmp_path / "job.toml").write_text(job)
    done = artgen_command("check", "job.toml")
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""


def test_a_class_that_there_is_not_is_seen_before_by_the_names_of_the_folders(
    artgen_command: Artgen, tmp_path: Path
) -> None:
    for name in ("cat", "dog"):
        folder_of(9, tmp_path / "pictures" / name)
    (tmp_path / "job.toml").write_text(GOOD.replace("[data]\n", "[data]\nclasses = true\n") + SHEET)
    done = artgen_command("check", "job.toml")
    assert done.returncode == 2
    assert "outputs.sheet.class: 'cats' is no class of this generator" in done.stderr
    assert "Did you mean 'cat'? There are: cat, dog" in done.stderr


def test_checking_imports_no_torch(artgen_command: Artgen, tmp_path: Path) -> None:
    folder_of(16, tmp_path / "pictures")
    (tmp_path / "job.toml").write_text(GOOD)
    (tmp_path / "trap").mkdir()
    for name in ("torch", "numpy", "kornia", "PIL", "imageio"):
        (tmp_path / "trap" / f"{name}.py").write_text("raise SystemExit('imported ' + __name__)")
    for command in ("check", "plan"):
        done = artgen_command(command, "job.toml", path=str(tmp_path / "trap"))
        assert (done.returncode, done.stderr) == (0, "")


def test_a_plan_tells_every_value_its_source_and_what_is_done(
    artgen_command: Artgen, tmp_path: Path, pictures: Path
) -> None:
    (tmp_path / "job.toml").write_text(GOOD.replace('"pictures"', json.dumps(str(pictures))))
    done = artgen_command("plan", "job.toml", "--set", "train.batch=8")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "tasks train, output:sheet, output:interpolation, output:gallery" in rows
    assert "training 188 steps of 8 pictures, 1.504 kimg" in rows
    assert "train.kimg 1.5 job.toml:7" in rows
    assert "train.batch 8 --set train.batch=8" in rows
    assert any(row.startswith('generator.upsampling "resize" preset:small-folder:') for row in rows)
    assert "data.mirror false default" in rows
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job.toml"]


def test_a_plan_as_json(artgen_command: Artgen, tmp_path: Path, pictures: Path) -> None:
    (tmp_path / "job.toml").write_text(
        GOOD.replace('"pictures"', json.dumps(str(pictures))) + "[matrix]\ntrain.batch = [4, 8]\n"
    )
    cells = json.loads(artgen_command("plan", "--json", "job.toml").stdout)
    assert [(cell["name"][-2:], cell["steps"]) for cell in cells] == [("@4", 375), ("@8", 188)]
    assert cells[0]["values"]["train.batch"] == {"value": 4, "source": "matrix, job.toml:9", "change": "identity"}
    assert cells[0]["pictures"]["files"] > 0


def test_a_matrix_is_planned_with_what_differs_apart(artgen_command: Artgen, tmp_path: Path, pictures: Path) -> None:
    (tmp_path / "job.toml").write_text(
        GOOD.replace('"pictures"', json.dumps(str(pictures))) + "[matrix]\ntrain.batch = [4, 8]\n"
    )
    text = artgen_command("plan", "job.toml").stdout
    cells, shared = text.split("the same in every run")
    (columns, four, eight) = (line.split() for line in cells.splitlines() if "@" in line or "train.batch" in line)
    of_batch = columns.index("train.batch")
    assert [four[of_batch], eight[of_batch]] == ["4", "8"]
    assert "train.kimg" in shared
    assert "train.batch" not in shared


def test_what_cannot_be_written_on_a_poster_is_told_before_it_is_made(artgen_command: Artgen, tmp_path: Path) -> None:
    folder_of(16, tmp_path / "pictures")
    poster = '\n[[outputs]]\ntype = "poster"\ntitle = "猫 and 犬"\n'
    (tmp_path / "job.toml").write_text(GOOD + poster, encoding="utf-8")
    done = artgen_command("check", "job.toml")
    assert done.returncode == 2
    assert "[outputs.poster] title: artgen's letters are Latin, Greek and Cyrillic: there is no '猫犬'" in done.stderr
    assert 'Name a font that has them: font = "FILE.otf"' in done.stderr
    (tmp_path / "cats.otf").write_text("nothing")
    (tmp_path / "job.toml").write_text(GOOD + poster + 'font = "cats.otf"\n', encoding="utf-8")
    done = artgen_command("check", "job.toml")
    assert "job.toml:12: [outputs.poster] font: " in done.stderr
    assert "is no font that can be read" in done.stderr
    (tmp_path / "cats.otf").unlink()
    done = artgen_command("check", "job.toml")
    assert "font: file 'cats.otf' does not exist" in done.stderr
    assert "no font" not in done.stderr


LISTED = (
    '[[outputs]]\ntype = "timeline"\nselection = "list"\nkeyframes = [{ at = 0, seed = 1 }, { at = 1, picture = 4 }]\n'
)


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ("1\n2\n3\n", "outputs.timeline.keyframes.1.picture: the list has 3 pictures, and this is number 4"),
        ("fox\n" * 4, "outputs.timeline.keyframes.1.picture: the list has names of pictures"),
        ("{", "list"),
    ],
)
def test_a_list_that_a_film_cannot_go_by_is_told_before_the_training(
    listed: str, told: str, artgen_command: Artgen, tmp_path: Path
) -> None:
    folder_of(16, tmp_path / "pictures")
    (tmp_path / "list").write_text(listed)
    (tmp_path / "job.toml").write_text(GOOD + LISTED)
    done = artgen_command("check", "job.toml")
    assert done.returncode == 2
    assert told in done.stderr


def test_a_run_that_begins_with_itself_is_told_before_it_is_set_aside(artgen_command: Artgen, tmp_path: Path) -> None:
    folder_of(16, tmp_path / "pictures")
    (tmp_path / "runs" / "mine").mkdir(parents=True)
    (tmp_path / "job.toml").write_text(f'{GOOD}from = "runs/mine"\n[job]\nname = "mine"\n')
    for words in (("check",), ("run", "--fresh")):
        done = artgen_command(*words, "job.toml")
        assert done.returncode == 2
        assert "[train] from is this run's own folder: give the job another name" in done.stderr
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["mine"]


def test_a_folder_without_a_job_is_told_as_json_too(artgen_command: Artgen, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    done = artgen_command("check", "none", "--json")
    assert done.returncode == 2
    (problem,) = json.loads(done.stdout)
    assert "there is no job in this folder" in problem["text"]
