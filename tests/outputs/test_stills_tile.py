"""Textures without a seam."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms
from torch import nn

from artgen.contracts import PictureShape
from artgen.errors import ArtgenError
from artgen.generators import config
from artgen.generators.dcgan import DCGAN
from artgen.generators.dense import Dense
from artgen.generators.lightweight import Lightweight
from artgen.generators.msg import MSG
from artgen.generators.stylegan_lite import StyleGANLite
from artgen.latents.sampler import Sampler
from artgen.outputs.stills.circular import circular
from artgen.outputs.stills.config import TileConfig
from artgen.outputs.stills.images import refuse_shared_names
from artgen.outputs.stills.tile import Tile, Tiles
from artgen.runs.store import Run

SHAPE = PictureShape(48, 32, 3)


def dcgan(upsampling: str, **more: object) -> Callable[[PictureShape], nn.Module]:
    return lambda shape: DCGAN(config.DCGANConfig(latent=8, width=8, upsampling=upsampling, **more), shape)  # type: ignore[arg-type]


BUILDS: dict[str, Callable[[PictureShape], nn.Module]] = {
    "dcgan, transposed": dcgan("transposed"),
    "dcgan, resize": dcgan("resize", noise=True),
    "dcgan, smooth": dcgan("smooth", norm="spectral", noise=True),
    "stylegan-lite": lambda shape: StyleGANLite(config.StyleGANLiteConfig(latent=8, max_width=8), shape),
    "lightweight": lambda shape: Lightweight(config.LightweightConfig(latent=8, width=8), shape),
    "msg": lambda shape: MSG(config.MSGConfig(latent=8, width=8), shape),
}


def built(kind: str, shape: PictureShape = SHAPE) -> Sampler:
    """Untrained, but louder than such networks are."""
    torch.manual_seed(4)
    network = BUILDS[kind](shape)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.mul_(3).add_(0.2 if "noise_strength" in name else 0)
    return Sampler(network, shape)


def painted(source: Sampler, seed: int) -> np.ndarray:
    with circular(source.generator, source.shape):
        return next(source.at_seeds([seed])).astype(float)


def steps_across(picture: np.ndarray) -> tuple[float, float, float]:
    """Mean squared differences of neighbours: over the vertical and the horizontal seam, and everywhere else."""
    beside = np.square(np.roll(picture, -1, 1) - picture).mean((0, 2))
    below = np.square(np.roll(picture, -1, 0) - picture).mean((1, 2))
    return beside[-1], below[-1], float(np.concatenate((beside[:-1], below[:-1])).max())


@pytest.mark.parametrize("kind", BUILDS)
def test_over_the_seam_a_tile_changes_no_more_than_inside(kind: str):
    source = built(kind)
    seams = [steps_across(painted(source, seed)) for seed in range(6)]
    beside, below, inside = (float(np.mean(steps)) for steps in zip(*seams, strict=True))
    assert max(beside, below) <= inside
    plain = next(source.at_seeds([0])).astype(float)
    assert not np.array_equal(painted(source, 0), plain)


@pytest.mark.parametrize("kind", [kind for kind in BUILDS if "noise" not in kind])
def test_what_is_rolled_at_the_start_is_rolled_at_the_end(kind: str):
    """The picture has no edge at all: every place is painted as every other."""
    source = built(kind)
    generator = source.generator
    start = generator.start if hasattr(generator, "start") else generator.grids[0] if kind == "msg" else None
    w = source.points([1])
    with torch.no_grad(), circular(generator, SHAPE):
        before = generator.synthesize(w).picture
        if start is None:
            generator.constant.copy_(generator.constant.roll((1, 2), (2, 3)))
        else:
            start.register_forward_hook(lambda _layer, _inputs, output: output.roll((1, 2), (2, 3)))
        after = generator.synthesize(w).picture
    torch.testing.assert_close(after, before.roll((8, 16), (2, 3)), atol=1e-4, rtol=1e-4)


def test_a_generator_paints_as_before_when_the_tiles_are_done():
    for kind in BUILDS:
        source = built(kind)
        before = next(source.at_seeds([3]))
        painted(source, 3)
        assert np.array_equal(next(source.at_seeds([3])), before)


def test_a_tile_is_shown_three_by_three_and_says_how_it_was_painted(run: Run):
    source = built("dcgan, smooth")
    artifacts = Tile(TileConfig(seeds="2"), "tile").write(source, run)
    folder = run.folder / "artifacts" / "tile"
    assert [artifact.path.name for artifact in artifacts] == ["seed-000002.png", "seed-000002-3x3.png"]
    with Image.open(folder / "seed-000002.png") as one, Image.open(folder / "seed-000002-3x3.png") as nine:
        tile = np.asarray(one)
        assert np.array_equal(tile, painted(source, 2))
        assert np.array_equal(np.asarray(nine), np.tile(tile, (3, 3, 1)))
        for file in (one, nine):
            recipe = json.loads(file.text["artgen"])  # type: ignore[attr-defined]
            assert (recipe["seed"], recipe["padding"]) == (2, "circular")


def test_tiles_have_the_profile_of_all_pictures_with_colours(run: Run):
    for artifact in Tile(TileConfig(seeds="2"), "tile").write(built("dcgan, smooth"), run):
        with Image.open(run.folder / artifact.path) as image:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
            assert "sRGB" in ImageCms.getProfileDescription(profile)


def test_a_tile_has_no_name_that_another_one_shown_in_repetition_has(run: Run):
    works = Tiles(built("msg"), [1, 2], TileConfig(), "tile", run)
    first, second = works.works
    works.works = [first, replace(second, stem=f"{first.stem}-3x3")]
    with pytest.raises(
        ArtgenError, match=r"seed-000001-3x3.png would be the name of a picture and of what is made beside"
    ):
        refuse_shared_names(works, lambda path: [path.with_stem(f"{path.stem}-3x3")], "outputs.tile")


def test_tiles_that_are_there_stay(run: Run):
    def times() -> list[int]:
        artifacts = Tile(TileConfig(seeds="0-2", repeat=2), "tile").write(built("msg"), run)
        return [(run.folder / artifact.path).stat().st_mtime_ns for artifact in artifacts]

    assert times() == times()


def test_what_has_no_convolutions_cannot_tile_and_says_what_can(run: Run):
    shape = PictureShape(16, 16, 3)
    source = Sampler(Dense(config.DenseConfig(latent=8, hidden=[8]), shape), shape)
    with pytest.raises(ArtgenError, match="cannot be made to tile") as caught:
        Tile(TileConfig(seeds="0"), "tile").write(source, run)
    assert "stylegan-lite" in caught.value.hint


def test_sides_that_are_cut_while_they_are_doubled_cannot_tile(run: Run):
    source = built("dcgan, smooth", PictureShape(88, 88, 3))
    with pytest.raises(ArtgenError, match="leaves a seam") as caught:
        Tile(TileConfig(seeds="0"), "tile").write(source, run)
    assert "multiples of 16" in caught.value.hint
