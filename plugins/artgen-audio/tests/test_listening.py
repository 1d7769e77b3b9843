from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from artgen.errors import ArtgenError

from artgen_audio.envelopes import followed, means
from artgen_audio.listening import RATE_HZ, samples_of
from artgen_audio.onsets import onset_strength, onsets_of
from artgen_audio.signals import HIGH_HZ, LOW_HZ, decibels, level, signal_of
from artgen_audio.spectrum import EDGES, HOP, WINDOW, Spectrum, ends_of, spectrum_of
from synthetic import RATE_HZ as FILE_HZ
from synthetic import Samples, clicks, drum_loop, melody, sine, times, write_wav


def heard(samples: Samples, folder: Path) -> Spectrum:
    return spectrum_of(samples_of(write_wav(folder / "heard.wav", samples)))


def onset_seconds(spectrum: Spectrum) -> list[float]:
    return (onsets_of(onset_strength(spectrum)) / 100).tolist()


def test_clicks_at_120_beats_a_minute_are_found_within_a_frame(tmp_path: Path) -> None:
    struck = [0.25 + 0.5 * beat for beat in range(20)]
    found = onset_seconds(heard(clicks(struck, 10.3), tmp_path))
    assert len(found) == len(struck)
    assert np.abs(np.array(found) - struck).max() <= 1 / 30


def test_every_stroke_of_a_drum_loop_is_found_and_nothing_else(drums: Path) -> None:
    struck = sorted({time for times in drum_loop()[1].values() for time in times})
    found = onset_seconds(spectrum_of(samples_of(drums)))
    assert len(found) == len(struck) == 24
    assert np.abs(np.array(found) - struck).max() <= 0.02


def test_notes_over_chords_are_found_and_nothing_else(tmp_path: Path) -> None:
    track, begins = melody()
    found = onset_seconds(heard(track, tmp_path))
    assert len(found) == len(begins) == 24
    assert np.abs(np.array(found) - begins).max() <= 1 / 30


def test_a_loop_that_sounds_on_does_not_begin(tmp_path: Path) -> None:
    sound = write_wav(tmp_path / "loop.wav", sine(440, 4))
    looped = spectrum_of(samples_of(sound), ends_of(samples_of(sound)))
    assert signal_of(spectrum_of(samples_of(sound)), "onsets")[:6].max() == 1
    assert not signal_of(looped, "onsets").any()
    assert level(looped) == pytest.approx(0.5 / 2**0.5, rel=0.01)


