"""What a run has learned, handed on: it paints the same where there is neither the job nor the pictures."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file

from artgen.cli.group import run as artgen
from artgen.contracts import PictureShape
from artgen.engine.checkpoint import write_checkpoint
from artgen.engine.networks import build_network
from artgen.generators.config import DCGANConfig
from artgen.generators.dcgan import DCGAN
from artgen.job import read_job, write_lock
from artgen.job.kept.lock import lock_data
from artgen.outputs.metadata.carried import read_carried
from artgen.runs.checkpoints import list_checkpoints
from tests.run.again import again
from tests.tiny_job import TINY_JOB
from tests.tiny_stylizer import TINY_STYLIZER

Capture = pytest.CaptureFixture[str]


def trained(folder: Path, job: str, pictures: Path, *words: str) -> Path:
    """A run whose pictures are gone."""
    shutil.copytree(pictures, folder / "pictures")
    (folder / "job.toml").write_text(job.format(pictures="pictures"), encoding="utf-8")
    assert artgen(["run", str(folder / "job.toml"), *words]) == 0
    shutil.rmtree(folder / "pictures")
    return folder / "runs" / "tiny"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Path:
    return trained(tmp_path_factory.mktemp("secret-place"), TINY_JOB, pictures)


@pytest.fixture(scope="module")
def shared(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported folder."""
    out = tmp_path_factory.mktemp("out") / "shared"
    assert artgen(["export", str(run), "--out", str(out), "--credit", "By an artist, CC BY 4.0"]) == 0
    return out


@pytest.fixture
def copy(shared: Path, tmp_path: Path) -> Path:
    """One of a test's own."""
    return Path(shutil.copytree(shared, tmp_path / "shared"))


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pixels(file: Path) -> np.ndarray:
    with Image.open(file) as image:
        return np.array(image, np.int16)


def lock_says(folder: Path, change: Callable[[str], str]) -> None:
    lock = folder / "job.lock.toml"
    lock.write_text(change(lock.read_text(encoding="utf-8")), encoding="utf-8")


def test_the_folder_paints_the_same_files_as_the_run_and_tells_the_same_of_them(run: Path, copy: Path) -> None:
    assert artgen(["render", str(copy), "--seeds", "0-8", "--name", "images", "--device", "cpu"]) == 0
    painted = files_in(copy / "artifacts" / "images")
    assert painted == files_in(run / "artifacts" / "images")
    assert len([name for name in painted if name.endswith(".png")]) == 9
    for words in (["--output", "sheet", "--seeds", "1,2"], ["--output", "interpolation", "--set", "seconds=0.2"]):
        assert artgen(["render", str(copy), *words]) == 0


def test_a_picture_that_the_folder_painted_is_made_again_with_it(run: Path, shared: Path) -> None:
    assert again(run / "artifacts/images/seed-000004.png", shared)[0].largest == 0


def test_half_the_size_paints_nearly_the_same_and_says_which_weights_it_was(run: Path, tmp_path: Path) -> None:
    half = tmp_path / "half"
    assert artgen(["export", str(run), "--out", str(half), "--dtype", "float16"]) == 0
    assert artgen(["render", str(half), "--seeds", "0-8"]) == 0
    (weights,) = half.glob("checkpoints/*/ema.safetensors")
    assert {tensor.dtype for tensor in load_file(weights).values()} == {torch.float16, torch.int64}
    for name in ("seed-000000.png", "seed-000007.png"):
        one, other = (run / "artifacts/images" / name, half / "artifacts/render" / name)
        assert 0 < np.abs(pixels(one) - pixels(other)).mean() < 0.5
        recipe = read_carried(other).recipe or {}
        assert recipe["checkpoint"]["sha256"] == list_checkpoints(half / "checkpoints")[0].info.sha256


def test_it_says_what_it_is_and_never_where_it_comes_from(run: Path, shared: Path, tmp_path: Path) -> None:
    assert set(files_in(shared)) == {
        "README.md",
        "preview.png",
        "job.lock.toml",
        "checkpoints/00000024/ema.safetensors",
        "checkpoints/00000024/state.json",
    }
    page = (shared / "README.md").read_text(encoding="utf-8")
    for told in ("artgen render shared --seeds", "16×16 px, RGB", "96 views", "24 steps", "By an artist, CC BY 4.0"):
        assert told in page
    for data in files_in(shared).values():
        assert not re.search(rb"secret-place|pytest-of|/tmp|runs/", data)
    assert (shared / "preview.png").stat().st_size > 500
    again_there = tmp_path / "shared"
    assert artgen(["export", str(run), "--out", str(again_there), "--credit", "By an artist, CC BY 4.0"]) == 0
    assert files_in(again_there) == files_in(shared)


