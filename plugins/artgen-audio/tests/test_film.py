from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from artgen.errors import ArtgenError, InterruptedRun, JobError
from artgen.latents.sampler import Sampler
from artgen.reuse.remake_command import refuse_pages_and_films
from artgen.runs.metrics import read_rows
from artgen.runs.store import Run
from artgen.shards import Shard

from artgen_audio.config import AudioFilmConfig
from artgen_audio.film import AudioFilm
from conftest import Probe, changes, frames_of, sampler
from synthetic import RATE_HZ, drum_loop, sine, write_wav

NewRun = Callable[..., Run]


def film(run: Run, sound: Path, source: Sampler | None = None, name: str = "dance", **options: Any) -> Path:
    config = AudioFilmConfig(sound=sound, **{"scale": 2, **options})
    (artifact,) = AudioFilm(config, name).write(source or sampler(), run)
    return run.folder / artifact.path


def test_a_film_is_as_long_as_its_sound_and_has_it(new_run: NewRun, probe: Probe, tmp_path: Path) -> None:
    sound = write_wav(tmp_path / "song.wav", drum_loop(1)[0][: round(1.53 * RATE_HZ)])
    path = film(new_run(), sound, fps=24)
    told = probe(path)
    assert int(told["video"]["nb_read_frames"]) == round(1.53 * 24) == 37
    assert float(told["video"]["duration"]) == pytest.approx(37 / 24, abs=1e-3)
    assert told["audio"]["codec_name"] == "aac"
    assert float(told["audio"]["duration"]) == pytest.approx(37 / 24, abs=0.03)
    recipe = json.loads((path.parent / "film.json").read_text())
    assert recipe["film"]["speed"] == {"follows": "onsets", "attack": 0.03, "release": 0.12, "amount": 10.0}
    assert str(tmp_path) not in json.dumps(recipe)


def test_a_film_names_the_command_that_makes_it_again(new_run: NewRun, tmp_path: Path) -> None:
    path = film(new_run(), write_wav(tmp_path / "song.wav", drum_loop(1)[0][:RATE_HZ]), seeds="3,5", fps=10)
    recipe = json.loads((path.parent / "film.json").read_text())
    with pytest.raises(JobError) as caught:
        refuse_pages_and_films(recipe, path)
    assert "--output audio-film --seeds 3,5 --truncation 0.6" in caught.value.hint
    assert 'sound="SOUND"' in caught.value.hint


def test_a_long_film_says_its_length_in_plain_figures(new_run: NewRun, tmp_path: Path) -> None:
    sound, run = write_wav(tmp_path / "song.wav", drum_loop(1)[0][:RATE_HZ]), new_run()
    film(run, sound, seconds=1000.4, fps=1, seeds="0-1", pace="even")
    (row,) = (row for file in run.index_files() for row in read_rows(file))
    assert row["details"]["about"].startswith("1000.4 seconds of generated pictures")


def test_shards_of_a_film_are_the_film_of_one_process(new_run: NewRun, tmp_path: Path) -> None:
    sound, run = write_wav(tmp_path / "song.wav", drum_loop(1)[0][: 2 * RATE_HZ]), new_run()
    config = AudioFilmConfig(sound=sound, scale=1, fps=120, seeds="0-1")
    assert config.pieces("latent").shards(8) == 1  # nobody knows how long the sound is
    assert config.pieces("latent").shards(8, asked=2) == 2
    for index in range(2):
        assert AudioFilm(config, "dance").write(sampler(), run, Shard(index, 2)) == []
    shared = film(run, sound, scale=1, fps=120, seeds="0-1")
    alone = film(run, sound, name="alone", scale=1, fps=120, seeds="0-1")
    assert shared.read_bytes() == alone.read_bytes()


def test_a_film_longer_than_its_sound_ends_in_silence(new_run: NewRun, probe: Probe, tmp_path: Path) -> None:
    path = film(new_run(), write_wav(tmp_path / "song.wav", drum_loop(1)[0][:RATE_HZ]), seconds=1.5, fps=20)
    told = probe(path)
    assert int(told["video"]["nb_read_frames"]) == 30
    assert float(told["audio"]["duration"]) == pytest.approx(1.5, abs=0.03)


def test_the_picture_changes_more_where_it_is_loud(new_run: NewRun, tmp_path: Path) -> None:
    sound = drum_loop(2)[0]
    sound[: 2 * RATE_HZ] *= 0.01
    path = film(new_run(), write_wav(tmp_path / "rise.wav", sound), sampler("dcgan"), seeds="0-7", fps=20, crf=1)
    found = changes(frames_of(path))
    assert len(found) == 79
    assert found[42:].mean() > 2 * found[:37].mean()


def test_the_picture_moves_on_the_beat(new_run: NewRun, drums: Path) -> None:
    found = changes(frames_of(film(new_run(), drums, sampler("dcgan"), seconds=4, fps=20, seeds="0-7", crf=1)))
    beats = np.zeros(len(found), bool)
    for stroke in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5):
        beats[round(stroke * 20) : round(stroke * 20) + 3] = True
    assert found[beats].mean() > 1.6 * found[5:][~beats[5:]].mean()


