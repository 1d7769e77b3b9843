"""One pass over the frames, a film in every format: what it holds, how long it is, and how it sounds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from artgen.contracts import PictureShape
from artgen.errors import ArtgenError
from artgen.outputs.films.config import FORMATS, InterpolationConfig
from artgen.outputs.films.film import Film
from artgen.outputs.films.form import FilmForm
from artgen.outputs.films.interpolation import Interpolation
from artgen.runs.checkpoints import CheckpointInfo
from artgen.runs.store import Artifact, Run
from tests.outputs.films import encode_film, frames_of, probed, tone
from tests.outputs.networks import sampler

FRAMES, FPS = 50, 25
MOVING = ("webp", "gif", "apng", "avif")


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Artifact]]:
    """The same film in every format, with a sound that is too long for it."""
    folder = tmp_path_factory.mktemp("formats")
    checkpoint = CheckpointInfo(folder, 10, 320, "ab" * 32, {})
    run = Run(folder, "faces", None, {}, checkpoint)  # type: ignore[arg-type] - outputs do not look at the job
    music = tone(folder / "tone.wav", 5)
    config = InterpolationConfig(
        seconds=FRAMES / FPS, fps=FPS, seeds="0-2", scale=3, formats=list(FORMATS), sound=music, pace="even"
    )
    made = Interpolation(config, "film").write(sampler(), run)
    return {artifact.details["format"]: (folder / artifact.path, artifact) for artifact in made}


@pytest.mark.parametrize(
    ("ending", "codec", "pixels"),
    [
        ("mp4", "h264", "yuv420p"),
        ("webm", "vp9", "yuv420p"),
        ("gif", "gif", "bgra"),
        ("apng", "apng", "rgb24"),
        ("avif", "av1", "yuv420p"),
    ],
)
def test_a_format_is_what_players_take_for_granted(
    ending: str, codec: str, pixels: str, films: dict[str, tuple[Path, Artifact]]
) -> None:
    path, artifact = films[ending]
    told = probed(path)
    assert (told["codec_name"], told["pix_fmt"]) == (codec, pixels)
    assert (told["width"], told["height"]) == (48, 48) == (artifact.details["width"], artifact.details["height"])
    assert int(told["nb_read_frames"]) == FRAMES == artifact.details["frames"]
    assert artifact.details["seconds"] == FRAMES / FPS
    if ending in ("mp4", "webm"):
        tags = [told[f"color_{name}"] for name in ("range", "space", "transfer", "primaries")]
        assert tags == ["tv", "bt709", "bt709", "bt709"]
    if ending == "avif":
        tags = [told[f"color_{name}"] for name in ("range", "space", "transfer", "primaries")]
        assert tags == ["pc", "bt709", "iec61966-2-1", "bt709"]


@pytest.mark.parametrize("ending", ["mp4", "webm"])
def test_a_film_carries_what_is_too_long_for_an_argument(ending: Any, tmp_path: Path) -> None:
    comment = json.dumps({"seeds": "7;\n#=\\" * 40_000}) + "\n= 雪; the end"
    film = Film(tmp_path, FilmForm(16, 16), 2, formats=[ending], details={"title": "a; b = c", "comment": comment})
    encode_film(film, [np.zeros((16, 16, 3), np.uint8)] * 2)
    tags = {key.lower(): text for key, text in probed(film.path(ending))["tags"].items()}
    assert (tags["title"], tags["comment"]) == ("a; b = c", comment)


def test_an_mp4_begins_with_what_tells_where_its_frames_are(films: dict[str, tuple[Path, Artifact]]) -> None:
    data = films["mp4"][0].read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("ending", ["webp", "gif", "apng"])
def test_moving_pictures_have_every_frame_for_its_true_time_and_play_for_ever(
    ending: str, films: dict[str, tuple[Path, Artifact]]
) -> None:
    with Image.open(films[ending][0]) as image:
        delays = []
        for index in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(index)
            image.load()
            delays.append(image.info["duration"])
        assert image.info["loop"] == 0
    assert delays == [1000 / FPS] * FRAMES


@pytest.mark.parametrize("ending", ["mp4", "webm"])
def test_the_sound_is_as_long_as_the_film(ending: str, films: dict[str, tuple[Path, Artifact]]) -> None:
    sound = probed(films[ending][0])["sound"]
    assert sound["codec_name"] == {"mp4": "aac", "webm": "opus"}[ending]
    seconds = sound.get("duration") or sound["tags"]["DURATION"].rpartition(":")[2]
    assert float(seconds) == pytest.approx(FRAMES / FPS, abs=0.05)


def test_a_short_sound_is_followed_by_silence(run: Run, tmp_path: Path) -> None:
    music = tone(tmp_path / "a name with spaces, 100%.wav", 0.3)
    config = InterpolationConfig(seconds=1, seeds="0-1", sound=music, pace="even")
    (film,) = Interpolation(config, "film").write(sampler(), run)
    told = probed(run.folder / film.path)
    assert float(told["sound"]["duration"]) == pytest.approx(1, abs=0.05)
    recipe = json.loads(told["tags"]["comment"])
    assert "sha256" in recipe["sound"]
    assert "spaces" not in told["tags"]["comment"]


def test_a_sound_that_begins_late_in_a_video_begins_with_the_film_and_is_faded(run: Run, tmp_path: Path) -> None:
    music = tone(tmp_path / "tone.wav", 2.0)
    late = tmp_path / "late.mp4"
    video = ["-f", "lavfi", "-i", "color=red:size=32x32:rate=10:duration=3", "-itsoffset", "0.65", "-i", str(music)]
    subprocess.run(["ffmpeg", "-v", "error", *video, "-c:a", "aac", str(late)], check=True)
    config = InterpolationConfig(seconds=1, seeds="0-1", sound=late, pace="even")
    (film,) = Interpolation(config, "film").write(sampler(), run)
    words = ["ffmpeg", "-v", "error", "-i", str(run.folder / film.path), "-map", "a", "-ac", "1", "-ar", "8000"]
    heard = np.frombuffer(subprocess.run([*words, "-f", "s16le", "-"], check=True, capture_output=True).stdout, "<i2")
    loud = [np.sqrt(np.square(heard[at : at + 400].astype(float)).mean()) for at in (1600, 3200, 7500)]
    assert loud[0] == pytest.approx(loud[1], rel=0.1), "it is heard from the beginning"
    assert loud[2] < loud[1] / 4, "and fades at the end"


@pytest.mark.parametrize("name", ["nowhere/ffmpeg", "false"])
def test_an_ffmpeg_that_does_not_run_is_said(name: str, tmp_path: Path) -> None:
    named = shutil.which(name) or str(tmp_path / name)
    asked = "from artgen.outputs.films.ffmpeg import encoders\nencoders()"
    words = [sys.executable, "-c", asked]
    ended = subprocess.run(words, env={**os.environ, "IMAGEIO_FFMPEG_EXE": named}, capture_output=True, check=False)
    assert "artgen.errors.ArtgenError: films need ffmpeg: " in (said := ended.stderr.decode())
    assert f"{named}'" in said


def test_a_file_without_sound_says_so_with_its_place(run: Run, tmp_path: Path) -> None:
    (tmp_path / "no.wav").write_bytes(b"RIFF and then nothing")
    config = InterpolationConfig(seconds=1, seeds="0-1", sound=tmp_path / "no.wav")
    with pytest.raises(ArtgenError, match="no sound in it that ffmpeg reads") as caught:
        Interpolation(config, "film").write(sampler(), run)
    assert caught.value.where == "outputs.film.sound"
    assert not list(run.folder.glob("artifacts/film/film.*"))


RED = [("mp4", 2), ("webm", 2), ("webp", 2), ("gif", 0), ("apng", 0), ("avif", 2)]


@pytest.fixture(scope="module")
def red(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Films of pure red, in every format."""
    folder = tmp_path_factory.mktemp("red")
    film = Film(folder, FilmForm(32, 32, scale=2, crf=4), 6, formats=FORMATS)
    encode_film(film, [np.full((32, 32, 3), (255, 0, 0), np.uint8)] * 6)
    return folder


