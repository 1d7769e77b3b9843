from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from artgen.contracts import PictureShape
from artgen.errors import ArtgenError, InterruptedRun
from artgen.outputs.config import ImagesConfig, PaintedConfig, SheetConfig
from artgen.outputs.films.config import InterpolationConfig
from artgen.outputs.films.interpolation import Interpolation
from artgen.outputs.stills.images import Images, save_picture, save_png
from artgen.outputs.stills.progress_sheet import write_progress_sheet
from artgen.outputs.stills.sheet import Sheet
from artgen.outputs.writing import BackgroundWriter
from artgen.runs.store import Run
from tests.outputs.conditional import CLASSES, conditional_sampler
from tests.outputs.networks import sampler

SHAPES = [PictureShape(16, 16, 3), PictureShape(32, 24, 4), PictureShape(48, 16, 1)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_seed_is_the_same_picture_in_files_on_sheets_and_from_the_sampler(shape: PictureShape, run: Run) -> None:
    source = sampler(shape=shape)
    Images(ImagesConfig(seeds="3,7,12"), "images").write(source, run)
    config = SheetConfig(seeds="5-8", columns=2, tile_px=max(shape.width, shape.height), labels=False, title="none")
    (sheet,) = Sheet(config, "sheet").write(source, run)
    picture = next(source.at_seeds([7]))

    with Image.open(run.folder / "artifacts" / "images" / "seed-000007.png") as image:
        assert image.mode == {1: "L", 3: "RGB", 4: "RGBA"}[shape.channels]
        assert np.array_equal(np.asarray(image).reshape(picture.shape), picture)
        shown = Image.new("RGB", image.size, "#fbfaf7")
        shown.paste(image, (0, 0), image if image.mode == "RGBA" else None)
    with Image.open(run.folder / sheet.path) as page:
        pixels, tile = np.asarray(page), np.asarray(shown)
    height, width = tile.shape[:2]
    places = np.lib.stride_tricks.sliding_window_view(pixels, tile.shape)[:, :, 0]
    found = [(y, x) for y, x in np.argwhere((places == tile).all(axis=(2, 3, 4)))]
    assert len(found) == 1
    assert found[0][0] > height  # the third of four is in the second row
    assert found[0][1] < width * 1.6  # and on the left


@pytest.mark.parametrize("form", ["png", "tiff", "jpeg", "webp", "avif"])
def test_colours_are_said_to_be_srgb_and_the_size_in_print_is_kept(form: Any, run: Run) -> None:
    for shape in SHAPES:
        Images(ImagesConfig(seeds="7", format=form, dpi=300), form).write(sampler(shape=shape), run)
        with Image.open(run.folder / f"artifacts/{form}/seed-000007.{form}") as image:
            profile = image.info.get("icc_profile")
            if shape.channels > 1:
                named = ImageCms.ImageCmsProfile(io.BytesIO(profile))
                assert "sRGB" in ImageCms.getProfileDescription(named)
            else:
                assert not profile, "a profile of three channels is none for greys"
            dpi = image.info.get("dpi") or (image.getexif().get(282),) * 2
            assert [float(one) for one in dpi] == pytest.approx([300, 300], abs=0.1)


def test_pictures_say_how_they_were_made_and_never_where(run: Run) -> None:
    Images(ImagesConfig(seeds=7, truncation=0.7), "images").write(sampler(), run)
    path = run.folder / "artifacts" / "images" / "seed-000007.png"
    with Image.open(path) as image:
        text = image.text  # type: ignore[attr-defined]
    recipe = json.loads(text["artgen"])
    assert recipe["seed"] == 7
    assert recipe["truncation"] == 0.7
    assert recipe["checkpoint"] == {"sha256": "ab" * 32, "step": 10, "images": 320}
    assert recipe["settings"]["generator"] == {"type": "dcgan", "latent": 12}
    assert "seed 7" in text["Description"]
    assert text["Software"].startswith("artgen ")
    for secret in (b"somebody", b"secret", str(run.folder).encode()):
        assert secret not in path.read_bytes()
    assert path.read_bytes().index(b"artgen") < path.read_bytes().index(b"IDAT")


def test_pictures_can_carry_the_seed_alone_or_nothing(run: Run) -> None:
    told = {}
    for metadata in ("seed", "none"):
        Images(ImagesConfig(seeds=7, metadata=metadata), metadata).write(sampler(), run)
        with Image.open(run.folder / "artifacts" / metadata / "seed-000007.png") as image:
            told[metadata] = dict(image.text)  # type: ignore[attr-defined]
    assert json.loads(told["seed"]["artgen"]) == {"seed": 7}
    assert told["none"] == {}


def test_finished_pictures_stay_until_the_checkpoint_changes(open_run: Callable[..., Run]) -> None:
    def times(run: Run) -> list[int]:
        artifacts = Images(ImagesConfig(seeds="0-3"), "images").write(sampler(), run)
        return [(run.folder / artifact.path).stat().st_mtime_ns for artifact in artifacts]

    first = times(open_run())
    assert times(open_run()) == first
    assert all(new != old for new, old in zip(times(open_run(sha256="cd" * 32)), first, strict=True))


def test_an_interrupted_set_goes_on_and_ends_as_if_nothing_happened(open_run: Callable[..., Run]) -> None:
    config, source = ImagesConfig(seeds="0-19"), sampler()
    run = open_run()
    folder = run.folder / "artifacts" / "images"
    asked = iter(range(100))
    run.interrupted = lambda: next(asked) >= 10
    with pytest.raises(InterruptedRun):
        Images(config, "images").write(source, run)
    half = {path.name: path.read_bytes() for path in folder.glob("*.png")}
    assert len(half) == 10
    assert not list(folder.glob(".*part*"))

    Images(config, "images").write(source, open_run())
    Images(config, "whole").write(source, open_run())
    resumed = {path.name: path.read_bytes() for path in folder.glob("*.png")}
    whole = {path.name: path.read_bytes() for path in (run.folder / "artifacts" / "whole").glob("*.png")}
    assert resumed == whole
    assert len(whole) == 20
    assert all(resumed[name] == data for name, data in half.items())


def test_what_cannot_be_written_is_an_error_with_its_place_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "seed.png").mkdir()
    with pytest.raises(ArtgenError, match="cannot be written") as error:
        save_png(next(sampler().at_seeds([1])), tmp_path / "seed.png", {})
    assert error.value.where.endswith("seed.png")
    assert [path.name for path in tmp_path.iterdir()] == ["seed.png"]


