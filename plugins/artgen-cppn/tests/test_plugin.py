"""As a user meets it: installed, named in a job, run by the command."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from artgen.cli.group import run as artgen
from PIL import Image

from artgen_cppn.plugin import PRESETS

JOB = """
[job]
name = "waves"
seed = 3

[generator]
type = "cppn"
size = [48, 32]
width = 8
depth = 2

[[outputs]]
type = "images"
seeds = "0-2"

[[outputs]]
type = "interpolation"
seeds = "0-1"
seconds = 0.5
fps = 8
pace = "even"
"""
LEARNING = """
[job]
name = "learned"

[data]
folder = "pictures"
size = 16

[generator]
type = "cppn"
width = 8
depth = 2

[discriminator]
type = "dcgan"
width = 4

[train]
steps = 3
batch = 4
device = "cpu"

[quality]
during = 0
final = 0

[[outputs]]
type = "images"
seeds = "0-1"
"""


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(float)


def test_artgen_lists_it_with_its_presets(capsys: pytest.CaptureFixture[str]) -> None:
    assert artgen(["plugins", "list", "--json"]) == 0
    (own,) = [told for told in json.loads(capsys.readouterr().out) if told["distribution"] == "artgen-cppn"]
    assert own["failure"] is None
    assert own["provides"]["generators"] == ["cppn"]
    assert sorted(own["provides"]["presets"]) == sorted(f"cppn-{name}" for name in PRESETS)


def test_reading_its_options_imports_nothing_heavy() -> None:
    code = "import sys, artgen_cppn.plugin, artgen_cppn.config; print({'torch', 'numpy', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_job_without_pictures_runs_at_once_and_goes_on_to_the_same_bytes(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "job.toml").write_text(JOB)
    assert artgen(["plan", "job.toml", "--json"]) == 0
    (plan,) = json.loads(capsys.readouterr().out)
    assert plan["budget"].startswith("none: the network is drawn")
    assert artgen(["run", "job.toml"]) == 0
    run = desk / "runs" / "waves"
    first = (run / "artifacts" / "images" / "seed-000002.png").read_bytes()
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["00000000"]
    assert (run / "artifacts" / "interpolation" / "film.mp4").exists()
    assert pixels(run / "artifacts" / "images" / "seed-000002.png").shape == (32, 48, 3)
    assert artgen(["run", "job.toml", "--fresh"]) == 0
    assert (run / "artifacts" / "images" / "seed-000002.png").read_bytes() == first
    capsys.readouterr()
    assert artgen(["show", str(run / "artifacts" / "images" / "seed-000002.png"), "--json"]) == 0
    told = capsys.readouterr().out
    assert "digitalsourcetype/algorithmicMedia" in told  # no picture has taught it
    assert str(desk) not in told
    assert artgen(["run", "job.toml", "--set", "job.seed=4", "--set", 'job.name="others"']) == 0
    assert (desk / "runs" / "others" / "artifacts" / "images" / "seed-000002.png").read_bytes() != first


def test_a_run_is_rendered_at_another_size_and_remade(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "job.toml").write_text(LEARNING)
    assert artgen(["run", "job.toml"]) == 0
    assert artgen(["render", "runs/learned", "--seeds", "1", "--size", "64", "--name", "large"]) == 0
    folder = desk / "runs" / "learned" / "artifacts"
    small, large = (pixels(folder / name / "seed-000001.png") for name in ("images", "large"))
    assert (small.shape, large.shape) == ((16, 16, 3), (64, 64, 3))
    assert np.abs(small - large.reshape(16, 4, 16, 4, 3).mean((1, 3))).mean() < 6
    capsys.readouterr()
    assert artgen(["render", "runs/learned", "--seeds", "1", "--size", "100", "--name", "odd"]) == 0
    assert "--size 100: painting 96×96 pixels, as sides are multiples of 8" in capsys.readouterr().err
    assert artgen(["remake", str(folder / "large" / "seed-000001.png"), "--runs", "runs"]) == 0
    assert "same" in capsys.readouterr().out


def test_a_network_that_has_learned_nothing_is_handed_on(desk: Path) -> None:
    (desk / "job.toml").write_text(JOB)
    # what is handed on is painted with the threads of whoever has it, and the recipe in the picture says how many
    assert artgen(["run", "job.toml", "--set", f"train.threads={torch.get_num_threads()}"]) == 0
    assert artgen(["export", "runs/waves", "--out", "handed-on"]) == 0
    told = (desk / "handed-on" / "README.md").read_text(encoding="utf-8")
    assert "48×32 px, RGB" in told
    assert "learned from" not in told
    assert artgen(["render", "handed-on", "--seeds", "2"]) == 0
    painted = desk / "handed-on" / "artifacts" / "render" / "seed-000002.png"
    assert painted.read_bytes() == (desk / "runs" / "waves" / "artifacts" / "images" / "seed-000002.png").read_bytes()


@pytest.mark.parametrize(
    ("job", "size"), [(JOB, (48, 32)), (LEARNING.replace("width = 8", "width = 8\nsize = 24"), (24, 24))]
)
def test_a_picture_is_looked_for_at_the_size_that_is_painted(job: str, size: tuple[int, int], desk: Path) -> None:
    Path("job.toml").write_text(job)
    assert artgen(["run", "job.toml", "--quiet"]) == 0
    (run,) = (desk / "runs").iterdir()
    picture = desk / "pictures" / "astronaut.png"
    assert artgen(["project", str(run), str(picture), "--name", "mine", "--steps", "2"]) == 0
    (found,) = run.rglob("mine.png")
    with Image.open(found) as image:
        told = json.loads(image.text["artgen"])
    assert told["shape"] == [*size, 3]
    assert told["projection"]["distance"][1] > 0


def test_it_learns_against_a_discriminator(desk: Path) -> None:
    (desk / "job.toml").write_text(LEARNING)
    assert artgen(["run", "job.toml"]) == 0
    weights = sorted((desk / "runs" / "learned" / "checkpoints").glob("*/generator.safetensors"))
    assert len(weights) == 2
    assert len({path.read_bytes() for path in weights}) == 2


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_is_two_lines_of_a_job(name: str, desk: Path) -> None:
    (desk / "job.toml").write_text(
        f'extends = "preset:cppn-{name}"\n[generator]\nsize = 32\n[[outputs]]\ntype = "images"\nseeds = "1"\n'
    )
    assert artgen(["run", "job.toml"]) == 0
    (picture,) = desk.glob("runs/*/artifacts/images/*.png")
    assert pixels(picture).std() > 8


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('palette = ["red"]', r"palette.*one colour is no picture"),
        ('palette = ["red", "blu"]', r"palette.*Did you mean 'blue'\?"),
        ("size = 30", r"size.*30 is no possible side.*nearest: 24 or 32"),
        ('symetry = "mirror"', r"unknown key 'symetry'\. Did you mean 'symmetry'\?"),
    ],
)
def test_a_mistake_is_told_with_its_line(
    line: str, problem: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "job.toml").write_text(f'[generator]\ntype = "cppn"\n{line}\n')
    assert artgen(["check", "job.toml"]) == 2
    told = capsys.readouterr().err
    assert re.match(r"job\.toml:3: \[generator\]", told), told
    assert re.search(problem, told), told


def test_the_jobs_of_the_readme_run_as_written_at_toy_size(desk: Path) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    jobs = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    assert len(jobs) == 3
    small = ["--set", "generator.width=8", "--set", "generator.depth=2"]
    for number, job in enumerate(jobs):
        (desk / f"job-{number}.toml").write_text(job)
        few = ["--set", "train.batch=4"] if job.startswith("[data]") else []  # there are eight pictures on the desk
        assert artgen(["check", f"job-{number}.toml", *few]) == 0
    still = ["--set", 'outputs=[{type="images", seeds="1"}]', "--set", "generator.size=[48, 32]"]
    for number in (0, 1):
        assert artgen(["run", f"job-{number}.toml", *small, *still]) == 0
        assert (desk / "runs" / f"job-{number}" / "artifacts" / "images" / "seed-000001.png").exists()
    short = [
        "--set",
        "train.batch=4",
        "--set",
        "train.kimg=0.008",
        "--set",
        "data.size=16",
        "--set",
        "quality.during=0",
    ]
    learn = [*small, *short, "--set", "quality.final=0", "--set", 'outputs=[{type="images", seeds="1"}]']
    assert artgen(["run", "job-2.toml", *learn]) == 0