def test_it_tells_the_final_figures_that_the_run_has_on_its_page(run: Path, tmp_path: Path) -> None:
    measured = Path(shutil.copytree(run, tmp_path / "tiny"))
    best = list_checkpoints(measured / "checkpoints")[-1].info
    told = {"quality/kid_vgg": 0.0123, "quality/kid_vgg_low": 0.01, "quality/kid_vgg_high": 0.02, "pictures": 1000}
    for sha256, shown in ((best.sha256, True), ("of another", False)):
        (measured / "quality.json").write_text(json.dumps({"checkpoint": sha256, **told}), encoding="utf-8")
        assert artgen(["export", str(measured), "--out", str(tmp_path / sha256[:6])]) == 0
        page = (tmp_path / sha256[:6] / "README.md").read_text(encoding="utf-8")
        assert ("kid_vgg 0.0123 (0.0100 to 0.0200), of 1,000 pictures" in page) is shown


def test_the_same_export_leaves_what_is_there_and_another_is_refused(run: Path, copy: Path, capsys: Capture) -> None:
    (copy / "artifacts").mkdir()
    (copy / "artifacts" / "mine.png").write_bytes(b"mine")
    before = files_in(copy)
    words = ["export", str(run), "--out", str(copy)]
    assert artgen([*words, "--credit", "By an artist, CC BY 4.0"]) == 0
    assert artgen(words) == 1
    assert artgen([*words, "--format", "safetensors"]) == 1
    assert artgen(["export", str(run), "--out", str(run)]) == 1
    assert capsys.readouterr().err.count("--out") == 3
    assert files_in(copy) == before


def test_losses_and_their_plugins_are_told_but_not_needed(copy: Path) -> None:
    lock_says(copy, lambda text: text.replace("artgen-toolkit:adversarial", "artgen-elsewhere:glow"))
    assert artgen(["render", str(copy), "--seeds", "3"]) == 0
    recipe = read_carried(copy / "artifacts/render/seed-000003.png").recipe or {}
    assert recipe["settings"]["losses"][0]["type"] == "artgen-elsewhere:glow"


def test_a_generator_whose_plugin_is_missing_names_it(copy: Path, capsys: Capture) -> None:
    lock_says(
        copy, lambda text: text.replace('[generator]\ntype = "artgen-toolkit', '[generator]\ntype = "artgen-elsewhere')
    )
    assert artgen(["render", str(copy)]) == 2
    said = capsys.readouterr().err
    assert "which is not installed. Try: pip install artgen-elsewhere" in said
    assert said.count("job.lock.toml:") == 1


def test_it_cannot_be_trained_and_says_what_it_is_for(copy: Path, capsys: Capture) -> None:
    assert artgen(["run", str(copy / "job.lock.toml")]) == 2
    assert "artgen render FOLDER" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["folder", "safetensors", "onnx"])
@pytest.mark.parametrize("wrong", ["no checkpoint", "damaged"])
def test_a_run_that_cannot_be_exported_says_why_and_leaves_nothing(
    wrong: str, form: str, run: Path, tmp_path: Path, capsys: Capture
) -> None:
    broken = Path(shutil.copytree(run, tmp_path / "broken"))
    if wrong == "damaged":
        for weights in broken.glob("checkpoints/*/ema.safetensors"):
            data = bytearray(weights.read_bytes())
            data[-1] ^= 1
            weights.write_bytes(data)
    else:
        shutil.rmtree(broken / "checkpoints")
    (tmp_path / "out").mkdir()
    assert artgen(["export", str(broken), "--format", form, "--out", str(tmp_path / "out" / "it")]) == 1
    assert ("sha256" if wrong == "damaged" else "no checkpoint") in capsys.readouterr().err
    assert not files_in(tmp_path / "out")


def test_damaged_weights_are_refused_where_they_are_painted_with(copy: Path, capsys: Capture) -> None:
    (weights,) = copy.glob("checkpoints/*/ema.safetensors")
    weights.write_bytes(weights.read_bytes()[:-4])
    assert artgen(["render", str(copy)]) == 1
    assert "damaged" in capsys.readouterr().err


