"""Directions, style mixing and blending: tools that work on a generator without looking at pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from artgen.contracts import PictureShape
from artgen.errors import ArtgenError, CheckpointError
from artgen.generators import config
from artgen.generators.dcgan import DCGAN
from artgen.generators.dense import Dense
from artgen.generators.lightweight import Lightweight
from artgen.generators.msg import MSG
from artgen.generators.stylegan_lite import StyleGANLite
from artgen.latents.blending import blend
from artgen.latents.directions import Directions, closed_form_directions, principal_directions
from artgen.latents.mixing import mix_styles
from artgen.latents.sampler import Sampler
from artgen.latents.saved_directions import read_directions, saved_directions, write_directions
from tests.outputs.conditional import conditional_sampler

SMALL = PictureShape(24, 16, 3)
SAMPLES = 200


def style(shape: PictureShape = SMALL, **options: object) -> nn.Module:
    return StyleGANLite(config.StyleGANLiteConfig(**{"latent": 8, "max_width": 6, **options}), shape)


def dcgan(shape: PictureShape = SMALL, **options: object) -> nn.Module:
    return DCGAN(config.DCGANConfig(**{"latent": 8, "width": 4, **options}), shape)


BUILDS: dict[str, Callable[[PictureShape], nn.Module]] = {
    "stylegan-lite": style,
    "dcgan": dcgan,
    "dcgan, spectral, growing": lambda shape: dcgan(
        shape, norm="spectral", upsampling="smooth", noise=True, growing=True
    ),
    "lightweight": lambda shape: Lightweight(config.LightweightConfig(latent=8, width=8), shape),
    "msg": lambda shape: MSG(config.MSGConfig(latent=8, width=4), shape),
    "dense": lambda shape: Dense(config.DenseConfig(latent=8, hidden=[12, 16]), shape),
}
BLENDED = [kind for kind in BUILDS if kind != "dense"]
WITH_CLASSES = ["stylegan-lite", "dcgan"]


def generator(kind: str, seed: int = 0, shape: PictureShape = SMALL) -> nn.Module:
    """Untrained, but louder than such networks are, and with noise that is seen."""
    torch.manual_seed(seed)
    network = BUILDS[kind](shape)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.mul_(3).add_(0.1 * torch.randn(parameter.shape) if "noise" in name else 0)
    return network.eval()


def sampler(kind: str, seed: int = 0, shape: PictureShape = SMALL) -> Sampler:
    return Sampler(generator(kind, seed, shape), shape)


def found(source: Sampler) -> Directions:
    find = closed_form_directions if source.normal_size else principal_directions
    return find(source, samples=SAMPLES)


def centred(source: Sampler, label: int | None = None) -> np.ndarray:
    w = source.points(range(SAMPLES), label=label).double().numpy()
    return w - w.mean(0)


@pytest.mark.parametrize("find", [principal_directions, closed_form_directions])
def test_directions_are_orthonormal_the_strongest_first_and_the_same_every_time(find):
    directions = find(sampler("stylegan-lite"), 5, samples=SAMPLES)
    assert directions.names == ("1", "2", "3", "4", "5")
    torch.testing.assert_close(directions.vectors @ directions.vectors.t(), torch.eye(5), atol=1e-6, rtol=0)
    assert list(directions.shares) == sorted(directions.shares, reverse=True)
    assert 0 < sum(directions.shares) < 1
    assert all(vector[vector.abs().argmax()] > 0 for vector in directions.vectors)
    again = find(sampler("stylegan-lite"), 5, samples=SAMPLES)
    assert torch.equal(again.vectors, directions.vectors)
    assert again.spreads == directions.spreads


def test_principal_directions_are_those_of_a_singular_value_decomposition():
    source = sampler("stylegan-lite")
    directions = principal_directions(source, 8, samples=SAMPLES)
    _, values, rows = np.linalg.svd(centred(source), full_matrices=False)
    assert np.abs((directions.vectors.double().numpy() * rows).sum(1)) == pytest.approx(1, abs=1e-6)
    assert directions.spreads == pytest.approx(values / (SAMPLES - 1) ** 0.5, rel=1e-6)
    assert directions.shares == pytest.approx(values**2 / (values**2).sum(), rel=1e-6)


def test_directions_in_closed_form_are_eigenvectors_of_what_w_is_multiplied_with():
    source = sampler("stylegan-lite")
    directions = closed_form_directions(source, 8, samples=SAMPLES)
    affines = [module.weight for name, module in source.generator.named_modules() if name.endswith("affine")]
    rows = torch.cat(affines).detach().double().numpy()
    values, columns = np.linalg.eigh(rows.T @ rows)
    assert np.abs((directions.vectors.double().numpy() * columns.T[::-1]).sum(1)) == pytest.approx(1, abs=1e-6)
    assert directions.shares == pytest.approx(values[::-1] / values.sum(), rel=1e-6)
    along = centred(source) @ directions.vectors.double().numpy().T
    assert directions.spreads == pytest.approx(along.std(0, ddof=1), rel=1e-5)


def test_directions_in_closed_form_may_be_those_of_some_layers():
    source = sampler("stylegan-lite")
    blocks = source.generator.blocks
    second = torch.cat([blocks["6x4"].to_picture.affine.weight, blocks["12x8"].conv0.affine.weight]).detach().double()
    values, columns = np.linalg.eigh((second.t() @ second).numpy())
    directions = closed_form_directions(source, 3, layers=[1], samples=SAMPLES)
    assert directions.shares == pytest.approx(values[::-1][:3] / values.sum(), rel=1e-6)
    assert np.abs((directions.vectors.double().numpy() * columns.T[::-1][:3]).sum(1)) == pytest.approx(1, abs=1e-6)
    with pytest.raises(ArtgenError, match="no layer 9"):
        closed_form_directions(source, layers=[9], samples=SAMPLES)


@pytest.mark.parametrize("kind", [kind for kind in BUILDS if kind != "stylegan-lite"])
def test_without_a_mapping_the_first_layer_says_what_matters(kind):
    source = sampler(kind)
    directions = closed_form_directions(source, 3, samples=SAMPLES)
    z = torch.eye(8)
    first = next(iter(source.generator.children()))
    with torch.no_grad():
        heard = next(layer for layer in first.modules() if isinstance(layer, nn.Linear | nn.ConvTranspose2d))
        numbers = z if isinstance(heard, nn.Linear) else z[:, :, None, None]
        made = (heard(numbers) - heard(torch.zeros_like(numbers))).flatten(1).double().numpy()
    strengths = np.linalg.svd(made, compute_uv=False)
    effects = np.linalg.norm(directions.vectors.double().numpy() @ made, axis=1)
    assert effects == pytest.approx(strengths[:3], rel=1e-5)
    assert directions.spreads == pytest.approx([1, 1, 1], abs=0.2)
    with pytest.raises(ArtgenError, match="no mapping network") as caught:
        principal_directions(source, samples=SAMPLES)
    assert "closed form" in caught.value.hint


@pytest.mark.parametrize("kind", BUILDS)
def test_a_direction_changes_the_picture_more_the_farther_it_is_followed(kind):
    source = sampler(kind)
    directions = found(source)
    w = source.points([3])[0]
    moved = [directions.moved(w, "1", deviations) for deviations in (0, 1, 3)]
    still, near, far = (picture.astype(int) for picture in source.along((point, 3) for point in moved))
    assert np.array_equal(still, next(source.at_seeds([3])))
    assert 0.2 < np.abs(near - still).mean() < np.abs(far - still).mean()


@pytest.mark.parametrize("kind", WITH_CLASSES)
@pytest.mark.parametrize("label", [None, 1])
def test_a_direction_leaves_a_picture_its_class(kind, label):
    source = sampler(kind, shape=PictureShape(24, 16, 3, classes=3))
    with torch.no_grad():
        for module in source.generator.modules():
            if isinstance(module, nn.Embedding):
                module.weight.mul_(30)  # classes lie far apart: most of the spread of w is between them
    directions = closed_form_directions(source, samples=SAMPLES, label=label)
    if source.normal_size:
        assert not directions.vectors[:, source.normal_size :].any()
        return
    directions = principal_directions(source, 8, samples=SAMPLES, label=label)
    seeds = range(SAMPLES)
    own = np.array([source.label_of(seed, label) for seed in seeds])
    w = source.points(seeds, label=label).double().numpy()
    gaps = np.concatenate([w[own == one] - w[own == one].mean(0) for one in set(own)])
    values = np.linalg.svd(gaps, compute_uv=False) / (SAMPLES - len(set(own))) ** 0.5
    assert directions.spreads == pytest.approx(values, rel=1e-5)


def test_directions_of_any_generator_with_a_mapping_are_found_by_pca():
    source = conditional_sampler()
    assert len(principal_directions(source, samples=SAMPLES).names) == 12, "w of 20 numbers lies in 12 dimensions"
    with pytest.raises(ArtgenError, match="w_matrices"):
        closed_form_directions(source, samples=SAMPLES)


@pytest.mark.parametrize("weight", [0.0, float("nan")])
def test_a_generator_that_listens_to_nothing_has_no_directions(weight: float):
    network = generator("dcgan")
    network.start[0].weight.data.fill_(weight)  # type: ignore[index, union-attr]
    with pytest.raises(ArtgenError, match="there are no directions"):
        closed_form_directions(Sampler(network, SMALL), samples=8)


def test_directions_are_named_saved_and_read_back(tmp_path: Path):
    directions = found(sampler("stylegan-lite")).renamed("2", "smile")
    path = write_directions(tmp_path, "mine", directions, checkpoint="ab" * 32)
    assert path == tmp_path / "directions" / "mine.json"
    read = read_directions(tmp_path, "mine")
    assert read.checkpoint == "ab" * 32
    assert torch.equal(read.vectors, directions.vectors)
    assert (read.method, read.names, read.shares, read.spreads) == (
        directions.method,
        directions.names,
        directions.shares,
        directions.spreads,
    )
    w = torch.randn(3, 5, 8)
    assert torch.equal(read.moved(w, "smile", -2), w - 2 * read.spreads[1] * read.vectors[1])
    write_directions(tmp_path, "mine", directions.renamed("smile", "frown"), checkpoint="")
    assert "frown" in read_directions(tmp_path, "mine").names
    (path.parent / ".mine.7-8.part.json").write_text("{")  # of a process that was killed
    assert saved_directions(tmp_path) == ["mine"]


def test_what_is_wrong_with_a_direction_is_said(tmp_path: Path):
    directions = found(sampler("stylegan-lite"))
    with pytest.raises(ArtgenError, match="no direction 'smile'"):
        directions.moved(torch.zeros(8), "smile", 1)
    with pytest.raises(ArtgenError, match="8 numbers long, and the generator's w is 9"):
        directions.moved(torch.zeros(9), "1", 1)
    with pytest.raises(ArtgenError, match="cannot be called '2'"):
        directions.renamed("1", "2")
    for unusable in ("", " ", "pose/left", "a\x1b[2J"):  # a job says FILE/NAME
        with pytest.raises(ArtgenError, match="it is no name"):
            directions.renamed("1", unusable)
    for taken in ("99", "pca 3", "seed 9"):  # would be found anew, or be a seed, where a job names it
        with pytest.raises(ArtgenError, match=f"cannot be called '{taken}'") as caught:
            directions.renamed("1", taken)
        assert "found anew" in caught.value.hint
    assert directions.renamed("1", "1").names == directions.names
    with pytest.raises(ArtgenError, match="the name cannot hold '/'"):
        write_directions(tmp_path, "../mine", directions, checkpoint="")
    with pytest.raises(ArtgenError, match="no directions of that name"):
        read_directions(tmp_path, "mine")
    write_directions(tmp_path, "mine", directions, checkpoint="")
    with pytest.raises(ArtgenError, match="no directions") as caught:
        read_directions(tmp_path, "yours")
    assert caught.value.hint == "there are mine"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"schema":1', '"schema":2'),
        ('"name":"2"', '"name":"1"'),
        ('"vector":[', '"vector":[0.5,'),
        ('"vector":[', '"vector":["a",'),
        ('"spread":', '"spread":NaN,"other":'),
        ("}]}", ""),
    ],
    ids=["schema", "one name twice", "lengths", "no number", "not finite", "cut off"],
)
def test_a_damaged_file_of_directions_is_refused(tmp_path: Path, old: str, new: str):
    path = write_directions(tmp_path, "mine", found(sampler("stylegan-lite")), checkpoint="")
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ArtgenError, match="damaged"):
        read_directions(tmp_path, "mine")


def test_directions_that_somebody_bent_are_refused(tmp_path: Path):
    bent = found(sampler("stylegan-lite"))
    bent.vectors[1] = bent.vectors[0]
    write_directions(tmp_path, "mine", bent, checkpoint="")
    with pytest.raises(ArtgenError, match="not orthonormal"):
        read_directions(tmp_path, "mine")


def test_styles_are_mixed_layer_by_layer():
    source = sampler("stylegan-lite")
    one, other = source.points([1, 2])
    assert source.layers == 6
    mixed = mix_styles(source, one, other, range(2, 4))
    assert mixed.shape == (6, 8)
    assert [torch.equal(style, other) for style in mixed] == [False, False, True, True, False, False]
    again = mix_styles(source, mixed, one, [2])
    assert [torch.equal(style, other) for style in again] == [False, False, False, True, False, False]


def test_a_mixed_point_is_painted_between_others_without_changing_their_bytes():
    source = sampler("stylegan-lite")
    one, other = source.points([1, 2])
    coarse, fine = (mix_styles(source, one, other, layers) for layers in (range(4, 6), range(4)))
    plain = mix_styles(source, one, other, [])
    whole = mix_styles(source, one, other, range(6))
    points = [(one, 1), (coarse, 1), (fine, 1), (plain, 1), (whole, 2)]
    alone, kept, changed, same, swapped = source.along(points)
    assert np.array_equal(alone, next(source.at_seeds([1])))
    assert np.array_equal(same, alone)
    assert np.array_equal(swapped, next(source.at_seeds([2])))
    assert not np.array_equal(kept, alone)
    assert not np.array_equal(changed, swapped)


@pytest.mark.parametrize("kind", ["dcgan", "dense"])
def test_styles_of_a_generator_without_layers_of_its_own_w_are_not_mixed(kind):
    source = sampler(kind)
    with pytest.raises(ArtgenError, match="one w"):
        mix_styles(source, *source.points([1, 2]), range(2))


def test_a_layer_that_is_not_there_is_not_mixed():
    source = sampler("stylegan-lite")
    with pytest.raises(ArtgenError, match="no layer 6") as caught:
        mix_styles(source, *source.points([1, 2]), range(4, 8))
    assert "to 5" in caught.value.hint


@pytest.mark.parametrize("kind", BLENDED)
def test_at_both_ends_a_blend_is_one_of_the_two_generators_to_the_byte(kind):
    coarse, fine = sampler(kind, 1), sampler(kind, 2)
    states = coarse.generator.state_dict(), fine.generator.state_dict()
    own = generator(kind, 3)
    for side_px, wanted in ((0, fine), (16, coarse)):
        own.load_state_dict(blend(own, *states, side_px=side_px))
        pictures = list(Sampler(own, SMALL).at_seeds(range(3)))
        assert all(map(np.array_equal, pictures, wanted.at_seeds(range(3))))
    own.load_state_dict(blend(own, *states, side_px=8))
    middle = list(Sampler(own, SMALL).at_seeds(range(3)))
    assert not any(map(np.array_equal, middle, coarse.at_seeds(range(3))))
    assert not any(map(np.array_equal, middle, fine.at_seeds(range(3))))


def test_each_layer_of_a_blend_is_that_of_its_size():
    one, other, own = (generator("stylegan-lite", seed) for seed in (1, 2, 3))
    coarse, fine = one.state_dict(), other.state_dict()
    for name, tensor in blend(own, coarse, fine, side_px=8).items():
        wanted = fine if "24x16" in name else coarse
        assert torch.equal(tensor, wanted[name])


def test_a_soft_transition_takes_some_of_both_around_the_edge():
    one, other, own = (generator("dcgan, spectral, growing", seed, PictureShape(64, 64, 3)) for seed in (1, 2, 3))
    coarse, fine = one.state_dict(), other.state_dict()
    blended = blend(own, coarse, fine, side_px=16, transition=2)
    shares = {"start.": 0, "doublings.0.": 0, "doublings.1.": 0.25, "doublings.2.": 0.75, "last.": 1, "to_picture.": 1}
    learned = dict(own.named_parameters())
    for layer, share in shares.items():
        for name in filter(lambda name: name.startswith(layer), blended):
            wanted = torch.lerp(coarse[name], fine[name], share if name in learned else round(share))
            torch.testing.assert_close(blended[name], wanted)


@pytest.mark.parametrize("which", [0, 1])
def test_networks_that_do_not_fit_are_not_blended(which):
    own = generator("stylegan-lite")
    for other, told in (
        (style(max_width=5), "affine.weight is 5×8 in it, not 6×8|is .* in it, not"),
        (style(mapping_layers=1), "mapping.layers.1.weight is nothing in it"),
        (style(mapping_layers=3), "mapping.layers.2.weight is 8×8 in it, not nothing"),
    ):
        states = [own.state_dict(), own.state_dict()]
        states[which] = other.state_dict()
        with pytest.raises(CheckpointError, match=told) as caught:
            blend(own, *states, side_px=8)
        assert ("coarse", "fine")[which] in str(caught.value)


def test_a_generator_without_resolutions_is_not_blended():
    own = generator("dense")
    with pytest.raises(ArtgenError, match="Dense does not say at which size"):
        blend(own, own.state_dict(), own.state_dict(), side_px=8)