@pytest.mark.parametrize(("ending", "off"), RED)
def test_pure_red_stays_pure_red(ending: str, off: int, red: Path) -> None:
    path = red / f"film.{ending}"
    if ending in ("mp4", "webm"):
        seen = frames_of(path, 64, 64)[3]
    else:
        with Image.open(path) as image:
            image.seek(3)
            seen = np.asarray(image.convert("RGB"))
    assert np.abs(seen.astype(int) - (255, 0, 0)).max() <= off


def test_a_gif_has_one_palette_and_the_delays_of_30_frames_a_second_in_hundredths(tmp_path: Path) -> None:
    pictures = list(sampler().at_seeds(range(30)))
    film = Film(tmp_path, FilmForm(16, 16, scale=2), 30, formats=["gif"])
    encode_film(film, pictures)
    data = film.path("gif").read_bytes()
    assert data[10] & 0x80  # a palette for all frames
    with Image.open(film.path("gif")) as image:
        delays, palettes = [], set()
        for index in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(index)
            palettes.add(bytes(image.getpalette("RGB") or b"") if image.mode == "P" else b"")
            delays.append(image.info["duration"])
    assert set(delays) == {30, 40}
    assert sum(delays) == 1000
    assert local_palettes(data) == 0


def local_palettes(data: bytes) -> int:
    """How many frames of a GIF have a palette of their own."""
    at, found = 13 + 3 * 2 ** ((data[10] & 7) + 1), 0
    while data[at] != 0x3B:
        if data[at] == 0x21:
            at += 2
        else:
            flags = data[at + 9]
            found += flags >> 7
            at += 11 + (3 * 2 ** ((flags & 7) + 1) if flags >> 7 else 0)
        while data[at]:
            at += data[at] + 1
        at += 1
    return found


