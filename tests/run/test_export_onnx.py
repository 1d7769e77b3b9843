"""Generators as ONNX models: what onnxruntime paints is what torch paints, and nothing else is written."""

from __future__ import annotations

import json
import re
import runpy
import sys
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import artgen as package
from artgen.cli.group import run as artgen
from artgen.contracts import Painted, PictureShape
from artgen.engine.painting import open_sampler
from artgen.errors import ArtgenError
from artgen.export.onnx_graph import onnx_model
from artgen.generators.config import (
    DCGANConfig,
    DenseConfig,
    LightweightConfig,
    MSGConfig,
    StyleGANLiteConfig,
    StylizerConfig,
)
from artgen.generators.dcgan import DCGAN
from artgen.generators.dense import Dense
from artgen.generators.lightweight import Lightweight
from artgen.generators.msg import MSG
from artgen.generators.stylegan_lite import StyleGANLite
from artgen.generators.stylizer import Stylizer
from artgen.job import read_job
from artgen.latents.sampler import Sampler, to_bytes
from artgen.latents.seeds import class_of
from artgen.runs.checkpoints import best_checkpoint
from tests.cli.test_latent_commands import made_run
from tests.run.test_export import trained
from tests.tiny_job import TINY_JOB

PAGE = Path(package.__file__).parent.parent / "docs" / "latents.md"
RGB, RGBA = PictureShape(24, 16, 3), PictureShape(24, 16, 4, classes=3)
NETWORKS = {
    "dcgan": (lambda: DCGAN(DCGANConfig(latent=8, width=4, noise=True, upsampling="resize"), RGBA), RGBA),
    "stylegan-lite": (lambda: StyleGANLite(StyleGANLiteConfig(latent=16, width=0.03), RGBA), RGBA),
    "lightweight": (lambda: Lightweight(LightweightConfig(latent=8, width=8), RGB), RGB),
    "msg": (lambda: MSG(MSGConfig(latent=8, width=4), RGB), RGB),
    "dense": (lambda: Dense(DenseConfig(latent=8, hidden=[8]), RGB), RGB),
    "stylizer": (
        lambda: Stylizer(StylizerConfig(width=4, blocks=1), PictureShape(32, 32, 3, classes=2)),
        PictureShape(32, 32, 3, classes=2),
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_paints_the_same_in_onnxruntime_at_batches_and_sizes_of_its_own(name: str) -> None:
    build, shape = NETWORKS[name]
    torch.manual_seed(0)
    network: Any = build().eval().requires_grad_(False)
    for parameter in network.parameters():  # what begins at zero, such as the strength of noise, must count
        parameter += 0.05 * torch.randn_like(parameter)
    session = onnxruntime.InferenceSession(onnx_model(network, shape, {}), providers=["CPUExecutionProvider"])
    repaints = name == "stylizer"
    label = {"label": torch.tensor([1, 0, 1, 1, 0])} if shape.classes else {}
    if repaints:
        inputs = {"picture": torch.rand(5, 3, 64, 80) * 2 - 1} | label
        expected = network(inputs["picture"], label["label"]).picture
    else:
        noise = {key: torch.randn(5, 1, *size) for key, size in network.noise_shapes.items()}
        inputs = {"z": torch.randn(5, network.latent_size)} | label
        inputs |= {f"noise.{key}": value for key, value in noise.items()}
        expected = network.synthesize(network.map(inputs["z"], **label), noise).picture
    assert {one.name for one in session.get_inputs()} == set(inputs)
    (painted,) = session.run(["painted"], {key: value.numpy() for key, value in inputs.items()})
    assert painted.shape == expected.shape
    assert np.abs(painted - expected.numpy()).max() < 1e-4
    if shape.classes:
        inputs["label"] = 1 - inputs["label"]
        (others,) = session.run(["painted"], {key: value.numpy() for key, value in inputs.items()})
        assert np.abs(others - painted).max() > 1e-3


def test_the_model_of_a_run_paints_its_seeds_and_says_what_it_is(tmp_path: Path, pictures: Path) -> None:
    run = trained(tmp_path, TINY_JOB, pictures, "--set", "outputs=[]")
    file = tmp_path / "tiny.onnx"
    assert artgen(["export", str(run), "--format", "onnx", "--out", str(file)]) == 0
    model = onnx.load(file)
    assert model.opset_import[0].version == 18
    told = json.loads(model.metadata_props[0].value)
    assert (told["job"], told["step"], told["shape"]) == ("tiny", 24, [16, 16, 3])
    assert not re.search(rb"\.py|site-packages|pytest-of|/tmp", file.read_bytes())
    (job,) = read_job(run / "job.lock.toml", inputs_needed=False)
    checkpoint = best_checkpoint(run / "checkpoints")
    assert checkpoint
    sampler = open_sampler(job, checkpoint)
    z = torch.stack([sampler.latent(seed) for seed in range(3)])
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    painted = to_bytes(torch.from_numpy(session.run(None, {"z": z.numpy()})[0]))
    for picture, expected in zip(painted.numpy(), sampler.at_seeds(range(3)), strict=True):
        assert np.abs(picture.astype(int) - expected).max() <= 1


def test_the_example_of_the_page_paints_a_seed_with_its_noise_its_class_and_its_transparency(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    build, shape = NETWORKS["dcgan"]
    torch.manual_seed(0)
    network: Any = build().eval().requires_grad_(False)
    for parameter in network.parameters():
        parameter += 0.05 * torch.randn_like(parameter)
    monkeypatch.chdir(tmp_path)
    Path("emoji-faces.onnx").write_bytes(onnx_model(network, shape, {}))
    Path("paint.py").write_text(example)
    runpy.run_path("paint.py")
    with Image.open("seed-7.png") as image:
        painted = np.array(image).astype(int)
    (expected,) = Sampler(network, shape).at_seeds([7])
    (other,) = Sampler(network, shape).at_seeds([7], label=(class_of(7, 3) + 1) % 3)
    assert painted.shape == (16, 24, 4)
    assert np.abs(painted - expected).max() <= 1
    assert np.abs(painted - other).max() > 1


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = made_run(tmp_path, "one", "dcgan", 1)
    monkeypatch.setitem(sys.modules, "onnxscript", None)  # as where it is not installed
    assert artgen(["export", str(run), "--format", "onnx", "--out", str(tmp_path / "it.onnx")]) == 1
    said = capsys.readouterr().err
    assert "onnxscript, which is not installed" in said
    assert "pip install 'artgen-toolkit[onnx]'" in said
    assert not list(tmp_path.glob("*.onnx"))


class Restless(nn.Module):
    """Paints by chance."""

    input = "latent"
    latent_size = 4
    noise_shapes: ClassVar[dict[str, tuple[int, int]]] = {}

    def map(self, z: Tensor) -> Tensor:
        return z

    def synthesize(self, w: Tensor, noise: object) -> Painted:
        return Painted(w[:, :3, None, None].expand(-1, -1, 16, 16) + torch.rand_like(w[:, :3, None, None]))


class Stubborn(Restless):
    """Decides by what it paints from, which no graph can."""

    def synthesize(self, w: Tensor, noise: object) -> Painted:
        return Painted(w[:, :3, None, None].expand(-1, -1, 16, 16 if w.sum().item() > 0 else 8))


@pytest.mark.parametrize(("network", "said"), [(Restless(), "paints something else"), (Stubborn(), "in ONNX")])
def test_a_network_that_a_model_cannot_stand_for_is_refused(network: nn.Module, said: str) -> None:
    with pytest.raises(ArtgenError, match=said) as caught:
        onnx_model(network, PictureShape(16, 16, 3), {})
    assert "--format folder" in caught.value.hint
