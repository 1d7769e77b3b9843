"""``artgen init`` looks at a folder of real pictures and writes a job that fits it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
import tomli

from .conftest import Artgen

PIL_Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def folder(tmp_path: Path, pictures: Path) -> Path:
    """Real pictures beside where the job is to stand, in a folder with an odd name."""
    target = tmp_path / 'my "old" moths'
    shutil.copytree(pictures, target)
    return target


def made_of(folder: Path, size: tuple[int, int], mode: str) -> None:
    """Bring every picture to one size and mode."""
    for number, path in enumerate(sorted(folder.iterdir())):
        try:
            with PIL_Image.open(path) as picture:
                picture.convert("RGB").convert(mode).resize(size).save(folder / f"made{number}.png")
        except OSError:
            pass
        path.unlink()


def test_what_init_writes_passes_check(artgen_command: Artgen, folder: Path, tmp_path: Path) -> None:
    done = artgen_command("init", "gan", folder.name)
    assert (done.returncode, done.stderr) == (0, "")
    assert artgen_command("check", "job.toml").returncode == 0
    job = tomli.loads((tmp_path / "job.toml").read_text(encoding="utf-8"))
    assert job["data"]["folder"] == folder.name
    assert [output["type"] for output in job["outputs"]] == ["sheet", "interpolation", "gallery"]


@pytest.mark.parametrize("kind", ["gan", "style"])
@pytest.mark.parametrize("name", ["~old", "~"])
def test_a_folder_whose_name_begins_like_a_users_is_a_folder(
    kind: str, name: str, artgen_command: Artgen, folder: Path, tmp_path: Path
) -> None:
    folder.rename(tmp_path / name)
    (tmp_path / "paintings").mkdir()
    shutil.copyfile(tmp_path / name / "church-at-auvers.png", tmp_path / "paintings" / "church.png")
    assert artgen_command("init", kind, name, *["paintings"] * (kind == "style")).returncode == 0
    done = artgen_command("check", "job.toml")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(artgen_command("plan", "job.toml", "--json").stdout)
    assert str(tmp_path / name) in json.dumps(told)


@pytest.mark.parametrize(
    ("size", "mode", "suggested", "colors"),
    [
        ((200, 200), "RGB", 64, "rgb"),
        ((48, 44), "RGBA", 40, "rgba"),
        ((300, 200), "L", [96, 64], "gray"),
        ((100, 200), "RGB", [64, 128], "rgb"),
    ],
)
def test_size_and_colours_follow_the_pictures(
    size: tuple[int, int],
    mode: str,
    suggested: object,
    colors: str,
    artgen_command: Artgen,
    folder: Path,
    tmp_path: Path,
) -> None:
    made_of(folder, size, mode)
    assert artgen_command("init", folder.name, "-o", "moths.toml").returncode == 0
    text = (tmp_path / "moths.toml").read_text(encoding="utf-8")
    assert f"# colors = {json.dumps(colors)} " in text
    planned = artgen_command("plan", "--json", "moths.toml", "--set", "train.device=cpu")
    values = json.loads(planned.stdout)[0]["values"]
    assert (values["data.size"]["value"], values["data.colors"]["value"]) == (suggested, colors)


def test_every_line_that_init_comments_out_can_be_taken_in(
    artgen_command: Artgen, folder: Path, tmp_path: Path
) -> None:
    assert artgen_command("init", folder.name).returncode == 0
    path = tmp_path / "job.toml"
    text = re.sub(r"^# (?=\w+ = |\[)", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(text.replace("kimg = 100", "# kimg = 100"), encoding="utf-8")
    done = artgen_command("check", "job.toml")
    assert (done.returncode, done.stderr) == (0, "")
    assert tomli.loads(path.read_text(encoding="utf-8"))["generator"]["type"] == "dcgan"


def test_nothing_is_written_over(artgen_command: Artgen, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "job.toml").write_text("mine")
    done = artgen_command("init", folder.name)
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert (tmp_path / "job.toml").read_text() == "mine"
    assert artgen_command("init", folder.name, "--force").returncode == 0
    assert (tmp_path / "job.toml").read_text(encoding="utf-8") != "mine"


def test_a_folder_without_pictures_or_none_at_all_is_told(artgen_command: Artgen, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert artgen_command("init", "empty").returncode == 3
    done = artgen_command("init", "nowhere")
    assert (done.returncode, done.stderr) == (2, "artgen init: folder 'nowhere' does not exist\n")
    assert not (tmp_path / "job.toml").exists()


def test_two_folders_are_no_kind_of_job_but_one_too_many(artgen_command: Artgen, folder: Path) -> None:
    too_many = (
        "artgen init: a gan learns from one folder, and 2 are named; to repaint the pictures of the first like those of "
        f"the second: artgen init style {shlex.quote(folder.name)} paintings\n"
    )
    for words in (["gan", folder.name, "paintings"], [folder.name, "paintings"]):
        done = artgen_command("init", *words)
        assert (done.returncode, done.stderr) == (2, too_many)
    done = artgen_command("init", "gann", folder.name)
    assert done.stderr == "artgen init: 'gann' is no kind of job. Did you mean 'gan'? There are: gan, style\n"


def test_the_commands_that_init_names_can_be_typed(artgen_command: Artgen, folder: Path) -> None:
    done = artgen_command("init", folder.name, "-o", "jobs of mine/k ü.toml")
    told = [shlex.split(line) for line in done.stdout.splitlines()[1:]]
    assert [words[:3] for words in told] == [["artgen", word, "jobs of mine/k ü.toml"] for word in ("plan", "run")]
    assert artgen_command(*told[0][1:3]).returncode == 0


def test_the_job_does_not_stand_among_its_pictures(artgen_command: Artgen, folder: Path) -> None:
    done = artgen_command("init", folder, "-o", folder / "job.toml")
    assert done.returncode == 2
    assert "among its pictures" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_no_job_can_hold_is_told_and_the_job_that_is_there_stays(
    artgen_command: Artgen, folder: Path, tmp_path: Path
) -> None:
    odd = tmp_path / "caf\udce9"
    shutil.copytree(folder, odd)
    (tmp_path / "job.toml").write_text("kept")
    done = artgen_command("init", "gan", str(odd), "--force")
    assert done.returncode == 2
    assert "is a name that no job file can hold: rename it" in done.stderr
    assert (tmp_path / "job.toml").read_text() == "kept"