@pytest.mark.parametrize(("form", "longest"), [("jpeg", 65_500), ("webp", 16_383)])
def test_a_format_that_has_no_room_for_so_long_a_picture_says_so(form: str, longest: int, tmp_path: Path) -> None:
    save_picture(np.zeros((1, longest, 3), np.uint8), tmp_path / f"a.{form}", {})
    with pytest.raises(ArtgenError, match=f"{form} has room for {longest} on a side"):
        save_picture(np.zeros((1, longest + 1, 3), np.uint8), tmp_path / f"b.{form}", {})
    assert [file.name for file in tmp_path.iterdir()] == [f"a.{form}"]


def test_an_exception_in_the_background_reaches_the_caller_and_stops_the_work() -> None:
    done = []

    def work(number: int) -> None:
        if number == 3:
            raise ArtgenError("no room")
        done.append(number)

    def many() -> None:
        with BackgroundWriter(waiting=2) as writer:
            for number in range(1000):
                writer.submit(work, number)

    with pytest.raises(ArtgenError, match="no room"):
        many()
    assert done == [0, 1, 2]


def test_a_sheet_shows_seeds_and_says_so(run: Run) -> None:
    (sheet,) = Sheet(SheetConfig(seeds="0-11"), "sheet").write(sampler(), run)
    with Image.open(run.folder / sheet.path) as page:
        assert page.size == (sheet.details["width"], sheet.details["height"])
        assert page.width > page.height  # 4 × 3
        assert json.loads(page.text["artgen"])["seeds"] == "0-11"  # type: ignore[attr-defined]
    assert run.artifacts() == [sheet]


