"""Films to repaint as they are found: what rate they have, and what their colours are."""

from __future__ import annotations

import subprocess
import time
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from artgen.errors import DataError
from artgen.outputs.repaint.source_film import open_film

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
VP8 = ("-c:v", "libvpx", "-deadline", "realtime")


def timed(path: Path, times: str, ticks: int, codec: tuple[str, ...], frames: int = 40) -> Path:
    """A film whose frame N is shown at a time that is counted in ticks, of which a second has so many."""
    when = ("-vf", f"settb=1/{ticks},setpts={times}", "-fps_mode", "passthrough", "-enc_time_base", f"1:{ticks}")
    source = ("-f", "lavfi", "-i", "testsrc2=size=32x24:rate=30")
    command = [FFMPEG, "-v", "error", "-y", *source, *when, *codec, "-frames:v", str(frames), str(path)]
    subprocess.run(command, check=True)
    return path


def without_default_duration(path: Path) -> Path:
    """A WebM as browsers record it, which states no rate: its element is made one of no meaning."""
    data = bytearray(path.read_bytes())
    at = data.index(b"\x23\xe3\x83\x84")
    data[at : at + 8] = b"\xec\x86" + bytes(6)
    path.write_bytes(data)
    return path


def test_a_film_from_a_telephone_whose_rate_varies_is_taken_at_the_next_usual_rate(tmp_path: Path):
    film = open_film(timed(tmp_path / "clip.mp4", "N*4+eq(mod(N\\,5)\\,3)", 120, H264))
    assert (film.fps, film.frames, film.varies) == (30, 40, True)
    assert len(list(film.pictures((32, 24)))) == 40


def test_a_film_of_a_browser_that_states_no_rate_is_not_blown_up(tmp_path: Path):
    film = open_film(without_default_duration(timed(tmp_path / "clip.webm", "N*40+mod(N\\,4)*5", 1000, VP8)))
    assert (film.fps, film.frames, film.varies) == (25, 40, True)
    assert len(list(film.pictures((32, 24)))) == 40


def test_a_recorded_screen_keeps_the_rate_at_which_things_move(tmp_path: Path):
    film = open_film(timed(tmp_path / "clip.mp4", "N+60*floor(N/10)", 30, H264))
    assert (film.fps, film.frames, film.varies) == (30, 40 + 3 * 60, False)


def test_a_picture_that_does_not_move_is_no_film(pictures: Path):
    with pytest.raises(DataError, match="a picture and no film") as caught:
        open_film(pictures / "astronaut.jpg")
    assert "--pictures" in caught.value.hint


def test_a_constant_rate_stays_what_it_is(tmp_path: Path):
    film = open_film(timed(tmp_path / "clip.mp4", "N*1001", 30000, H264, frames=5))
    assert (film.fps, film.frames, film.varies) == (Fraction(30000, 1001), 5, False)


def test_a_film_of_an_hour_is_looked_at_in_no_more_than_its_share_of_time(tmp_path: Path):
    path, frames = tmp_path / "clip.mp4", 20_000
    source = ("-f", "lavfi", "-i", "color=size=16x16:rate=6")
    subprocess.run([FFMPEG, "-v", "error", *source, *H264, "-frames:v", str(frames), str(path)], check=True)
    before = time.process_time()
    film = open_film(path)
    assert time.process_time() - before < 2  # ffmpeg not counted
    assert (film.fps, film.frames) == (6, frames)


def test_a_broadcast_whose_frames_begin_later_than_its_sound_is_whole(tmp_path: Path):
    clip, broadcast = tmp_path / "clip.mp4", tmp_path / "clip.ts"
    source = ("-f", "lavfi", "-i", "testsrc2=size=32x24:rate=25", "-f", "lavfi", "-i", "sine=duration=1")
    subprocess.run([FFMPEG, "-v", "error", *source, *H264, "-c:a", "aac", "-frames:v", "25", str(clip)], check=True)
    subprocess.run([FFMPEG, "-v", "error", "-i", str(clip), "-c", "copy", str(broadcast)], check=True)
    film = open_film(broadcast)
    assert (film.fps, film.frames) == (25, 26), "the first one stands while only the sound has begun"
    first, second, *others = film.pictures((32, 24))
    assert np.array_equal(first, second)
    assert len(others) == 24


RED = (192, 32, 64)


def red_film(path: Path, size: tuple[int, int], *options: str) -> Path:
    """A film of one red frame."""
    width, height = size
    source = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", f"{width}x{height}", "-i", "pipe:0")
    subprocess.run(
        [FFMPEG, "-v", "error", *source, *options, str(path)], input=bytes(RED) * (width * height), check=True
    )
    return path


@pytest.mark.parametrize(
    ("size", "coded", "said"),
    [
        ((1280, 720), "bt709", "unknown"),
        ((1280, 720), "smpte170m", "smpte170m"),
        ((640, 480), "smpte170m", "unknown"),
        ((640, 480), "bt709", "bt709"),
    ],
)
def test_a_film_that_does_not_say_how_its_colours_are_coded_has_those_of_its_size(
    tmp_path: Path, size: tuple[int, int], coded: str, said: str
):
    convert = f"scale=out_color_matrix={coded},format=yuv420p,setparams=colorspace={said}"
    film = open_film(red_film(tmp_path / "clip.mp4", size, "-vf", convert, *H264))
    (picture,) = film.pictures((16, 16))
    assert np.abs(picture.astype(int) - RED).max() <= 3


def test_colours_of_a_large_film_that_are_red_green_and_blue_stay_as_they_are(tmp_path: Path):
    (picture,) = open_film(red_film(tmp_path / "clip.mov", (1280, 720), "-c:v", "qtrle")).pictures((16, 16))
    assert np.abs(picture.astype(int) - RED).max() <= 1


@pytest.mark.parametrize(
    "said", [("bt2020", "bt2020nc"), ("unknown", "unknown"), ("unknown", "bt2020nc"), ("bt2020", "unknown")]
)
@pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084"])
def test_a_film_of_high_dynamic_range_has_the_colours_of_a_screen(tmp_path: Path, transfer: str, said: tuple[str, str]):
    wide = f"zscale=transfer={transfer}:primaries=bt2020:matrix=bt2020nc:range=limited:npl=203"
    convert = f"setparams=color_trc=bt709:color_primaries=bt709,{wide},format=yuv420p10le"
    told = f"setparams=color_trc={transfer}:color_primaries={said[0]}:colorspace={said[1]}"
    film = open_film(red_film(tmp_path / "clip.mp4", (64, 48), "-vf", f"{convert},{told}", "-c:v", "libx265"))
    assert film.wide
    (picture,) = film.pictures((16, 16))
    assert np.abs(picture.astype(int) - RED).max() <= 4
