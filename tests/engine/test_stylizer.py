"""The network that repaints pictures, the crops that it learns from, and its training without a discriminator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.contracts import Painted, PictureShape
from artgen.data.cache import open_pictures
from artgen.data.config import DataConfig
from artgen.data.sample import Stream
from artgen.engine.learn import gradients
from artgen.engine.samples import Samples
from artgen.engine.state import TrainState
from artgen.engine.train import train
from artgen.generators.config import StylizerConfig
from artgen.generators.stylizer import Stylizer
from artgen.job import read_job
from artgen.job.model import Job
from artgen.job.styles import styles_of
from artgen.layers.conditional_whitening import ConditionalWhitening
from artgen.layers.grain import Grain
from artgen.layers.reflected import reflected
from artgen.runs.checkpoints import latest_checkpoint
from tests.engine.test_train import Notebook, digests
from tests.tiny_stylizer import TINY_STYLIZER


@pytest.fixture
def job(tmp_path: Path, pictures: Path) -> Callable[..., Job]:
    """Reads the tiny stylizer's job with some values set."""
    file = tmp_path / "job.toml"
    file.write_text(TINY_STYLIZER.format(pictures=pictures.as_posix()), encoding="utf-8")

    def read(*sets: str) -> Job:
        (job,) = read_job(file, sets=("outputs=[]", *sets))
        return job

    return read


def trained(job: Job, folder: Path, *, stop_at: int | None = None) -> tuple[TrainState, Notebook]:
    """A training on from the last checkpoint in the folder."""
    shape = replace(job.data.shape, classes=len(styles_of(job.losses)))
    state = TrainState.build(job, shape)
    checkpoint, _ = latest_checkpoint(folder)
    if checkpoint:
        state.restore(checkpoint)
    notebook = Notebook(folder, stop_at)
    train(state, Stream(open_pictures(job.data), job.job.seed, False, shape=shape), job.train, job.job.seed, notebook)
    return state, notebook


def photographs(height: int, width: int, count: int = 3) -> Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(1)) * 2 - 1


def stylizer(styles: int = 0) -> Stylizer:
    torch.manual_seed(2)
    network = Stylizer(StylizerConfig(width=4, blocks=2), PictureShape(32, 32, 3, styles))
    for name, parameter in network.named_parameters():
        if "norm" in name:  # fresh styles are all alike
            parameter.data += torch.randn_like(parameter) * 0.3
    return network


@pytest.mark.parametrize("size", [(16, 16), (24, 48), (64, 40)], ids=str)
def test_pictures_of_any_size_are_repainted_and_every_parameter_learns(size: tuple[int, int]):
    network = stylizer(2)
    painted = network(photographs(*size, count=2), torch.tensor([1, 0])).picture
    assert painted.shape == (2, 3, *size)
    assert painted.abs().max() <= 1
    (painted * photographs(*size, count=2)).sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in network.parameters())


def test_a_style_is_its_labels_whatever_else_is_in_the_batch():
    network, pictures = stylizer(3), photographs(32, 32)
    with torch.no_grad():
        mixed = network(pictures, torch.tensor([2, 0, 2])).picture
        alone = [network(pictures[i : i + 1], torch.tensor([style])).picture for i, style in enumerate((2, 0, 2))]
        others = network(pictures, torch.tensor([1, 1, 1])).picture
    torch.testing.assert_close(mixed, torch.cat(alone), rtol=1e-4, atol=1e-5)
    assert (mixed - others).abs().mean() > 0.01


def test_where_a_photograph_is_smooth_strokes_are_painted_and_rest_from_frame_to_frame():
    network = stylizer().eval()
    sky, brighter = torch.full((1, 3, 48, 48), 0.2), torch.full((1, 3, 48, 48), 0.3)
    with torch.no_grad():
        painted, next_frame = network(sky).picture, network(brighter).picture
        assert torch.equal(network(sky).picture, painted)
    inside = painted[..., 8:-8, 8:-8], next_frame[..., 8:-8, 8:-8]
    assert all(strokes.std(dim=(2, 3)).min() > 0.01 for strokes in inside)
    assert torch.corrcoef(torch.stack([strokes.flatten() for strokes in inside]))[0, 1] > 0.9


