"""What a stylizer shows: photographs that it was taught on, in every style."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from artgen.contracts import PictureShape
from artgen.data.artwork import read_artwork
from artgen.engine.stylist import Stylist
from artgen.errors import ArtgenError, DataError
from artgen.generators.config import StylizerConfig
from artgen.generators.stylizer import Stylizer
from artgen.job import read_job
from artgen.job.kept.lock import lock_data
from artgen.latents.sampler import to_bytes
from artgen.outputs import repainted
from artgen.outputs.config import GalleryConfig, ImagesConfig, SheetConfig
from artgen.outputs.gallery import Gallery
from artgen.outputs.repainted import Repainted, open_repainted
from artgen.outputs.stills.images import Images
from artgen.outputs.stills.sheet import Sheet
from artgen.runs.checkpoints import CheckpointInfo
from artgen.runs.store import Run
from tests.data.sample_pictures import PICTURES
from tests.tiny_stylizer import TINY_STYLIZER

STYLES = ("church-at-auvers", "langlois-bridge")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three photographs of different shapes, one half transparent, one in a folder of its own, and a broken one."""
    folder = tmp_path / "secret photos"
    (folder / "trip").mkdir(parents=True)
    with Image.open(PICTURES / "astronaut.jpg") as image:
        image.crop((0, 40, 256, 200)).resize((64, 40)).save(folder / "astronaut.jpg", quality=95)
        clear = image.resize((30, 48)).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    clear.save(folder / "trip" / "astronaut.png")
    with Image.open(PICTURES / "coffee.jpg") as image:
        image.resize((72, 48)).save(folder / "coffee.png")
    (folder / "broken.jpg").write_bytes((PICTURES / "coffee.jpg").read_bytes()[:3000])
    return folder


@pytest.fixture
def open_works(photos: Path, tmp_path: Path) -> Callable[..., tuple[Run, Repainted]]:
    """Open the same run with other weights, or the weights as they were."""
    job_file = tmp_path / "tiny.toml"
    text = TINY_STYLIZER.format(pictures=PICTURES.as_posix())
    job_file.write_text(text.replace(f'folder = "{PICTURES.as_posix()}"', f'folder = "{photos.name}"'))
    (job,) = read_job(job_file)
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copy(job_file, folder / "job.toml")

    def opened(seed: int = 1) -> tuple[Run, Repainted]:
        torch.manual_seed(seed)
        shape = PictureShape(32, 32, 3, classes=2)
        network = Stylizer(StylizerConfig(width=4, blocks=1), shape)
        for parameter in network.parameters():  # untrained, all its styles are one
            parameter.data.add_(0.3 * torch.randn_like(parameter))
        stylist = Stylist(network, shape, styles=STYLES)
        checkpoint = CheckpointInfo(folder / "checkpoints" / "00000010", 10, 3000, f"{seed:064x}", {})
        run = Run(folder, job.name, job, lock_data(job, folder), checkpoint)
        return run, open_repainted(run, stylist)

    return opened


Open = Callable[..., tuple[Run, Repainted]]


def write_images(run: Run, works: Repainted, **options: object) -> list[Path]:
    artifacts = Images(ImagesConfig(**options), "images").write(works, run)
    return [run.folder / artifact.path for artifact in artifacts]


def test_every_photograph_that_can_be_read_is_shown_in_every_style(open_works: Open, photos: Path) -> None:
    run, works = open_works()
    files = write_images(run, works)
    names = ("astronaut", "coffee", "trip_astronaut")
    assert [path.stem for path in files] == [f"{name}--{style}" for name in names for style in STYLES]
    for path, pixels in zip(files, works.pixels(works.works), strict=True):
        with Image.open(path) as image:
            assert np.array_equal(np.asarray(image), pixels)
    with Image.open(files[0]) as one, Image.open(files[1]) as other, Image.open(files[4]) as clear:
        assert one.size == other.size == (64, 40)
        assert not np.array_equal(np.asarray(one), np.asarray(other))
        assert (clear.mode, clear.size) == ("RGBA", (30, 48))
        with Image.open(photos / "trip" / "astronaut.png") as before:
            assert np.array_equal(np.asarray(clear)[..., 3], np.asarray(before)[..., 3])


def test_a_work_is_what_the_stylist_makes_of_the_photograph(open_works: Open, photos: Path) -> None:
    _, works = open_works()
    (pixels,) = works.pixels([works.works[3]])
    photograph = read_artwork(photos / "coffee.png")
    painted = works._stylist.repaint(photograph.at(photograph.width, photograph.height), 1)
    assert np.array_equal(pixels, to_bytes(painted)[0].numpy())