def test_bare_weights_are_the_same_bytes_each_time_and_carry_what_builds_the_network(run: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.safetensors" for number in range(2)]
    for file in (*files, files[0]):
        assert artgen(["export", str(run), "--format", "safetensors", "--out", str(file)]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    with safe_open(files[0], "pt") as opened:
        told = json.loads(opened.metadata()["artgen"])
    options = {key: value for key, value in told["generator"].items() if key != "type"}
    DCGAN(DCGANConfig(**options), PictureShape(*told["shape"])).load_state_dict(load_file(files[0]))
    assert (told["step"], told["images"], told["classes"]) == (24, 96, [])


OF_TWO_CLASSES = {"classes": ["cats", "dogs"]}
GENERATORS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "dcgan": ('type = "dcgan"\nlatent = 8\nwidth = 4\nnoise = true\nupsampling = "smooth"', "rgba", OF_TWO_CLASSES),
    "dcgan that grows": ('type = "dcgan"\nlatent = 8\nwidth = 4', "rgb", {"stage": {"size": 8, "fade": 0.5}}),
    "stylegan-lite": ('type = "stylegan-lite"\nlatent = 8\nmax_width = 8', "rgba", OF_TWO_CLASSES),
    "lightweight": ('type = "lightweight"\nlatent = 8\nwidth = 8', "rgb", {}),
    "msg": ('type = "msg"\nlatent = 8\nwidth = 8', "rgba", {}),
    "dense": ('type = "dense"\nlatent = 8\nhidden = [8]', "gray", {}),
}


@pytest.mark.parametrize("kind", GENERATORS)
def test_every_generator_paints_the_same_from_its_folder(kind: str, tmp_path: Path, pictures: Path) -> None:
    options, colors, state = GENERATORS[kind]
    text = TINY_JOB.format(pictures=pictures.as_posix()).replace("size = 16", f'size = 16\ncolors = "{colors}"')
    text = text.replace('type = "dcgan"\nlatent = 8\nwidth = 4', options, 1)
    if "classes" in state:
        text = text.replace("size = 16", "size = 16\nclasses = true")
    if kind == "msg":
        text = text.replace('type = "dcgan"', 'type = "msg"')
    if "stage" in state:
        text = text.replace("width = 4", "width = 4\ngrowing = true").replace(
            "batch = 4", "batch = 4\nstages = [{size = 8, kimg = 0.05}, {size = 16}]"
        )
    run = untrained(tmp_path, text, len(state.get("classes", [])), state)
    out = tmp_path / "elsewhere" / "out"
    assert artgen(["export", str(run), "--out", str(out)]) == 0
    for folder in (run, out):
        assert artgen(["render", str(folder), "--seeds", "0-3", "--truncation", "0.8", "--device", "cpu"]) == 0
    painted = files_in(out / "artifacts/render")
    assert painted == files_in(run / "artifacts/render")
    with Image.open(out / "artifacts/render/seed-000003.png") as image:
        assert image.mode == {"rgba": "RGBA", "rgb": "RGB", "gray": "L"}[colors]
    if "classes" in state:
        assert artgen(["render", str(out), "--seeds", "0-3", "--set", 'class="dogs"']) == 0
        page = (out / "README.md").read_text(encoding="utf-8")
        assert "classes are cats, dogs" in page


def untrained(folder: Path, text: str, classes: int, state: dict[str, Any]) -> Path:
    """A run of a job that has learned nothing."""
    (folder / "job.toml").write_text(text, encoding="utf-8")
    (job,) = read_job(folder / "job.toml")
    run = folder / "runs" / "tiny"
    run.mkdir(parents=True)
    write_lock(run / "job.lock.toml", lock_data(job, run))
    assert job.data
    shape = replace(job.data.shape, classes=classes)
    generator = build_network(job.generator, shape, 1, torch.device("cpu"))
    write_checkpoint(run / "checkpoints", {"ema": generator.state_dict()}, {"step": 9, "images": 36, **state})
    return run


def test_a_stylizer_is_handed_on_without_anybodys_photographs(tmp_path: Path, pictures: Path, capsys: Capture) -> None:
    run = trained(tmp_path, TINY_STYLIZER, pictures, "--set", "outputs=[]", "--set", "train.steps=2")
    out = tmp_path / "elsewhere" / "stylist"
    out.parent.mkdir()
    assert artgen(["export", str(run), "--out", str(out)]) == 0
    assert set(files_in(out)) >= {"preview.png", "README.md"}
    (tmp_path / "photos").mkdir()
    with Image.open(pictures / "astronaut.jpg") as image:
        image.resize((40, 32)).save(tmp_path / "photos" / "one.png")
    for folder in (run, out):
        words = ["render", str(folder), "--pictures", str(tmp_path / "photos"), "--style", "church-at-auvers"]
        assert artgen([*words, "--device", "cpu"]) == 0
    assert files_in(run / "artifacts/render") == files_in(out / "artifacts/render")
    capsys.readouterr()
    assert artgen(["render", str(out)]) == 3
    assert "--pictures FOLDER" in capsys.readouterr().err
