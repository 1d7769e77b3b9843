from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from artgen.contracts import PictureShape
from artgen.errors import ArtgenError, InterruptedRun
from artgen.outputs.films.config import InterpolationConfig
from artgen.outputs.films.film import SEGMENT_FRAMES, Film
from artgen.outputs.films.form import FilmForm
from artgen.outputs.films.interpolation import Interpolation
from artgen.runs.files import own_word
from artgen.runs.store import Run
from tests.outputs.films import encode_film, frames_of, probed
from tests.outputs.networks import sampler


def encode(folder: Path, form: FilmForm, pictures: list[np.ndarray[Any, Any]], **options: Any) -> Path:
    film = Film(folder, form, len(pictures), **options)
    encode_film(film, pictures)
    return film.path("mp4")


def test_a_film_plays_everywhere(run: Run) -> None:
    (film,) = Interpolation(InterpolationConfig(seconds=5, fps=30, seeds="0-2"), "walk").write(sampler(), run)
    path = run.folder / film.path
    told = probed(path)
    assert (told["codec_name"], told["profile"], told["pix_fmt"]) == ("h264", "High", "yuv420p")
    tags = [told[f"color_{name}"] for name in ("range", "space", "transfer", "primaries")]
    assert tags == ["tv", "bt709", "bt709", "bt709"]
    assert (told["width"], told["height"]) == (512, 512) == (film.details["width"], film.details["height"])
    assert int(told["nb_read_frames"]) == 150 > SEGMENT_FRAMES
    assert (told["r_frame_rate"], told["avg_frame_rate"]) == ("30/1", "30/1")
    assert float(told["duration"]) == pytest.approx(5)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"somebody" not in data
    assert str(run.folder).encode() not in data
    recipe = json.loads(told["tags"]["comment"])
    assert recipe["seeds"] == "0-2"
    assert told["tags"]["title"] == "faces"
    assert (run.folder / film.details["poster"]).is_file()
    assert not (path.parent / "segments").exists()


def test_odd_sides_are_made_even_by_repeating_the_edge(tmp_path: Path) -> None:
    picture = np.zeros((31, 17, 3), np.uint8)
    picture[:, -1] = 200
    path = encode(tmp_path, FilmForm(17, 31, crf=1), [picture] * 4)
    told = probed(path)
    assert (told["width"], told["height"]) == (18, 32)
    assert frames_of(path, 18, 32)[0, :, 17].mean() > 150


@pytest.mark.parametrize("color", [(255, 0, 0), (0, 128, 255), (40, 200, 90), (128, 128, 128), (255, 255, 255)])
def test_a_colour_comes_back_as_it_went_in(color: tuple[int, int, int], tmp_path: Path) -> None:
    picture = np.full((32, 32, 3), color, np.uint8)
    path = encode(tmp_path, FilmForm(32, 32, scale=2), [picture] * 6)
    seen = frames_of(path, 64, 64)[3, 16:48, 16:48].reshape(-1, 3)
    assert np.abs(seen.astype(int) - color).max() <= 3


def test_grey_pictures_become_films(run: Run) -> None:
    source = sampler(shape=PictureShape(32, 16, 1))
    config = InterpolationConfig(seconds=0.4, seeds="1,2", scale=2, crf=4)
    (film,) = Interpolation(config, "walk").write(source, run)
    seen = frames_of(run.folder / film.path, 64, 32)[0]
    assert abs(seen.mean() - next(source.at_seeds([1])).mean()) < 3


def test_the_same_frames_are_the_same_file_in_one_go_or_shared_out(tmp_path: Path) -> None:
    source = sampler()
    pictures = list(source.at_seeds(range(2 * SEGMENT_FRAMES + 30)))
    form = FilmForm(16, 16, scale=4)
    whole = encode(tmp_path / "a", form, pictures)
    shared = Film(tmp_path / "b", form, len(pictures))
    for segment in reversed(shared.segments()):
        with shared.encoder(segment) as encoder:
            for index in segment:
                encoder.write(pictures[index])
            encoder.finish()
    shared.join()
    assert whole.read_bytes() == shared.path("mp4").read_bytes()


def test_rounds_repeat_the_loop_without_encoding_again(tmp_path: Path) -> None:
    pictures = list(sampler().at_seeds(range(20)))
    path = encode(tmp_path, FilmForm(16, 16, scale=2), pictures, rounds=3)
    assert int(probed(path)["nb_read_frames"]) == 60
    frames = frames_of(path, 32, 32)
    assert np.array_equal(frames[:20], frames[20:40])


def test_a_closed_film_of_n_frames_would_go_on_with_frame_0(run: Run) -> None:
    source = sampler()
    (film,) = Interpolation(InterpolationConfig(seconds=1, fps=24, seeds="3,4,5", scale=2), "w").write(source, run)
    frames = frames_of(run.folder / film.path, 32, 32).astype(int)
    steps = np.abs(np.diff(np.concatenate((frames, frames[:1])), axis=0)).mean(axis=(1, 2, 3))
    assert steps[-1] < 2.5 * np.median(steps)  # the seam is a step like any other
    assert steps.min() > 0  # and no frame is doubled


