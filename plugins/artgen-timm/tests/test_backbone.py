"""Feature maps of a network of timm, as losses ask for them."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch
from artgen.errors import ArtgenError

from artgen_timm.backbone import Timm
from artgen_timm.config import TimmConfig
from artgen_timm.models import build_model
from conftest import MODEL

LAYERS = ["act1", "layer1", "layer2", "layer3", "layer4"]


def picture(channels: int = 3, height: int = 64, width: int = 64, batch: int = 2) -> torch.Tensor:
    return torch.rand(batch, channels, height, width, generator=torch.Generator().manual_seed(1)) * 2 - 1


def test_maps_are_those_that_timm_itself_finds(backbone: Timm, weights: Path) -> None:
    import safetensors.torch

    tensors = safetensors.torch.load_file(weights)
    tensors.pop("fc.weight")
    theirs = build_model(MODEL).eval()
    theirs.load_state_dict(tensors)
    seen = picture(height=128, width=96)
    mean, std = (torch.tensor(theirs.pretrained_cfg[key]).view(1, 3, 1, 1) for key in ("mean", "std"))
    with torch.no_grad():
        wanted = theirs.forward_intermediates(((seen + 1) / 2 - mean) / std, intermediates_only=True)
    found = backbone(seen, LAYERS)
    assert list(found) == LAYERS
    for layer, want in zip(LAYERS, wanted, strict=True):
        assert torch.allclose(found[layer], want, rtol=1e-4, atol=1e-5), layer


def test_every_part_with_maps_is_a_layer_in_the_networks_order(backbone: Timm) -> None:
    names = list(backbone.layer_names)
    assert set(LAYERS) < set(names)
    assert [name for name in names if name in LAYERS] == LAYERS
    assert "layer2.0.conv1" in names
    assert [backbone.strides[layer] for layer in LAYERS] == [2, 4, 8, 16, 32]
    found = backbone(picture(), ["layer2.0.conv1", "conv1.0"])
    assert list(found) == ["conv1.0", "layer2.0.conv1"]


@pytest.mark.parametrize(("height", "width"), [(32, 32), (33, 47), (63, 96), (95, 37)])
def test_any_size_gives_a_place_to_every_whole_cell(backbone: Timm, height: int, width: int) -> None:
    for layer, found in backbone(picture(height=height, width=width), LAYERS).items():
        stride = backbone.strides[layer]
        assert found.shape[2:] == (height // stride, width // stride), layer


def test_a_picture_smaller_than_a_cell_is_an_error(backbone: Timm) -> None:
    with pytest.raises(ArtgenError, match="24×40 pixels is too small for layer4"):
        backbone(picture(height=40, width=24), ["layer1", "layer4"])
    assert backbone(picture(height=40, width=24), ["layer1"])["layer1"].shape[2:] == (10, 6)


def test_nothing_beyond_the_deepest_layer_is_computed(backbone: Timm) -> None:
    done: list[str] = []
    handles = [
        part.register_forward_hook(lambda *_, name=name: done.append(name))
        for name, part in backbone.network.named_modules()
    ]
    backbone(picture(), ["layer1"])
    for handle in handles:
        handle.remove()
    assert "layer1.0" in done
    assert not any(name.startswith(("layer2", "layer3", "layer4")) for name in done)


def test_a_map_is_the_same_whatever_is_asked_beside_it(backbone: Timm) -> None:
    some = ["conv1.0", "bn1", "layer1.0.bn2", "layer1.0", "layer2"]
    together = backbone(picture(), some)
    for layer in some:  # parts that follow would work in place on some of them
        assert torch.equal(together[layer], backbone(picture(), [layer])[layer]), layer


def test_gradients_reach_every_pixel_and_no_weight(backbone: Timm) -> None:
    for layers in (["layer2"], LAYERS):
        seen = picture().requires_grad_()
        sum(found.square().mean() for found in backbone(seen, layers).values()).backward()
        assert seen.grad is not None
        assert bool(seen.grad.isfinite().all())
        assert bool((seen.grad.abs().sum(dim=1) > 0).all())
    assert all(parameter.grad is None for parameter in backbone.parameters())


def test_gradients_are_what_small_changes_say(weights: Path) -> None:
    exact = Timm(TimmConfig(model=MODEL, weights=weights)).double()
    seen = picture(height=32, width=32, batch=1).double()
    weigh = torch.randn(exact(seen, ["layer2"])["layer2"].shape, dtype=torch.float64)
    leaf = seen.clone().requires_grad_()
    (exact(leaf, ["layer2"])["layer2"] * weigh).sum().backward()
    for place in [(0, 0, 3, 5), (0, 1, 16, 20), (0, 2, 31, 31)]:
        step = torch.zeros_like(seen)
        step[place] = 1e-6
        up, down = ((exact(seen + sign * step, ["layer2"])["layer2"] * weigh).sum() for sign in (1, -1))
        assert leaf.grad is not None
        assert leaf.grad[place].item() == pytest.approx(((up - down) / 2e-6).item(), rel=1e-4, abs=1e-7)


def test_transparency_shows_the_background_and_grey_is_three_channels(backbone: Timm, weights: Path) -> None:
    colours = picture()
    alpha = torch.ones(2, 1, 64, 64)
    alpha[:, :, :, :32] = -1  # nothing there
    premultiplied = torch.where(alpha > 0, colours, -1.0)
    over_white, over_red = torch.where(alpha > 0, colours, 1.0), colours.clone()
    over_red[:, :, :, :32] = torch.tensor([1.0, -1.0, -1.0]).view(1, 3, 1, 1)
    seen = torch.cat([premultiplied, alpha], dim=1)
    red = Timm(TimmConfig(model=MODEL, weights=weights, background="red"))
    assert torch.equal(backbone(seen, ["layer2"])["layer2"], backbone(over_white, ["layer2"])["layer2"])
    assert torch.equal(red(seen, ["layer2"])["layer2"], backbone(over_red, ["layer2"])["layer2"])
    grey = picture(channels=1)
    assert torch.equal(backbone(grey, ["layer1"])["layer1"], backbone(grey.expand(-1, 3, -1, -1), ["layer1"])["layer1"])


def test_it_is_the_same_network_every_time_and_never_trains(backbone: Timm, weights: Path) -> None:
    again = Timm(TimmConfig(model=MODEL, weights=weights)).train()
    assert not any(part.training for part in again.modules())
    assert not any(parameter.requires_grad for parameter in again.parameters())
    for layer, found in backbone(picture(), LAYERS).items():
        assert torch.equal(found, again(picture(), LAYERS)[layer])
    first, second = itertools.islice(iter(picture()), 2)
    alone = backbone(first[None], ["layer3"])["layer3"]
    assert torch.allclose(alone, backbone(torch.stack([first, second]), ["layer3"])["layer3"][:1], atol=1e-5)


@pytest.mark.parametrize("name", ["test_convnext", "test_efficientnet"])
def test_other_families_of_networks_can_be_looked_through(name: str, tmp_path: Path) -> None:
    import safetensors.torch

    model = build_model(name)
    safetensors.torch.save_file(model.state_dict(), tmp_path / "some.safetensors")
    network = Timm(TimmConfig(model=name, weights=tmp_path / "some.safetensors"))
    assert len(network.usual) > 2
    seen = picture(height=70, width=66).requires_grad_()
    found = network(seen, network.usual)
    assert list(found) == list(network.usual)
    for layer, maps in found.items():
        assert maps.shape[2:] == (70 // network.strides[layer], 66 // network.strides[layer])
    sum(maps.square().mean() for maps in found.values()).backward()
    assert seen.grad is not None
    assert bool(seen.grad.abs().sum() > 0)


def test_a_layer_that_is_not_there_is_told_with_those_that_are(backbone: Timm) -> None:
    with pytest.raises(ArtgenError, match=r"has no layer 'layer5' with feature maps\. Did you mean 'layer") as raised:
        backbone(picture(), ["layer5"])
    assert "act1, layer1, layer2, layer3, layer4" in raised.value.hint


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("test_vit", r"losses cannot look through 'test_vit': .* no feature maps"),
        ("swin_tiny_patch4_window7_224", "channels last"),
        ("test_resnett", "timm has no network 'test_resnett'"),
        ("hf-hub:somebody/anything", "timm has no network"),
        ("test_resnet.nobody", "cannot be built"),
    ],
)
def test_a_network_that_losses_cannot_look_through_is_an_error(name: str, says: str, weights: Path) -> None:
    with pytest.raises(ArtgenError, match=says) as raised:
        Timm(TimmConfig(model=name, weights=weights))
    assert raised.value.hint
