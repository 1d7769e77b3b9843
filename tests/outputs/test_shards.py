"""Outputs made by several processes: the same bytes as by one, whatever the number and whatever is lost on the way."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artgen.errors import InterruptedRun
from artgen.outputs.config import GalleryConfig, ImagesConfig
from artgen.outputs.films.config import SEGMENT_FRAMES, InterpolationConfig, TimelineConfig, ZoomConfig
from artgen.outputs.films.interpolation import Interpolation
from artgen.outputs.stills.images import Images
from artgen.runs.store import Run
from artgen.shards import Pieces, Shard, shard_named
from tests.outputs.films import FFMPEG
from tests.outputs.networks import sampler

FILM = InterpolationConfig(seconds=20, fps=30, scale=1, seeds="0-3", pace="even")  # 600 frames, five segments


def decoded(film: Path) -> list[str]:
    """A hash of every frame."""
    told = subprocess.run([FFMPEG, "-v", "error", "-i", film, "-f", "framemd5", "-"], capture_output=True, check=True)
    return [line.rsplit(",", 1)[1].strip() for line in told.stdout.decode().splitlines() if not line.startswith("#")]


@pytest.fixture
def whole(open_run: Callable[..., Run]) -> Path:
    """The film as one process makes it."""
    run = open_run()
    (film,) = Interpolation(FILM, "whole").write(sampler(), run)
    return run.folder / film.path


def test_a_film_of_600_frames_by_three_workers_is_that_of_one(open_run: Callable[..., Run]) -> None:
    config, run = FILM.model_copy(update={"pace": "perceptual"}), open_run()
    folder = run.artifact_folder("film")
    for index in (2, 0, 1):  # in whatever order, each with a generator of its own
        assert Interpolation(config, "film").write(sampler(), open_run(), Shard(index, 3)) == []
    assert not (folder / "film.mp4").exists()
    painter = sampler()
    painter.along = lambda _points: pytest.fail("a frame was painted again")  # type: ignore[method-assign, assignment]
    (film,) = Interpolation(config, "film").write(painter, run)
    whole = run.folder / Interpolation(config, "whole").write(sampler(), run)[0].path
    frames = decoded(run.folder / film.path)
    assert len(frames) == 600
    assert frames == decoded(whole)
    assert (run.folder / film.path).read_bytes() == whole.read_bytes()
    left, wanted = ({path.name for path in one.iterdir()} for one in (folder, whole.parent))
    assert left == wanted
    assert (folder / "poster.webp").read_bytes() == (whole.parent / "poster.webp").read_bytes()


def test_what_a_lost_worker_left_undone_is_made_when_the_film_is_joined(
    open_run: Callable[..., Run], whole: Path
) -> None:
    Interpolation(FILM, "film").write(sampler(), open_run(), Shard(1, 2))
    lost = open_run()
    asked = iter(range(10_000))
    lost.interrupted = lambda: next(asked) > SEGMENT_FRAMES
    with pytest.raises(InterruptedRun):
        Interpolation(FILM, "film").write(sampler(), lost, Shard(0, 2))
    (film,) = Interpolation(FILM, "film").write(sampler(), open_run())
    assert (lost.folder / film.path).read_bytes() == whole.read_bytes()


def test_shards_of_another_number_go_on_with_what_is_there(open_run: Callable[..., Run], whole: Path) -> None:
    begun = open_run()
    asked = iter(range(10_000))
    begun.interrupted = lambda: next(asked) > SEGMENT_FRAMES + SEGMENT_FRAMES // 2
    with pytest.raises(InterruptedRun):  # one process alone
        Interpolation(FILM, "film").write(sampler(), begun)
    Interpolation(FILM, "film").write(sampler(), open_run(), Shard(1, 4))
    made = sorted(path.name for path in begun.artifact_folder("film").rglob("0000?.mp4"))
    assert made == ["00000.mp4", "00001.mp4"]
    for index in (0, 1):
        Interpolation(FILM, "film").write(sampler(), open_run(), Shard(index, 2))
    made = sorted(path.name for path in begun.artifact_folder("film").rglob("0000?.mp4"))
    assert made == [f"{segment:05d}.mp4" for segment in range(5)]  # none twice
    (film,) = Interpolation(FILM, "film").write(sampler(), open_run())
    assert (begun.folder / film.path).read_bytes() == whole.read_bytes()


def test_shards_leave_the_film_of_another_recipe_until_theirs_is_whole(open_run: Callable[..., Run]) -> None:
    short = InterpolationConfig(seconds=1, fps=24, scale=2, seeds="0-1", pace="even")
    (old,) = Interpolation(short, "film").write(sampler(), open_run())
    path = open_run().folder / old.path
    before = path.read_bytes()
    other = short.model_copy(update={"seeds": "2-3"})
    Interpolation(other, "film").write(sampler(), open_run(), Shard(0, 1))
    assert path.read_bytes() == before
    Interpolation(other, "film").write(sampler(), open_run())
    Interpolation(other, "alone").write(sampler(), open_run())
    assert path.read_bytes() != before
    assert path.read_bytes() == (path.parent.parent / "alone" / "film.mp4").read_bytes()


def test_shards_measure_a_path_together(open_run: Callable[..., Run]) -> None:
    config = InterpolationConfig(seconds=9, fps=30, scale=1, seeds="0-5")
    begun = open_run()
    asked = iter(range(10_000))
    begun.interrupted = lambda: next(asked) > 60  # in the middle of its third stretch, or nearby
    with pytest.raises(InterruptedRun, match="while the path of a film was measured"):
        Interpolation(config, "film").write(sampler(), begun, Shard(1, 2))
    folder = begun.artifact_folder("film") / ".shards"
    found = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.measured/*.json")}
    assert 1 <= len(found) < 6
    assert set(found) <= {"0-3.json", "0-4.json", "0-5.json"}  # its half first
    for index in (0, 1):
        Interpolation(config, "film").write(sampler(), open_run(), Shard(index, 2))
    after = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.measured/*.json")}
    assert len(after) == 6
    assert found.items() <= after.items()  # none was measured again
    (film,) = Interpolation(config, "film").write(sampler(), open_run())
    (alone,) = Interpolation(config, "alone").write(sampler(), open_run())
    assert (begun.folder / film.path).read_bytes() == (begun.folder / alone.path).read_bytes()
    assert not folder.exists()


def test_a_format_that_is_added_is_made_by_shards_too(open_run: Callable[..., Run]) -> None:
    config = InterpolationConfig(seconds=5, fps=30, scale=2, seeds="0-1", pace="even")
    (film,) = Interpolation(config, "film").write(sampler(), open_run())
    mp4 = open_run().folder / film.path
    before = mp4.stat().st_mtime_ns
    both = config.model_copy(update={"formats": ["mp4", "gif"]})
    for index in range(2):
        Interpolation(both, "film").write(sampler(), open_run(), Shard(index, 2))
    Interpolation(both, "film").write(sampler(), open_run())
    Interpolation(both, "alone").write(sampler(), open_run())
    assert mp4.stat().st_mtime_ns == before
    assert (mp4.parent / "film.gif").read_bytes() == (mp4.parent.parent / "alone" / "film.gif").read_bytes()


@pytest.mark.parametrize("count", [1, 3])
def test_pictures_by_several_workers_are_those_of_one(count: int, open_run: Callable[..., Run]) -> None:
    config, run = ImagesConfig(seeds="0-20"), open_run()
    Images(config.model_copy(update={"seeds": "0-3"}), "shared").write(sampler("mapped"), run)  # some are there
    first = run.artifact_folder("shared") / "seed-000000.png"
    before = first.stat().st_mtime_ns
    for index in range(count):
        assert Images(config, "shared").write(sampler("mapped"), open_run(), Shard(index, count)) == []
    shared = Images(config, "shared").write(sampler("mapped"), run)
    alone = Images(config, "alone").write(sampler("mapped"), run)
    assert first.stat().st_mtime_ns == before
    assert [one.details for one in shared] == [one.details for one in alone]
    for one, other in zip(shared, alone, strict=True):
        assert (run.folder / one.path).read_bytes() == (run.folder / other.path).read_bytes()
    assert not (run.artifact_folder("shared") / ".shards").exists()


def test_a_shard_that_belongs_to_an_older_recipe_leaves_nothing_behind(open_run: Callable[..., Run]) -> None:
    config = ImagesConfig(seeds="0-3")
    Images(config, "pictures").write(sampler(), open_run(sha256="cd" * 32), Shard(0, 2))
    new = open_run()
    made = Images(config, "pictures").write(sampler(), new)
    assert len(made) == 4
    assert not (new.artifact_folder("pictures") / ".shards").exists()


@given(count=st.integers(1, 40), pieces=st.integers(0, 300))
def test_every_piece_is_in_one_share(count: int, pieces: int) -> None:
    shares = [Shard(index, count).of(range(pieces)) for index in range(count)]
    assert sorted(piece for share in shares for piece in share) == list(range(pieces))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_work_is_cut_as_far_as_it_is_worth_a_process_or_as_the_job_says() -> None:
    film = FILM.pieces("latent")
    assert film.count == 5
    assert [film.shards(slots) for slots in (1, 2, 64)] == [1, 1, 1]
    minute = FILM.model_copy(update={"seconds": 60.0}).pieces("latent")
    assert [minute.shards(slots) for slots in (1, 2, 3, 64)] == [1, 2, 3, 3]
    assert [film.shards(1, asked) for asked in (3, 5, 64)] == [3, 5, 5]
    pictures = ImagesConfig(seeds="0-99999").pieces("latent")
    assert pictures.shards(16) == 16
    assert ImagesConfig(seeds="0-1023").pieces("latent").shards(16) == 1
    assert ImagesConfig(seeds="0-99999").pieces("canvas") == Pieces()
    assert GalleryConfig().pieces("latent") == Pieces()
    assert ZoomConfig(seconds=600).pieces("latent").shards(8) == 8
    keyframes = [{"at": 0.0, "seed": 1}, {"at": 8.0, "seed": 2}]
    assert TimelineConfig.model_validate({"keyframes": keyframes}).pieces("latent").count == 2


def test_a_share_is_known_by_its_name() -> None:
    assert shard_named(str(Shard(2, 8))) == Shard(2, 8)
    for text in ("8of8", "2-8", "of", "", "-1of3", "film"):
        assert shard_named(text) is None
