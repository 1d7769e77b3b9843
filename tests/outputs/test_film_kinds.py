"""Films of many kinds: what their frames show, to the byte, and that each goes on as it began."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from artgen.contracts import PictureShape
from artgen.errors import ArtgenError, InterruptedRun
from artgen.latents.mixing import mix_styles
from artgen.latents.sampler import Picture, Sampler
from artgen.latents.saved_projections import SavedProjection, Told, write_projection
from artgen.latents.seeds import noise_of
from artgen.outputs.films.config import (
    SEGMENT_FRAMES,
    FilmConfig,
    GridFilmConfig,
    InterpolationConfig,
    Keyframe,
    TimelineConfig,
    TruncationFilmConfig,
    ZoomConfig,
)
from artgen.outputs.films.grid_film import GridFilm
from artgen.outputs.films.interpolation import Interpolation
from artgen.outputs.films.nested import Nested
from artgen.outputs.films.timeline import Timeline
from artgen.outputs.films.truncation_film import TruncationFilm
from artgen.outputs.films.zoom import Zoom
from artgen.reuse.timeline import timeline
from artgen.runs.store import Artifact, Run
from tests.outputs.conditional import CLASSES, conditional_sampler
from tests.outputs.films import probed
from tests.outputs.networks import sampler

EXACT: dict[str, Any] = {"scale": 1, "formats": ["apng"]}
EVEN = {"pace": "even"}


def keyframes(*told: dict[str, Any]) -> list[Keyframe]:
    return [Keyframe.model_validate(one) for one in told]


KINDS: dict[str, tuple[Any, Callable[..., FilmConfig], dict[str, Any]]] = {
    "timeline": (
        Timeline,
        TimelineConfig,
        EVEN | {"keyframes": keyframes({"at": 0.0, "seed": 1}, {"at": 5.0, "seed": 4})},
    ),
    "grid-film": (GridFilm, GridFilmConfig, EVEN | {"seeds": "0-3", "seconds": 5.0, "way": "spline"}),
    "truncation-film": (TruncationFilm, TruncationFilmConfig, EVEN | {"seeds": "0-1", "seconds": 5.0}),
    "zoom": (Zoom, ZoomConfig, {"seeds": "0-2", "seconds": 5.0}),
}


def written(kind: str, source: Sampler, run: Run, name: str = "film", **options: Any) -> tuple[Artifact, list[Picture]]:
    """A film without loss, and its frames."""
    output, model, usual = KINDS[kind]
    (film,) = output(model(**{**usual, **EXACT, **options}), name).write(source, run)
    with Image.open(run.folder / film.path) as image:
        frames = []
        for index in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(index)
            frames.append(np.asarray(image))
    return film, frames


@pytest.mark.parametrize("kind", KINDS)
def test_a_film_of_every_kind_has_its_length_and_tells_how_it_was_made(kind: str, run: Run) -> None:
    output, model, usual = KINDS[kind]
    (film,) = output(model(**{**usual, "fps": 5}), "film").write(sampler("mapped"), run)
    told = probed(run.folder / film.path)
    assert int(told["nb_read_frames"]) == 25 == film.details["frames"]
    assert float(told["duration"]) == pytest.approx(5)
    assert max(told["width"], told["height"]) >= 512
    assert told["width"] % 2 == told["height"] % 2 == 0
    recipe = json.loads(told["tags"]["comment"])
    assert recipe["film"]["type"] == kind
    assert recipe["seeds"]
    assert film.details["about"]
    assert (run.folder / film.details["poster"]).is_file()


@pytest.mark.parametrize("kind", KINDS)
def test_a_film_of_every_kind_that_was_stopped_ends_as_one_that_was_not(
    kind: str, open_run: Callable[..., Run]
) -> None:
    output, model, usual = KINDS[kind]
    film = output(model(**{**usual, "fps": 30, "scale": 1}), "film")
    run, asked = open_run(), iter(range(1000))
    run.interrupted = lambda: next(asked) > SEGMENT_FRAMES + 10
    with pytest.raises(InterruptedRun, match="120 of 150 frames kept"):
        film.write(sampler(), run)
    film.write(sampler(), open_run())
    output(film.config, "whole").write(sampler(), open_run())
    stopped, whole = (run.artifact_folder(name) / "film.mp4" for name in ("film", "whole"))
    assert stopped.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_a_film_of_every_kind_is_of_a_class_where_one_is_asked_for(kind: str, run: Run) -> None:
    short = {"seconds": 0.3} if kind != "timeline" else {"keyframes": keyframes(*AT_ONCE)}
    red, blue = (written(kind, conditional_sampler(), run, name, **short, **{"class": name})[0] for name in CLASSES[:2])
    assert (red.details["class"], blue.details["class"]) == CLASSES[:2]
    assert (run.folder / red.path).read_bytes() != (run.folder / blue.path).read_bytes()
    with pytest.raises(ArtgenError, match="'dog' is no class"):
        written(kind, conditional_sampler(), run, "none", **short, **{"class": "dog"})


AT_ONCE = ({"at": 0.0, "seed": 1}, {"at": 0.3, "seed": 4})


@pytest.mark.parametrize("kind", KINDS)
def test_a_film_of_every_kind_can_be_transparent(kind: str, run: Run) -> None:
    source = sampler(shape=PictureShape(16, 16, 4))
    short = {"seconds": 0.3} if kind != "timeline" else {"keyframes": keyframes(*AT_ONCE)}
    film, frames = written(kind, source, run, background="transparent", **short)
    assert frames[0].shape[2] == 4
    assert 0 < frames[0][:, :, 3].mean() < 255
    assert film.details["frames"] == 9


def test_a_timeline_shows_what_each_keyframe_says_when_it_says(run: Run) -> None:
    source = sampler("layered")
    noise = {name: noise_of(77, name, *size) for name, size in source.generator.noise_shapes.items()}
    found = SavedProjection(source.points([40])[0] * 1.1, noise, told(run))
    write_projection(run.folder, "me", found)
    film, frames = written(
        "timeline",
        source,
        run,
        fps=10,
        keyframes=keyframes(
            {"at": 0.0, "seed": 3},
            {"at": 1.0, "projection": "me", "easing": "ease-in-out"},
            {"at": 1.5, "seed": 5, "truncation": 0.5, "easing": "hold"},
            {"at": 2.0, "seed": 6, "mix": {"fine": 7, "0": 8}},
            {"at": 3.0, "seed": 9, "noise": 0.0},
        ),
    )
    assert film.details["frames"] == 30
    points = source.points([6, 7, 8, 9])
    third = mix_styles(source, mix_styles(source, points[0], points[1], range(4, 6)), points[2], [0])
    quiet = {name: maps * 0 for name, maps in noise.items()}
    wanted = source.along([(source.points([3])[0], 3), (found.w, noise), (source.points([5], 0.5)[0], 5), (third, 6)])
    for frame, picture in zip((0, 10, 15, 20), wanted, strict=True):
        assert np.array_equal(frames[frame], picture), frame
    assert np.array_equal(frames[29], next(source.along([(points[3], quiet)])))
    assert all(np.array_equal(frames[15], frames[frame]) for frame in range(16, 20))  # it holds
    assert not np.array_equal(frames[14], frames[15])


def told(run: Run, checkpoint: str = "") -> Told:
    sha256 = checkpoint or (run.checkpoint.sha256 if run.checkpoint else "")
    return Told.model_validate({"schema": 1, "checkpoint": sha256, "picture": "0" * 64, "first": 1.0, "last": 0.2})


def test_a_loop_by_keyframes_comes_back_in_the_time_that_is_left(run: Run) -> None:
    source = sampler()
    loop = {"keyframes": keyframes({"at": 0.0, "seed": 1}, {"at": 0.5, "seed": 4}), "ending": "loop", "fps": 20}
    film, frames = written("timeline", source, run, **loop)
    assert (film.details["frames"], film.details["loop"]) == (20, True)
    assert np.array_equal(frames[10], next(source.at_seeds([4])))
    moved = [np.abs(a.astype(int) - b).mean() for a, b in zip(frames, [*frames[1:], frames[0]], strict=True)]
    assert min(moved) > 0
    assert moved[-1] < 2 * np.median(moved)
    film, _ = written("timeline", source, run, "long", **loop, seconds=3.0)
    assert film.details["frames"] == 60


def test_a_timeline_of_a_list_passes_its_pictures(run: Run, tmp_path: Any) -> None:
    (tmp_path / "list.json").write_text(
        json.dumps({"truncation": 0.7, "pictures": [{"seed": 12}, {"seed": 3}]}), encoding="utf-8"
    )
    config = TimelineConfig(
        keyframes=keyframes({"at": 0.0, "picture": 2}, {"at": 0.5, "picture": 1}, {"at": 1.0, "seed": 3}),
        selection=tmp_path / "list.json",
        **EXACT,
    )
    (film,) = timeline(config, "film").write(sampler(), run)
    assert film.details["seeds"] == "3,12,3"
    with Image.open(run.folder / film.path) as image:
        assert np.array_equal(np.asarray(image), next(sampler().at_seeds([3], 0.7)))
    assert "list" not in (run.folder / film.path).with_suffix(".json").read_text(encoding="utf-8")
    (tmp_path / "list.txt").write_text("12\n3\n", encoding="utf-8")
    says_none = config.model_copy(update={"selection": tmp_path / "list.txt", "truncation": 0.5})
    (film,) = timeline(says_none, "says-none").write(sampler(), run)
    with Image.open(run.folder / film.path) as image:
        assert np.array_equal(np.asarray(image), next(sampler().at_seeds([3], 0.5)))
    too_many = config.model_copy(update={"keyframes": keyframes({"at": 0.0, "picture": 2}, {"at": 0.5, "picture": 4})})
    with pytest.raises(ArtgenError, match="the list has 2 pictures, and this is number 4") as caught:
        timeline(too_many, "film")
    assert caught.value.where == "outputs.film.keyframes.1.picture"


@pytest.mark.parametrize(
    ("keyframe", "said", "where"),
    [
        ({"projection": "you"}, "there is no projection of that name", "you.json"),
        ({"projection": "old"}, "'old' was found with another checkpoint", "outputs.film.keyframes.1.projection"),
        ({"projection": "short"}, "'short' is no point of this generator", "outputs.film.keyframes.1.projection"),
        ({"projection": "noisy"}, "'noisy' is no point of this generator", "outputs.film.keyframes.1.projection"),
        ({"seed": 1, "mix": {"fine": 2}}, "paints a picture from one w", "outputs.film.keyframes.1.mix"),
        ({"seed": 1, "class": "cats"}, "'cats' is no class", "outputs.film.keyframes.1.class"),
    ],
)
def test_a_keyframe_that_names_what_is_not_there_says_so(
    keyframe: dict[str, Any], said: str, where: str, run: Run
) -> None:
    w = sampler().points([1])[0]
    write_projection(run.folder, "old", SavedProjection(w, {}, told(run, "cd" * 32)))
    write_projection(run.folder, "short", SavedProjection(w[:-1], {}, told(run)))
    write_projection(run.folder, "noisy", SavedProjection(w, {"8x8": torch.zeros(1, 8, 8)}, told(run)))
    config = TimelineConfig(keyframes=keyframes({"at": 0.0, "seed": 1}, {"at": 1.0, **keyframe}))
    with pytest.raises(ArtgenError, match=said) as caught:
        Timeline(config, "film").write(sampler(), run)
    assert where in caught.value.where


def test_layers_that_a_generator_has_not_are_told_with_those_that_it_has(run: Run) -> None:
    config = TimelineConfig(keyframes=keyframes({"at": 0.0, "seed": 1}, {"at": 1.0, "seed": 1, "mix": {"9-12": 2}}))
    with pytest.raises(ArtgenError, match="'9-12' are no layers") as caught:
        Timeline(config, "film").write(sampler("layered"), run)
    assert "to 5" in caught.value.hint


@pytest.mark.parametrize(("way", "pace"), [("noise", "perceptual"), ("circle", "even"), ("spline", "even")])
def test_every_picture_of_a_wall_begins_as_its_seed_and_loops_by_itself(way: str, pace: str, run: Run) -> None:
    source = sampler()
    options = {"seeds": "0-5", "way": way, "pace": pace, "columns": 3, "gap": 0.25, "seconds": 1.0, "fps": 24}
    _, frames = written("grid-film", source, run, **options, harmonics=2)
    assert frames[0].shape[:2] == (2 * 20 + 4, 3 * 20 + 4)
    for index, picture in enumerate(source.at_seeds(range(6))):
        row, column = divmod(index, 3)
        top, left = 4 + 20 * row, 4 + 20 * column
        assert np.array_equal(frames[0][top : top + 16, left : left + 16], picture)
        tile = [frame[top : top + 16, left : left + 16].astype(int) for frame in frames]
        moved = [np.abs(one - other).mean() for one, other in zip(tile, [*tile[1:], tile[0]], strict=True)]
        assert min(moved) > 0
        assert moved[-1] < 2.5 * np.median(moved)
    assert (frames[0][:4] == 255).all()


def test_neighbours_on_a_wall_show_the_same_pictures_one_after_the_other(run: Run) -> None:
    source = sampler()
    options = {"seeds": "0-3", "way": "linear", "columns": 4, "gap": 0.0, "seconds": 1.0, "fps": 30, "stops": 3}
    _, frames = written("grid-film", source, run, pace="even", **options)
    for index, (here, there) in enumerate([(0, 1), (1, 2), (2, 3)]):
        ahead = frames[10][:, 16 * here : 16 * here + 16]
        assert np.array_equal(ahead, frames[0][:, 16 * there : 16 * there + 16]), index


def test_a_truncation_film_goes_from_what_is_common_to_every_seed_and_back(run: Run) -> None:
    source = sampler()
    _, frames = written("truncation-film", source, run, seeds="2,9", columns=2, gap=0.0, seconds=1.0, truncation=0.8)
    assert np.array_equal(frames[0][:, :16], frames[0][:, 16:])
    assert np.array_equal(frames[15], np.hstack(list(source.at_seeds([2, 9], 0.8))))
    apart = [np.abs(frame[:, :16].astype(int) - frame[:, 16:]).mean() for frame in frames]
    assert apart.index(max(apart)) == 15
    assert all(np.array_equal(frames[step], frames[-step]) for step in range(1, 15))


def test_a_wall_that_no_player_shows_is_refused(run: Run) -> None:
    with pytest.raises(ArtgenError, match="players take no more than 8192") as caught:
        GridFilm(GridFilmConfig(seeds="0-99", columns=1, scale=32), "wall").write(sampler(), run)
    assert caught.value.where == "outputs.wall.scale"


def test_a_film_that_no_player_shows_is_refused_before_anything_is_painted(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = sampler()
    source.shape = PictureShape(512, 512, 3)
    monkeypatch.setattr(source, "points", pytest.fail)
    monkeypatch.setattr(source, "along", pytest.fail)
    with pytest.raises(ArtgenError, match="players take no more than 8192") as caught:
        Interpolation(InterpolationConfig(scale=32), "walk").write(source, run)
    assert caught.value.where == "outputs.walk.scale"


@pytest.mark.parametrize("direction", ["in", "out"])
def test_a_fall_passes_its_seeds_and_ends_where_it_began(direction: str, run: Run) -> None:
    source = sampler()
    options = {"seeds": "3,8,5", "seconds": 1.0, "fps": 30, "morph": 0.0, "scale": 4, "softness": 0.2, "factor": 2.0}
    _, frames = written("zoom", source, run, direction=direction, **options)
    steps = [np.abs(a.astype(int) - b).mean() for a, b in zip(frames, [*frames[1:], frames[0]], strict=True)]
    assert min(steps) > 0
    assert max(steps) < 3 * np.mean(steps)  # also from the last to the first
    # where a picture fills the frame, between the next one in its middle and its soft edge, it is itself
    order = [3, 8, 5] if direction == "in" else [3, 5, 8]
    for frame, picture in zip((0, 10, 20), source.at_seeds(order), strict=True):
        large = np.asarray(Image.fromarray(picture).resize((64, 64), Image.Resampling.BICUBIC)).astype(int)
        ring = np.zeros((64, 64), bool)
        ring[9:55, 9:55] = True
        ring[15:49, 15:49] = False
        ring[[9, 54], :] = False
        assert np.abs(frames[frame][ring] - large[ring]).mean() < 6


def test_pictures_that_morph_are_one_picture_all_the_way_in(run: Run) -> None:
    _, frames = written("zoom", sampler(), run, seeds="3,8", seconds=0.5, morph=1.0, scale=4, factor=2.0, softness=0.0)
    whole = Image.fromarray(frames[0])
    inner = np.asarray(whole.crop((16, 16, 48, 48))).astype(int)
    shrunk = np.asarray(whole.resize((32, 32), Image.Resampling.BICUBIC)).astype(int)
    assert np.abs(inner - shrunk).mean() < 4


@pytest.mark.parametrize("background", [(255, 255, 255, 255), (0, 0, 0, 0)])
def test_where_pictures_are_transparent_none_that_is_around_them_is_suddenly_gone(background: tuple[int, ...]) -> None:
    chance = np.random.default_rng(1)
    rough = chance.integers(0, 256, (6, 8, 8, 4)).astype(np.uint8)
    pictures = [np.asarray(Image.fromarray(one).resize((64, 64), Image.Resampling.BICUBIC)) for one in rough]
    nested = Nested((64, 64), 2.0, (0.5, 0.5), 0.3, background, Image.Resampling.LANCZOS)  # type: ignore[arg-type]
    frames = [nested.frame(near / 20, lambda number: pictures[number % 6]).astype(float) for near in range(60)]
    alpha = [frame[:, :, 3:] / 255 for frame in frames]
    seen = [frame[:, :, :3] * share + 255 * (1 - share) for frame, share in zip(frames, alpha, strict=True)]
    steps = np.array([np.abs(after - before).mean() for before, after in pairwise(seen)])
    assert steps.max() < 2 * np.median(steps)
