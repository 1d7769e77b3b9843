"""A disk that is full, a folder that nobody may write into, odd names: nothing is lost but the file in work."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from artgen.cli.group import run as artgen
from tests.run.test_export import files_in, trained
from tests.tiny_job import TINY_JOB

resource = pytest.importorskip("resource", reason="the system cannot limit the size of files")

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Path:
    """A finished run."""
    return trained(tmp_path_factory.mktemp("whole"), TINY_JOB, pictures)


@pytest.fixture
def copy(run: Path, tmp_path: Path) -> Path:
    """One of a test's own."""
    return Path(shutil.copytree(run, tmp_path / "tiny"))


@contextlib.contextmanager
def no_file_above(size_bytes: int) -> Iterator[None]:
    """The system refuses every byte of a file beyond the first so many, as a full disk refuses the rest."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


ROOM_FOR = {"a recipe": 3000, "a few numbers": 400}
COMMANDS = {
    "images": (["render", "RUN", "--name", "new"], "a recipe"),
    "sheet": (["render", "RUN", "--output", "sheet", "--name", "new"], "a recipe"),
    "poster": (["render", "RUN", "--output", "poster", "--name", "new", "--set", "dpi=30"], "a recipe"),
    "tile": (["render", "RUN", "--output", "tile", "--name", "new"], "a recipe"),
    "directions": (["directions", "RUN"], "a few numbers"),
    "project": (["project", "RUN", "PICTURE", "--steps", "1", "--name", "fox"], "a few numbers"),
    "blend": (["blend", "RUN", "RUN", "--at", "8", "--out", "NEW"], "a recipe"),
    "export": (["export", "RUN", "--out", "NEW"], "a recipe"),
    "weights": (["export", "RUN", "--format", "safetensors", "--out", "NEW"], "a recipe"),
    "remake": (["remake", "RUN/artifacts/images/seed-000001.png", "--out", "NEW.png"], "a recipe"),
    "strip": (["strip", "RUN/artifacts/images/seed-000001.png"], "a few numbers"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_when_the_disk_is_full_it_is_said_and_what_was_there_stays(
    name: str, copy: Path, tmp_path: Path, pictures: Path, capsys: Capture
) -> None:
    words, room = COMMANDS[name]
    places = {"RUN": str(copy), "PICTURE": str(pictures / "fox.webp"), "NEW": str(tmp_path / "new")}
    words = [_placed(word, places) for word in words]
    before = files_in(tmp_path)
    with no_file_above(ROOM_FOR[room]):
        assert artgen(words) == 1
    said = capsys.readouterr().err
    assert "cannot be written: File too large" in said
    assert "Make room" in said
    after = files_in(tmp_path)
    assert {path: after.get(path) for path in before} == before
    finished = {".recipe.json", "new.json", "fox.json", "fox.safetensors"}
    assert {Path(path).name for path in after.keys() - before.keys()} <= finished
    assert artgen(words) == 0, "where there is room again it is made"


def _placed(word: str, places: dict[str, str]) -> str:
    for name, path in places.items():
        word = word.replace(name, path)
    return word


def test_pictures_that_were_finished_before_the_disk_was_full_stay_and_the_others_follow(
    run: Path, copy: Path, capsys: Capture
) -> None:
    sizes = sorted(path.stat().st_size for path in (run / "artifacts/images").glob("*.png"))
    words = ["render", str(copy), "--seeds", "0-8"]
    with no_file_above(sizes[-1] - 1):
        assert artgen(words) == 1
    assert ".png: cannot be written" in capsys.readouterr().err
    whole = {name: data for name, data in files_in(run / "artifacts/images").items() if name.endswith(".png")}
    left = {name: data for name, data in files_in(copy / "artifacts/render").items() if name.endswith(".png")}
    assert left.items() < whole.items()
    assert artgen(words) == 0
    assert files_in(copy / "artifacts/render").items() >= whole.items()


def test_a_training_that_fills_the_disk_keeps_its_checkpoints_and_goes_on(
    tmp_path: Path, pictures: Path, run: Path, capsys: Capture
) -> None:
    (tmp_path / "job.toml").write_text(TINY_JOB.format(pictures=pictures.as_posix()), encoding="utf-8")
    words = ["run", str(tmp_path / "job.toml")]
    assert artgen([*words, "--set", "train.steps=8"]) == 0
    there = files_in(tmp_path / "runs/tiny/checkpoints")
    with no_file_above(20_000):
        assert artgen(words) == 1
    said = capsys.readouterr().err
    assert "checkpoints: cannot be written: File too large" in said
    assert "Traceback" not in said
    assert files_in(tmp_path / "runs/tiny/checkpoints").items() >= there.items()
    assert artgen(words) == 0
    last = "checkpoints/00000024/ema.safetensors"
    assert (tmp_path / "runs/tiny" / last).read_bytes() == (run / last).read_bytes()


@contextlib.contextmanager
def by_nobody_in_particular() -> Iterator[None]:
    """Without the rights of the superuser, who may write anywhere."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def read_only(run: Path) -> Iterator[Path]:
    """A run that everybody may read and nobody write into."""
    folder = Path(tempfile.mkdtemp(prefix="artgen-"))
    there = Path(shutil.copytree(run, folder / "tiny"))
    for path in (folder, there, *there.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield there
    for path in (folder, there, *there.rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "words",
    [
        ["render", "RUN", "--seeds", "1"],
        ["directions", "RUN"],
        ["export", "RUN", "--out", "RUN/new"],
        ["export", "RUN", "--format", "safetensors", "--out", "RUN/new"],
        ["blend", "RUN", "RUN", "--at", "8", "--out", "RUN/new"],
        ["remake", "RUN/artifacts/images/seed-000001.png", "--out", "RUN/new.png"],
        ["strip", "RUN/artifacts/images/seed-000001.png"],
        ["gallery", "RUN"],
    ],
    ids=lambda words: "-".join(words[:1] + words[3:4]),
)
def test_a_folder_that_nobody_may_write_into_is_named(
    words: list[str], read_only: Path, copy: Path, capsys: Capture
) -> None:
    artgen([_placed(word, {"RUN": str(copy)}) for word in words])  # what it needs is loaded
    before = files_in(read_only)
    capsys.readouterr()
    with by_nobody_in_particular():
        assert artgen([_placed(word, {"RUN": str(read_only)}) for word in words]) == 1
    said = capsys.readouterr().err
    assert "Permission denied" in said
    assert "Choose a place where you may write" in said
    assert str(read_only.parent) in said
    assert "mistake in artgen" not in said
    assert files_in(read_only) == before


def test_what_only_reads_works_where_nobody_may_write(read_only: Path, run: Path, capsys: Capture) -> None:
    picture = "artifacts/images/seed-000001.png"
    for words in (["show", "RUN/" + picture], ["remake", "RUN/" + picture]):
        artgen([_placed(word, {"RUN": str(run)}) for word in words])
        with by_nobody_in_particular():
            assert artgen([_placed(word, {"RUN": str(read_only)}) for word in words]) == 0
    assert "it differs by 0" in capsys.readouterr().out


def test_pictures_of_any_name_are_repainted_projected_and_shown_under_names_that_every_disk_takes(
    copy: Path, tmp_path: Path, pictures: Path, capsys: Capture
) -> None:
    longest = "é" * 120 + ".png"  # as many bytes as a name may have
    for name in ('a "b" <c> #d 100%.png', longest):
        with Image.open(pictures / "fox.webp") as image:
            image.save(tmp_path / name)
        assert artgen(["project", str(copy), str(tmp_path / name), "--steps", "1"]) == 0
    kept = sorted(path.name for path in (copy / "projections").glob("*.png"))
    assert kept[0] == "a_b_c_d_100.png"
    assert set(kept[1].removesuffix(".png")) == {"é"}
    capsys.readouterr()
    assert artgen(["show", str(copy / "projections" / kept[0])]) == 0


@pytest.mark.parametrize("name", ["x" * 300, "é" * 120, 'a"b', "a<b", "a/b", "..", "con"])
def test_names_that_some_disk_refuses_are_refused_with_the_reason(name: str, copy: Path, capsys: Capture) -> None:
    for words in (["render", "--name"], ["directions", "--name"], ["project", "PICTURE", "--steps", "1", "--name"]):
        command, *options = words
        picture = str(copy / "artifacts/images/seed-000001.png")
        before = files_in(copy)
        assert artgen([command, str(copy), *(picture if word == "PICTURE" else word for word in options), name]) > 0
        said = capsys.readouterr().err
        assert any(told in said for told in ("the name", "is no name", "that Windows keeps"))
        assert "mistake in artgen" not in said
        assert files_in(copy) == before


@pytest.mark.parametrize("words", [["export", "RUN"], ["export", "RUN", "--format", "safetensors"]])
def test_a_path_that_is_too_long_is_told_as_the_disk_tells_it(words: list[str], copy: Path, capsys: Capture) -> None:
    out = copy.parent / ("x" * 300)
    assert artgen([_placed(word, {"RUN": str(copy)}) for word in words] + ["--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert "File name too long" in said
    assert "mistake in artgen" not in said