def test_grain_belongs_to_places_and_in_training_to_the_picture():
    grain, pictures = Grain(), photographs(20, 600)
    resting = grain.eval()(pictures)
    assert resting.shape == (3, 1, 20, 600)
    assert torch.equal(grain(pictures[:1, :, :7, :9]), resting[:1, :, :7, :9])
    assert torch.equal(resting[0], resting[2])
    assert resting.std() == pytest.approx(1, abs=0.05)
    shifted = grain.train()(pictures)
    assert torch.equal(grain(pictures[1:]), shifted[1:])
    assert abs(torch.corrcoef(shifted[:2].flatten(1))[0, 1]) < 0.05


def test_without_a_label_the_first_style_is_painted():
    network, pictures = stylizer(2), photographs(16, 16)
    with torch.no_grad():
        first = network(pictures, torch.zeros(3, dtype=torch.int64)).picture
        assert torch.equal(network(pictures).picture, first)


def test_the_norm_is_what_its_formula_says():
    norm = ConditionalWhitening(5, 2)
    torch.manual_seed(3)
    norm.scale.data.normal_()
    norm.shift.data.normal_()
    maps, label = correlated(3, 5, 6, 7), torch.tensor([1, 0, 1])
    expected = []
    for picture, style in zip(maps.double().flatten(2), label, strict=True):
        values, vectors = torch.linalg.eigh(torch.cov(picture, correction=0))
        share, root = values / values.sum() + 3e-3 / 5, torch.ones(5, dtype=torch.float64)
        for _ in range(5):
            root = (3 * root - share * root**3) / 2
        whitening = vectors @ torch.diag(root / values.sum().sqrt()) @ vectors.T
        centred = whitening @ (picture - picture.mean(dim=1, keepdim=True))
        expected.append(norm.scale[style][:, None] * centred + norm.shift[style][:, None])
    torch.testing.assert_close(norm(maps, label).flatten(2).double(), torch.stack(expected), rtol=1e-5, atol=1e-5)