def test_noise_follows_in_its_layers_alone(new_run: NewRun, tmp_path: Path) -> None:
    """Treble begins half-way; all else stands still."""
    sound = write_wav(tmp_path / "hiss.wav", np.concatenate((sine(5000, 1) * 0, sine(5000, 1))))
    still = {"seeds": "4,4", "psi": {"amount": 0.0}, "fps": 10}
    for generator, layers, moves in (
        ("stylegan-lite", "fine", True),
        ("stylegan-lite", "all", True),
        ("dcgan", "all", False),
    ):
        options = {**still, "noise": {"layers": layers, "attack": 0.0}}
        frames = frames_of(film(new_run(), sound, sampler(generator), f"{generator}-{layers}", **options))
        silent, treble = frames[:9].mean(0), frames[11:19].mean(0)
        assert changes(frames[:9]).max() < 0.5
        assert (np.abs(treble - silent).mean() > 2) == moves


def test_an_interrupted_film_goes_on_to_the_same_bytes(new_run: NewRun, drums: Path) -> None:
    source, whole, run, again = sampler("dcgan"), new_run("whole"), new_run(), new_run()
    asked = counted(whole)
    wanted = film(whole, drums, source).read_bytes()
    until = len(asked) - 20
    asked = counted(run, until)
    with pytest.raises(InterruptedRun, match="120 of 180"):
        film(run, drums, source)
    asked = counted(again)
    assert film(again, drums, source).read_bytes() == wanted
    assert len(asked) == 60  # the first segment was kept, and what was measured


def counted(run: Run, most: int = 10**6) -> list[None]:
    """How often a run was asked whether it is interrupted, which it is after so many times: at every frame."""
    asked: list[None] = []
    run.interrupted = lambda: asked.append(None) or len(asked) > most  # type: ignore[func-returns-value]
    return asked


def test_another_sound_of_the_same_name_makes_another_film(new_run: NewRun, tmp_path: Path) -> None:
    sound, run, source = tmp_path / "song.wav", new_run(), sampler("dcgan")
    films = []
    for samples in (sine(60, 0.5), drum_loop(1)[0][: RATE_HZ // 2]):
        write_wav(sound, samples)
        films.append(film(run, sound, source, fps=10).read_bytes())
    assert films[0] != films[1]


@pytest.mark.parametrize(("channels", "classes"), [(1, 0), (4, 0), (3, 2)])
def test_grey_and_transparent_pictures_and_classes_dance_too(
    channels: int, classes: int, new_run: NewRun, probe: Probe, tmp_path: Path
) -> None:
    sound = write_wav(tmp_path / "song.wav", drum_loop(1)[0][:RATE_HZ])
    path = film(new_run(), sound, sampler(channels=channels, classes=classes), fps=10, formats=["webm"], ending="loop")
    told = probe(path)
    assert int(told["video"]["nb_read_frames"]) == 10
    assert told["audio"]["codec_name"] == "opus"


def test_an_even_pace_is_another_film(new_run: NewRun, tmp_path: Path) -> None:
    sound = write_wav(tmp_path / "song.wav", drum_loop(1)[0][:RATE_HZ])
    films = [
        film(new_run(), sound, sampler("dcgan"), pace, fps=10, crf=1, pace=pace) for pace in ("perceptual", "even")
    ]
    assert films[0].read_bytes() != films[1].read_bytes()
    ends = [frames_of(path)[[0, -1]] for path in films]
    assert np.abs(ends[0] - ends[1]).mean() < 2  # both go from the first seed to the last


def test_a_loop_closes_at_the_films_usual_step(new_run: NewRun, drums: Path) -> None:
    frames = frames_of(film(new_run(), drums, sampler("dcgan"), seconds=2, fps=20, seeds="0-2", ending="loop", crf=1))
    found = changes(np.concatenate((frames, frames[:1])))
    assert found[-1] <= 1.5 * found[:-1].max()
    assert found.min() > 0


def test_layers_that_are_not_there_are_told(new_run: NewRun, drums: Path) -> None:
    with pytest.raises(
        ArtgenError, match=r"outputs\.dance\.noise\.layers: '7-9' are no layers with noise of this generator"
    ):
        film(new_run(), drums, noise={"layers": "7-9"})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rounds": 2}, "the sound is heard once"),
        ({"seeds": "5"}, "at least two seeds"),
        ({"formats": ["gif"]}, "gif cannot hold sound"),
        ({"psi": {"follows": "bass"}}, "'low', 'mid' or 'high'"),
        ({"noise": {"layers": "finest"}}, "layers"),
    ],
)
def test_what_means_nothing_is_refused(options: dict[str, Any], said: str, drums: Path) -> None:
    with pytest.raises(ValueError, match=said):
        AudioFilmConfig(sound=drums, **options)
