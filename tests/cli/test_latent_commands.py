"""`artgen directions`, `project` and `blend` on small runs, and outputs by `artgen render`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli
import torch
from PIL import Image
from torch import nn

from artgen.cli.group import run as artgen
from artgen.contracts import PictureShape
from artgen.engine.checkpoint import load_part, write_checkpoint
from artgen.engine.networks import build_network
from artgen.engine.painting import open_sampler
from artgen.job import read_job, write_lock
from artgen.job.kept.lock import lock_data
from artgen.latents.sampler import Sampler
from artgen.latents.saved_directions import read_directions
from artgen.latents.saved_projections import read_projection
from artgen.runs.checkpoints import best_checkpoint
from artgen.runs.store import LOCK_NAME
from tests.data.sample_pictures import PICTURES
from tests.tiny_job import TINY_JOB

NETWORKS = {
    "dcgan": 'type = "dcgan"\nlatent = 8\nwidth = 4',
    "style": 'type = "stylegan-lite"\nlatent = 8\nmax_width = 8',
}


def made_run(folder: Path, name: str, kind: str, seed: int, **more: str) -> Path:
    """A run folder with a checkpoint of a generator that has learned nothing, but is loud."""
    text = TINY_JOB.format(pictures=PICTURES.as_posix()).replace(NETWORKS["dcgan"], NETWORKS[kind])
    for old, new in more.items():
        text = text.replace(old, new)
    file = folder / f"{name}.toml"
    file.write_text(text.replace('"tiny"', f'"{name}"'), encoding="utf-8")
    (job,) = read_job(file)
    run = folder / "runs" / name
    run.mkdir(parents=True)
    write_lock(run / LOCK_NAME, lock_data(job, run))
    assert job.data is not None
    generator = build_network(job.generator, job.data.shape, seed, torch.device("cpu"))
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.mul_(3)
    write_checkpoint(run / "checkpoints", {"ema": generator.state_dict()}, {"step": 9, "images": 36})
    return run


def sampler_of(run: Path) -> Sampler:
    (job,) = read_job(run / LOCK_NAME)
    best = best_checkpoint(run / "checkpoints")
    assert best is not None
    return open_sampler(job, best)


@pytest.fixture
def dcgan(tmp_path: Path) -> Path:
    return made_run(tmp_path, "one", "dcgan", 1)


@pytest.fixture
def style(tmp_path: Path) -> Path:
    return made_run(tmp_path, "style", "style", 1)


def told(capsys: pytest.CaptureFixture[str], *words: Any, code: int = 0) -> str:
    """What a command says."""
    assert artgen(list(map(str, words))) == code
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return out + err


def test_directions_are_found_named_shown_and_removed(style: Path, capsys: pytest.CaptureFixture[str]):
    said = told(capsys, "directions", style, "--count", "3", "--sheet")
    assert "of the variance of w" in said
    found = read_directions(style, "pca")
    assert found.names == ("1", "2", "3")
    sheet = style / "artifacts" / "directions" / "pca.png"
    before = sheet.read_bytes()
    told(capsys, "directions", style, "--rename", "2", "smile", "--sheet")
    assert read_directions(style, "pca").names == ("1", "smile", "3")
    assert sheet.read_bytes() != before, "the sheet has the new name"
    told(capsys, "directions", style, "--count", "4")
    assert read_directions(style, "pca").names == ("1", "smile", "3", "4"), "found again it keeps its name"
    told(capsys, "directions", style, "--method", "closed-form", "--layers", "coarse", "--name", "shapes")
    said = told(capsys, "directions", style, "--list")
    assert said.split()[0] == "pca"
    assert "smile" in said
    assert "shapes" in said
    assert "--name" in told(capsys, "directions", style, "--remove", code=1)
    file = style / "directions" / "shapes.json"
    file.write_text(file.read_text().replace('"name":"1"', r'"name":"\u001b[2J"'))
    assert r"\x1b[2J" in told(capsys, "directions", style, "--list")
    told(capsys, "directions", style, "--name", "shapes", "--remove")
    assert "shapes" not in told(capsys, "directions", style, "--list")
    told(capsys, "render", style, "--output", "walk-grid", "--set", 'across="smile"', "--set", 'down="closed-form 1"')
    with Image.open(style / "artifacts" / "render" / "walk-grid.png") as page:
        assert json.loads(page.text["artgen"])["page"]["across"] == "smile"  # type: ignore[attr-defined]


def test_directions_are_painted_with_as_many_threads_as_all_else_of_the_run(
    style: Path, capsys: pytest.CaptureFixture[str]
):
    state = style / "checkpoints" / "00000009" / "state.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), "threads": torch.get_num_threads() + 1}))
    told(capsys, "directions", style, "--count", "1", "--sheet")
    with Image.open(style / "artifacts" / "directions" / "pca.png") as page:
        assert json.loads(page.text["artgen"])["threads"] == torch.get_num_threads() + 1  # type: ignore[attr-defined]


def test_a_generator_without_a_mapping_has_directions_in_closed_form(dcgan: Path, capsys: pytest.CaptureFixture[str]):
    told(capsys, "directions", dcgan)
    assert read_directions(dcgan, "closed-form").method == "closed form"
    assert "no mapping network" in told(capsys, "directions", dcgan, "--method", "pca", code=1)
    assert "no run here" in told(capsys, "directions", dcgan.parent, code=2)


def test_a_picture_is_projected_and_kept_with_a_before_and_after(
    style: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    said = told(capsys, "project", style, PICTURES / "grinning.webp", PICTURES / "fox.webp", "--steps", "12")
    assert "of the mean picture's" in said
    found = read_projection(style, "grinning")
    source = sampler_of(style)
    assert found.w.shape == (source.layers, 8), "a w for each layer"
    assert found.noise.keys() == source.generator.noise_shapes.keys()
    assert found.told.last < found.told.first
    best = best_checkpoint(style / "checkpoints")
    assert best is not None
    assert found.checkpoint == best.info.sha256
    (picture,) = source.along([(found.w, found.noise)])
    assert picture.shape == (16, 16, 3)
    with Image.open(style / "projections" / "fox.png") as page:
        recipe = json.loads(page.text["artgen"])  # type: ignore[attr-defined]
    assert recipe["projection"]["picture"] == read_projection(style, "fox").told.picture
    (tmp_path / "fox.webp").write_bytes((PICTURES / "grinning.webp").read_bytes())
    for _ in range(2):
        assert "fox-2: " in told(capsys, "project", style, tmp_path / "fox.webp", "--steps", "1")
    assert read_projection(style, "fox").told.picture == recipe["projection"]["picture"]


def test_a_picture_that_is_the_mean_one_is_projected(dcgan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    best = best_checkpoint(dcgan / "checkpoints")
    assert best is not None
    white = load_part(best, "ema")
    white |= {"last.weight": torch.zeros_like(white["last.weight"])}
    white |= {"last.bias": torch.full_like(white["last.bias"], 1e3)}
    write_checkpoint(dcgan / "checkpoints", {"ema": white}, {"step": 10, "images": 40})
    Image.new("RGB", (16, 16), "white").save(tmp_path / "white.png")
    assert "white: perceptual distance 0.000" in told(capsys, "project", dcgan, tmp_path / "white.png", "--steps", "1")


def test_what_cannot_be_projected_is_said(dcgan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "no.png").write_text("nothing")
    assert "no picture to work with" in told(capsys, "project", dcgan, tmp_path / "no.png", code=3)
    assert "cannot be read" in told(capsys, "project", dcgan, tmp_path / "gone.png", code=3)
    two = [PICTURES / "fox.webp"] * 2
    assert "cannot have one name" in told(capsys, "project", dcgan, *two, "--name", "fox", code=1)
    assert "no class" in told(capsys, "project", dcgan, two[0], "--class", "foxes", code=1)
    assert not (dcgan / "projections").exists()


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("gpu", ["render", "RUN", "--seeds", "1"]),
        ("CUDA", ["directions", "RUN"]),
        ("cuda:x", ["project", "RUN", "PICTURE"]),
        ("tpu", ["blend", "RUN", "RUN", "--at", "8", "--out", "OUT"]),
    ],
)
def test_a_device_that_is_none_is_told(
    device: str, words: list[str], dcgan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    named = {"RUN": dcgan, "PICTURE": PICTURES / "chelsea.jpg", "OUT": tmp_path / "out"}
    said = told(capsys, *[named.get(word, word) for word in words], "--device", device, code=2)
    assert f"'{device}' is no device; there are: auto, cpu, mps, cuda and cuda:N" in said


@pytest.mark.parametrize("kind", ["dcgan", "style"])
def test_a_blend_paints_with_the_coarse_layers_of_one_run_and_the_fine_ones_of_another(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    one, other = (made_run(tmp_path, name, kind, seed) for name, seed in (("one", 1), ("other", 2)))
    out = tmp_path / "runs" / "both"
    told(capsys, "blend", one, other, "--at", "8", "--out", out)
    coarse, fine = (best_checkpoint(run / "checkpoints") for run in (one, other))
    blended = best_checkpoint(out / "checkpoints")
    assert coarse is not None
    assert fine is not None
    assert blended is not None
    weights, first, second = (load_part(checkpoint, "ema") for checkpoint in (blended, coarse, fine))
    sides = sampler_of(out).generator.layer_sides
    for name in weights:
        side = next(side for layer, side in sides.items() if name == layer or name.startswith(f"{layer}."))
        if "running" not in name and "num_batches" not in name:
            assert torch.equal(weights[name], (first if side <= 8 else second)[name])
    lock = tomli.loads((out / LOCK_NAME).read_text(encoding="utf-8"))
    assert lock["job"]["name"] == "both"
    assert lock["lock"]["blend"]["coarse"] == {"run": "one", "sha256": coarse.info.sha256, "step": 9}
    assert lock["lock"]["blend"]["fine"] == {"run": "other", "sha256": fine.info.sha256, "step": 9}
    told(capsys, "render", out, "--seeds", "3")
    with Image.open(out / "artifacts" / "render" / "seed-000003.png") as image:
        picture = np.asarray(image)
    assert not any(np.array_equal(picture, next(sampler_of(run).at_seeds([3]))) for run in (one, other))


def test_a_blend_has_batch_statistics_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    one, other = (made_run(tmp_path, name, "dcgan", seed) for name, seed in (("one", 1), ("other", 2)))
    told(capsys, "blend", one, other, "--at", "4", "--out", tmp_path / "both")
    source = sampler_of(tmp_path / "both")
    norms = [module for module in source.generator.modules() if isinstance(module, nn.BatchNorm2d)]
    seen: dict[int, torch.Tensor] = {}
    for number, norm in enumerate(norms):
        norm.register_forward_pre_hook(lambda _norm, inputs, number=number: seen.setdefault(number, inputs[0]))
    with torch.no_grad():
        source.generator(torch.randn(2000, 8, generator=torch.Generator().manual_seed(0)))
    for number, norm in enumerate(norms):
        spread = seen[number].std((0, 2, 3))
        assert ((seen[number].mean((0, 2, 3)) - norm.running_mean).abs() < 0.2 * spread).all()
        torch.testing.assert_close(seen[number].var((0, 2, 3)), norm.running_var, rtol=0.25, atol=1e-6)


def test_what_cannot_be_blended_is_said_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    one, other = (made_run(tmp_path, name, "dcgan", seed) for name, seed in (("one", 1), ("other", 2)))
    wider = made_run(tmp_path, "wider", "dcgan", 3, **{"width = 4": "width = 8"})
    out = tmp_path / "out"
    assert "differ in their width: 4 in one, 8 in wider" in told(
        capsys, "blend", one, wider, "--at", "8", "--out", out, code=1
    )
    assert "4, 8 pixels" in told(capsys, "blend", one, other, "--at", "16", "--out", out, code=1)
    assert not out.exists()
    shutil.copytree(one, out)
    assert "there already" in told(capsys, "blend", one, other, "--at", "8", "--out", out, code=1)
    assert "a run cannot be called" in told(capsys, "blend", one, other, "--at", "8", "--out", tmp_path / "a:b", code=1)
    for file in other.glob("checkpoints/*/ema.safetensors"):
        file.write_bytes(file.read_bytes()[:-1])
    said = told(capsys, "blend", one, other, "--at", "8", "--out", tmp_path / "spoilt", code=1)
    assert "ema.safetensors: the file is damaged" in said


def test_a_blend_makes_the_outputs_of_its_job_and_is_trained_no_further(
    dcgan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "both"
    told(capsys, "blend", dcgan, dcgan, "--at", "8", "--out", out)
    assert "blended out of two runs" in told(capsys, "run", out / LOCK_NAME, code=1)
    told(capsys, "run", out / LOCK_NAME, "--set", "train.steps=9")
    assert len([*(out / "artifacts" / "images").glob("seed-*.png")]) == 9


def test_a_poster_is_an_output_of_a_job_and_its_signature_lies_beside_it(
    dcgan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    Image.new("L", (60, 20), 0).save(tmp_path / "me.png")
    text = (tmp_path / "one.toml").read_text(encoding="utf-8") + (
        '\n[[outputs]]\ntype = "poster"\nwidth = "40mm"\nheight = "60mm"\nmargin = "5mm"\ndpi = 72\n'
        '[outputs.signature]\npicture = "me.png"\nheight = "3mm"\n'
    )
    (tmp_path / "one.toml").write_text(text, encoding="utf-8")
    (job,) = read_job(tmp_path / "one.toml")
    assert job.outputs[-1].config.signature.picture == tmp_path / "me.png"
    assert lock_data(job, tmp_path / "runs" / "one")["outputs"][-1]["signature"]["picture"] == "../../me.png"
    assert PictureShape(16, 16, 3) == sampler_of(dcgan).shape
    words = ["--set", "dpi=72", "--set", 'width="40mm"', "--set", 'height="40mm"', "--set", 'margin="2mm"']
    told(capsys, "render", dcgan, "--output", "poster", *words)
    with Image.open(dcgan / "artifacts" / "render" / "poster.png") as image:
        assert image.size == (113, 113)