def test_a_sheet_that_would_not_fit_in_memory_says_what_to_change(run: Run) -> None:
    with pytest.raises(ArtgenError, match="megapixels") as error:
        Sheet(SheetConfig(seeds="0-99999", tile_px=512), "sheet").write(sampler(), run)
    assert "tile_px" in error.value.hint


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_progress_sheet_is_a_grid_with_clear_gaps(shape: PictureShape, tmp_path: Path) -> None:
    write_progress_sheet(tmp_path / "x.webp", sampler(shape=shape).at_seeds(range(9)))
    with Image.open(io.BytesIO((tmp_path / "x.webp").read_bytes())) as page:
        assert page.format == "WEBP"
        assert page.mode == "RGBA"
        assert page.width * page.height >= 9 * shape.width * shape.height


def of_class(model: type[PaintedConfig], name: str, **options: Any) -> Any:
    return model.model_validate({"class": name, **options})


def test_pictures_of_a_class_are_those_of_the_sampler_and_say_so(run: Run) -> None:
    source = conditional_sampler()
    artifacts = Images(of_class(ImagesConfig, "dogs", seeds="0-5"), "dogs").write(source, run)
    for artifact, picture in zip(artifacts, source.at_seeds(range(6), label=1), strict=True):
        with Image.open(run.folder / artifact.path) as image:
            assert np.array_equal(np.asarray(image), picture)
            text = image.text  # type: ignore[attr-defined]
        assert artifact.details["class"] == "dogs"
        assert json.loads(text["artgen"])["class"] == "dogs"
        assert ", class dogs, from" in text["Description"]


def test_without_a_class_each_seed_has_its_own_and_says_so(run: Run) -> None:
    source = conditional_sampler()
    artifacts = Images(ImagesConfig(seeds="0-5"), "mixed").write(source, run)
    told = [artifact.details["class"] for artifact in artifacts]
    assert told == [CLASSES[source.label_of(seed) or 0] for seed in range(6)]
    assert len(set(told)) > 1


def test_what_has_no_classes_tells_of_none(run: Run) -> None:
    (artifact,) = Images(ImagesConfig(seeds=3), "images").write(sampler(), run)
    assert "class" not in artifact.details
    with Image.open(run.folder / artifact.path) as image:
        text = image.text  # type: ignore[attr-defined]
    assert "class" not in json.loads(text["artgen"])
    assert "class" not in text["Description"]


def test_another_class_is_painted_anew(run: Run) -> None:
    def written(name: str) -> bytes:
        (artifact,) = Images(of_class(ImagesConfig, name, seeds=3), "images").write(conditional_sampler(), run)
        return (run.folder / artifact.path).read_bytes()

    assert written("cats") != written("dogs")


def test_a_sheet_names_classes_as_far_as_there_is_room(run: Run) -> None:
    def written(output: str, **options: Any) -> bytes:
        (sheet,) = Sheet(SheetConfig(seeds="0-5", tile_px=64, **options), output).write(source, run)
        with Image.open(run.folder / sheet.path) as page:
            return page.tobytes()

    source = conditional_sampler()
    named = written("named")
    source.classes = ("cats", "dogs", "very long named poodles")  # what does not fit is not shown
    assert written("shortened") == named
    source.classes = ("cats", "cows", "very long named poodles")
    assert written("other") != named
    assert written("unlabelled", labels=False) != named


@pytest.mark.parametrize(
    ("output", "config"), [(Images, ImagesConfig), (Sheet, SheetConfig), (Interpolation, InterpolationConfig)]
)
def test_an_unknown_class_is_an_error_that_names_those_there_are(output: Any, config: Any, run: Run) -> None:
    with pytest.raises(ArtgenError, match="'dog' is no class") as caught:
        output(of_class(config, "dog"), "some").write(conditional_sampler(), run)
    assert caught.value.where == "outputs.some.class"
    assert caught.value.hint == "Did you mean 'dogs'? There are: cats, dogs, very long named whippets"
    with pytest.raises(ArtgenError, match="this generator knows none") as caught:
        output(of_class(config, "dog"), "some").write(sampler(), run)
    assert "[data] classes = true" in caught.value.hint


def test_a_film_of_a_class_tells_it(run: Run) -> None:
    config = of_class(InterpolationConfig, "cats", seconds=0.1, seeds="0-1")
    (film,) = Interpolation(config, "film").write(conditional_sampler(), run)
    assert film.details["class"] == "cats"