def test_large_photographs_are_shown_smaller_and_of_many_the_first(
    open_works: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repainted, "LONGEST_SIDE_PX", 36)
    monkeypatch.setattr(repainted, "MOST_PHOTOGRAPHS", 2)
    _, works = open_works()
    assert [work.label[0] for work in works.works[::2]] == ["astronaut", "coffee"]
    assert [(work.width, work.height) for work in works.works[::2]] == [(36, 22), (36, 24)]


def test_files_follow_the_weights_and_the_photographs(open_works: Open, photos: Path) -> None:
    def times() -> list[int]:
        return [path.stat().st_mtime_ns for path in write_images(*open_works())]

    first = times()
    assert times() == first
    assert write_images(*open_works(seed=2))[0].stat().st_mtime_ns != first[0]
    second = times()
    with Image.open(photos / "coffee.png") as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(photos / "coffee.png")
    assert times() != second


def test_a_picture_says_how_it_was_painted_and_never_from_where(open_works: Open) -> None:
    run, works = open_works()
    path = write_images(run, works)[3]
    with Image.open(path) as image:
        text = image.text  # type: ignore[attr-defined]
    recipe = json.loads(text["artgen"])
    assert (recipe["style"], recipe["size"]) == ("langlois-bridge", [72, 48])
    assert (recipe["checkpoint"]["sha256"], len(recipe["picture"]["sha256"])) == (f"{1:064x}", 64)
    assert text["Description"] == "coffee repainted like langlois-bridge, from tiny"
    for secret in (b"secret", b".jpg", b"coffee.png", str(run.folder).encode()):
        assert secret not in path.read_bytes()


def test_the_sheet_has_the_photographs_at_its_heads(open_works: Open, photos: Path) -> None:
    run, works = open_works()
    painted = {work: list(works.pixels([work])) for work in works.works}
    works.pixels = lambda wanted: (pixels for work in wanted for pixels in painted[work])  # type: ignore[method-assign]

    def page(output: str) -> np.ndarray:
        (sheet,) = Sheet(SheetConfig(labels=False, title="none"), output).write(works, run)
        with Image.open(run.folder / sheet.path) as image:
            return np.asarray(image.convert("RGB"))

    whole = page("whole")
    (photos / "coffee.png").rename(photos / "elsewhere.png")
    rows, columns = np.nonzero((whole != page("without")).any(axis=2))
    head = whole[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    with Image.open(photos / "elsewhere.png") as image:
        original = np.asarray(image.convert("RGB").resize(head.shape[1::-1], Image.Resampling.LANCZOS), float)
    assert np.abs(head - original).mean() < 3


def test_the_page_tells_of_repaintings_and_of_the_training(open_works: Open) -> None:
    run, works = open_works()
    rows = [{"step": step, "images": step * 300, "loss/generator": 9.0 / step} for step in (1, 5, 10)]
    run.metrics_file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    Image.new("RGB", (9, 9)).save(run.artifact_folder("progress") / "00000010.webp")
    Gallery(GalleryConfig(), "gallery").write(works, run)
    text = (run.folder / "index.html").read_text(encoding="utf-8")
    assert "6 pictures, long side up to 72 pixels, colour with transparency" in text
    assert "stylizer, after 3,000 training pictures" in text
    assert text.count('["Style","langlois-bridge"]') == 3
    assert text.count(">Losses<") == 1
    assert "The same pictures over time" in text
    shown = re.sub(r"<(style|script)\b.*?</\1>", "", text, flags=re.DOTALL).partition("<h3>The job</h3>")[0]
    for absent in ("seed", "Seed", "two networks", "Nearest"):
        assert absent not in shown.replace('class="seed"', "")
    assert "<dd>32 × 32</dd>" not in text
    assert str(run.folder) not in text


def test_what_a_stylizer_has_not_is_refused(open_works: Open, photos: Path) -> None:
    run, works = open_works()
    for options in ({"seeds": "0-7"}, {"depth": 16}, {"truncation": 0.5}):
        with pytest.raises(ArtgenError) as caught:
            write_images(run, works, **options)
        assert caught.value.where == f"outputs.images.{next(iter(options))}"
    for path in photos.glob("**/*.[jp]*"):
        path.unlink()
    with pytest.raises(DataError, match="no picture here that can be read"):
        open_works()
