from __future__ import annotations

import itertools
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from artgen.data.srgb import srgb_profile
from artgen.errors import ArtgenError
from artgen.job.canvases import canvases
from artgen.outputs.config import GalleryConfig, ImagesConfig, SheetConfig
from artgen.outputs.finished import open_finished
from artgen.outputs.gallery import Gallery
from artgen.outputs.gallery.facts import facts_of
from artgen.outputs.gallery.tiles import page_picture, write_small
from artgen.outputs.stills.images import Images, eight_bits
from artgen.outputs.stills.labelled import labelled_sheet
from artgen.outputs.stills.paper import COLOUR, wrapped
from artgen.outputs.stills.sheet import Sheet
from artgen.runs.checkpoints import sha256_of
from artgen.runs.store import Run
from tests.data.sample_pictures import PICTURES
from tests.outputs.browser import Browser
from tests.outputs.networks import sampler
from tests.outputs.painted import CONTENTS, LOSSES, STYLES, canvas_run, paint_all, paint_one


@pytest.fixture
def canvas_pictures(tmp_path: Path) -> tuple[Run, dict[str, Any]]:
    """A run of three contents in two styles, and the pixels of its canvases by label."""
    run = canvas_run(tmp_path)
    return run, paint_all(run)


def write_images(run: Run, output: str = "images", **options: Any) -> list[Path]:
    artifacts = Images(ImagesConfig(**options), output).write(open_finished(run), run)
    return [run.folder / artifact.path for artifact in artifacts]


def found_at(page: np.ndarray[Any, Any], tile: np.ndarray[Any, Any]) -> list[tuple[int, int]]:
    """Where a picture stands on a page: upper edges and left edges."""
    height, width = tile.shape[:2]
    starts = np.argwhere((page[: 1 - height, : 1 - width] == tile[0, 0]).all(axis=2))
    return [(int(y), int(x)) for y, x in starts if np.array_equal(page[y : y + height, x : x + width], tile)]


def on_paper(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    image = Image.fromarray(eight_bits(pixels))
    paper = Image.new("RGB", image.size, COLOUR)
    paper.paste(image, (0, 0), image if image.mode == "RGBA" else None)
    return np.asarray(paper)


def test_every_depth_of_16_bits_becomes_the_nearest_of_8() -> None:
    every = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)
    assert np.array_equal(eight_bits(every), np.round(every / 257).astype(np.uint8))


def test_every_canvas_is_a_file_with_its_transparency_and_profile(canvas_pictures: tuple[Run, dict[str, Any]]) -> None:
    run, painted = canvas_pictures
    files = {path.stem: path for path in write_images(run)}
    assert list(files) == [f"{Path(one).stem}--{Path(other).stem}" for one in CONTENTS for other in STYLES]
    for label, pixels in painted.items():
        with Image.open(files[label]) as image:
            assert image.mode == ("RGBA" if label.startswith("fox") else "RGB")
            assert np.array_equal(np.asarray(image), eight_bits(pixels))
            assert image.info["icc_profile"] == srgb_profile()
            assert "dpi" not in image.info


def test_a_canvas_says_how_it_was_painted_and_never_from_where(canvas_pictures: tuple[Run, dict[str, Any]]) -> None:
    run, _ = canvas_pictures
    path = write_images(run)[0]
    with Image.open(path) as image:
        text = image.text  # type: ignore[attr-defined]
    recipe = json.loads(text["artgen"])
    assert (recipe["content"], recipe["style"]) == ("astronaut", "church-at-auvers")
    assert (recipe["steps"], recipe["losses"], recipe["seed"]) == (440, LOSSES, run.job.job.seed)
    files = {"content": CONTENTS[0], "gram-style": STYLES[0]}
    assert recipe["inputs"] == {role: [sha256_of(PICTURES / name)] for role, name in files.items()}
    assert recipe["settings"]["paint"]["steps"] == run.job.paint.steps
    assert text["Description"] == "astronaut painted like church-at-auvers, from arles"
    for secret in (b"secret", b".jpg", b"auvers.png", str(run.folder).encode()):
        assert secret not in path.read_bytes()


