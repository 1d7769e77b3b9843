"""Pages that a generator paints for them: style mixing, walks, morphs."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image

from artgen.contracts import PictureShape
from artgen.errors import ArtgenError, InterruptedRun
from artgen.generators.config import StyleGANLiteConfig
from artgen.generators.stylegan_lite import StyleGANLite
from artgen.latents.axes import axis_of
from artgen.latents.directions import principal_directions
from artgen.latents.mixing import layers_of, mix_styles
from artgen.latents.sampler import Sampler
from artgen.latents.saved_directions import write_directions
from artgen.outputs.stills.config import MixGridConfig, MorphStripConfig, WalkGridConfig
from artgen.outputs.stills.direction_sheet import write_direction_sheet
from artgen.outputs.stills.mix_grid import MixGrid
from artgen.outputs.stills.morph_strip import MorphStrip
from artgen.outputs.stills.paper import COLOUR, text_px
from artgen.outputs.stills.walk_grid import WalkGrid
from artgen.runs.store import Artifact, Run
from tests.outputs.networks import sampler

SHAPE = PictureShape(32, 32, 3)
PLAIN = {"tile_px": 32, "title": "none"}


def layered() -> Sampler:
    """A StyleGAN that paints loudly, though it has learned nothing."""
    torch.manual_seed(3)
    network = StyleGANLite(StyleGANLiteConfig(latent=8, max_width=8), SHAPE)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(2)
    return Sampler(network, SHAPE)


def pixels_of(run: Run, artifact: Artifact) -> np.ndarray:
    with Image.open(run.folder / artifact.path) as page:
        return np.asarray(page.convert("RGB"))


def places_of(picture: np.ndarray, page: np.ndarray) -> list[tuple[int, int]]:
    """Where a picture stands on a page, to the pixel: (y, x) of each."""
    windows = np.lib.stride_tricks.sliding_window_view(page, picture.shape)[:, :, 0]
    first = (page[: windows.shape[0], : windows.shape[1]] == picture[0, 0]).all(-1)
    return [(y, x) for y, x in np.argwhere(first) if (windows[y, x] == picture).all()]


def test_a_mix_grid_has_its_sources_at_its_head_and_side_and_their_mixtures_between(run: Run):
    source = layered()
    (artifact,) = MixGrid(MixGridConfig(rows="1-2", columns="5-7", layers="0-3", **PLAIN), "mix").write(source, run)
    page = pixels_of(run, artifact)
    heads = {seed: places_of(next(source.at_seeds([seed])), page) for seed in (1, 2, 5, 6, 7)}
    assert all(len(places) == 1 for places in heads.values())
    assert len({heads[seed][0][0] for seed in (5, 6, 7)}) == 1, "columns stand in one row"
    assert len({heads[seed][0][1] for seed in (1, 2)}) == 1
    w = {seed: source.points([seed])[0] for seed in heads}
    (mixture,) = source.along([(mix_styles(source, w[2], w[6], range(4)), 2)])
    assert places_of(mixture, page) == [(heads[2][0][0], heads[6][0][1])]


def test_layers_are_named_or_numbered():
    source = layered()
    assert source.layers == 8
    assert [list(layers_of(source, text)) for text in ("coarse", "middle", "fine", "2-4", "7")] == [
        [0, 1, 2],
        [3, 4],
        [5, 6, 7],
        [2, 3, 4],
        [7],
    ]
    for wrong in ("finest", "4-2", "5-8", ""):
        with pytest.raises(ArtgenError, match="no layers of this generator") as caught:
            layers_of(source, wrong, "outputs.mix.layers")
        assert "0, the coarsest, to 7" in caught.value.hint


def test_a_generator_without_layers_cannot_mix_and_says_which_can(run: Run):
    with pytest.raises(ArtgenError, match="one w") as caught:
        MixGrid(MixGridConfig(), "mix").write(sampler(), run)
    assert caught.value.where == "outputs.mix.layers"
    assert "stylegan-lite" in caught.value.hint


def test_a_walk_has_its_seed_in_the_middle_with_a_line_around_it(run: Run):
    source = sampler()
    (artifact,) = WalkGrid(WalkGridConfig(seed=7, columns=5, rows=3, tile_px=16, title="none"), "walk").write(
        source, run
    )
    page = pixels_of(run, artifact)
    (place,) = places_of(next(source.at_seeds([7])), page)
    below = [places_of(next(source.along([_moved(source, run, 7, far)])), page) for far in (-2.5, -1.25, 1.25, 2.5)]
    assert [y for ((y, _),) in below] == [place[0]] * 4, "the first direction goes from left to right"
    assert [x for ((_, x),) in below] == sorted(x for ((_, x),) in below)
    around = page[place[0] - 1, place[1] - 2 : place[1] + 18]
    assert (around.max(-1) < 60).sum() or (page[place[0] - 2, place[1] : place[1] + 16].max(-1) < 60).all()


def _moved(source: Sampler, run: Run, seed: int, far: float):
    w = source.points([seed])[0]
    return w + far * axis_of(source, run.folder, "1", w, label=None, truncation=1.0).step, seed


@pytest.mark.parametrize("build", [sampler, layered])
def test_a_walk_toward_a_seed_ends_at_its_picture(build: Callable[[], Sampler], run: Run):
    source = build()
    config = WalkGridConfig(seed=1, across="seed 2", down="seed 3", columns=3, rows=3, tile_px=32, title="none")
    if source.shape.width == 16:
        config = config.model_copy(update={"tile_px": 16})
    (artifact,) = WalkGrid(config, "walk").write(source, run)
    page = pixels_of(run, artifact).astype(int)
    ((y, x),) = places_of(next(source.at_seeds([1])), page.astype(np.uint8))
    side = source.shape.width
    step = side + max(2, round(side * 0.09))
    w, other = source.points([1])[0], source.points([2])[0]
    expected = next(source.along([(other, 1)])).astype(int)
    assert not torch.equal(w, other)
    assert np.abs(page[y : y + side, x + step : x + step + side] - expected).max() <= 1


def test_a_saved_direction_is_followed_by_its_name(run: Run):
    source = layered()
    found = principal_directions(source, 3, samples=100).renamed("2", "smile")
    write_directions(run.folder, "mine", found, checkpoint="")
    w = source.points([0])[0]
    for text in ("smile", "mine/smile"):
        axis = axis_of(source, run.folder, text, w, label=None, truncation=1.0)
        torch.testing.assert_close(axis.step, found.moved(w, "smile", 1) - w)
    write_directions(run.folder, "yours", found, checkpoint="")
    with pytest.raises(ArtgenError, match="several directions") as caught:
        axis_of(source, run.folder, "smile", w, label=None, truncation=1.0)
    assert "'mine/smile', 'yours/smile'" in caught.value.hint
    with pytest.raises(ArtgenError, match="no direction 'frown'") as caught:
        axis_of(source, run.folder, "frown", w, label=None, truncation=1.0)
    assert "'mine/smile'" in caught.value.hint


def test_a_walk_is_made_anew_when_a_saved_direction_became_another(run: Run):
    source = layered()
    found = principal_directions(source, 3, samples=100)
    write_directions(run.folder, "mine", found.renamed("1", "it"), checkpoint="")
    config = WalkGridConfig(across="it", columns=3, rows=3, **PLAIN)
    before = pixels_of(run, WalkGrid(config, "walk").write(source, run)[0])
    again = pixels_of(run, WalkGrid(config, "walk").write(source, run)[0])
    write_directions(run.folder, "mine", found.renamed("3", "it"), checkpoint="")
    after = pixels_of(run, WalkGrid(config, "walk").write(source, run)[0])
    assert np.array_equal(before, again)
    assert not np.array_equal(before, after)


def test_a_walk_without_a_middle_is_refused():
    with pytest.raises(ValueError, match="odd"):
        WalkGridConfig(columns=4)


def test_a_morph_passes_through_its_seeds_in_one_row(run: Run):
    source = sampler()
    (artifact,) = MorphStrip(MorphStripConfig(seeds="3,9,4", steps=4, tile_px=16, title="none"), "morph").write(
        source, run
    )
    page = pixels_of(run, artifact)
    places = [places_of(next(source.at_seeds([seed])), page)[0] for seed in (3, 9, 4)]
    assert len({y for y, _ in places}) == 1
    assert places[1][1] - places[0][1] == places[2][1] - places[1][1] == 4 * (16 + 2)
    with pytest.raises(ValueError, match="at least two seeds"):
        MorphStripConfig(seeds="3")


@pytest.mark.parametrize("title", ["A title wider than three small pictures", "Long " * 40])
def test_a_long_title_is_set_smaller_and_ends_before_the_margin(title: str, run: Run):
    config = MorphStripConfig(seeds="3,9", steps=3, tile_px=32, title=title)
    (artifact,) = MorphStrip(config, "morph").write(sampler(), run)
    page = pixels_of(run, artifact)
    inked = np.flatnonzero((page != np.array(COLOUR)).any(-1).any(0))
    margin = 16  # half a picture
    assert margin - 1 <= inked[0] <= margin + 2
    assert page.shape[1] - margin - 12 <= inked[-1] <= page.shape[1] - margin


def test_a_short_title_has_twice_the_height_of_the_labels(run: Run):
    config = MorphStripConfig(seeds="3,9", steps=3, tile_px=32, title="Short")
    (artifact,) = MorphStrip(config, "morph").write(sampler(), run)
    head = (pixels_of(run, artifact)[:40] != np.array(COLOUR)).any(-1)
    assert np.ptp(np.flatnonzero(head.any(1))) + 1 >= 0.65 * 2 * text_px((32, 32))


def test_the_steps_of_a_morph_change_the_picture_about_evenly(run: Run):
    source = layered()
    (artifact,) = MorphStrip(MorphStripConfig(seeds="0-1", steps=8, **PLAIN), "morph").write(source, run)
    page = pixels_of(run, artifact).astype(float)
    ((y, x),) = places_of(next(source.at_seeds([0])), page.astype(np.uint8))
    tiles = [page[y : y + 32, x + n * 35 : x + n * 35 + 32] for n in range(9)]
    changes = [np.abs(one - other).mean() for one, other in pairwise(tiles)]
    assert min(changes) > 0.2 * max(changes)


def test_directions_are_drawn_with_the_picture_itself_in_the_middle_of_each_strip(run: Run):
    source = layered()
    found = principal_directions(source, 3, samples=100)
    path = write_direction_sheet(source, run, "pca", found, 5, None)
    with Image.open(path) as page:
        assert json.loads(page.text["artgen"])["seeds"] == "5"  # type: ignore[attr-defined]
        small = np.asarray(page.resize((page.width // 4, page.height // 4), Image.Resampling.BOX))
    assert small.std() > 10


@pytest.mark.parametrize(
    ("output", "config"),
    [
        (MixGrid, MixGridConfig(rows="0", columns="1", truncation=0.5)),
        (WalkGrid, WalkGridConfig(columns=3, rows=3, truncation=0.5)),
        (MorphStrip, MorphStripConfig(seeds="0-1", steps=2, truncation=0.5)),
    ],
)
def test_pages_carry_how_they_were_made_and_stop_when_asked(output, config, run: Run):
    source = layered()
    run.interrupted = lambda: True
    with pytest.raises(InterruptedRun):
        output(config, "page").write(source, run)
    assert not list((run.folder / "artifacts" / "page").glob("*.png"))
    run.interrupted = lambda: False
    (artifact,) = output(config, "page").write(source, run)
    with Image.open(run.folder / artifact.path) as page:
        text = page.text  # type: ignore[attr-defined]
        assert page.size == (artifact.details["width"], artifact.details["height"])
    recipe = json.loads(text["artgen"])
    assert recipe["truncation"] == 0.5
    assert recipe["page"]["type"] == artifact.path.stem
    assert recipe["checkpoint"]["step"] == 10
    assert run.name in text["Description"]
    (artifact,) = output(config.model_copy(update={"metadata": "none"}), "page").write(source, run)
    with Image.open(run.folder / artifact.path) as page:
        assert page.text == {}  # type: ignore[attr-defined]


def test_a_large_page_is_made_without_a_warning_of_pillows(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5000)
    strip = MorphStrip(MorphStripConfig(seeds="0-1", steps=2, **PLAIN), "strip")
    (artifact,) = strip.write(layered(), run)
    assert artifact.details["width"] > 3 * 32
    (again,) = strip.write(layered(), run)
    assert again == artifact
