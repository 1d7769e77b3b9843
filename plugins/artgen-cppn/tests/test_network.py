from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from artgen.contracts import PictureShape
from artgen.export.onnx_graph import onnx_model
from artgen.latents.sampler import Sampler
from numpy.typing import NDArray

from artgen_cppn.config import CPPNConfig
from artgen_cppn.network import CPPN

LOOKS: list[dict[str, Any]] = [
    {},
    {"activations": ["tanh", "sin", "gauss", "ridge", "softplus"], "depth": 4},
    {"coordinates": "tile", "symmetry": "mirror"},
    {"symmetry": "rosette", "palette": ["#102030", "#f0e0c0", "#c04020"], "crisp": 0.8},
    {"palette": ["black", "white"], "veins": {"color": "#d8b56a"}, "relief": {"height": 1.0}},
]


def network(height: int = 24, width: int = 32, channels: int = 3, **options: Any) -> CPPN:
    torch.manual_seed(5)
    config = CPPNConfig.model_validate({"width": 16, "depth": 3, "latent": 8, **options})
    return CPPN(config, PictureShape(width, height, channels))


def picture(seed: int = 1, side: int = 24, **options: Any) -> NDArray[np.float64]:
    (painted,) = Sampler(network(side, side, **options), PictureShape(side, side, 3)).at_seeds([seed])
    return painted.astype(np.float64)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_have_the_shape_and_range_of_the_contract(channels: int) -> None:
    painted = network(channels=channels)(torch.randn(3, 8)).picture
    assert painted.shape == (3, channels, 24, 32)
    assert painted.min() >= -1
    assert painted.max() <= 1
    assert painted.std() > 0.05
    if channels == 4:  # premultiplied: no colour is brighter than it is opaque
        assert (painted[:, :3] <= painted[:, 3:] + 1e-5).all()


@pytest.mark.parametrize("options", LOOKS)
def test_gradients_reach_every_parameter(options: dict[str, Any]) -> None:
    net = network(**options)
    (net(torch.randn(4, 8)).picture * torch.randn(4, 3, 24, 32)).sum().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("options", LOOKS)
def test_learning_and_painting_paint_the_same(options: dict[str, Any]) -> None:
    net, z = network(samples=1, **options), torch.randn(2, 8)
    learning = net(z).picture.detach()
    with torch.inference_mode():
        painted = net.eval()(z).picture
    assert torch.allclose(learning, painted, atol=2e-4)


@pytest.mark.parametrize("options", LOOKS)
def test_the_picture_is_the_same_at_any_size(options: dict[str, Any]) -> None:
    small, large = picture(side=48, samples=4, **options), picture(side=192, **options)
    shrunk = large.reshape(48, 4, 48, 4, 3).mean((1, 3))
    assert np.abs(small - shrunk).mean() < 2
    assert small.std() > 10


def test_a_seed_is_the_same_bytes_whatever_is_painted_beside_it() -> None:
    shape = PictureShape(40, 24, 3)
    sampler = Sampler(network(24, 40, palette=["black", "#c04020", "white"]), shape)
    together = list(sampler.at_seeds(range(11)))
    (alone,) = sampler.at_seeds([9])
    (again,) = Sampler(network(24, 40, palette=["black", "#c04020", "white"]), shape).at_seeds([9])
    assert (alone == together[9]).all()
    assert (alone == again).all()
    assert len({one.tobytes() for one in together}) == 11


def test_a_picture_is_painted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[int] = []
    strip = CPPN._strip

    def counted(self: CPPN, w: Any, rows: range, samples: int) -> Any:
        painted.append(len(rows) * len(w))
        return strip(self, w, rows, samples)

    monkeypatch.setattr(CPPN, "_strip", counted)
    assert len(list(Sampler(network(24, 40), PictureShape(40, 24, 3)).at_seeds(range(3)))) == 3
    assert sum(painted) == 3 * 24


