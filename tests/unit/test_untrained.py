"""Generators that paint as they are drawn: a job of theirs needs no pictures, and then nothing is trained."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import ModuleType
from typing import ClassVar

import pytest
import tomli
import tomli_w

from artgen import hookimpl
from artgen.config import GeneratorConfig, Size, option
from artgen.contracts import PictureShape
from artgen.errors import JobError
from artgen.job import read_job
from artgen.job.kept.lock import lock_data
from artgen.job.steps import steps_of_job
from artgen.plugins import PluginManager
from artgen.registry import Register

from .conftest import Write

JOB = """
    [job]
    name = "waves"

    [generator]
    type = "waves"
"""


class WavesConfig(GeneratorConfig):
    """A network that paints any size, and needs no training."""

    paints_untrained: ClassVar[bool] = True

    size: Size | None = option(None, change="free")
    """Of the pictures."""

    def painted_shape(self, learned: PictureShape | None) -> PictureShape | None:
        """As large as it is asked to be."""
        side = self.size if isinstance(self.size, int) else 128
        return PictureShape(side, side, 3) if self.size or learned is None else learned


@pytest.fixture
def waves(manager: PluginManager) -> PluginManager:
    """artgen with a plugin whose generator paints untrained."""

    @hookimpl
    def register_generators(register: Register) -> None:
        register("waves", f"{__name__}:WavesConfig", config=f"{__name__}:WavesConfig")

    module = ModuleType("waves")
    module.register_generators = register_generators  # type: ignore[attr-defined]
    manager.load("artgen-waves", "1.0", lambda: module)
    return manager


@pytest.fixture
def problems(write: Write, waves: PluginManager) -> Callable[[str], list[str]]:
    def told(more: str) -> list[str]:
        with pytest.raises(JobError) as caught:
            read_job(write(JOB + more), manager=waves)
        return [str(problem) for problem in caught.value.problems]

    return told


def test_outputs_are_all_that_is_done_without_pictures(write: Write, waves: PluginManager) -> None:
    (job,) = read_job(write(JOB), manager=waves)
    assert job.untrained
    assert (job.discriminator, job.losses, job.augmentations, steps_of_job(job)) == (None, (), (), None)
    assert job.tasks == ["train", "output:sheet", "output:interpolation", "output:gallery"]
    assert job.shape == PictureShape(128, 128, 3)


def test_its_lock_says_nothing_of_training_and_is_the_same_job(write: Write, waves: PluginManager) -> None:
    path = write(JOB + "size = 256\n")
    (job,) = read_job(path, manager=waves)
    data = lock_data(job, path.parent)
    assert "quality" not in data
    assert data["train"] == {"device": "auto", "threads": 0}
    (again,) = read_job(write(tomli_w.dumps(data), "job.lock.toml"), manager=waves)
    assert lock_data(again, path.parent) == tomli.loads(tomli_w.dumps(data))
    assert {key for key in job.sources if key.startswith(("train", "quality"))} == {"train.device", "train.threads"}


def test_with_pictures_it_learns_as_any_other(write: Write, waves: PluginManager) -> None:
    learning = '\n[data]\nfolder = "pictures"\nsize = 32\n\n[discriminator]\ntype = "dcgan"\n'
    (job,) = read_job(write(JOB + learning), manager=waves)
    assert not job.untrained
    assert [loss.name for loss in job.losses] == ["adversarial"]
    assert job.shape == PictureShape(32, 32, 3)
    (larger,) = read_job(write(JOB + "size = 1024\n" + learning), manager=waves)
    assert larger.data is not None
    assert (larger.data.shape.width, larger.shape) == (32, PictureShape(1024, 1024, 3))


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ('[discriminator]\ntype = "dcgan"\n', r"job\.toml:6: \[discriminator\]"),
        ('[[losses]]\ntype = "adversarial"\n', r"job\.toml:6: \[losses\]"),
        ("[train]\nkimg = 3\n", r"job\.toml:7: \[train\] kimg:"),
        ("[quality]\nfinal = 100\n", r"job\.toml:6: \[quality\]"),
    ],
)
def test_what_says_how_to_learn_is_refused_without_pictures(
    more: str, place: str, problems: Callable[[str], list[str]]
) -> None:
    told = problems(more)
    assert len(told) == 1
    assert re.match(place, told[0]), told
    assert "without [data] nothing is learned" in told[0]


def test_a_preset_that_chooses_how_to_learn_is_refused_without_pictures(write: Write, waves: PluginManager) -> None:
    with pytest.raises(JobError, match="leave it out"):
        read_job(write('extends = "preset:auto"\n' + JOB), manager=waves)


def test_others_still_need_pictures(write: Write, waves: PluginManager) -> None:
    with pytest.raises(JobError, match=r"'dcgan' learns from pictures: add \[data\]"):
        read_job(write(JOB.replace('type = "waves"', 'type = "dcgan"')), manager=waves)