def test_an_interrupted_film_goes_on_after_its_last_whole_segment(open_run: Callable[..., Run]) -> None:
    config, source = InterpolationConfig(seconds=8, fps=30, scale=2), sampler()
    run = open_run()
    asked = iter(range(10_000))
    run.interrupted = lambda: next(asked) > SEGMENT_FRAMES + 100
    with pytest.raises(InterruptedRun, match="120 of 240"):
        Interpolation(config, "walk").write(source, run)
    folder = run.folder / "artifacts" / "walk"
    assert {path.name for path in (folder / "segments").iterdir()} == {"00000.mp4", "timing.json"}
    assert len(frames_of(folder / "segments" / "00000.mp4", 32, 32)) == SEGMENT_FRAMES
    Interpolation(config, "walk").write(source, open_run())
    Interpolation(config, "whole").write(source, open_run())
    whole = run.folder / "artifacts" / "whole" / "film.mp4"
    assert (folder / "film.mp4").read_bytes() == whole.read_bytes()


KILLED = """
import sys, time
from pathlib import Path
import torch
from artgen.outputs.films.config import InterpolationConfig
from artgen.outputs.films.interpolation import Interpolation
from artgen.runs.checkpoints import CheckpointInfo
from artgen.runs.store import Run
from tests.outputs.networks import sampler
torch.set_num_threads(1)
folder = Path(sys.argv[1])
run = Run(folder, "faces", None, {}, CheckpointInfo(folder, 1, 1, "ab", {}))
if sys.argv[2] == "slow":
    run.interrupted = lambda: time.sleep(0.005) or False
Interpolation(InterpolationConfig(seconds=6, scale=2), "walk").write(sampler(), run)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_film_whose_process_was_killed_ends_as_one_that_was_not(tmp_path: Path) -> None:
    here = Path(__file__).parents[2]
    films = []
    for name in ("killed", "whole"):
        folder = tmp_path / name
        folder.mkdir()
        start = [sys.executable, "-c", KILLED, str(folder)]
        environment = {**os.environ, "PYTHONPATH": str(here)}
        if name == "killed":
            process = subprocess.Popen([*start, "slow"], cwd=here, env=environment)
            first = folder / "artifacts" / "walk" / "segments" / "00000.mp4"
            until = time.monotonic() + 60
            while not first.exists() and time.monotonic() < until:
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert first.exists()
            assert not (folder / "artifacts" / "walk" / "film.mp4").exists()
        subprocess.run([*start, "fast"], cwd=here, env=environment, check=True)
        films.append((folder / "artifacts" / "walk" / "film.mp4").read_bytes())
    assert films[0] == films[1]
    assert not (tmp_path / "killed" / "artifacts" / "walk" / "segments").exists(), "what was being written is gone"


def test_what_ffmpeg_says_reaches_the_user(tmp_path: Path) -> None:
    film = Film(tmp_path, FilmForm(16, 16, fps=0), 2)
    picture = np.zeros((16, 16, 3), np.uint8)

    def paint() -> None:
        with film.encoder(range(2)) as encoder:
            encoder.write(picture)
            encoder.finish()

    with pytest.raises(ArtgenError, match=r"ffmpeg ended with \d+: .*rate"):
        paint()
    assert list(film.segments_folder.iterdir()) == []


def test_a_film_whose_ffmpeg_was_killed_says_so_and_goes_on(open_run: Callable[..., Run]) -> None:
    config, source, run = InterpolationConfig(seconds=8, fps=30, scale=2, pace="even"), sampler(), open_run()
    asked = iter(range(10_000))

    def kill_later() -> bool:
        if next(asked) == SEGMENT_FRAMES + 60:
            for child in psutil.Process().children():
                if "ffmpeg" in child.name():  # other tests may keep a browser open
                    child.kill()
        return False

    run.interrupted = kill_later
    with pytest.raises(ArtgenError, match="ffmpeg was killed by signal 9") as caught:
        Interpolation(config, "killed").write(source, run)
    assert "Run the job again to go on" in caught.value.hint
    folder = run.folder / "artifacts" / "killed"
    assert [path.name for path in (folder / "segments").iterdir()] == ["00000.mp4"]
    Interpolation(config, "killed").write(source, open_run())
    Interpolation(config, "whole").write(source, open_run())
    assert (folder / "film.mp4").read_bytes() == (run.folder / "artifacts" / "whole" / "film.mp4").read_bytes()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no file that is always full")
@pytest.mark.parametrize("name", ["segments/.00001.mp4", ".film.mp4"], ids=["a segment", "the whole"])
def test_without_space_only_the_file_in_work_is_lost_and_it_is_said(name: str, open_run: Callable[..., Run]) -> None:
    config, run = InterpolationConfig(seconds=5, fps=30, scale=2, pace="even"), open_run()
    place = run.artifact_folder("full") / name
    place.parent.mkdir(exist_ok=True)
    writers = iter(range(10_000))

    def fill_the_disk() -> bool:
        """What is written next goes where no space is left; its name has that of the thread that writes it."""
        if next(writers) == 1:
            for thread in threading.enumerate():
                own = own_word().replace(str(threading.get_ident()), str(thread.ident))
                place.with_name(f"{place.stem}.{own}.part.mp4").symlink_to("/dev/full")
        return False

    run.interrupted = fill_the_disk
    with pytest.raises(ArtgenError, match="No space left on device"):
        Interpolation(config, "full").write(sampler(), run)
    run.interrupted = lambda: False
    kept = {path.name for path in (run.artifact_folder("full") / "segments").glob("0*.mp4")}
    assert "00000.mp4" in kept
    Interpolation(config, "full").write(sampler(), open_run())
    Interpolation(config, "whole").write(sampler(), open_run())
    films = [run.artifact_folder(output) / "film.mp4" for output in ("full", "whole")]
    assert films[0].read_bytes() == films[1].read_bytes()