def test_parameters_do_not_depend_on_the_size() -> None:
    network(256, 512).load_state_dict(network(16, 16).state_dict())


def test_a_tile_joins_without_a_seam() -> None:
    for axis in (0, 1):
        tile = np.moveaxis(picture(side=64, coordinates="tile", detail=0.5), axis, 0)
        inside = np.abs(np.diff(tile, axis=0)).mean(axis=(1, 2))
        seam = np.abs(tile[0] - tile[-1]).mean()
        assert seam <= inside.max()
        plane = np.moveaxis(picture(side=64, coordinates="plane", detail=0.5), axis, 0)
        assert np.abs(plane[0] - plane[-1]).mean() > 3 * seam


def test_a_rosette_of_odd_folds_is_no_tile() -> None:
    for folds in (2, 6):
        for axis in (0, 1):
            tile = np.moveaxis(picture(side=64, coordinates="tile", symmetry="rosette", folds=folds), axis, 0)
            inside = np.abs(np.diff(tile, axis=0)).mean(axis=(1, 2))
            assert np.abs(tile[0] - tile[-1]).mean() <= inside.max()
    with pytest.raises(ValueError, match="a rosette of 5 folds has a seam"):
        CPPNConfig(coordinates="tile", symmetry="rosette", folds=5)


def test_grey_pictures_are_as_light_as_the_palette() -> None:
    colours = ["#00a000", "#a00000"]
    z = torch.randn(2, 8, generator=torch.Generator().manual_seed(1))
    grey, coloured = (network(24, 24, channels, palette=colours).eval()(z).picture for channels in (1, 3))
    linear = ((coloured + 1) / 2).clamp(0, 1) ** 2.2
    light = (linear * torch.tensor([0.2126, 0.7152, 0.0722])[:, None, None]).sum(1, keepdim=True) ** (1 / 2.2)
    assert ((grey + 1) / 2 - light).abs().mean() < 0.12
    assert grey.min() > -0.8


def test_symmetry_is_exact() -> None:
    mirrored = picture(symmetry="mirror")
    assert np.abs(mirrored - mirrored[:, ::-1]).max() <= 1
    quarters = picture(symmetry="quarters")
    assert np.abs(quarters - quarters[::-1, ::-1]).max() <= 1
    rosette = picture(side=64, symmetry="rosette", folds=4, samples=1)
    turned = np.rot90(rosette)
    assert np.abs(rosette - turned).mean() < 0.5
    assert np.abs(picture(side=64) - np.rot90(picture(side=64))).mean() > 10


def test_a_palette_holds_its_colours() -> None:
    painted = picture(palette=["#204060", "#e0c080"], crisp=0.95, shade=0.0, samples=1)
    apart = [np.abs(painted - np.array(colour)).max(axis=2) for colour in ((0x20, 0x40, 0x60), (0xE0, 0xC0, 0x80))]
    assert (np.minimum(*apart) <= 1).mean() > 0.85


def test_latents_between_two_seeds_lead_from_one_picture_to_the_other() -> None:
    sampler = Sampler(network(32, 32), PictureShape(32, 32, 3))
    first, last = sampler.points([1, 2])
    way = [first.lerp(last, share / 16) for share in range(17)]
    frames = np.stack(list(sampler.along((w, 0) for w in way))).astype(float)
    steps = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3))
    assert steps.min() > 0
    assert steps.max() < np.abs(frames[0] - frames[-1]).mean()


@pytest.mark.parametrize("options", LOOKS[2:])
def test_a_model_for_other_programs_paints_the_same_pictures_as_smoothly(options: dict[str, Any]) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="`pip install artgen[onnx]`")
    painter = network(**options).eval().requires_grad_(False)
    model = onnx_model(painter, painter.shape, {})
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    for count in (1, 3):
        z = torch.randn(count, 8)
        (painted,) = session.run(["painted"], {"z": z.numpy()})
        with torch.no_grad():
            assert np.abs(painted - painter(z).picture.numpy()).max() < 1e-3
