from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from artgen.backbones.vgg16 import VGG16
from artgen.losses.config import ContentConfig, GramStyleConfig, HistogramConfig, StyleMomentsConfig
from artgen.losses.content import Content
from artgen.losses.covariance_overlap import by_eigenvalues, by_products, square_root
from artgen.losses.gram_style import GramStyle
from artgen.losses.histogram import Histogram
from artgen.losses.style_moments import StyleMoments
from artgen.losses.total_variation import total_variation
from artgen.sight.views import PICTURE, StyleLoss, Sums, View

LAYERS = ["a", "b"]
PROPORTIONS = [1.0, 3.0]
STYLE = {"images": ["style.png"], "layers": LAYERS, "layer_weights": PROPORTIONS}


def features(seed: int, *, size: int = 24, batch: int = 2) -> dict[str, Tensor]:
    """Maps as after a ReLU, whose channels go together; layer b has half the side and twice the channels."""
    random = torch.Generator().manual_seed(seed)
    maps = {}
    for layer, channels, side in (("a", 6, size), ("b", 12, size // 2)):
        mixing = torch.randn(channels, channels, generator=random) + torch.eye(channels)
        noise = torch.randn(batch, channels, side, side, generator=random) + 0.5
        maps[layer] = F.relu(torch.einsum("dc,bchw->bdhw", mixing, noise)) * 10
    return maps


def loss_of(kind: str) -> StyleLoss:
    match kind:
        case "gram":
            return GramStyle(GramStyleConfig(**STYLE))
        case "moments":
            return StyleMoments(StyleMomentsConfig(**STYLE))
        case _:
            return Histogram(HistogramConfig(images=["style.png"]))


def views(kind: str, seed: int, batch: int = 2) -> View:
    """What a loss looks at."""
    if kind != "histogram":
        return View(features(seed, batch=batch))
    random = torch.Generator().manual_seed(seed)
    return View({PICTURE: torch.rand(batch, 3, 12, 20, generator=random) ** (1 + seed % 3) * 2 - 1})


def style_of(loss: StyleLoss, view: View) -> Sums:
    return loss.prepared(loss.statistics(loss.sums(view)))


def distance(loss: StyleLoss, view: View, style: View) -> Tensor:
    return loss.value(loss.statistics(loss.sums(view)), style_of(loss, style))


def agree(value: Tensor, leaves: dict[str, Tensor], reference: Tensor, wide: dict[str, Tensor]) -> None:
    """A float32 value and its gradients are those of the float64 reference, to 1e-5 relative."""
    assert torch.allclose(value.double(), reference, rtol=1e-5, atol=0)
    found = torch.autograd.grad(value.sum(), list(leaves.values()))
    for ours, right in zip(found, torch.autograd.grad(reference.sum(), list(wide.values())), strict=True):
        assert (ours.double() - right).norm() <= 1e-5 * right.norm()


def leaves(maps: dict[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Leaves of float32 and of float64."""
    narrow = {layer: found.clone().requires_grad_() for layer, found in maps.items()}
    return narrow, {layer: found.double().requires_grad_() for layer, found in maps.items()}


def shares() -> list[tuple[str, float]]:
    return [("a", 0.25), ("b", 0.75)]


def test_content_is_its_formula_and_so_are_its_gradients():
    content = features(1)
    narrow, wide = leaves(features(0))
    loss = Content(ContentConfig(layers=LAYERS, layer_weights=PROPORTIONS))
    reference = sum(
        share
        * (wide[layer] - content[layer].double()).square().sum(dim=(1, 2, 3))
        / content[layer].double().square().sum(dim=(1, 2, 3))
        for layer, share in shares()
    )
    agree(loss.value(loss.sums(View(narrow, content))), narrow, reference, wide)


def gram(maps: Tensor) -> Tensor:
    return torch.einsum("bchw,bdhw->bcd", maps, maps) / (maps.shape[2] * maps.shape[3])


def test_gram_style_is_its_formula_and_so_are_its_gradients():
    style = features(1)
    narrow, wide = leaves(features(0))
    reference = sum(
        share
        * (gram(wide[layer]) - gram(style[layer].double())).square().sum(dim=(1, 2))
        / gram(style[layer].double()).square().sum(dim=(1, 2))
        for layer, share in shares()
    )
    agree(distance(loss_of("gram"), View(narrow), View(style)), narrow, reference, wide)


def wasserstein(maps: Tensor, style: Tensor) -> Tensor:
    """W² of the normal distributions of features, over the mean square of the style's; both with the noise."""
    size = gram(style).diagonal(dim1=1, dim2=2).sum(dim=1)
    noise = (5e-4 * size / style.shape[1])[:, None, None] * torch.eye(style.shape[1], dtype=torch.float64)
    ours, target = normal(maps, noise), normal(style, noise)
    values, vectors = torch.linalg.eigh(target[1])
    root = (vectors * values.sqrt()[:, None]) @ vectors.mT
    shared = torch.linalg.eigvalsh(root @ ours[1] @ root).sqrt().sum(dim=1)
    traces = (ours[1] + target[1]).diagonal(dim1=1, dim2=2).sum(dim=1)
    return ((ours[0] - target[0]).square().sum(dim=1) + traces - 2 * shared) / size


def normal(maps: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
    places = maps.flatten(2)
    centred = places - places.mean(dim=2, keepdim=True)
    return places.mean(dim=2), centred @ centred.mT / places.shape[2] + noise


def test_style_moments_are_their_formula_and_so_are_their_gradients():
    style = features(1)
    narrow, wide = leaves(features(0))
    reference = sum(share * wasserstein(wide[layer], style[layer].double()) for layer, share in shares())
    agree(distance(loss_of("moments"), View(narrow), View(style)), narrow, reference, wide)


def test_style_moments_of_fewer_places_than_channels_have_the_slope_that_differences_have():
    style, maps = features(1, size=6), features(0, size=6)  # layer b: 9 places, 12 channels
    loss = loss_of("moments")
    prepared = {name: tensor.double() for name, tensor in style_of(loss, View(style)).items()}

    def value(b: Tensor) -> Tensor:
        view = View({"a": maps["a"].double(), "b": b})
        return loss.value(loss.statistics(loss.sums(view)), prepared).sum()

    b = maps["b"].double().requires_grad_()
    (slope,) = torch.autograd.grad(value(b), b)
    for seed in range(3):
        way = torch.randn(b.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        measured = (value(b + 1e-5 * way) - value(b - 1e-5 * way)) / 2e-5
        assert (slope * way).sum().item() == pytest.approx(measured.item(), rel=1e-5)
    narrow, _ = leaves(maps)
    distance(loss, View(narrow), View(style)).sum().backward()
    assert (narrow["b"].grad - slope).norm() < 1e-3 * slope.norm()


def test_style_moments_of_features_that_never_vary_have_a_finite_slope():
    flat = {layer: torch.full_like(found, 3.0).requires_grad_() for layer, found in features(0).items()}
    loss = loss_of("moments")
    distance(loss, View(flat), View(features(1))).sum().backward()
    assert all(found.grad.isfinite().all() for found in flat.values())
    of_flat = distance(loss, View(features(1)), View({layer: found.detach() for layer, found in flat.items()}))
    assert of_flat.isfinite().all()


@pytest.mark.parametrize("way", [by_eigenvalues, by_products])
def test_a_broken_picture_breaks_no_other_of_its_batch(way):
    covariance = torch.eye(5).repeat(2, 1, 1)
    covariance[0, 2, 2] = torch.nan
    value, transport = way(covariance, 2 * torch.eye(5).repeat(2, 1, 1), torch.full((2,), 1e-4))
    assert value[0].isnan()
    assert value[1].item() == pytest.approx(10, rel=1e-3)
    torch.testing.assert_close(transport[1], 2 * torch.eye(5), rtol=1e-3, atol=1e-3)


def test_the_overlap_by_products_as_on_a_gpu_is_that_by_eigenvalues():
    random = torch.Generator().manual_seed(0)
    channels = 64
    falling = torch.logspace(1, -3, channels)
    ours, style = (
        (torch.randn(2, channels, places, generator=random) * falling[:, None]) for places in (channels // 2, 400)
    )
    covariance, target = ours @ ours.mT / ours.shape[2], style @ style.mT / style.shape[2]
    noise = torch.full((2,), 1e-3) * target.diagonal(dim1=1, dim2=2).mean(dim=1)
    root = square_root(target, noise)
    (right, transport), (value, by) = (way(covariance, root, noise) for way in (by_eigenvalues, by_products))
    torch.testing.assert_close(value, right, rtol=1e-5, atol=0)
    assert ((by - transport) @ ours).norm() < 1e-3 * (transport @ ours).norm()


@pytest.mark.parametrize("kind", ["gram", "moments", "histogram"])
def test_a_picture_is_no_distance_from_itself_and_some_from_another(kind):
    loss, view = loss_of(kind), views(kind, 0)
    assert distance(loss, view, view).abs().max() < 1e-5
    assert distance(loss, view, views(kind, 1)).min() > 1e-2


@pytest.mark.parametrize("kind", ["gram", "moments", "histogram"])
def test_sums_of_two_halves_are_the_sums_of_the_whole(kind):
    loss, view = loss_of(kind), views(kind, 0)
    weights = {layer: torch.rand(2, 1, *found.shape[2:]) for layer, found in view.features.items()}
    whole = loss.sums(View(view.features, weights=weights))
    halves = [
        loss.sums(View(*({layer: found.chunk(2, dim=3)[i] for layer, found in maps.items()} for maps in both)))
        for i in range(2)
        for both in [(view.features, {}, weights)]
    ]
    for name, of_whole in whole.items():
        torch.testing.assert_close(halves[0][name] + halves[1][name], of_whole)


def test_contents_sums_of_two_halves_are_the_sums_of_the_whole():
    loss = Content(ContentConfig(layers=LAYERS))
    painted, content = features(0), features(1)
    halves = [
        loss.sums(View(*({layer: m.chunk(2, dim=2)[i] for layer, m in maps.items()} for maps in (painted, content))))
        for i in range(2)
    ]
    for name, of_whole in loss.sums(View(painted, content)).items():
        torch.testing.assert_close(halves[0][name] + halves[1][name], of_whole)


@pytest.mark.parametrize("kind", ["gram", "moments", "histogram"])
def test_a_mask_that_is_black_outside_a_region_gives_the_regions_distance_and_no_slope_outside(kind):
    loss, style = loss_of(kind), views(kind, 1)
    maps = {layer: found.requires_grad_() for layer, found in views(kind, 0).features.items()}
    half = {layer: found.shape[3] // 2 for layer, found in maps.items()}
    mask = {layer: torch.zeros(2, 1, *found.shape[2:]) for layer, found in maps.items()}
    for layer, width in half.items():
        mask[layer][..., :width] = 1
    masked = distance(loss, View(maps, weights=mask), style)
    alone = distance(loss, View({layer: found[..., : half[layer]] for layer, found in maps.items()}), style)
    torch.testing.assert_close(masked, alone, rtol=1e-4, atol=1e-6)
    masked.sum().backward()
    for layer, found in maps.items():
        assert not found.grad[..., half[layer] :].any()
        assert found.grad[..., : half[layer]].any()


@pytest.mark.parametrize("kind", ["gram", "moments", "histogram"])
def test_the_mean_of_two_styles_is_the_style_of_both_pictures_side_by_side(kind):
    loss, one, other = loss_of(kind), views(kind, 1), views(kind, 2)
    both = View({layer: torch.cat([found, other.features[layer]], dim=3) for layer, found in one.features.items()})
    of_one, of_other = (loss.statistics(loss.sums(view)) for view in (one, other))
    for name, side_by_side in loss.statistics(loss.sums(both)).items():
        torch.testing.assert_close((of_one[name] + of_other[name]) / 2, side_by_side)


@pytest.mark.parametrize("kind", ["gram", "moments", "histogram"])
def test_a_picture_does_not_depend_on_its_batch(kind):
    loss, view, style = loss_of(kind), views(kind, 0), views(kind, 1)
    alone = distance(
        loss,
        View({layer: found[1:] for layer, found in view.features.items()}),
        View({layer: found[1:] for layer, found in style.features.items()}),
    )
    torch.testing.assert_close(distance(loss, view, style)[1:], alone, rtol=1e-4, atol=1e-6)


def halves_of(left: tuple[float, ...], right: tuple[float, ...]) -> View:
    """A picture of two colours, 0…1."""
    return View({PICTURE: torch.tensor([left, right], dtype=torch.float32).T.view(1, 3, 1, 2) * 2 - 1})


def test_histograms_know_which_channels_go_together():
    red_and_cyan, black_and_white = halves_of((1, 0, 0), (0, 1, 1)), halves_of((0, 0, 0), (1, 1, 1))
    assert distance(loss_of("histogram"), red_and_cyan, black_and_white) > 0.1


def test_histograms_are_cramers_distance_over_the_styles_own():
    picture, style = views("histogram", 0, 1), views("histogram", 1, 1)
    axes = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [-1, 1, 1], [1, -1, 1], [1, 1, -1]], dtype=np.float64)
    axes /= np.abs(axes).sum(axis=1, keepdims=True)
    grid = np.linspace(-1, 1, 4001)

    def cumulative(view: View) -> np.ndarray:
        values = np.sort(axes @ view.features[PICTURE][0].double().flatten(1).numpy(), axis=1)
        return np.stack([np.searchsorted(row, grid, side="right") / len(row) for row in values])

    f, g = cumulative(picture), cumulative(style)
    right = ((f - g) ** 2).sum() / (g * (1 - g)).sum()
    # of a soft histogram: near, not equal
    assert distance(loss_of("histogram"), picture, style).item() == pytest.approx(right, rel=0.05)


def test_descending_a_histograms_slope_brings_the_colours_of_the_style():
    picture, style = (views("histogram", seed, 1).features[PICTURE] for seed in (0, 1))
    loss = loss_of("histogram")
    of_style = style_of(loss, View({PICTURE: style}))
    picture.requires_grad_()
    optimiser = torch.optim.Adam([picture], lr=0.02)
    for _ in range(150):
        value = loss.value(loss.statistics(loss.sums(View({PICTURE: picture}))), of_style)
        optimiser.zero_grad()
        value.sum().backward()
        optimiser.step()
    assert value < 1e-3
    assert (picture.mean(dim=(2, 3)) - style.mean(dim=(2, 3))).abs().max() < 0.05


def photo(folder: Path, name: str, size: int) -> Tensor:
    """A real picture, (1, 3, size, size)."""
    with Image.open(folder / name) as image:
        pixels = np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.LANCZOS)).copy()
    return torch.from_numpy(pixels).permute(2, 0, 1)[None] / 127.5 - 1


def seen(kind: str, layers: list[str]) -> StyleLoss:
    """A loss that looks at layers of VGG-16, all alike."""
    config = {"images": ["style.png"], "layers": layers}
    return GramStyle(GramStyleConfig(**config)) if kind == "gram" else StyleMoments(StyleMomentsConfig(**config))


def enlarged(maps: Tensor) -> Tensor:
    """Four times as wide and high."""
    return maps.repeat_interleave(4, dim=2).repeat_interleave(4, dim=3)


@pytest.mark.parametrize("kind", ["gram", "moments", "histogram"])
def test_what_is_enlarged_is_as_far_from_its_style(kind):
    loss, small, style = loss_of(kind), views(kind, 0), views(kind, 1)
    large = View({layer: enlarged(found) for layer, found in small.features.items()})
    torch.testing.assert_close(distance(loss, large, style), distance(loss, small, style), rtol=1e-4, atol=0)


def test_what_is_enlarged_is_as_far_from_its_content():
    loss, painted, content = Content(ContentConfig(layers=LAYERS)), features(0), features(1)
    large = ({layer: enlarged(found) for layer, found in maps.items()} for maps in (painted, content))
    torch.testing.assert_close(loss.value(loss.sums(View(*large))), loss.value(loss.sums(View(painted, content))))


@pytest.mark.parametrize("kind", ["gram", "moments"])
def test_style_and_total_variation_keep_their_proportion_in_a_larger_picture(kind, pictures: Path):
    layers = ["relu1_1", "relu2_1", "relu3_1"]
    loss, vgg, proportions = seen(kind, layers), VGG16(), []
    for size in (64, 256):
        painted, style = (photo(pictures, name, size) for name in ("chelsea.jpg", "coffee.jpg"))
        term = distance(loss, View(vgg(painted, layers)), View(vgg(style, layers)))
        proportions.append((term / total_variation(painted)).item())
    # a sum over places or over neighbours would make it 4 or 16 times another
    assert 1 / 2 < proportions[1] / proportions[0] < 2


@pytest.mark.parametrize(("kind", "left"), [("gram", 0.01), ("moments", 0.03)])
def test_noise_becomes_a_texture(kind, left, pictures: Path):
    layers = ["relu1_1", "relu2_1"]
    loss, vgg = seen(kind, layers), VGG16()
    style = style_of(loss, View(vgg(photo(pictures, "church-at-auvers.png", 64), layers)))
    picture = (torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 0.3).requires_grad_()
    optimiser = torch.optim.Adam([picture], lr=0.1)
    values = []
    for _ in range(80):
        value = loss.value(loss.statistics(loss.sums(View(vgg(picture, layers)))), style).sum()
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        values.append(value.item())
    assert values[-1] < left * values[0]
