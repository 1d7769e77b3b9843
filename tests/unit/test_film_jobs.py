"""Films in a job: what they may ask for, and what is wrong with them, each with its line."""

from __future__ import annotations

import re
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from artgen.errors import JobError
from artgen.job import Job, read_job, read_lock, write_lock
from artgen.job.fields import fields_of
from artgen.job.kept.lock import lock_data
from artgen.outputs.films.config import (
    GridFilmConfig,
    InterpolationConfig,
    Keyframe,
    TimelapseConfig,
    TimelineConfig,
    TruncationFilmConfig,
    ZoomConfig,
)

from .conftest import Write

Read = Callable[..., Job]
Complaints = Callable[..., list[str]]

JOB = """\
[data]
folder = "pictures"
[generator]
type = "dcgan"
[discriminator]
type = "dcgan"
[[losses]]
type = "adversarial"
[[outputs]]
"""
"""Its outputs begin on line 9."""

TIMELINE = """\
type = "timeline"
[[outputs.keyframes]]
at = 0
seed = 3
[[outputs.keyframes]]
at = 2.5
"""
"""Its second keyframe begins on line 14."""


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (
            "type = 'poster'\ndpi = 2400",
            ":11: [outputs.poster] dpi: the poster has 28063×39685 pixels at 2400 dpi; the",
        ),
        (
            "type = 'poster'\ngap = '900mm'\nseeds = '0-3'",
            ":10: [outputs.poster] no room is left for the pictures. Take",
        ),
        (
            TIMELINE + "seed = 4\nmix = { fine = 3 }",
            ":11: [outputs.timeline] keyframes: mix needs a generator with a mapping network, whose layers have a w each; "
            "'dcgan' has none",
        ),
        (
            "type = 'walk-grid'\nacross = 'pca 9'",
            ":11: [outputs.walk-grid] across: principal components are of the w of a mapping network",
        ),
        ("type = 'interpolation'\nseeds = '7'", ":9: [outputs.interpolation] a film needs at least two seeds to go"),
        (
            "type = 'interpolation'\nway = 'circle'\nseeds = '0-2'",
            ":9: [outputs.interpolation] a circle goes through two",
        ),
        ("type = 'interpolation'\nway = 'circle'\nseeds = '7,7'", "a circle goes through two"),
        ("type = 'grid-film'\nway = 'circle'\nseeds = '1,2,1'", "1 is its own neighbour, and between one and the same"),
        ("type = 'interpolation'\nway = 'noise'\nseeds = '0-2'", ":9: [outputs.interpolation] a noise loop strays aro"),
        (
            "type = 'interpolation'\nway = 'noise'\nending = 'stop'",
            ":9: [outputs.interpolation] a film of way = 'noise' co",
        ),
        ("type = 'interpolation'\nway = 'splin'", ":11: [outputs.interpolation] way must be one of 'spline', 'slerp'"),
        ("type = 'interpolation'\nseconds = 0", ":11: [outputs.interpolation] seconds must be above 0, not 0"),
        ("type = 'interpolation'\nbackground = 'wihte'", ":11: [outputs.interpolation] background: unknown colour 'wi"),
        ("type = 'interpolation'\nformats = ['mp5']", ":11: [outputs.interpolation] formats[0] must be one of 'mp4'"),
        ("type = 'interpolation'\nformats = []", ":11: [outputs.interpolation] formats must have at least 1 entry"),
        ("type = 'interpolation'\nformats = ['gif', 'gif']", ":9: [outputs.interpolation] a format is named twice"),
        ("type = 'interpolation'\nsound = 'none.wav'", ":11: [outputs.interpolation] sound: file 'none.wav' does not"),
        ("type = 'zoom'\nformats = ['gif']\nsound = 'a.wav'", ":9: [outputs.zoom] gif cannot hold sound: add 'mp4' or"),
        ("type = 'zoom'\nfocus = [0.5, 2]", ":11: [outputs.zoom] focus: two shares of the sides, each from 0.05 to"),
        ("type = 'zoom'\nfactor = 1", ":11: [outputs.zoom] factor must be at least 1.25, not 1"),
        ("type = 'grid-film'\nway = 'circle'\nseeds = 4", ":9: [outputs.grid-film] between fewer than two seeds there"),
        ("type = 'truncation-film'\nleast = 1", ":9: [outputs.truncation-film] least = 1 must be below truncation = 1"),
        ("type = 'timelapse'\nseconds = 2", ":9: [outputs.timelapse] hold = 2 leaves no time to move in seconds = 2"),
        ("type = 'timelapse'\nseed = 2", ":11: [outputs.timelapse] unknown key 'seed'. Did you mean 'seeds'?"),
        ("type = 'timeline'", ":9: [outputs.timeline] missing key 'keyframes'"),
        (
            TIMELINE.replace("[[", "selection = 'x.json'\n[[", 1) + "seed = 1",
            ":11: [outputs.timeline] selection: file 'x.j",
        ),
        (TIMELINE + "seed = 'x'", ":16: [outputs.timeline.keyframes.1] seed must be a whole number, not 'x'"),
        (TIMELINE, ":14: [outputs.timeline] keyframes[1]: a keyframe has one of seed, projection and picture"),
        (TIMELINE + "seed = 1\nprojection = 'me'", "[1]: a keyframe has one of seed, projection and picture"),
        (
            TIMELINE + "seed = 1\neasing = 'eas-in'",
            ":17: [outputs.timeline.keyframes.1] easing must be one of 'linear'",
        ),
        (
            TIMELINE + "seed = 1\nmix = { fine = -1 }",
            ":17: [outputs.timeline.keyframes.1.mix] fine must be at least 0, not -1",
        ),
        (TIMELINE + "picture = 1", ":9: [outputs.timeline] a keyframe names a picture of a list: add selection"),
        (
            TIMELINE + "seed = 1\n[[outputs.keyframes]]\nat = 2\nseed = 5",
            ":18: [outputs.timeline.keyframes.2] at: a keyframe comes after the one before, which is at 2.5, not at 2",
        ),
        (
            TIMELINE + "seed = 1\n[[outputs.keyframes]]\nat = 2.51\nseed = 5",
            ":18: [outputs.timeline.keyframes.2] at: at 30 frames a second two keyframes are 0.033 s apart or more: one is at "
            "2.5, not at 2.51",
        ),
        (
            TIMELINE.replace("at = 0", "at = 1") + "seed = 1",
            ":12: [outputs.timeline.keyframes.0] at: the first keyframe",
        ),
    ],
)
def test_what_is_wrong_with_a_film_is_told_with_its_line(
    output: str, told: str, write: Write, complaints: Complaints, tmp_path: Path
) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
    said = complaints(write(JOB + output))
    assert len(said) == 1, said
    assert told in said[0]