@pytest.mark.parametrize("form", ["png", "tiff"])
def test_all_16_bits_can_be_had(form: str, canvas_pictures: tuple[Run, dict[str, Any]]) -> None:
    run, painted = canvas_pictures
    for path in write_images(run, depth=16, format=form, dpi=300):
        pixels = imagecodecs.png_decode(path.read_bytes()) if form == "png" else tifffile.imread(path)
        assert pixels.dtype == np.uint16
        assert np.array_equal(pixels, painted[path.stem])
        with Image.open(path) as image:
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)


@pytest.mark.parametrize(("form", "depth"), [("png", 8), ("png", 16), ("tiff", 16), ("jpeg", 8), ("webp", 8)])
def test_a_canvas_is_printed_as_large_as_its_content_unless_the_job_says_otherwise(
    tmp_path: Path, form: str, depth: int
) -> None:
    run = canvas_run(tmp_path, CONTENTS[:1], STYLES[:1])
    paint_one(run, *canvases(run.job), dpi=239.5)
    for asked, printed in ((0, 239.5), (300, 300)):
        (path,) = write_images(run, f"at-{asked}", format=form, depth=depth, dpi=asked)
        with Image.open(path) as image:
            dpi = image.info.get("dpi") or (image.getexif().get(282),) * 2
            assert [float(one) for one in dpi] == pytest.approx([printed, printed], abs=0.6)


def test_a_tiff_of_8_bits_carries_what_a_png_does(canvas_pictures: tuple[Run, dict[str, Any]]) -> None:
    run, painted = canvas_pictures
    (png, *_), (tiff, *_) = write_images(run), write_images(run, "print", format="tiff", dpi=240)
    with Image.open(png) as one, Image.open(tiff) as other:
        assert np.array_equal(np.asarray(other), eight_bits(painted[tiff.stem]))
        assert (other.info["icc_profile"], other.info["dpi"]) == (srgb_profile(), (240, 240))
        told = ET.fromstring(other.info["xmp"])[0][0].attrib  # noqa: S314 - ours
        assert told["{urn:artgen}artgen"] == one.text["artgen"]  # type: ignore[attr-defined]
        assert other.tag_v2[270] == one.text["Description"]  # type: ignore[attr-defined]


def test_pictures_of_seeds_have_no_16_bits_to_give(run: Run) -> None:
    with pytest.raises(ArtgenError, match="16 bits are for canvases") as caught:
        Images(ImagesConfig(depth=16), "images").write(sampler(), run)
    assert caught.value.where == "outputs.images.depth"


def test_a_canvas_has_no_seeds_to_choose_from(canvas_pictures: tuple[Run, dict[str, Any]]) -> None:
    run, _ = canvas_pictures
    for output, config in ((Images, ImagesConfig), (Sheet, SheetConfig), (Gallery, GalleryConfig)):
        with pytest.raises(ArtgenError, match="pictures of its own") as caught:
            output(config(seeds="0-7"), "some").write(open_finished(run), run)
        assert caught.value.where == "outputs.some.seeds"


def test_where_nothing_is_finished_there_is_nothing_to_show(tmp_path: Path) -> None:
    with pytest.raises(ArtgenError, match="no finished canvas"):
        open_finished(canvas_run(tmp_path))


def test_files_follow_their_canvases(canvas_pictures: tuple[Run, dict[str, Any]], tmp_path: Path) -> None:
    run, _ = canvas_pictures
    (first, *_) = write_images(run)
    before = first.stat().st_mtime_ns
    write_images(run)
    assert first.stat().st_mtime_ns == before
    paint_one(run, canvases(run.job)[0], key="painted with another weight")
    write_images(run)
    assert first.stat().st_mtime_ns != before

    fewer = write_images(canvas_run(tmp_path, contents=CONTENTS[1:]))
    assert {path.name for path in first.parent.glob("*.png")} == {path.name for path in fewer}
    assert not first.exists()


