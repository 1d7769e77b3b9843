"""The same seeds over a training: every moment that is left of it is passed, and what lies between is smooth."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from artgen.contracts import Painted
from artgen.engine.checkpoint import thin_out, write_checkpoint
from artgen.engine.networks import build_network
from artgen.engine.painting import open_sampler
from artgen.errors import ArtgenError, CheckpointError
from artgen.generators.dcgan import DCGAN
from artgen.job import read_job, read_lock, write_lock
from artgen.job.kept.lock import lock_data
from artgen.latents.sampler import Picture, Sampler
from artgen.outputs.films.config import TimelapseConfig
from artgen.outputs.films.timelapse import Timelapse
from artgen.outputs.films.training import Course, moments_of
from artgen.runs.checkpoints import list_checkpoints, list_snapshots
from artgen.runs.store import Run
from tests.data.sample_pictures import PICTURES
from tests.outputs.films import steps
from tests.tiny_job import TINY_JOB

Opened = tuple[Run, Sampler]
STEPS = (4, 8, 16, 24)
GROWING = "train.stages=[{size=8, kimg=0.032}, {size=16, fade_kimg=0.016}]"


@pytest.fixture
def learned(tmp_path: Path) -> Callable[..., Opened]:
    """A run as a training leaves it: two whole checkpoints and half-precision snapshots of older ones."""

    def opened(*sets: str, stage: Callable[[int], dict[str, Any]] = lambda _images: {}) -> Opened:
        file = tmp_path / "job.toml"
        file.write_text(TINY_JOB.format(pictures=PICTURES.as_posix()), encoding="utf-8")
        (job,) = read_job(file, sets=sets)
        folder = tmp_path / "run"
        write_lock(folder.with_name("job.lock.toml"), lock_data(job, folder))
        assert job.data
        network = build_network(job.generator, job.data.shape, job.job.seed, torch.device("cpu"))
        draws = torch.Generator().manual_seed(1)
        for step in STEPS:
            learn(network, draws)
            state = {"step": step, "images": 4 * step, **stage(4 * step)}
            write_checkpoint(folder / "checkpoints", {"ema": network.state_dict()}, state)
        thin_out(folder / "checkpoints", cap_bytes=1e9)
        *_, last = list_checkpoints(folder / "checkpoints")
        run = Run(folder, "tiny", job, read_lock(folder.with_name("job.lock.toml")), last.info)
        return run, open_sampler(job, last)

    return opened


def learn(network: nn.Module, draws: torch.Generator) -> None:
    """A training that is quickly done: every weight moves a bit."""
    for parameter in network.parameters():
        parameter.data += 0.15 * torch.randn(parameter.shape, generator=draws)


def film_of(run: Run, source: Sampler, name: str = "lapse", **options: Any) -> list[Picture]:
    usual = {"seeds": "2,5", "seconds": 1.5, "hold": 0.5, "fps": 30, "gap": 0.0, "columns": 2, "pace": "even"}
    config = TimelapseConfig(**{**usual, "scale": 1, "formats": ["apng"], **options})
    (film,) = Timelapse(config, name).write(source, run)
    with Image.open(run.folder / film.path) as image:
        frames = []
        for index in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(index)
            frames.append(np.asarray(image))
    return frames


def test_a_timelapse_begins_before_the_first_step_passes_every_moment_and_rests_at_the_end(
    learned: Callable[..., Opened],
) -> None:
    run, source = learned()
    assert [path.stem for path in list_snapshots(run.checkpoints)] == ["00000004", "00000008"]
    frames = film_of(run, source)
    assert len(frames) == 45
    painted = [np.hstack(list(sampler.at_seeds([2, 5]))) for sampler in as_it_was(run)]
    assert len(painted) == 5
    for index, picture in enumerate(painted):
        off = np.abs(frames[round(29 * index / 4)].astype(int) - picture).max()
        assert off <= (3 if index in (1, 2) else 0), index  # snapshots have half the digits
    assert np.array_equal(painted[-1], np.hstack(list(source.at_seeds([2, 5]))))
    assert all(np.array_equal(frames[29], frame) for frame in frames[30:])
    moved = [np.abs(one.astype(int) - other).mean() for one, other in pairwise(frames[:30])]
    assert min(moved) > 0


def as_it_was(run: Run) -> list[Sampler]:
    """A sampler for each moment, opened as any other."""
    assert run.job.data
    shape = run.job.data.shape
    samplers = []
    for moment in moments_of(run, torch.device("cpu")):
        network = build_network(run.job.generator, shape, run.job.job.seed, torch.device("cpu"))
        network.load_state_dict(dict(moment.weights()))
        samplers.append(Sampler(network, shape))
    return samplers


def test_its_steps_are_even_to_the_eye(learned: Callable[..., Opened]) -> None:
    run, source = learned()
    ratios = []
    for pace in ("even", "perceptual"):
        frames = film_of(run, source, pace, pace=pace, hold=0.0, seconds=2.0)
        assert np.array_equal(frames[-1], np.hstack(list(source.at_seeds([2, 5]))))
        moved = steps(frames, closed=False)
        ratios.append(moved.max() / moved.mean())
    assert ratios[1] < 1.5 < ratios[0]


def grown(images: int) -> dict[str, Any]:
    """The stage of a network that grows from 8 pixels to 16."""
    return {"stage": {"size": 8, "fade": 1.0} if images < 32 else {"size": 16, "fade": min(1.0, (images - 32) / 16)}}


class Uneven(DCGAN):
    """Its pictures of full size depend on their places in the batch, as those of some processors do."""

    def synthesize(self, w: Tensor, noise: Any = None) -> Painted:
        painted = super().synthesize(w, noise)
        places = torch.arange(len(w))[:, None, None, None]
        return Painted(painted.picture + (0.1 * places if painted.picture.shape[-1] == 16 else 0))


def test_a_network_that_grew_paints_the_same_wherever_its_film_is_taken_up(learned: Callable[..., Opened]) -> None:
    run, source = learned("generator.growing=true", "discriminator.growing=true", GROWING, stage=grown)
    source.generator.__class__ = Uneven
    moments = moments_of(run, torch.device("cpu"))
    *_, first, second = Course(source, moments, 1.0, None).at([0, 4], [2, 5])
    taken_up = list(Course(source, moments, 1.0, None).at([4], [2, 5]))
    assert np.array_equal([first, second], taken_up)


def test_a_network_that_grew_is_as_grown_as_it_was(learned: Callable[..., Opened]) -> None:
    run, source = learned("generator.growing=true", "discriminator.growing=true", GROWING, stage=grown)
    moments = moments_of(run, torch.device("cpu"))
    assert [(moment.step, moment.stage.size if moment.stage else 0) for moment in moments] == [
        (0, 8),
        (4, 8),
        (8, 16),
        (16, 16),
        (24, 16),
    ]
    frames = film_of(run, source, hold=0.0, seconds=1.0)
    assert np.array_equal(frames[-1], np.hstack(list(source.at_seeds([2, 5]))))


def test_what_begins_with_another_runs_weights_does_not_begin_with_chance(learned: Callable[..., Opened]) -> None:
    run, _ = learned()
    train = run.job.train.model_copy(update={"from_": run.folder})
    object.__setattr__(run.job, "train", train)
    assert [moment.step for moment in moments_of(run, torch.device("cpu"))] == [4, 8, 16, 24]


def test_a_run_of_which_only_the_end_is_left_says_why_it_has_no_timelapse(learned: Callable[..., Opened]) -> None:
    run, source = learned()
    for path in [*list_snapshots(run.checkpoints), *list_checkpoints(run.checkpoints)[0].path.iterdir()]:
        path.unlink()
    with pytest.raises(ArtgenError, match="too little is left of the training") as caught:
        film_of(run, source)
    assert caught.value.where == "outputs.lapse"


def test_a_damaged_snapshot_is_named(learned: Callable[..., Opened]) -> None:
    run, source = learned()
    list_snapshots(run.checkpoints)[0].write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="cannot be read") as caught:
        film_of(run, source)
    assert "00000004" in caught.value.where


def test_a_timelapse_that_was_painted_before_is_painted_anew_when_the_training_went_on(
    learned: Callable[..., Opened],
) -> None:
    run, source = learned()
    first = film_of(run, source)
    network = source.generator
    learn(network, torch.Generator().manual_seed(2))
    write_checkpoint(run.checkpoints, {"ema": network.state_dict()}, {"step": 32, "images": 128})
    later = film_of(run, source)
    assert np.array_equal(first[0], later[0])
    assert not np.array_equal(first[-1], later[-1])