def test_a_timeline_is_too_short_for_its_keyframes(write: Write, complaints: Complaints) -> None:
    short = TIMELINE.replace('"timeline"', '"timeline"\nseconds = 2') + "seed = 1"
    assert "seconds = 2 is too short: the last keyframe is at 2.5" in complaints(write(JOB + short))[0]
    back = TIMELINE.replace('"timeline"', '"timeline"\nseconds = 2.5\nending = "loop"') + "seed = 1"
    assert "the way back to the first takes a while too" in complaints(write(JOB + back))[0]


def test_a_film_that_no_player_shows_is_told_with_its_line(write: Write, complaints: Complaints) -> None:
    large = JOB.replace('"pictures"', '"pictures"\nsize = 512') + "type = 'interpolation'\nscale = 32"
    assert complaints(write(large)) == [
        "job.toml:12: [outputs.interpolation] scale: the film would have 16384×16384 pixels, and players take no more than "
        "8192. Write a smaller scale, take fewer pictures, or paint smaller ones."
    ]


def test_a_timeline_is_the_same_when_it_is_read_from_its_lock(write: Write, read: Read, tmp_path: Path) -> None:
    job = read(
        write(
            JOB.replace("dcgan", "stylegan-lite")
            + TIMELINE
            + "seed = 1\nclass = 'cats'\nmix = { fine = 12, '0-1' = 3 }\nnoise = 0.5"
        )
    )
    write_lock(tmp_path / "job.lock.toml", lock_data(job, tmp_path))
    assert read(tmp_path / "job.lock.toml").outputs[0].config == job.outputs[0].config
    assert read_lock(tmp_path / "job.lock.toml")["outputs"][0]["keyframes"][1]["mix"] == {"fine": 12, "0-1": 3}


def test_the_lock_of_an_older_run_still_says_how_its_film_goes(write: Write, read: Read) -> None:
    old = "type = 'interpolation'\npath = 'straight'\nloop = false"
    config = read(write(JOB + old)).outputs[0].config
    assert (config.way, config.ending) == ("slerp", "stop")  # type: ignore[attr-defined]


def test_the_timeline_on_the_page_about_films_is_one(write: Write, read: Read, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "films.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    with wave.open(str(tmp_path / "song.mp3"), "wb") as song:
        song.setparams((1, 2, 8000, 0, "NONE", ""))
        song.writeframes(bytes(8000))
    layered = JOB.removesuffix("[[outputs]]\n").replace("dcgan", "stylegan-lite")
    config = read(write(layered + example)).outputs[0].config
    assert [keyframe.at for keyframe in config.keyframes] == [0, 2.5, 5, 6]  # type: ignore[attr-defined]


def test_a_sound_that_nobody_would_hear_is_told_before_anything_is_trained(write: Write, tmp_path: Path) -> None:
    pytest.importorskip("imageio_ffmpeg")
    (tmp_path / "notes.mp3").write_bytes(b"no music")
    with pytest.raises(JobError, match=r"\[outputs.interpolation\] sound: there is no sound in it that ffmpeg reads"):
        read_job(write(JOB + "type = 'interpolation'\nsound = 'notes.mp3'"))


def test_every_option_of_a_film_is_on_its_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "films.md").read_text(encoding="utf-8")
    models = [InterpolationConfig, TimelineConfig, GridFilmConfig, TruncationFilmConfig, TimelapseConfig, ZoomConfig]
    told = {key for model in models for key in fields_of(model)} | set(fields_of(Keyframe))
    assert sorted(key for key in told if f"`{key}`" not in page and f"{key} = " not in page) == []
