"""Posters: sizes to the pixel, what stands where, and how pictures are enlarged."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageDraw, ImageFont

from artgen.contracts import PictureShape
from artgen.errors import ArtgenError, DataError
from artgen.job import read_job
from artgen.outputs.finished import open_finished
from artgen.outputs.stills.config import PosterConfig, Signature
from artgen.outputs.stills.letters.lettering import lettering, letters_missing
from artgen.outputs.stills.letters.machine_fonts import font_with
from artgen.outputs.stills.light import to_bytes, to_light
from artgen.outputs.stills.poster.ink import lefts_on_line
from artgen.outputs.stills.poster.layout import layout_of
from artgen.outputs.stills.poster.lengths import inches, pixels
from artgen.outputs.stills.poster.poster import Poster
from artgen.outputs.stills.resample import squares, strips
from artgen.reuse.larger_canvas import larger_canvas
from artgen.runs.checkpoints import sha256_of
from artgen.runs.store import Run
from tests.data.sample_pictures import PICTURES
from tests.outputs.networks import sampler
from tests.outputs.painted import canvas_run, paint_all
from tests.tiny_job import TINY_JOB

SMALL = {"width": "60mm", "height": "90mm", "margin": "6mm", "dpi": 100}


def poster(run: Run, source: object = None, **options: object) -> Image.Image:
    config = PosterConfig.model_validate({**SMALL, **options})
    (artifact,) = Poster(config, "poster", larger_canvas).write(source or sampler(), run)  # type: ignore[arg-type]
    with Image.open(run.folder / artifact.path) as image:
        image.load()
        assert image.size == (artifact.details["width"], artifact.details["height"])
        return image


def signature_file(folder: Path, *, transparent: bool) -> Path:
    image = Image.new("RGBA", (300, 120), (255, 255, 255, 0 if transparent else 255))
    ImageDraw.Draw(image).rectangle((40, 30, 259, 89), fill=(0, 0, 160, 255))
    path = folder / f"signature-{transparent}.png"
    image.save(path)
    return path


@pytest.mark.parametrize(
    ("width", "height", "dpi", "size"),
    [
        ("594mm", "841mm", 300, (7016, 9933)),
        ("297 mm", "420 mm", 300, (3508, 4961)),
        ("8.5in", "11in", 300, (2550, 3300)),
        ("21cm", "29.7cm", 72, (595, 842)),
    ],
)
def test_paper_has_its_size_to_the_pixel(width: str, height: str, dpi: int, size: tuple[int, int]):
    layout = layout_of(PosterConfig(width=width, height=height, dpi=dpi), [(64, 64)])
    assert layout.size == layout.trim.size == size


def test_bleed_and_marks_come_on_top_of_the_paper():
    config = PosterConfig.model_validate({**SMALL, "bleed": "3mm", "crop_marks": True})
    layout = layout_of(config, [(16, 16)])
    edge = pixels("3mm", 100) + pixels("8mm", 100)
    assert layout.trim.size == (236, 354)
    assert layout.size == (236 + 2 * edge, 354 + 2 * edge)


def test_letters_of_less_than_a_pixel_are_refused(tmp_path: Path):
    file = signature_file(tmp_path, transparent=True)
    for options in ({"text_height": "0mm"}, {"signature": {"picture": file, "height": "0.1mm"}, "dpi": 72}):
        with pytest.raises(ValueError, match="less than a pixel"):
            PosterConfig.model_validate(options)


def test_a_length_without_a_unit_is_refused():
    assert inches("25.4mm") == inches("2.54cm") == inches("1in") == 1
    for wrong in ("30", "3 feet", "-3mm", "mm"):
        with pytest.raises(ValueError, match="is no length"):
            PosterConfig(width=wrong)
    with pytest.raises(ValueError, match="leaves no room"):
        PosterConfig(width="50mm", margin="24mm")


@pytest.mark.parametrize("form", ["png", "tiff", "jpeg"])
def test_a_poster_tells_its_resolution_its_colours_and_how_it_was_made(form: str, run: Run):
    image = poster(run, format=form, title="One", metadata="full")
    assert image.size == (236, 354)
    assert [round(float(side)) for side in image.info["dpi"]] == [100, 100]
    profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    assert "sRGB" in ImageCms.getProfileDescription(profile)
    data = next((run.folder / "artifacts" / "poster").glob("poster.*")).read_bytes()
    assert b"artgen" in data
    assert b"Poster of 1 generated pictures" in data
    if form == "png":
        recipe = json.loads(image.text["artgen"])  # type: ignore[attr-defined]
        assert recipe["seeds"] == "0"
        assert recipe["page"] == {"type": "poster", **SMALL, "title": "One"}


def test_a_crisp_picture_is_the_one_of_its_seed_in_squares(run: Run):
    source = sampler()
    layout = layout_of(PosterConfig.model_validate(SMALL), [(16, 16)])
    (place,) = layout.pictures
    image = np.asarray(poster(run, source, seeds="5", enlarge="crisp"))
    shown = image[place.upper : place.lower, place.left : place.right]
    picture = next(source.at_seeds([5]))
    centres = [round((n + 0.5) * shown.shape[0] / 16) for n in range(16)]
    assert np.array_equal(shown[np.ix_(centres, centres)], picture)
    paper = image.copy()
    paper[place.upper : place.lower, place.left : place.right] = 255
    assert (paper == 255).all()
    assert place.size[0] == place.size[1] == 236 - 2 * pixels("6mm", 100)


def test_without_a_margin_a_cropped_picture_runs_over_the_edge(run: Run):
    config = PosterConfig.model_validate({**SMALL, "margin": "0mm", "fit": "cover", "bleed": "3mm"})
    (place,) = layout_of(config, [(16, 16)]).pictures
    bleed = pixels("3mm", 100)
    assert (place.left, place.upper, *place.size) == (0, 0, 236 + 2 * bleed, 354 + 2 * bleed)
    image = np.asarray(poster(run, margin="0mm", fit="cover", bleed="3mm", background="black"))
    assert (image.reshape(-1, 3).max(1) > 0).mean() > 0.95


@pytest.mark.parametrize("fit", ["contain", "cover"])
def test_without_a_margin_what_stands_under_the_picture_is_on_the_paper_that_is_left(fit: str):
    config = PosterConfig.model_validate({**SMALL, "margin": "0mm", "fit": fit, "bleed": "3mm", "title": "One"})
    layout = layout_of(config, [(16, 16)])
    gap = layout.line.upper - layout.pictures[0].lower
    assert gap > 0
    assert layout.trim.left + gap <= layout.line.left < layout.line.right <= layout.trim.right - gap
    assert layout.line.lower <= layout.trim.lower - gap
    if fit == "cover":
        assert layout.pictures[0].left == layout.pictures[0].upper == 0
        assert layout.pictures[0].right == layout.size[0]


def test_several_pictures_make_a_grid_that_fills_the_paper(run: Run):
    layout = layout_of(PosterConfig.model_validate(SMALL), [(16, 16)] * 6)
    assert len({place.left for place in layout.pictures}) == 2
    assert len({place.upper for place in layout.pictures}) == 3
    assert {place.size[0] - place.size[1] for place in layout.pictures} <= {-1, 0, 1}
    image = np.asarray(poster(run, seeds="0-5", background="#102030"))
    assert (image[2, 2] == (16, 32, 48)).all()


def test_crop_marks_point_at_the_corners_from_outside_the_bleed(run: Run):
    image = np.asarray(poster(run, crop_marks=True, bleed="2mm", background="red"))
    config = PosterConfig.model_validate({**SMALL, "bleed": "2mm", "crop_marks": True})
    layout = layout_of(config, [(16, 16)])
    printed = layout.trim.grown(layout.bleed)
    outside = image.copy()
    outside[printed.upper : printed.lower, printed.left : printed.right] = 255
    rows, columns = np.nonzero((outside == 0).all(-1))
    assert {layout.trim.left, layout.trim.right - 1} <= set(columns[rows < printed.upper].tolist())
    assert {layout.trim.upper, layout.trim.lower - 1} <= set(rows[columns < printed.left].tolist())
    assert ((outside == 0) | (outside == 255)).all()
    assert (image[layout.trim.upper - 1, layout.trim.left] == (255, 0, 0)).all()


@pytest.mark.parametrize("transparent", [True, False])
def test_a_signature_stands_under_the_picture_at_its_height_in_its_colour(transparent: bool, run: Run, tmp_path: Path):
    file = signature_file(tmp_path, transparent=transparent)
    signature = {"picture": file, "height": "5mm", "color": "#ff0000"}
    image = np.asarray(poster(run, signature=signature, edition="3/25", enlarge="crisp")).astype(int)
    config = PosterConfig.model_validate({**SMALL, "signature": signature, "edition": "3/25"})
    layout = layout_of(config, [(16, 16)])
    below = image[layout.line.upper : layout.line.lower]
    red = (below[..., 0] > 250) & (below[..., 1:] < 5).all(-1)
    rows, columns = np.nonzero(red)
    assert np.ptp(rows) + 1 == pytest.approx(pixels("5mm", 100), abs=1)
    assert columns.max() == pytest.approx(layout.line.right - 1, abs=1)
    assert (np.ptp(columns) + 1) / (np.ptp(rows) + 1) == pytest.approx(220 / 60, rel=0.1), "its paper is cut away"
    assert (below[:, : layout.line.left + 40].max(-1) < 120).any(), "the edition is at the left"


def test_a_signature_on_the_picture_keeps_its_own_colour(run: Run, tmp_path: Path):
    signature = {"picture": signature_file(tmp_path, transparent=True), "height": "4mm", "position": "top-left"}
    image = np.asarray(poster(run, signature=signature))
    (place,) = layout_of(PosterConfig.model_validate(SMALL), [(16, 16)]).pictures
    corner = image[place.upper : place.upper + 40, place.left : place.left + 90]
    assert (corner == (0, 0, 160)).all(-1).sum() > 100


def test_letters_have_their_accents_and_those_that_artgen_does_not_have_are_told(run: Run):
    texts = ("Café Müller — Łódź, 3×4", "Ελλάδα, Москва, Đặng")
    assert [letters_missing(text) for text in texts] == ["", ""]
    shapes = []
    for letter in "eéèêë":
        image = Image.new("L", (40, 40))
        lettering(30).write(image, (5, 5), letter, 255)
        shapes.append(image.tobytes())
    assert len({*shapes}) == 5
    with pytest.raises(ArtgenError, match="there is no '猫犬'") as caught:
        poster(run, title="猫 and 犬, 猫")
    assert caught.value.where == "outputs.poster.title"


def test_names_are_written_with_the_machines_fonts_where_artgen_has_no_such_letters():
    letters = "ՀայԱ"
    if not all(font_with(letter) for letter in letters):
        pytest.skip("no font of this machine has Armenian letters")

    def written(text: str, anchor: str = "ls") -> np.ndarray:
        image = Image.new("L", (160, 60))
        lettering(30).write(image, (0 if anchor == "ls" else 80, 40), text, 255, anchor)
        return np.asarray(image)

    box = written("\U000f0000")
    shapes = [written(letter) for letter in letters]
    assert len({shape.tobytes() for shape in (box, *shapes)}) == 5
    width = lettering(30).width
    assert width("seed Հա 7") == pytest.approx(width("seed ") + width("Հա") + width(" 7"), abs=0.5)
    mixed = written("nՀn")
    plain = written("n")
    end = int(width("n"))
    assert np.array_equal(mixed[:, : end - 1], plain[:, : end - 1])  # on the same line, and nothing else is moved
    assert mixed[:, end + 1 :].max() == 255
    at_right = written("nՀ", "rs").nonzero()[1]
    assert at_right.min() == pytest.approx(80 - width("nՀ"), abs=4)
    assert 74 <= at_right.max() <= 80
    assert font_with("א") is None  # it would be spelt the wrong way round


def test_a_poster_is_lettered_in_a_font_of_the_users(run: Run, tmp_path: Path):
    file = tmp_path / "aileron.ttf"
    file.write_bytes(ImageFont.load_default(20).path.getvalue())  # type: ignore[union-attr]
    assert letters_missing("Faces, three of 25", file) == ""
    own, other = (poster(run, title="Faces", font=font) for font in (None, file))
    assert own.tobytes() != other.tobytes()
    assert json.loads(other.text["artgen"])["page"]["font"] == {"sha256": sha256_of(file)}  # type: ignore[attr-defined]
    with pytest.raises(ArtgenError, match=r"the letters of aileron.ttf are others: there is no 'ГсЯ'"):
        poster(run, title="Faces Г сЯ", font=file)
    (tmp_path / "no.otf").write_text("nothing")
    with pytest.raises(DataError, match=r"no\.otf' is no font that can be read"):
        poster(run, title="II", font=tmp_path / "no.otf")


def test_a_signature_that_is_larger_than_its_picture_is_told(run: Run, tmp_path: Path):
    file = signature_file(tmp_path, transparent=True)
    with pytest.raises(ArtgenError, match=r"the signature takes \d+×\d+ pixels, which its picture does not"):
        poster(run, signature={"picture": file, "position": "top-left", "height": "80mm"})


def test_where_a_signature_lies_is_told_to_nobody(run: Run, tmp_path: Path):
    signature = {"picture": signature_file(tmp_path, transparent=True)}
    image = poster(run, signature=signature)
    told = image.text["artgen"]  # type: ignore[attr-defined]
    assert str(tmp_path) not in told
    assert len(json.loads(told)["page"]["signature"]["sha256"]) == 64


def test_a_line_that_does_not_fit_and_a_signature_that_is_none_are_errors(run: Run, tmp_path: Path):
    with pytest.raises(ArtgenError, match=r"takes \d+ pixels, and there are 188") as caught:
        poster(run, title="A title that is much too long for so narrow a piece of paper as this one")
    assert "text_height" in caught.value.hint
    (tmp_path / "no.png").write_text("nothing")
    with pytest.raises(DataError, match="no picture"):
        poster(run, signature={"picture": tmp_path / "no.png"})
    assert Signature(picture=tmp_path / "no.png").position == "below-right"


@pytest.mark.parametrize(
    "options", [{"seeds": "0-7", "columns": 8, "gap": "20mm"}, {"title": "Faces", "text_height": "90mm"}]
)
def test_where_no_room_is_left_for_pictures_the_poster_says_so(options: dict[str, object], run: Run):
    with pytest.raises(ArtgenError, match="no room") as caught:
        poster(run, **options)
    assert "gap" in caught.value.hint


def test_only_canvases_are_painted_again(run: Run):
    file = run.folder / "job.toml"
    file.write_text(TINY_JOB.format(pictures=PICTURES.as_posix()), encoding="utf-8")
    (run.job,) = read_job(file)
    with pytest.raises(ArtgenError, match="only canvases"):
        poster(run, enlarge="repaint")


def test_canvases_are_chosen_by_name_and_keep_their_transparency_over_the_paper(tmp_path: Path):
    run = canvas_run(tmp_path)
    paint_all(run)
    works = open_finished(run)
    image = poster(run, works, pictures=["fox--church-at-auvers"], background="lime")
    assert (np.asarray(image) == (0, 255, 0)).all(-1).mean() > 0.3
    recipe = json.loads(image.text["artgen"])  # type: ignore[attr-defined]
    assert [picture["content"] for picture in recipe["pictures"]] == ["fox"]
    with pytest.raises(ArtgenError, match="no picture 'wolf'") as caught:
        poster(run, works, pictures=["wolf"])
    assert "fox--church-at-auvers" in caught.value.hint


def test_strips_are_the_same_as_the_whole_at_once():
    light = np.random.default_rng(0).random((40, 30, 3), np.float32)
    for size in ((700, 5000), (17, 11), (60, 9)):
        parts = [strip for _, strip in strips(light, size, (1.5, 2.25, 28.5, 38.75))]
        whole = np.stack(
            [
                np.asarray(
                    Image.fromarray(light[..., one]).resize(size, Image.Resampling.LANCZOS, (1.5, 2.25, 28.5, 38.75))
                )
                for one in range(3)
            ],
            -1,
        )
        found = np.concatenate(parts)
        inside = (found > found.min()) & (found < found.max()) & (np.abs(found - whole) < 1e-5)
        assert found.shape == whole.shape
        assert inside.mean() > 0.5, "where no halo was taken off, it is Pillow's Lanczos"


def test_an_enlarged_edge_has_no_halo():
    light = np.zeros((8, 8, 1), np.float32)
    light[:, 4:] = 1
    light = 0.2 + 0.6 * light
    found = np.concatenate([strip for _, strip in strips(light, (400, 400), (0, 0, 8, 8))])
    assert found.min() == pytest.approx(0.2)
    assert found.max() == pytest.approx(0.8)
    assert (np.diff(found[200, :, 0]) >= -1e-6).all()


def test_sums_are_of_light():
    checks = (np.indices((32, 32)).sum(0) % 2 * 255).astype(np.uint8)[..., None]
    small = np.concatenate([strip for _, strip in strips(to_light(checks), (4, 4), (0, 0, 32, 32))])
    assert to_bytes(small)[1:3, 1:3].mean() == pytest.approx(188, abs=1), "half the light, not half the number"


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_light_goes_there_and_back(kind: type):
    levels = np.arange(256).astype(kind) * (257 if kind is np.uint16 else 1)
    assert np.array_equal(to_bytes(to_light(levels)), np.arange(256))
    unit = np.arange(256) / 255
    expected = [u / 12.92 if u <= 0.04045 else ((u + 0.055) / 1.055) ** 2.4 for u in unit]
    np.testing.assert_allclose(to_light(levels), expected, rtol=1e-6)


def test_squares_are_cut_at_whole_pixels():
    picture = np.arange(12).reshape(3, 4, 1)
    assert np.array_equal(squares(picture, (8, 6), (0, 0, 4, 3)), picture.repeat(2, 0).repeat(2, 1))


def test_transparent_pictures_lie_on_the_colour_of_the_paper(run: Run):
    image = np.asarray(poster(run, sampler(shape=PictureShape(16, 16, 4)), background="#336699", enlarge="crisp"))
    assert (image[5, 5] == (0x33, 0x66, 0x99)).all()


def test_a_title_stands_in_the_middle_and_makes_way_for_what_is_beside_it():
    assert lefts_on_line({"middle": 20}, 100, 4) == {"middle": 40}
    assert lefts_on_line({"left": 10, "middle": 20, "right": 10}, 100, 4) == {"left": 0, "middle": 40, "right": 90}
    lefts = lefts_on_line({"left": 10, "middle": 40, "right": 36}, 100, 4)
    assert (lefts["left"], lefts["right"]) == (0, 64)
    assert lefts["middle"] >= 10 + 4
    assert lefts["middle"] + 40 <= 64 - 4


def test_large_letters_take_no_more_pixels_than_they_have(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 400_000)  # Pillow refuses to write on more
    image = Image.new("L", (1200, 500), 255)
    lettering(300).write(image, (20, 400), "Faces", 0, "ls")
    ink = np.asarray(image) < 128
    assert 0.05 < ink.mean() < 0.2
    assert lettering(300).width("Faces") == pytest.approx(300 / 100 * lettering(100).width("Faces"), rel=0.02)
