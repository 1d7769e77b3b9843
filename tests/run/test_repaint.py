"""A trained stylizer applied to folders of pictures and to films."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from torch import Tensor, nn

from artgen.cli.render import render
from artgen.contracts import PictureShape
from artgen.data.srgb import srgb_profile
from artgen.engine.memory import SHARES, available_bytes
from artgen.engine.paint.peak import PeakBytes
from artgen.engine.stylist import Stylist, open_stylist
from artgen.errors import ArtgenError, DataError, InterruptedRun
from artgen.generators.config import StylizerConfig
from artgen.generators.stylizer import Stylizer
from artgen.job import read_job
from artgen.outputs.films.config import SEGMENT_FRAMES
from artgen.reuse.repaint import RepaintOptions, repaint_films, repaint_folder
from artgen.runs.checkpoints import Checkpoint
from artgen.runs.progress import QuietProgress
from tests.run.conftest import Desk
from tests.tiny_stylizer import TINY_STYLIZER

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
needs_ffprobe = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")


@pytest.fixture(scope="module")
def stylizer_run(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Path:
    """The folder of a run whose stylizer knows the styles `bridge` and `church`; its pictures are gone."""
    folder = tmp_path_factory.mktemp("stylizer")
    shutil.copytree(pictures, folder / "photos")
    (folder / "paintings").mkdir()
    shutil.copy(pictures / "church-at-auvers.png", folder / "paintings" / "church.png")
    shutil.copy(pictures / "langlois-bridge.webp", folder / "paintings" / "bridge.webp")
    (folder / "job.toml").write_text(TINY_STYLIZER.format(pictures="photos"), encoding="utf-8")
    desk = Desk(folder)
    desk.artgen("run", "job.toml", "--set", "outputs=[]", "--set", 'losses.gram-style.images=["paintings/*"]')
    shutil.rmtree(folder / "photos")
    shutil.rmtree(folder / "paintings")
    return desk.run


@pytest.fixture
def run(stylizer_run: Path, tmp_path: Path) -> Path:
    """A copy of the run for a test of its own."""
    return Path(shutil.copytree(stylizer_run, tmp_path / "tiny"))


@pytest.fixture
def photos(tmp_path: Path, pictures: Path) -> Path:
    """A folder with an odd-sized photograph, a half transparent picture below, and a file that is no picture."""
    folder = tmp_path / "my photos"
    (folder / "sub").mkdir(parents=True)
    with Image.open(pictures / "astronaut.jpg") as image:
        image.resize((47, 33)).save(folder / "astronaut.jpg", quality=95)
        clear = image.resize((40, 40)).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize((40, 40)))
    clear.save(folder / "sub" / "astronaut.png")
    (folder / "broken.jpg").write_text("no picture", encoding="utf-8")
    return folder


class Told(QuietProgress):
    """Keeps what is told; asks to stop, as Ctrl-C does, at one of the updates."""

    def __init__(self, stop_at: int = -1) -> None:
        super().__init__(sys.stdout)
        self.warnings: list[str] = []
        self._left = stop_at

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def update(self, task: str, done: float, total: float, numbers: Mapping[str, float] | None = None) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGINT)


def film(path: Path, *options: str, source: str = "testsrc2=size=64x48:rate=30000/1001", frames: int = 12) -> Path:
    """A short film made by ffmpeg."""
    command = [FFMPEG, "-v", "error", "-y", "-f", "lavfi", "-i", source, *options, "-frames:v", str(frames), str(path)]
    subprocess.run(command, check=True)
    return path


TONE = ("-f", "lavfi", "-i", "sine=frequency=440:duration=0.4")
H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p")


def probe(path: Path) -> dict[str, dict[str, Any]]:
    """What ffprobe says of each kind of stream, and of the format."""
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", str(path)]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return {"format": told["format"], **{stream["codec_type"]: stream for stream in told["streams"]}}


def frames_of(path: Path, width: int, height: int) -> np.ndarray[Any, Any]:
    command = [FFMPEG, "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(data, np.uint8).reshape(-1, height, width, 3)


def in_church(**others: Any) -> RepaintOptions:
    return RepaintOptions("again", style="church", **others)


def recorded(run: Path) -> list[Path]:
    """The pictures on the index of a run."""
    lines = [line for file in run.glob("artifacts/.index/*") for line in file.read_text(encoding="utf-8").splitlines()]
    return [run / row["path"] for row in map(json.loads, lines) if row["output"] == "again"]


# --- pictures


def test_every_picture_is_repainted_in_every_style_at_its_own_size(run: Path, photos: Path):
    told = Told()
    folder = repaint_folder(run, photos, RepaintOptions("again"), told)
    assert sorted(path.name for path in folder.glob("*.png")) == [
        "astronaut--bridge.png",
        "astronaut--church.png",
        "sub_astronaut--bridge.png",
        "sub_astronaut--church.png",
    ]
    (warning,) = told.warnings
    assert warning.startswith("broken.jpg is left out")
    with Image.open(folder / "astronaut--bridge.png") as one, Image.open(folder / "astronaut--church.png") as other:
        assert one.size == other.size == (47, 33)
        assert one.mode == "RGB"
        assert one.info["icc_profile"] == other.info["icc_profile"] == srgb_profile()
        assert not np.array_equal(np.asarray(one), np.asarray(other))


def test_what_is_transparent_stays_so(run: Path, photos: Path):
    folder = repaint_folder(run, photos, in_church(), Told())
    with (
        Image.open(folder / "sub_astronaut--church.png") as painted,
        Image.open(photos / "sub/astronaut.png") as before,
    ):
        assert painted.mode == "RGBA"
        assert np.array_equal(np.asarray(painted)[..., 3], np.asarray(before)[..., 3])


def test_a_picture_carries_its_recipe_and_no_path(run: Path, photos: Path):
    folder = repaint_folder(run, photos, in_church(), Told())
    with Image.open(folder / "astronaut--church.png") as image:
        recipe = json.loads(image.info["artgen"])
        said = json.dumps(dict(image.info), default=str)
    assert recipe["style"] == "church"
    assert len(recipe["picture"]["sha256"]) == len(recipe["checkpoint"]["sha256"]) == 64
    assert "my photos" not in said
    assert ".jpg" not in said


def test_a_second_run_repaints_only_what_is_new(run: Path, photos: Path):
    folder = repaint_folder(run, photos, in_church(), Told())
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.png")}
    with Image.open(photos / "astronaut.jpg") as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(photos / "astronaut.jpg")
        image.save(photos / "new.png")
    repaint_folder(run, photos, in_church(), Told())
    after = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.png")}
    assert after.keys() == {*before, "new--church.png"}
    assert [name for name in before if after[name] != before[name]] == ["astronaut--church.png"]


def test_a_picture_for_which_the_memory_does_not_do_is_named_and_the_others_are_repainted(
    run: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
):
    with Image.open(photos / "astronaut.jpg") as image:
        image.resize((1000, 800)).save(photos / "large.jpg")
    free_bytes = available_bytes()
    assert free_bytes
    monkeypatch.setenv(SHARES, str(free_bytes // 50_000_000))
    told = Told()
    with pytest.raises(ArtgenError, match="1 of 4 pictures could not be repainted"):
        repaint_folder(run, photos, in_church(), told)
    assert any(
        "large.jpg: cpu: there is not enough memory to repaint 1000×800 pixels" in said for said in told.warnings
    )
    assert "--size 500" in "".join(told.warnings)
    assert sorted(recorded(run)) == sorted((run / "artifacts" / "again").glob("*.png"))
    assert len(recorded(run)) == 2
    folder = repaint_folder(run, photos, in_church(long_side_px=100), told)
    assert (folder / "large--church.png").is_file()
    with Image.open(run / "artifacts" / "again" / "astronaut--church.png") as image:
        assert image.size == (47, 33)


def test_long_names_are_cut_and_every_style_has_a_file_of_its_own(run: Path, photos: Path):
    long = "photograph of a castle by the sea " * 4
    for number in (1, 2):
        shutil.copy(photos / "astronaut.jpg", photos / f"{long}{number}.jpg")
    folder = repaint_folder(run, photos, RepaintOptions("again"), Told())
    assert len(list(folder.glob("photograph*--church.png"))) == len(list(folder.glob("photograph*--bridge.png"))) == 2


def test_an_interrupted_folder_goes_on(run: Path, photos: Path):
    with pytest.raises(InterruptedRun):
        repaint_folder(run, photos, in_church(), Told(stop_at=1))
    folder = run / "artifacts" / "again"
    (first,) = folder.glob("*.png")
    assert recorded(run) == [first]
    written = first.stat().st_mtime_ns
    repaint_folder(run, photos, in_church(), Told())
    assert first.stat().st_mtime_ns == written
    assert len(list(folder.glob("*.png"))) == 2


def test_pictures_of_another_folder_or_another_size_come_beside_those_that_are_there(
    run: Path, photos: Path, tmp_path: Path
):
    folder = repaint_folder(run, photos, in_church(), Told())
    before = {path.name: path.read_bytes() for path in folder.glob("*.png")}
    (tmp_path / "holiday").mkdir()
    with Image.open(photos / "astronaut.jpg") as image:
        image.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "holiday" / "astronaut.jpg")
    other = repaint_folder(run, tmp_path / "holiday", in_church(), Told())
    small = repaint_folder(run, photos, in_church(long_side_px=24), Told())
    assert [path.name for path in (folder, other, small)] == ["again", "again-2", "again-3"]
    bridge = repaint_folder(run, photos, RepaintOptions("again", style="bridge"), Told())
    assert bridge == folder
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_the_long_side_can_be_asked_for(run: Path, photos: Path):
    folder = repaint_folder(run, photos, in_church(long_side_px=94), Told())
    with Image.open(folder / "astronaut--church.png") as image:
        assert image.size == (94, 66)


def test_one_picture_alone_can_be_named(run: Path, photos: Path):
    folder = repaint_folder(run, photos / "sub" / "astronaut.png", in_church(), Told())
    assert [path.name for path in folder.glob("*.png")] == ["astronaut--church.png"]


def test_a_folder_without_pictures_and_an_unknown_style_are_errors(run: Path, photos: Path):
    for path in (photos / "astronaut.jpg", photos / "sub" / "astronaut.png"):
        path.unlink()
    with pytest.raises(DataError, match="no picture"):
        repaint_folder(run, photos, in_church(), Told())
    with pytest.raises(ArtgenError, match="bridge, church"):
        repaint_folder(run, photos, RepaintOptions("again", style="chruch"), Told())


# --- films


@needs_ffprobe
def test_a_film_keeps_its_rate_its_frames_its_size_and_its_sound(run: Path, tmp_path: Path):
    source = film(tmp_path / "clip.mp4", *TONE, *H264, "-c:a", "aac")
    (path,) = repaint_films(run, source, in_church(), Told())
    assert path == run.absolute() / "artifacts" / "again" / "clip--church" / "film.mp4"
    told, before = probe(path), probe(source)
    video = told["video"]
    assert (video["codec_name"], video["pix_fmt"], video["color_space"]) == ("h264", "yuv420p", "bt709")
    assert (video["r_frame_rate"], video["avg_frame_rate"]) == ("30000/1001", "30000/1001")
    assert (video["width"], video["height"], int(video["nb_read_frames"])) == (64, 48, 12)
    assert told["audio"]["codec_name"] == "aac"
    for key in ("nb_read_frames", "bit_rate", "sample_rate"):
        assert told["audio"][key] == before["audio"][key]
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert str(tmp_path).encode() not in data
    assert json.loads(told["format"]["tags"]["comment"])["style"] == "church"
    assert sorted(one.name for one in path.parent.iterdir()) == [".recipe.json", "film.json", "film.mp4", "poster.webp"]


@needs_ffprobe
def test_every_style_has_a_film_of_its_own(run: Path, tmp_path: Path):
    source = film(tmp_path / "clip.mp4", *H264, frames=3)
    one, other = repaint_films(run, source, RepaintOptions("again", long_side_px=33), Told())
    assert [path.parent.name for path in (one, other)] == ["clip--bridge", "clip--church"]
    told = probe(one)
    assert "audio" not in told
    assert (told["video"]["width"], told["video"]["height"]) == (34, 26)  # 33×25, made even
    assert one.read_bytes() != other.read_bytes()


@needs_ffprobe
def test_sound_that_mp4_does_not_hold_becomes_aac(run: Path, tmp_path: Path):
    source = film(tmp_path / "clip.mkv", *TONE, "-c:v", "ffv1", "-c:a", "pcm_s16le")
    (path,) = repaint_films(run, source, in_church(), Told())
    sound = probe(path)["audio"]
    assert sound["codec_name"] == "aac"
    assert float(sound["duration"]) == pytest.approx(0.4, abs=0.05)


@needs_ffprobe
def test_sound_that_begins_later_than_the_frames_of_a_broadcast_does_so_in_the_repainted_film(
    run: Path, tmp_path: Path
):
    clip = film(tmp_path / "clip.mp4", *TONE, *H264, "-c:a", "aac")
    late = tmp_path / "late.ts"
    later = ("-i", str(clip), "-itsoffset", "0.2", "-i", str(clip), "-map", "0:v", "-map", "1:a", "-c", "copy")
    subprocess.run([FFMPEG, "-v", "error", *later, str(late)], check=True)
    (path,) = repaint_films(run, late, in_church(), Told())
    told, before = probe(path), probe(late)
    waits = float(before["audio"]["start_time"]) - float(before["video"]["start_time"])
    assert waits == pytest.approx(0.2, abs=0.03)
    assert float(told["audio"]["start_time"]) == pytest.approx(waits, abs=0.001)
    assert float(told["video"]["start_time"]) == 0


@needs_ffprobe
def test_a_rotated_film_is_repainted_upright(run: Path, tmp_path: Path):
    lying = film(tmp_path / "lying.mp4", *H264, frames=3)
    turned = tmp_path / "turned.mp4"
    turn = ("-display_rotation:v:0", "90", "-i", str(lying), "-c", "copy", str(turned))
    subprocess.run([FFMPEG, "-v", "error", *turn], check=True)
    (path,) = repaint_films(run, turned, in_church(), Told())
    video = probe(path)["video"]
    assert (video["width"], video["height"]) == (48, 64)
    assert not video.get("side_data_list")


@needs_ffprobe
def test_a_varying_rate_becomes_constant(run: Path, tmp_path: Path):
    gaps = ("-vf", "select='not(between(n,3,5))'", "-fps_mode", "vfr")
    source = film(tmp_path / "clip.mkv", *gaps, *H264, source="testsrc2=size=64x48:rate=25", frames=9)
    (path,) = repaint_films(run, source, in_church(), Told())
    video = probe(path)["video"]
    assert video["r_frame_rate"] == video["avg_frame_rate"] == "25/1"
    assert int(video["nb_read_frames"]) == 12


def test_transparency_of_a_film_is_not_looked_at(run: Path, tmp_path: Path):
    opaque, clear = (
        film(tmp_path / f"{alpha}.mov", "-vf", f"format=argb,colorchannelmixer=aa={alpha}", "-c:v", "qtrle", frames=3)
        for alpha in (1, 0.3)
    )
    (one,), (other,) = (repaint_films(run, source, in_church(smooth=0), Told()) for source in (opaque, clear))
    difference = frames_of(one, 64, 48).astype(int) - frames_of(other, 64, 48)
    assert np.abs(difference).mean() < 1


def test_an_interrupted_film_goes_on_and_ends_as_if_nothing_had_happened(run: Path, tmp_path: Path):
    source = film(tmp_path / "clip.mp4", *H264, frames=SEGMENT_FRAMES + 8)
    options = in_church(long_side_px=32)
    with pytest.raises(InterruptedRun, match=f"{SEGMENT_FRAMES} of {SEGMENT_FRAMES + 8} frames kept"):
        repaint_films(run, source, options, Told(stop_at=SEGMENT_FRAMES + 3))
    segments = run / "artifacts/again/clip--church/segments"
    assert len(frames_of(segments / "00000.mp4", 32, 24)) == SEGMENT_FRAMES
    (path,) = repaint_films(run, source, options, Told())
    assert len(frames_of(path, 32, 24)) == SEGMENT_FRAMES + 8
    assert not segments.exists()
    interrupted = path.read_bytes()
    shutil.rmtree(path.parent)
    (path,) = repaint_films(run, source, options, Told())
    assert path.read_bytes() == interrupted


def test_a_finished_film_stays_whatever_else_is_repainted(run: Path, tmp_path: Path):
    source = film(tmp_path / "clip.mp4", *H264, frames=4)
    (tmp_path / "holiday").mkdir()
    namesake = film(tmp_path / "holiday" / "clip.mp4", *H264, frames=3)
    (path,) = repaint_films(run, source, in_church(), Told())
    written = path.read_bytes(), path.stat().st_mtime_ns
    assert repaint_films(run, source, in_church(), Told()) == [path]
    (smoother,) = repaint_films(run, source, in_church(smooth=0.9), Told())
    (other,) = repaint_films(run, namesake, in_church(), Told())
    assert [one.relative_to(run.absolute()).parts[1] for one in (smoother, other)] == ["again-2", "again-3"]
    assert (path.read_bytes(), path.stat().st_mtime_ns) == written
    second = film(tmp_path / "walk.mp4", *H264, frames=3)
    assert repaint_films(run, second, in_church(), Told()) == [path.parents[1] / "walk--church" / "film.mp4"]


def test_what_is_no_film_is_a_clear_error(run: Path, tmp_path: Path):
    words = tmp_path / "words.mp4"
    words.write_text("no film", encoding="utf-8")
    sound = tmp_path / "sound.mp3"
    subprocess.run([FFMPEG, "-v", "error", *TONE, str(sound)], check=True)
    for path, said in (
        (tmp_path / "nowhere.mp4", "no such film"),
        (words, "no film that ffmpeg reads"),
        (sound, "no moving pictures"),
    ):
        with pytest.raises(DataError, match=said):
            repaint_films(run, path, in_church(), Told())


# --- the command, and the stylist itself


@pytest.mark.usefixtures("photos")
def test_the_command_repaints_and_says_where(run: Path, tmp_path: Path):
    desk = Desk(tmp_path)
    film(tmp_path / "clip.mp4", *H264, frames=2)
    words = ("--pictures", "my photos", "--film", "clip.mp4", "--style", "church", "--smooth", "0.3")
    said = desk.artgen("render", "tiny", *words)
    assert "broken.jpg is left out" in said
    assert (run / "artifacts/render/astronaut--church.png").is_file()
    assert (run / "artifacts/render/clip--church/film.mp4").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--style", "church"), "--style goes with --pictures or --film"),
        (("--film", "clip.mp4", "--seeds", "1"), "--seeds does not go with"),
        (("--pictures", "photos", "--smooth", "0.5"), "--smooth goes with --film"),
    ],
)
def test_options_of_no_effect_are_refused(words: tuple[str, ...], said: str):
    result = CliRunner().invoke(render, ["runs/tiny", *words])
    assert result.exit_code == 2
    assert said in result.output


def test_a_run_without_a_stylizer_says_so(desk: Desk):
    (job,) = read_job(desk.job)
    with pytest.raises(ArtgenError, match="no network that repaints") as caught:
        open_stylist(job, Checkpoint(desk.folder, {}))
    assert "stylizer" in caught.value.hint


@pytest.mark.parametrize(("height", "width"), [(33, 18), (64, 48), (5, 40), (1, 1)])
def test_a_picture_of_any_size_is_repainted_the_same_every_time(height: int, width: int):
    shape = PictureShape(32, 32, 3, classes=2)
    stylist = Stylist(Stylizer(StylizerConfig(width=4, blocks=1), shape), shape, styles=("a", "b"))
    picture = torch.rand(2, 3, height, width) * 2 - 1
    painted = stylist.repaint(picture, 1)
    assert painted.shape == picture.shape
    assert painted.abs().max() <= 1
    assert torch.equal(painted, stylist.repaint(picture, 1))


def test_the_memory_for_a_picture_is_foretold():
    shape = PictureShape(32, 32, 3)
    stylist = Stylist(Stylizer(StylizerConfig(width=4, blocks=1), shape), shape)
    with PeakBytes() as counted:
        stylist.repaint(torch.zeros(1, 3, 200, 400))
    assert 0.9 * counted.peak < stylist.bytes_per_pixel * 200 * 400 < 1.2 * counted.peak


def test_a_picture_that_is_too_large_for_the_memory_names_the_way_out():
    class TooLarge(nn.Module):
        def forward(self, pictures: Tensor, label: Tensor | None = None) -> Tensor:
            return pictures.new_empty(2**60)  # torch's own words about what is not there

    with pytest.raises(ArtgenError, match="not enough memory to repaint 24×16 pixels") as caught:
        Stylist(TooLarge(), PictureShape(32, 32, 3)).repaint(torch.zeros(1, 3, 16, 24))
    assert "--size" in caught.value.hint