def test_channels_that_varied_alike_are_apart_after_the_norm():
    maps = correlated(2, 4, 32, 32)
    white = ConditionalWhitening(4, 1)(maps, torch.zeros(2, dtype=torch.int64))
    for before, after in zip(maps, white, strict=True):
        assert torch.corrcoef(before.flatten(1)).triu(1).abs().max() > 0.5
        torch.testing.assert_close(torch.cov(after.flatten(1)), torch.eye(4), rtol=0, atol=0.1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_the_norm_makes_no_noise_of_maps_without_any_variance(dtype: torch.dtype):
    flat = torch.full((1, 4, 8, 8), 3.0, dtype=dtype)
    white = ConditionalWhitening(4, 1)(flat, torch.zeros(1, dtype=torch.int64))
    assert white.dtype == dtype
    assert white.abs().max() < 0.01


def test_the_slope_of_the_norm_is_that_of_its_values():
    norm = ConditionalWhitening(3, 2).double()
    maps, label = correlated(2, 3, 4, 5).double().requires_grad_(), torch.tensor([1, 0])
    assert torch.autograd.gradcheck(lambda maps, *_: norm(maps, label), (maps, norm.scale, norm.shift))


def test_mirrored_borders_are_those_of_torch_and_so_is_their_slope():
    maps = correlated(2, 3, 2, 5).double().requires_grad_()
    bordered, same = reflected(maps), F.pad(maps, (1, 1, 1, 1), mode="reflect")
    assert torch.equal(bordered, same)
    slope = torch.randn_like(same)
    torch.testing.assert_close(torch.autograd.grad(bordered, maps, slope), torch.autograd.grad(same, maps, slope))


def correlated(*shape: int) -> Tensor:
    """Maps whose channels have much in common."""
    generator = torch.Generator().manual_seed(5)
    own, common = torch.randn(shape, generator=generator), torch.randn(shape[0], 1, *shape[2:], generator=generator)
    return own + 1.5 * common + 2


def test_transparent_and_grey_pictures_are_refused_with_what_to_write():
    for channels in (1, 4):
        with pytest.raises(ValueError, match='colors = "rgb"'):
            StylizerConfig().check_shape(PictureShape(32, 32, channels))


def test_crops_are_windows_of_the_pictures_and_the_same_in_any_batch(pictures: Path):
    config = DataConfig(folder=pictures, size=[24, 16], zoom=2.5)
    stream = Stream(open_pictures(config), 3, True, shape=config.shape)
    batch = stream.batch(5, 6)
    assert batch.shape == (6, 3, 16, 24)
    assert torch.equal(batch[2:4], stream.batch(7, 2))
    again = stream.batch(5 + 8 * stream.pictures.array.shape[0], 6)  # other epochs, other windows
    assert not torch.equal(batch, again)
    for crop, row in zip(batch, stream.rows(5, 6), strict=True):
        whole = torch.from_numpy(stream.pictures.read([row])).float() / 127.5 - 1
        assert crop.min() >= whole.min() - 0.01
        assert crop.max() <= whole.max() + 0.01


def test_some_crops_have_other_colours_and_the_same_in_any_batch(pictures: Path):
    config = DataConfig(folder=pictures, size=[24, 16], zoom=2.5)
    found = open_pictures(config)
    plain = Stream(found, 3, True, shape=config.shape).batch(5, 24)
    stream = Stream(found, 3, True, shape=config.shape, recolor=0.3)
    batch = stream.batch(5, 24)
    torch.testing.assert_close(batch[2:4], stream.batch(7, 2))
    assert batch.abs().max() <= 1
    changed = (batch - plain).abs().amax(dim=(1, 2, 3)) > 0.01
    assert changed.any()
    assert not changed.all(), "four changes, each of them to three crops in ten"


def test_whole_pictures_are_shown_where_nothing_is_cropped(pictures: Path):
    config = DataConfig(folder=pictures, size=16)
    stream = Stream(open_pictures(config), 3, False, shape=config.shape)
    pixels = torch.from_numpy(stream.pictures.read(stream.rows(0, 4))).permute(0, 3, 1, 2)
    torch.testing.assert_close(stream.batch(0, 4), pixels.float() / 127.5 - 1)


def test_it_learns_its_styles_without_a_discriminator(job, tmp_path: Path):
    state, notebook = trained(job("train.steps=60"), tmp_path)
    assert state.discriminator is None
    style = [row["loss/gram-style/generator"] for row in notebook.rows if "loss/gram-style/generator" in row]
    assert style[-1] < 0.6 * style[0]
    assert not any(key.startswith(("discriminator", "guard")) for key in (*notebook.rows[-1], *state.standing()))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_stopping_and_going_on_ends_with_the_same_bytes(job, tmp_path: Path, precision: str):
    twice = job("train.generator.updates=2", f"train.precision={precision}")
    trained(twice, tmp_path / "whole")
    for stop_at in (3, None):
        trained(twice, tmp_path / "parts", stop_at=stop_at)
    assert digests(tmp_path / "parts") == digests(tmp_path / "whole")
    assert sorted(digests(tmp_path / "parts")) == [
        "ema.safetensors",
        "generator.safetensors",
        "optimizers.safetensors",
    ]


@pytest.mark.parametrize("micro_batch", [1, 3])
def test_gradients_of_micro_batches_add_up_to_those_of_the_batch(job, micro_batch: int):
    def learned(size: int) -> Tensor:
        four = job("train.batch=4")
        state = TrainState.build(four, replace(four.data.shape, classes=2))
        state.micro_batches.size = size
        stream = Stream(open_pictures(four.data), 3, False, shape=four.data.shape)
        gradients(state, Samples(state, stream, 3, 4, 1).of_generator(0), backward=True)
        return torch.cat([weight.grad.flatten() for weight in state.generator.parameters()])

    whole, parts = learned(4), learned(micro_batch)
    assert (parts - whole).norm() < 2e-3 * whole.norm()


def test_each_picture_is_compared_with_the_style_of_its_label(job):
    both = job()
    state = TrainState.build(both, replace(both.data.shape, classes=2))
    (gram,) = (active.loss for active in state.losses if active.name == "gram-style")
    pictures = photographs(32, 32, count=2)

    def distance(labels: list[int]) -> Tensor:
        stream = Stream(open_pictures(both.data), 3, False, shape=both.data.shape)
        (part,) = Samples(state, stream, 3, 2, 1).of_generator(0)
        part.step.fake, part.step.fake_label = Painted(pictures), torch.tensor(labels)
        return part.step.compare(gram)

    one, other = distance([0, 0]), distance([1, 1])
    assert not torch.isclose(one, other).any()
    torch.testing.assert_close(distance([1, 0]), torch.stack((other[0], one[1])))


def test_a_loss_that_compares_features_must_say_what_it_adds_up(job):
    state = TrainState.build(job(), replace(job().data.shape, classes=2))
    stream = Stream(open_pictures(job().data), 3, False, shape=job().data.shape)
    (part,) = Samples(state, stream, 3, 2, 1).of_generator(0)
    with pytest.raises(RuntimeError, match="sums"):
        part.step.compare(object())