def test_a_gif_leaves_out_frames_that_no_player_shows(tmp_path: Path) -> None:
    film = Film(tmp_path, FilmForm(16, 16, fps=60), 60, formats=["gif"])
    encode_film(film, list(sampler().at_seeds(range(60))))
    assert film.frames_in("gif") == 30
    with Image.open(film.path("gif")) as image:
        assert image.n_frames == 30  # type: ignore[attr-defined]
        assert film.seconds_of("gif") == 1


@pytest.mark.parametrize("ending", MOVING)
def test_transparency_stays_in_moving_pictures(ending: Any, tmp_path: Path) -> None:
    picture = np.zeros((16, 32, 4), np.uint8)
    picture[:, :, 0], picture[:, :, 3] = 220, np.linspace(0, 255, 32)  # red that fades in from the left
    picture[:, :4] = 0
    film = Film(tmp_path, FilmForm(32, 16, crf=1, transparent=True, enlarge="crisp"), 5, formats=[ending])
    encode_film(film, [picture] * 5)
    with Image.open(film.path(ending)) as image:
        image.seek(4)
        seen = np.asarray(image.convert("RGBA")).astype(int)
    if ending == "gif":  # which knows no half transparency
        assert np.array_equal(seen[:, :, 3] > 0, picture[:, :, 3] >= 128)
        assert np.abs(seen[:, 20:, :3] - (220, 0, 0)).max() <= 4
        return
    exact = ending == "apng"
    assert np.abs(seen[:, :, 3] - picture[:, :, 3]).max() <= (0 if exact else 8)
    assert np.abs(seen[:, 16:, :3] - (220, 0, 0)).max() <= (0 if exact else 24)


@pytest.mark.parametrize(("scale", "off"), [(1, 0), (2, 1)])
def test_what_is_half_transparent_keeps_its_colour(scale: int, off: int, tmp_path: Path) -> None:
    picture = np.zeros((16, 256, 4), np.uint8)
    picture[:, :, :3], picture[:, :, 3] = (200, 100, 37), np.arange(256)
    film = Film(tmp_path, FilmForm(256, 16, scale=scale, transparent=True), 2, formats=["apng"])
    encode_film(film, [picture] * 2)
    with Image.open(film.path("apng")) as image:
        seen = np.asarray(image.convert("RGBA")).astype(int)
    clear = slice(16 * scale, None)
    assert np.abs(seen[:, clear, :3] - (200, 100, 37)).max() <= off
    assert np.abs(seen[:, ::scale, 3] - np.arange(256)).max() <= scale


def test_transparency_shows_the_background_in_films_for_players(run: Run) -> None:
    source = sampler(shape=PictureShape(32, 16, 4))
    config = InterpolationConfig(seconds=0.2, seeds="1,2", scale=2, background="#0000ff", crf=4)
    (film,) = Interpolation(config, "walk").write(source, run)
    first = next(source.at_seeds([1])).astype(float)
    alpha = first[:, :, 3:] / 255
    want = first[:, :, :3] * alpha + np.array([0, 0, 255.0]) * (1 - alpha)
    seen = frames_of(run.folder / film.path, 64, 32)[0]
    assert np.abs(seen.reshape(-1, 3).mean(0) - want.reshape(-1, 3).mean(0)).max() < 3


def test_a_format_that_is_asked_for_later_is_added_and_the_others_stay(open_run: Callable[..., Run]) -> None:
    def films_of(*formats: Any) -> dict[str, bytes]:
        run = open_run()
        config = InterpolationConfig(seconds=0.5, seeds="0-1", scale=1, formats=list(formats))
        made = Interpolation(config, "walk").write(sampler(), run)
        return {artifact.path.name: (run.folder / artifact.path).read_bytes() for artifact in made}

    first = films_of("mp4")
    both = films_of("mp4", "apng")
    assert both["film.mp4"] == first["film.mp4"]
    assert films_of("apng", "mp4") == both
    folder = open_run().folder / "artifacts" / "walk"
    assert {path.name for path in folder.iterdir()} == {
        "film.mp4",
        "film.apng",
        "film.json",
        "poster.webp",
        ".recipe.json",
    }