def test_the_ends_of_a_sound_are_found_in_whatever_blocks_it_comes() -> None:
    samples = np.arange(5000.0)
    for blocks in ([samples], np.array_split(samples, [3, 500, 900, 4990])):
        first, last = ends_of(blocks)
        assert np.array_equal(first, samples[: WINDOW // 2])
        assert np.array_equal(last, samples[-WINDOW // 2 :])
    first, last = ends_of([np.ones(3)])
    assert first.sum() == last.sum() == first[:3].sum() == last[-3:].sum() == 3


def test_soft_strokes_count_for_less_and_one_loud_one_does_not_hide_the_rest(drums: Path, tmp_path: Path) -> None:
    pulses = signal_of(spectrum_of(samples_of(drums)), "onsets")
    struck = drum_loop()[1]
    kicks, hats = ([pulses[round(100 * time) + 2] for time in struck[name]] for name in ("kick", "hat"))
    assert min(kicks) > 0.6
    assert max(kicks) <= 1
    assert sorted(hats)[3] < 0.35  # those that are struck alone
    notes, begins = melody()
    notes[:50] += 0.9
    heights = [signal_of(heard(notes, tmp_path), "onsets")[round(100 * time) + 3] for time in begins[1:]]
    assert min(heights) > 0.5


@pytest.mark.parametrize("even", ["tone", "hiss"])
def test_what_goes_on_evenly_begins_once(even: str, tmp_path: Path) -> None:
    hiss = 0.2 * np.random.default_rng(0).standard_normal(5 * FILE_HZ)
    found = onset_seconds(heard(hiss if even == "hiss" else sine(440, 5), tmp_path))
    assert [time for time in found if time < 4.9] == pytest.approx([0], abs=0.02)


@pytest.mark.parametrize(("hz", "band"), [(60, "low"), (440, "mid"), (1500, "mid"), (3500, "high"), (9000, "high")])
def test_a_sine_is_heard_in_its_band_alone(hz: float, band: str, tmp_path: Path) -> None:
    spectrum = heard(sine(hz, 4), tmp_path)
    middle = slice(100, 300)
    for other in ("low", "mid", "high"):
        signal = signal_of(spectrum, other)[middle]
        assert signal.min() > 0.95 if other == band else signal.max() < 0.05, other
    assert signal_of(spectrum, "level")[middle].min() > 0.95


def test_the_bands_divide_what_is_heard(drums: Path) -> None:
    spectrum = spectrum_of(samples_of(drums))
    parts = [level(spectrum, 0, LOW_HZ), level(spectrum, LOW_HZ, HIGH_HZ), level(spectrum, HIGH_HZ)]
    assert np.sqrt(sum(part**2 for part in parts)) == pytest.approx(level(spectrum))


def test_the_amplitude_of_a_swelling_tone_is_that_of_its_formula(tmp_path: Path) -> None:
    """(1 + m cos(2π f t)) A sin(2π F t) has the root mean square (1 + m cos(2π f t)) A / √2 around t."""
    t, depth, hz = times(3), 0.8, 2.0
    swelling = (1 + depth * np.cos(2 * np.pi * hz * t)) * sine(1000, 3, 0.4)
    spectrum = heard(swelling, tmp_path)
    hops = np.arange(len(spectrum.power)) / 100
    # Hann's window sees the tone's square through its own: each harmonic of the swell by its transform there
    window = np.hanning(WINDOW + 1)[:-1] ** 2
    seen = [np.sum(window * np.cos(2 * np.pi * k * hz * (np.arange(WINDOW) - WINDOW / 2) / RATE_HZ)) for k in (0, 1, 2)]
    first, second = seen[1] / seen[0], seen[2] / seen[0]
    square = 1 + depth**2 / 2 + 2 * depth * first * np.cos(2 * np.pi * hz * hops)
    square += depth**2 / 2 * second * np.cos(4 * np.pi * hz * hops)
    inside = slice(10, 290)
    assert level(spectrum)[inside] == pytest.approx(0.4 * np.sqrt(square / 2)[inside], rel=2e-3)
    assert level(spectrum)[inside] == pytest.approx(
        0.4 / 2**0.5 * (1 + depth * np.cos(2 * np.pi * hz * hops))[inside], abs=0.01
    )


def test_the_spectrum_is_that_of_torch(drums: Path) -> None:
    samples = np.concatenate(list(samples_of(drums)))
    hann = torch.hann_window(WINDOW, dtype=torch.float64)
    whole = torch.from_numpy(samples)
    stft = torch.stft(whole, WINDOW, HOP, window=hann, center=True, pad_mode="constant", return_complex=True)
    squares = stft.abs().square().T.numpy()
    squares[:, 1:-1] *= 2
    edges = [*EDGES, WINDOW // 2 + 1]
    bands = [squares[:, first:last].sum(1) for first, last in pairwise(edges)]
    wanted = np.stack(bands, axis=1) / (WINDOW * hann.square().sum().item())
    assert spectrum_of([samples]).power == pytest.approx(wanted, rel=1e-5, abs=1e-12)


def test_a_sound_is_the_same_in_whatever_blocks_it_comes(drums: Path) -> None:
    samples = np.concatenate(list(samples_of(drums)))
    whole, pieces = spectrum_of([samples]), spectrum_of(np.array_split(samples, [1, 300, 5000, 100_000]))
    assert np.array_equal(whole.power, pieces.power)
    assert whole.samples == pieces.samples == len(samples)
    assert whole.seconds == pytest.approx(6)


@pytest.mark.parametrize("level_of_hiss", [0.0, 3e-5])
def test_silence_is_followed_by_nothing(level_of_hiss: float, tmp_path: Path) -> None:
    spectrum = heard(level_of_hiss * np.random.default_rng(0).standard_normal(2 * FILE_HZ), tmp_path)
    assert all(not signal_of(spectrum, what).any() for what in ("level", "onsets", "low", "mid", "high"))


def test_a_soft_passage_stays_calm_beside_a_loud_one(tmp_path: Path) -> None:
    loop = drum_loop(6)[0]
    loop[: len(loop) // 2] *= 0.03
    signal = signal_of(heard(loop, tmp_path), "level")
    soft, loud = signal[:590], signal[610:]
    assert soft.max() < 0.6 < 0.95 < loud.max()


def test_a_soft_recording_moves_as_much_as_a_loud_one(tmp_path: Path) -> None:
    loop = drum_loop()[0]
    loud, soft = (signal_of(heard(gain * loop, tmp_path), "low") for gain in (1, 0.1))
    assert np.abs(loud - soft).max() < 0.05


def test_an_envelope_rises_with_its_attack_and_falls_with_its_release() -> None:
    step = np.concatenate((np.ones(100), np.zeros(100)))
    found = followed(step, attack=0.1, release=0.4)
    assert found[9] == pytest.approx(1 - np.exp(-1))
    assert found[139] / found[99] == pytest.approx(np.exp(-1))
    assert np.array_equal(followed(step, 0, 0), step)


def test_the_envelope_of_a_loop_goes_on_where_it_ended() -> None:
    pulse = np.zeros(100)
    pulse[90:] = 1
    found = followed(pulse, 0.05, 0.3, cyclic=True)
    assert found[-1] > 0.8
    assert found[0] / found[-1] == pytest.approx(np.exp(-1 / 30), rel=0.01)
    assert followed(pulse, 0.05, 0.3)[0] == 0


def test_frames_see_the_mean_of_what_happens_meanwhile() -> None:
    signal = np.random.default_rng(0).random(101)
    edges = np.linspace(0, 1, 25)
    middles = (np.arange(240_000) + 0.5) / 240_000
    fine = np.interp(middles, np.linspace(0, 1, 101), signal)
    assert means(signal, edges) == pytest.approx(fine.reshape(24, -1).mean(1), abs=1e-6)


def test_decibels_end_at_minus_100() -> None:
    assert decibels(np.array([1.0, 0.1, 0.0])) == pytest.approx([0, -20, -100])


def test_a_file_without_sound_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notes.wav"
    path.write_text("no sound at all")
    with pytest.raises(ArtgenError, match=r"outputs\.dance\.sound: there is no sound in it that ffmpeg reads"):
        next(samples_of(path, "outputs.dance.sound"))