def test_a_grid_has_a_row_for_each_content_and_a_column_for_each_style(
    canvas_pictures: tuple[Run, dict[str, Any]],
) -> None:
    run, painted = canvas_pictures
    (sheet,) = Sheet(SheetConfig(), "sheet").write(open_finished(run), run)
    with Image.open(run.folder / sheet.path) as image:
        page = np.asarray(image.convert("RGB"))
    places = {label: found_at(page, on_paper(pixels)) for label, pixels in painted.items()}
    assert all(len(place) == 1 for place in places.values())  # there once, not deformed
    lower = {label: place[0][0] + len(painted[label]) for label, place in places.items()}
    left = {label: place[0][1] for label, place in places.items()}
    by_content = [{lower[f"{Path(content).stem}--{Path(style).stem}"] for style in STYLES} for content in CONTENTS]
    by_style = [{left[f"{Path(content).stem}--{Path(style).stem}"] for content in CONTENTS} for style in STYLES]
    assert [len(edges) for edges in (*by_content, *by_style)] == [1] * 5
    assert all(min(one) < min(other) for one, other in itertools.pairwise(by_content))
    assert all(min(one) < min(other) for one, other in itertools.pairwise(by_style))


def test_heads_of_a_grid_show_what_it_was_made_from_while_that_is_there(
    canvas_pictures: tuple[Run, dict[str, Any]], tmp_path: Path
) -> None:
    run, _ = canvas_pictures

    def page(output: str) -> np.ndarray[Any, Any]:
        (sheet,) = Sheet(SheetConfig(labels=False, title="none"), output).write(open_finished(run), run)
        with Image.open(run.folder / sheet.path) as image:
            return np.asarray(image.convert("RGB"))

    whole = page("whole")
    (tmp_path / "secret" / STYLES[0]).write_bytes(b"no picture any more")
    without = page("without")
    rows, columns = np.nonzero((whole != without).any(axis=2))
    head = whole[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    with Image.open(PICTURES / STYLES[0]) as image:
        style = np.asarray(image.convert("RGB").resize(head.shape[1::-1], Image.Resampling.LANCZOS), float)
    assert np.abs(head - style).mean() < 3
    assert head.shape[1] / head.shape[0] == pytest.approx(image.width / image.height, rel=0.1)


def test_beside_a_canvas_stands_what_it_was_made_from_and_never_what_took_its_place(
    canvas_pictures: tuple[Run, dict[str, Any]], tmp_path: Path
) -> None:
    run, _ = canvas_pictures
    astronaut, coffee = (tmp_path / "secret" / name for name in CONTENTS[:2])
    before = {work.stem: work.content and work.content.files for work in open_finished(run).works}
    assert before["astronaut--church-at-auvers"] == (astronaut,)
    coffee.write_bytes(astronaut.read_bytes())
    shutil.copy(PICTURES / "chelsea.jpg", astronaut)
    after = {work.stem: work.content and work.content.files for work in open_finished(run).works}
    assert after["astronaut--church-at-auvers"] == (coffee,), "the photograph is called coffee now"
    assert after["coffee--church-at-auvers"] == ()
    assert after["fox--church-at-auvers"] == before["fox--church-at-auvers"]


def test_canvases_whose_photographs_were_moved_away_are_shown_all_the_same(
    canvas_pictures: tuple[Run, dict[str, Any]], tmp_path: Path
) -> None:
    run, painted = canvas_pictures
    for file in (tmp_path / "secret").iterdir():
        file.unlink()
    (sheet,) = Sheet(SheetConfig(), "sheet").write(open_finished(run), run)
    with Image.open(run.folder / sheet.path) as image:
        page = np.asarray(image.convert("RGB"))
    assert all(found_at(page, on_paper(pixels)) for pixels in painted.values())


def test_several_contents_in_one_style_stand_in_their_order(tmp_path: Path) -> None:
    run = canvas_run(tmp_path, styles=STYLES[:1])
    painted = paint_all(run)
    (sheet,) = Sheet(SheetConfig(columns=3), "sheet").write(open_finished(run), run)
    with Image.open(run.folder / sheet.path) as image:
        page = np.asarray(image.convert("RGB"))
    lefts = [found_at(page, on_paper(pixels))[0][1] for pixels in painted.values()]
    assert lefts == sorted(set(lefts))


def test_a_long_label_is_broken_and_nothing_of_it_is_lost() -> None:
    label = "--set losses.content.weight=0.25 --set losses.gram-style.images=paintings/church"
    lines = wrapped(label, 12, 100)
    assert len(lines) > 3
    assert "".join(lines).replace(" ", "") == label.replace(" ", "")
    assert all(wrapped(line, 12, 100) == [line] for line in lines)


def test_a_label_is_broken_at_spaces_and_in_no_number() -> None:
    words = "--set losses.content.weight=0.04375 --set paint.steps=100 --set losses.long-name.weight=1e-05"
    for width_px in range(110, 400, 10):
        lines = wrapped(words, 16, width_px)
        assert "".join(lines).replace(" ", "") == words.replace(" ", "")
        assert [sum(number in line for line in lines) for number in ("0.04375", "100", "1e-05")] == [1, 1, 1], lines
        assert any("paint.steps=100" in line for line in lines) == (width_px >= 130), lines


def test_a_labelled_sheet_shows_every_picture_as_it_is_and_makes_room_for_labels() -> None:
    pictures = [Image.open(PICTURES / name).convert("RGB").resize((60, 40)) for name in CONTENTS]
    short = labelled_sheet([(picture, "a") for picture in pictures], "draft")
    long = labelled_sheet([(picture, "--set paint.steps=100 " * 3) for picture in pictures], "draft")
    assert long.width == short.width
    assert long.height > short.height
    for picture in pictures:
        assert len(found_at(np.asarray(long), np.asarray(picture))) == 1


def write_gallery(run: Run) -> Path:
    Gallery(GalleryConfig(), "gallery").write(open_finished(run), run)
    return run.folder / "index.html"


def test_the_page_tells_of_each_canvas_and_nothing_of_training(canvas_pictures: tuple[Run, dict[str, Any]]) -> None:
    run, _ = canvas_pictures
    text = write_gallery(run).read_text(encoding="utf-8")
    assert "6 pictures, long side 48 pixels, colour with transparency" in text
    assert "painted in 9 min 20 s" in text
    assert "<dt>Painting time</dt><dd>9 min 20 s</dd>" in text
    assert "<dt>A picture took</dt><dd>1 min 33 s</dd>" in text
    told = json.loads(re.findall(r'id="data">(.*?)</script>', text)[0])["pictures"]
    assert told["stem"][0] == "astronaut--church-at-auvers"
    assert sum(["Style", "langlois-bridge"] in lines for lines in told["own"]) == 3
    for line in (["Loss gram-style", "0.0123"], ["Painted in", "1 min 33 s, 440 steps"]):
        assert all(line in lines for lines in told["own"])
    assert 'alt="fox painted like langlois-bridge, from arles"' in text
    for absent in ("Training", "training", "Truncation", "Copy seed", "Checkpoint", str(run.folder)):
        assert absent not in re.sub("<script>.*?</script>|<pre.*?</pre>", "", text, flags=re.DOTALL)


def test_what_a_run_says_of_its_canvases_is_but_words_on_the_page(tmp_path: Path, browser: Browser) -> None:
    run = canvas_run(tmp_path, contents=CONTENTS[:1])
    evil, tag = "</script><img src=x onerror=alert(1)>", '"><b>'
    for plan in canvases(run.job):
        paint_one(run, plan, style=f"{evil} {plan.style}", notes=[f"{tag * 2000}"])
    page = write_gallery(run)
    assert evil not in page.read_text(encoding="utf-8")
    browser.look(1280, 900)
    browser.open(page, "#astronaut--church-at-auvers")
    assert browser.ask("[...document.querySelectorAll('dt, option')].map(d => d.textContent)").count("Note") == 1
    assert browser.ask("document.querySelector('#viewer-name').textContent").startswith("astronaut")
    assert browser.ask("[...narrow.elements.style.options].filter(o => o.text.startsWith('</script><img')).length") == 2
    assert browser.ask("document.querySelectorAll('[onerror], main b, dialog b').length") == 0
    assert browser.said("Page.javascriptDialogOpening", "Log.entryAdded", "Runtime.exceptionThrown") == []


def test_a_canvas_that_is_called_like_a_part_of_the_page_does_not_stand_in_for_it(
    tmp_path: Path, browser: Browser
) -> None:
    run = canvas_run(tmp_path)
    paint_one(run, replace(canvases(run.job)[0], label="star"))
    page = write_gallery(run)
    browser.look(1280, 900)
    browser.open(page)
    browser.click("#grid a")
    browser.click("#star")
    assert browser.ask("document.querySelector('#viewer #star').ariaPressed") == "true"
    assert browser.ask(
        "[...document.querySelectorAll('[id]')].length === new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size"
    )
    browser.ask("localStorage.clear()")


def test_in_a_browser_canvases_hang_in_rows_of_one_height(
    canvas_pictures: tuple[Run, dict[str, Any]], browser: Browser
) -> None:
    run, _ = canvas_pictures
    page = write_gallery(run)
    browser.look(1280, 900)
    browser.open(page)
    rows = browser.ask(
        "Object.values(Object.groupBy([...document.querySelectorAll('.grid img')].map(i => i.getBoundingClientRect()),"
        " b => Math.round(b.top))).map(row => row.map(b => [b.width, b.height]))"
    )
    assert sum(map(len, rows)) == 6
    assert any(len(row) > 1 for row in rows)
    for row in rows:
        assert max(height for _, height in row) - min(height for _, height in row) < 1
    assert {round(width / height, 1) for row in rows for width, height in row} == {1.0, 1.5}
    assert browser.said("Log.entryAdded", "Runtime.exceptionThrown") == []
    browser.look(390, 844)
    browser.open(page)
    assert browser.ask("document.documentElement.scrollWidth") == 390


def test_a_link_to_a_canvas_opens_it_with_its_own_details(
    canvas_pictures: tuple[Run, dict[str, Any]], browser: Browser
) -> None:
    run, _ = canvas_pictures
    page = write_gallery(run)
    browser.look(1280, 900)
    browser.open(page, "#coffee--church-at-auvers")
    told = "[document.querySelector('#viewer-name').textContent, document.querySelector('#own dd').textContent]"
    assert browser.ask(told) == ["coffee · church-at-auvers", "coffee"]
    browser.ask("document.querySelector('#next').focus()")
    browser.press("End")
    assert browser.ask(told) == ["fox · langlois-bridge", "fox"]
    assert browser.ask("location.hash") == "#fox--langlois-bridge"
    assert browser.said("Runtime.exceptionThrown") == []


def test_what_makes_a_canvas_again_can_be_copied_and_names_its_file(
    canvas_pictures: tuple[Run, dict[str, Any]], browser: Browser
) -> None:
    run, _ = canvas_pictures
    job = (run.folder / "job.toml").read_text(encoding="utf-8").strip() + "\n# {} stands for nothing here"
    (run.folder / "job.toml").write_text(job, encoding="utf-8")
    page = write_gallery(run)
    browser.look(1280, 900)
    browser.open(page, "#coffee--church-at-auvers")
    browser.call("Emulation.setFocusEmulationEnabled", enabled=True)
    browser.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])

    def copied(button: str) -> str:
        browser.click(button)
        browser.until(f"document.querySelector('{button}').textContent === 'Copied'")
        return str(browser.ask("navigator.clipboard.readText()"))

    assert copied("#copy-toml") == job
    command, _, file = copied("#copy-command").rpartition(" ")
    assert command == "artgen remake"
    assert (run.folder / file.removeprefix(f"runs/{run.folder.name}/")).is_file()


def test_what_large_pictures_look_like_is_found_without_reading_them(
    canvas_pictures: tuple[Run, dict[str, Any]], tmp_path: Path
) -> None:
    run, _ = canvas_pictures
    works = open_finished(run)
    large = replace(works.works[0], width=3000, height=2000)
    picture = page_picture(large, tmp_path / "not there.png", numbered=False)
    for file in (picture.tile, picture.view):
        file.parent.mkdir()
    write_small(Image.new("RGB", (3000, 2000), "red"), picture, {})
    (fact,) = facts_of([picture], works, tmp_path, run, "cpu")
    assert fact.colour == pytest.approx((0.628, 0.225, 0.126), abs=0.01)
