"""A style job as a person makes it: written, checked, planned, tried small, painted, mended and painted on."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
import tomli
from click.testing import CliRunner

from artgen.cli.run import run as run_command
from artgen.losses.config import ContentConfig

from .conftest import Artgen

PIL_Image = pytest.importorskip("PIL.Image")

JOB = """\
[generator]
type = "canvas"
content = ["photos/*"]
size = 32
[[losses]]
type = "content"
layers = ["relu1_1"]
[[losses]]
type = "gram-style"
images = ["paintings/*"]
layers = ["relu1_1"]
[paint]
steps = 2
device = "cpu"
[[outputs]]
type = "images"
"""
MATRIX = """\
[matrix]
"losses.gram-style.images" = [["paintings/church-at-auvers.png"], ["paintings/langlois-bridge.webp"]]
"losses.content.weight" = [0.5]
"""


@pytest.fixture
def folder(tmp_path: Path, pictures: Path) -> Path:
    """Two photographs, two paintings and a job."""
    for name, into in (
        ("astronaut.jpg", "photos"),
        ("chelsea.jpg", "photos"),
        ("church-at-auvers.png", "paintings"),
        ("langlois-bridge.webp", "paintings"),
    ):
        (tmp_path / into).mkdir(exist_ok=True)
        shutil.copy(pictures / name, tmp_path / into)
    (tmp_path / "job.toml").write_text(JOB)
    return tmp_path


def painted(folder: Path) -> dict[str, int]:
    """When each canvas was finished, by its label."""
    return {path.stem: path.stat().st_mtime_ns for path in folder.glob("canvases/[!.]*.safetensors")}


def test_checking_and_planning_imports_no_torch(artgen_command: Artgen, folder: Path) -> None:
    (folder / "trap").mkdir()
    for name in ("torch", "numpy", "kornia", "imageio"):
        (folder / "trap" / f"{name}.py").write_text("raise SystemExit('imported ' + __name__)")
    for words in (("check",), ("plan",), ("init", "style", "photos", "paintings", "-o", "new.toml")):
        done = artgen_command(*words, *([] if "init" in words else ["job.toml"]), path=str(folder / "trap"))
        assert (done.returncode, done.stderr) == (0, "")


def test_a_plan_says_what_will_be_painted_and_writes_nothing(artgen_command: Artgen, folder: Path) -> None:
    done = artgen_command("plan", "job.toml", "--set", "generator.size=300")
    rows = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "tasks paint, output:images" in rows
    assert "painting 202 steps for each canvas, 808 in all" in rows
    assert "contents 2: astronaut.jpg, chelsea.jpg" in rows
    assert "styles 2: church-at-auvers, langlois-bridge" in rows
    assert "canvases 4, each at 150, 212, 300 pixels" in rows
    assert 'backbone.type "artgen-toolkit:vgg16" default' in rows
    assert not (folder / "runs").exists()


def test_the_job_that_init_writes_passes_check_with_all_its_lines(artgen_command: Artgen, folder: Path) -> None:
    done = artgen_command("init", "style", "photos", "paintings/church-at-auvers.png", "-o", "new.toml")
    assert (done.returncode, done.stderr) == (0, "")
    text = (folder / "new.toml").read_text(encoding="utf-8")
    job = tomli.loads(text)
    assert (job["job"]["name"], job["generator"]["content"]) == ("photos-in-church-at-auvers", ["photos/*"])
    assert job["losses"][1]["images"] == ["paintings/church-at-auvers.png"]
    (folder / "new.toml").write_text(re.sub(r"^# (?=\w+ = |\[)", "", text, flags=re.MULTILINE), encoding="utf-8")
    assert artgen_command("check", "new.toml").stdout == "new.toml: fine\n"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("photos", "nothing"), "'nothing' does not exist"),
        (("empty", "paintings"), "'empty' holds no pictures"),
        (("photos",), "name what to repaint and what to paint it like"),
    ],
)
def test_init_says_what_it_misses(words: tuple[str, ...], complaint: str, artgen_command: Artgen, folder: Path) -> None:
    (folder / "empty").mkdir()
    done = artgen_command("init", "style", *words, "-o", "new.toml")
    assert done.returncode == 2
    assert complaint in done.stderr
    assert not (folder / "new.toml").exists()


def test_contents_that_cannot_be_read_are_told_before_anything_is_painted(artgen_command: Artgen, folder: Path) -> None:
    (folder / "photos" / "chelsea.jpg").write_bytes(b"no picture")
    checked = artgen_command("check", "job.toml")
    assert (checked.returncode, checked.stdout) == (0, "job.toml: fine\n")
    assert checked.stderr.startswith("warning: job.toml: chelsea.jpg cannot be painted: no picture to work with")
    assert "  left out  1: chelsea.jpg, which cannot be read\n" in artgen_command("plan", "job.toml").stdout
    artgen_command("init", "style", "photos", "paintings", "-o", "new.toml")
    assert "# 1 picture; without content" in (folder / "new.toml").read_text(encoding="utf-8")
    (folder / "photos" / "astronaut.jpg").write_bytes(b"no picture")
    done = artgen_command("init", "style", "photos", "paintings", "-o", "none.toml")
    assert (done.returncode, done.stderr) == (2, "artgen init style: 'photos' holds no picture that can be read\n")


def test_init_takes_the_pictures_of_folders_below(artgen_command: Artgen, folder: Path) -> None:
    (folder / "holiday").mkdir()
    (folder / "photos").rename(folder / "holiday" / "rome")
    assert artgen_command("init", "style", "holiday", "paintings", "-o", "new.toml").returncode == 0
    text = (folder / "new.toml").read_text(encoding="utf-8")
    job = tomli.loads(text)
    assert (job["generator"]["content"], job["losses"][1]["images"]) == (["holiday/**/*"], ["paintings/*"])
    assert "# 2 pictures; without content" in text
    done = artgen_command("init", "style", ".", "paintings", "-o", "other.toml")
    assert "'.' holds no pictures" in done.stderr


def test_what_can_be_painted_is_painted_and_only_what_is_missing_then(artgen_command: Artgen, folder: Path) -> None:
    whole = (folder / "photos" / "chelsea.jpg").read_bytes()
    (folder / "photos" / "chelsea.jpg").write_bytes(b"no picture")
    done = artgen_command("run", "job.toml")
    assert done.returncode == 1
    assert "chelsea.jpg" in done.stderr
    assert "Traceback" not in done.stderr
    run = folder / "runs" / folder.name
    before = painted(run)
    assert sorted(before) == ["astronaut--church-at-auvers", "astronaut--langlois-bridge"]
    assert len(list(run.glob("artifacts/images/*.png"))) == 2
    (folder / "photos" / "chelsea.jpg").write_bytes(whole)
    done = artgen_command("run", "job.toml", "--device", "cpu")
    assert (done.returncode, done.stderr) == (0, "")
    after = painted(run)
    assert len(after) == 4
    assert before.items() <= after.items()
    done = artgen_command("run", "job.toml", "--set", "paint.steps=3")
    assert done.returncode == 2
    assert "paint.steps: was 2, is 3" in done.stderr


def test_a_job_of_which_nothing_can_be_painted_says_it_once(artgen_command: Artgen, folder: Path) -> None:
    for photo in (folder / "photos").iterdir():
        photo.write_bytes(b"no picture")
    done = artgen_command("run", "job.toml")
    assert done.returncode == 1
    assert "there is no finished canvas" not in done.stderr


def test_a_draft_shows_variants_with_the_words_that_make_them(artgen_command: Artgen, folder: Path) -> None:
    (folder / "job.toml").write_text(JOB + MATRIX)
    (folder / "elsewhere").mkdir()
    by_hand = ("--set", "generator.strength=2", "--set", 'generator.keep_colors="luminance"')
    done = artgen_command("run", "job.toml", "--draft", "--out", "elsewhere", *by_hand)
    assert (done.returncode, done.stderr) == (0, "")
    drafts = folder / "elsewhere" / f"{folder.name}-draft"
    with PIL_Image.open(drafts / "draft.png") as sheet:
        assert sheet.width > 64
    variants = {path.name: painted(path) for path in drafts.glob("variant-*")}
    assert sorted(label for one in variants.values() for label in one) == [
        "astronaut--church-at-auvers",
        "astronaut--langlois-bridge",
    ]
    told = [line.partition(": ")[2] for line in done.stdout.splitlines() if " of 2: " in line]
    assert told[1] == (
        """--set generator.strength=2 --set 'generator.keep_colors="luminance"' --set 'losses.gram-style.images=["paintings/langlois-bridge.webp"]' --set losses.content.weight=0.5"""
    )
    assert "variant 2: astronaut--langlois-bridge is finished" in done.stdout
    assert "variant-" not in done.stdout
    plan = artgen_command("plan", "job.toml", *shlex.split(told[1])).stdout
    assert "styles    1: langlois-bridge" in plan
    assert "contents  2" in plan
    assert artgen_command("run", "job.toml", "--draft", "--out", "elsewhere", *by_hand).returncode == 0
    assert {path.name: painted(path) for path in drafts.glob("variant-*")} == variants


def test_a_draft_and_a_plan_take_the_mask_that_is_called_after_the_content(
    artgen_command: Artgen, folder: Path
) -> None:
    (folder / "kept").mkdir()
    for mask, photo in {"a-chelsea.png": "chelsea.jpg", "z-astronaut.png": "astronaut.jpg"}.items():
        with PIL_Image.open(folder / "photos" / photo) as image:
            image.convert("L").save(folder / "kept" / mask)
    keep = "size = 32\nkeep = ['kept/*']\n"
    job = JOB.replace("size = 32\n", keep)
    (folder / "job.toml").write_text(job)
    rows = artgen_command("plan", "job.toml").stdout.splitlines()
    assert "  masks     2: z-astronaut.png for astronaut.jpg, a-chelsea.png for chelsea.jpg, in generator.keep" in rows
    (folder / "job.toml").write_text(job + "[matrix]\n'losses.content.weight' = [0.5]\n")
    assert artgen_command("run", "job.toml", "--draft").returncode == 0
    (canvas,) = (folder / "runs").rglob("canvases/astronaut--*.json")
    mask = hashlib.sha256((folder / "kept" / "z-astronaut.png").read_bytes()).hexdigest()
    assert json.loads(canvas.read_text(encoding="utf-8"))["inputs"]["keep"] == [mask]


def test_a_draft_without_a_matrix_tries_the_weights(artgen_command: Artgen, folder: Path) -> None:
    alone = JOB.replace('[[losses]]\ntype = "content"\nlayers = ["relu1_1"]\n', "")
    smooth = alone + "[[losses]]\ntype = 'total-variation'\n"
    factors = (0.0625, 0.25, 1.0, 4.0, 16.0)
    for text, loss, weights in (
        (JOB, "content", [ContentConfig().weight * factor for factor in factors]),
        (smooth, "gram-style", factors),
        (alone, "gram-style", (1.0,)),
    ):
        (folder / "job.toml").write_text(text)
        done = artgen_command(
            "run", "job.toml", "--draft", "--set", f"losses.{loss}.weight={weights[len(weights) // 2]}"
        )
        assert (done.returncode, done.stderr) == (0, "")
        told = [line.partition(": ")[2] for line in done.stdout.splitlines() if f" of {len(weights)}: " in line]
        assert told == [f"--set losses.{loss}.weight={float(f'{weight:.4g}')}" for weight in weights]


@pytest.mark.parametrize(
    "words",
    [
        ("--fresh",),
        ("--jobs", "2"),
        ("--fail-fast",),
        ("--until", "8h"),
        ("--prepare",),
        ("--launcher", "local"),
    ],
    ids=lambda words: words[0],
)
def test_options_of_whole_runs_are_refused_beside_a_draft(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(run_command, ["job.toml", "--draft", *words])
    assert result.exit_code == 2
    assert f"{words[0]} does not go with --draft" in result.output


def test_only_canvases_have_drafts(artgen_command: Artgen, folder: Path) -> None:
    (folder / "gan.toml").write_text('[data]\nfolder = "photos"\n[generator]\ntype = "dcgan"\n')
    done = artgen_command("run", "gan.toml", "--draft")
    assert (done.returncode, done.stderr) == (2, "gan.toml: only canvases have drafts\n")
