from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from artgen.errors import ArtgenError

from artgen_audio.config import AudioFilmConfig
from artgen_audio.listening import samples_of
from artgen_audio.motion import Motion, motion_of
from artgen_audio.spectrum import Spectrum, ends_of, spectrum_of
from artgen_audio.walk import noise_layers
from synthetic import drum_loop, sine, write_wav

FPS = 30


@pytest.fixture(scope="module")
def heard(drums: Path) -> Spectrum:
    return spectrum_of(samples_of(drums))


def motion(spectrum: Spectrum, sound: Path, frames: int = 180, **options: Any) -> Motion:
    return motion_of(spectrum, AudioFilmConfig(sound=sound, fps=FPS, **options), frames)


def around(strokes: list[float], frames: int, length: int) -> np.ndarray[Any, Any]:
    """Which frames are among the first after one of some strokes."""
    found = np.zeros(frames, bool)
    for stroke in strokes:
        found[round(stroke * FPS) : round(stroke * FPS) + length] = True
    return found


def test_the_film_travels_faster_on_the_beat(heard: Spectrum, drums: Path) -> None:
    steps = np.diff(motion(heard, drums).way)
    struck = drum_loop()[1]
    beats = around(struck["kick"] + struck["snare"], len(steps), 4)
    assert steps[beats].mean() > 2 * steps[~beats].mean()
    assert steps.min() > 0


def test_truncation_swells_with_the_sound_and_returns(heard: Spectrum, drums: Path) -> None:
    psi = motion(heard, drums, truncation=0.7, psi={"amount": 0.4}).psi
    assert psi.min() == pytest.approx(0.7, abs=0.02) or psi.min() > 0.7
    assert 1.0 < psi.max() <= 1.1
    kicks = around(drum_loop()[1]["kick"], len(psi), 6)
    before = around(
        [time - 4 / FPS for time in drum_loop()[1]["kick"] if time not in (0.0, 1.25, 3.25, 5.25)], len(psi), 3
    )
    assert psi[kicks].mean() > psi[before].mean() + 0.1


@pytest.mark.parametrize("ending", ["stop", "loop"])
def test_the_whole_way_is_gone_whatever_the_sound(ending: str, heard: Spectrum, drums: Path) -> None:
    way = motion(heard, drums, ending=ending).way
    assert way[0] == 0
    assert (way[-1] == 1) == (ending == "stop")
    assert 0.97 < way[-1] <= 1


def test_without_amounts_the_sound_changes_nothing(heard: Spectrum, drums: Path) -> None:
    still = {table: {"amount": 0.0} for table in ("speed", "psi", "noise")}
    found = motion(heard, drums, truncation=0.9, **still)
    assert np.diff(found.way) == pytest.approx(1 / 179)
    assert found.psi == pytest.approx(0.9)
    assert found.noise == pytest.approx(1.0)


def test_the_same_frames_of_a_longer_film_hear_the_same(heard: Spectrum, drums: Path) -> None:
    whole, longer = motion(heard, drums), motion(heard, drums, frames=300)
    assert longer.psi[:179] == pytest.approx(whole.psi[:179])
    assert longer.psi[-1] == pytest.approx(0.6, abs=0.01)  # after the sound there is silence
    steps = np.diff(longer.way)
    assert steps[250:] == pytest.approx(steps[250], rel=0.02)


def test_a_loop_begins_as_it_ended(drums: Path) -> None:
    looped = spectrum_of(samples_of(drums), ends_of(samples_of(drums)))
    psi = motion(looped, drums, ending="loop", psi={"follows": "low", "attack": 0.3, "release": 1.0}).psi
    steps = np.abs(np.diff(np.append(psi, psi[0])))
    assert steps[-1] <= 1.5 * steps[:-1].max()


def test_attack_and_release_smooth_what_is_followed(heard: Spectrum, drums: Path) -> None:
    sharp = motion(heard, drums, psi={"follows": "low", "attack": 0.0, "release": 0.0}).psi
    smooth = motion(heard, drums, psi={"follows": "low", "attack": 0.2, "release": 0.8}).psi
    assert np.abs(np.diff(smooth)).max() < 0.3 * np.abs(np.diff(sharp)).max()


def test_nothing_flickers_by_default(heard: Spectrum, drums: Path) -> None:
    """Each swell rises and falls once a stroke at most, and no frame jumps by more than a half of it."""
    found = motion(heard, drums)
    for followed in (found.psi, found.noise):
        turns = np.count_nonzero(np.diff(np.sign(np.diff(followed))) != 0)
        assert turns <= 2 * 24
        assert np.abs(np.diff(followed)).max() < 0.5 * np.ptp(followed)


def test_negative_amounts_calm_with_the_sound_and_end_at_nothing(heard: Spectrum, drums: Path) -> None:
    found = motion(heard, drums, truncation=0.3, psi={"amount": -2.0}, noise={"amount": -1.0})
    assert found.psi.min() == 0
    assert found.noise.min() >= 0
    assert found.noise[around(drum_loop()[1]["snare"], 180, 4)].mean() < 0.6


@pytest.mark.parametrize("follows", ["level", "onsets", "low", "mid", "high"])
def test_all_that_can_be_followed_moves_each_of_the_three(follows: str, heard: Spectrum, drums: Path) -> None:
    found = motion(heard, drums, **{table: {"follows": follows} for table in ("speed", "psi", "noise")})
    assert np.diff(found.way).max() > 1.5 * np.diff(found.way).min()
    assert np.ptp(found.psi) > 0.1
    assert np.ptp(found.noise) > 0.5


def test_bass_moves_what_follows_the_bass_alone(tmp_path: Path) -> None:
    sound = write_wav(tmp_path / "bass.wav", np.concatenate((0 * sine(60, 2), sine(60, 2))))
    spectrum = spectrum_of(samples_of(sound))
    found = motion(spectrum, sound, 120, psi={"follows": "low"}, noise={"follows": "high"})
    assert found.psi[90:] == pytest.approx(1.1, abs=0.01)
    assert found.psi[:55] == pytest.approx(0.6, abs=0.01)
    assert found.noise[70:115] == pytest.approx(1, abs=0.05)


def test_layers_are_named_by_thirds_or_numbers() -> None:
    names = ("4", "8a", "8b", "16a", "16b", "32")
    assert noise_layers(names, "all", "x") == set(names)
    assert noise_layers(names, "coarse", "x") == {"4", "8a"}
    assert noise_layers(names, "fine", "x") == {"16b", "32"}
    assert noise_layers(names, "1-3", "x") == {"8a", "8b", "16a"}
    assert noise_layers(names, "5", "x") == {"32"}
    assert noise_layers((), "5", "x") == set()  # a generator without noise has nothing to make stronger
    for wrong in ("6", "3-6", "4-2"):
        with pytest.raises(ArtgenError, match=r"outputs\.a\.noise\.layers: '.*' are no layers with noise"):
            noise_layers(names, wrong, "outputs.a.noise.layers")
