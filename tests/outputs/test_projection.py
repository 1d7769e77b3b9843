"""A picture of one's own is found again in the space that a generator paints from."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from artgen.backbones.vgg16 import VGG16
from artgen.contracts import PictureShape
from artgen.errors import ArtgenError
from artgen.generators.config import DCGANConfig, StyleGANLiteConfig
from artgen.generators.dcgan import DCGAN
from artgen.generators.stylegan_lite import StyleGANLite
from artgen.latents.perceptual import LAYERS, PerceptualDistance
from artgen.latents.projection import Projection, project
from artgen.latents.sampler import Sampler
from artgen.latents.saved_projections import SavedProjection, Told, read_projection, write_projection
from artgen.latents.seeds import latent_of, noise_of
from artgen.seeding import Draws
from tests.data.sample_pictures import PICTURES, decoded

SIDE = 16
LATENT = 12
FITTING = {"dcgan": (150, 4e-3), "stylegan-lite": (270, 1e-2)}
"""Steps and rate."""
COLOURS = {1: "gray", 3: "rgb", 4: "rgba"}


def training_pictures(channels: int) -> torch.Tensor:
    """Three real pictures, (3, C, 16, 16)."""
    names = ("astronaut.jpg", "fox.webp", "pizza.webp")
    pixels = []
    for name in names:
        with (PICTURES / name).open("rb") as file:
            pixels.append(decoded(file, size=SIDE, colors=COLOURS[channels]))
    return torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2) / 127.5 - 1


@functools.cache
def learned_by_heart(kind: str, channels: int = 3, classes: int = 0) -> Sampler:
    """A tiny generator that paints one training picture near each of three latents."""
    shape = PictureShape(SIDE, SIDE, channels, classes)
    torch.manual_seed(1)
    if kind == "dcgan":
        generator: torch.nn.Module = DCGAN(DCGANConfig(latent=LATENT, width=12), shape)
    else:
        generator = StyleGANLite(StyleGANLiteConfig(latent=LATENT, max_width=16), shape)
    pictures = training_pictures(channels).repeat(2, 1, 1, 1)
    z = torch.stack([latent_of(seed, LATENT) for seed in range(3)]).repeat(2, 1)
    label = {"label": torch.arange(6) % 3 % classes} if classes else {}
    steps, rate = FITTING[kind]
    adam = torch.optim.Adam(generator.parameters(), lr=rate, betas=(0.5, 0.99))
    for _ in range(steps):
        noise = {name: torch.randn(6, 1, *size) for name, size in generator.noise_shapes.items()}
        painted = generator(z + 0.4 * torch.randn_like(z), noise, **label)
        adam.zero_grad()
        F.mse_loss(painted.picture, pictures).backward()
        adam.step()
    return Sampler(generator, shape)


@functools.cache
def first_found(kind: str) -> Projection:
    """Where the first training picture is."""
    return project(learned_by_heart(kind), training_pictures(3)[0], steps=40)


@pytest.mark.parametrize("kind", ["dcgan", "stylegan-lite"])
def test_a_training_picture_is_found_in_w(kind):
    source = learned_by_heart(kind)
    picture = training_pictures(3)[0]
    found = first_found(kind)
    assert len(found.distances) == 42
    assert found.distances[-1] < found.distances[0] / 3
    own = source.points([0])[0].shape
    assert found.w.shape == ((source.layers, *own) if source.layers else own)
    painted = next(source.along([(found.w, found.noise)]))
    shown = torch.from_numpy(painted).permute(2, 0, 1) / 127.5 - 1
    distance = PerceptualDistance(picture[None], VGG16())
    assert distance(shown[None]).item() == pytest.approx(found.distances[-1], abs=0.01), "the point is what was found"
    noise = {name: noise_of(0, name, *size)[None] for name, size in source.generator.noise_shapes.items()}
    with torch.no_grad():
        mean = source.synthesize(source.mean_w()[None], noise)
    assert distance(mean).item() == pytest.approx(found.distances[0], abs=1e-4), "the mean w is what it is held against"


def test_the_search_begins_at_a_seed_that_is_nearer_than_the_mean():
    assert first_found("dcgan").distances[1] < first_found("dcgan").distances[0]


def test_layers_stay_near_each_other():
    found = first_found("stylegan-lite")
    w = learned_by_heart("stylegan-lite").points(range(200))
    assert (found.w - found.w.mean(0)).square().mean() < (w - w.mean(0)).square().mean()


def test_a_search_can_be_watched_and_stopped():
    def watch(step: int) -> None:
        if step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        project(learned_by_heart("dcgan"), training_pictures(3)[0], steps=5, watch=watch)


def test_a_projection_is_kept_and_read_back(tmp_path: Path):
    found = first_found("stylegan-lite")
    told = Told(checkpoint="ab" * 32, picture="cd" * 32, first=found.distances[0], last=found.distances[-1])
    path = write_projection(tmp_path, "me", SavedProjection(found.w, found.noise, told))
    assert path == tmp_path / "projections" / "me.json"
    read = read_projection(tmp_path, "me")
    assert torch.equal(read.w, found.w)
    assert all(torch.equal(read.noise[name], values) for name, values in found.noise.items())
    assert (read.checkpoint, read.label_name) == ("ab" * 32, "")
    source = learned_by_heart("stylegan-lite")
    pictures = source.along([(found.w, found.noise), (read.w, read.noise)])
    assert np.array_equal(next(pictures), next(pictures))
    with pytest.raises(ArtgenError, match="no projection of that name") as caught:
        read_projection(tmp_path, "you")
    assert caught.value.hint == "there are me"
    with pytest.raises(ArtgenError, match="the name cannot hold"):
        read_projection(tmp_path, "../me")


@pytest.mark.parametrize("ending", [".json", ".safetensors"])
def test_a_damaged_projection_is_refused(tmp_path: Path, ending: str):
    told = Told(checkpoint="", picture="", first=1.0, last=0.5)
    path = write_projection(tmp_path, "me", SavedProjection(torch.zeros(4), {}, told)).with_suffix(ending)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ArtgenError, match="damaged"):
        read_projection(tmp_path, "me")
    write_projection(tmp_path, "me", SavedProjection(torch.full((4,), torch.nan), {}, told))
    with pytest.raises(ArtgenError, match="damaged"):
        read_projection(tmp_path, "me")


def test_a_latent_without_a_mapping_ends_near_the_shell_of_normal_ones():
    spread = (2 / LATENT) ** 0.5
    assert first_found("dcgan").w.square().mean() == pytest.approx(1, abs=2 * spread), "where 95 % of them are"


def test_noise_stays_noise():
    found = first_found("stylegan-lite")
    assert found.noise.keys() == learned_by_heart("stylegan-lite").generator.noise_shapes.keys()
    for values in found.noise.values():
        assert values.mean() == pytest.approx(0, abs=1e-5)
        assert values.square().mean() == pytest.approx(1, abs=1e-4)
    finest = found.noise["16x16.conv1"]
    for noise in (finest, 2 * F.avg_pool2d(finest, 2)):
        for axis in (1, 2):
            assert abs((noise * noise.roll(1, axis)).mean()) < 0.02


def test_the_same_seed_finds_the_same_and_another_one_another_way():
    source, picture = learned_by_heart("stylegan-lite"), training_pictures(3)[1]
    one, again, other = (project(source, picture, steps=5, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(one.w, again.w)
    assert one.distances == again.distances
    assert all(torch.equal(values, again.noise[name]) for name, values in one.noise.items())
    assert not torch.equal(one.w, other.w)


def test_a_generator_is_left_as_it_was():
    source = learned_by_heart("dcgan")
    before = {name: tensor.clone() for name, tensor in source.generator.state_dict().items()}
    for parameter in source.generator.parameters():
        parameter.grad = None
    with torch.no_grad():
        project(source, training_pictures(3)[0], steps=3)
    assert all(torch.equal(tensor, before[name]) for name, tensor in source.generator.state_dict().items())
    assert all(parameter.grad is None for parameter in source.generator.parameters())


@pytest.mark.parametrize("channels", [1, 4])
def test_a_picture_is_found_in_its_class_and_in_any_colours(channels):
    source = learned_by_heart("dcgan", channels, classes=2)
    found = project(source, training_pictures(channels)[0], label=0, steps=25)
    assert found.distances[-1] < 0.6 * found.distances[0]
    of_class = source.points([0], label=0)[0]
    assert torch.equal(found.w[LATENT:], of_class[LATENT:]), "the class stays what it is"
    with pytest.raises(ArtgenError, match="none is named"):
        project(source, training_pictures(channels)[1])


def test_a_picture_of_another_shape_is_refused():
    with pytest.raises(ArtgenError, match="the picture is 32×16×3, and the generator paints 16×16×3"):
        project(learned_by_heart("dcgan"), torch.zeros(3, 16, 32))


def test_the_perceptual_distance_is_its_formula():
    one, other = (Draws(seed, "pictures").normal(3 * 16 * 24).view(1, 3, 16, 24).clamp(-1, 1) for seed in (0, 1))
    network = VGG16()
    distance = PerceptualDistance(one, network)
    assert distance(one).item() == 0
    terms = []
    features = [network(picture, LAYERS) for picture in (one, other)]
    for layer in LAYERS:
        first, second = (found[layer][0].double().numpy() for found in features)
        gaps = [
            first[:, y, x] / max(np.linalg.norm(first[:, y, x]), 1e-12)
            - second[:, y, x] / max(np.linalg.norm(second[:, y, x]), 1e-12)
            for y in range(first.shape[1])
            for x in range(first.shape[2])
        ]
        terms.append(np.mean([gap @ gap for gap in gaps]))
    both = distance(torch.cat((other, one)))
    assert both.tolist() == pytest.approx([np.mean(terms), 0], rel=1e-5)


def test_large_pictures_are_looked_at_smaller():
    large = Draws(0, "pictures").normal(3 * 8 * 8).view(1, 3, 8, 8).clamp(-1, 1)
    one, other = (F.interpolate(picture, (512, 512)) for picture in (large, large.flip(3)))
    small_one, small_other = (F.interpolate(picture, (256, 256)) for picture in (large, large.flip(3)))
    network = VGG16()
    expected = PerceptualDistance(small_one, network)(small_other).item()
    assert PerceptualDistance(one, network)(other).item() == pytest.approx(expected, rel=1e-4)
