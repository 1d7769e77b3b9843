from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
import torch
from PIL import Image

from artgen.outputs.config import GalleryConfig
from artgen.outputs.films.config import InterpolationConfig
from artgen.outputs.films.interpolation import Interpolation
from artgen.outputs.gallery import Gallery
from artgen.outputs.gallery.curves import Line, Mark, chart, log_ticks, ticks
from artgen.outputs.gallery.memorisation import verdict
from artgen.outputs.gallery.settings import job_as_given, toml_markup
from artgen.outputs.gallery.story import curves, figures
from artgen.outputs.stills.nearest_pairs import pair_file, write_nearest_pairs
from artgen.quality.exam import Findings
from artgen.quality.nearest import Nearest
from artgen.runs.store import Run
from tests.outputs.gallery_run import leave_training_pictures, run_in, write_gallery, write_report
from tests.outputs.networks import sampler


def links(text: str) -> list[str]:
    return [link for link in re.findall(r'(?:href|src|poster)="([^"]*)"', text) if link[:1] != "#"]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with everything on it."""
    return write_gallery(run_in(tmp_path_factory.mktemp("desk") / "run"), title="Faces & <friends>")


def test_every_link_of_the_page_is_a_file_beside_it(page: Path) -> None:
    found = [link for link in links(page.read_text(encoding="utf-8")) if link != "data:,"]
    assert len(found) > 20
    for link in found:
        assert ":" not in link
        assert not link.startswith("/")
        assert (page.parent / unquote(link)).is_file(), link


def test_the_page_shows_what_was_asked_and_what_happened_but_no_paths(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "Faces &amp; &lt;friends&gt;" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "…/secret pictures" in text
    assert "a loss was no number at &lt;step 6&gt;" in text
    assert "<strong>Guard</strong> <span>step 8</span>" in text
    assert text.count("<svg") == 3
    assert "kid_vgg goes from 0.5 to 0.1" in text
    assert 'alt="Generated picture, seed 5, from faces after 320 training pictures"' in text
    assert "somebody" not in text
    assert str(page.parent) not in text


def test_tiles_say_their_sizes_come_in_two_and_wait_until_they_are_near(gallery_page: Path) -> None:
    tiles = re.findall(r'<li id="seed-\d+"><a[^>]*><img ([^>]*)>', gallery_page.read_text(encoding="utf-8"))
    assert len(tiles) == 30
    for number, tile in enumerate(tiles):
        told = dict(re.findall(r'(\w+)="([^"]*)"', tile))
        (small, width), (large, larger) = (one.split() for one in told["srcset"].split(", "))
        for link, side in ((small, width), (large, larger)):
            with Image.open(gallery_page.parent / unquote(link)) as image:
                assert f"{image.width}w" == side
        assert (told["src"], f"{told['width']}w") == (small, width)
        assert told["sizes"]
        assert (told.get("loading") == "lazy") == (number >= 24)


def test_a_page_without_film_training_or_job_is_still_a_page(run: Run) -> None:
    Gallery(GalleryConfig(seeds="4,9"), "gallery").write(sampler(), run)
    text = (run.folder / "index.html").read_text(encoding="utf-8")
    assert "<video" not in text
    assert text.count('<li id="seed-') == 2


def test_of_several_sheets_only_those_with_names_of_their_own_are_told_by_name(run: Run) -> None:
    for name in ("sheet", "large"):
        path = run.artifact_folder(name) / "sheet.png"
        path.write_bytes(b"a sheet")
        run.record("sheet", path, name)
    Gallery(GalleryConfig(seeds="4"), "gallery").write(sampler(), run)
    text = (run.folder / "index.html").read_text(encoding="utf-8")
    assert re.findall(r">(Contact sheet[^<]*)</a>", text) == ["Contact sheet", "Contact sheet large"]


def test_a_film_stands_on_the_page_with_its_poster_and_its_size(run: Run) -> None:
    film = InterpolationConfig(seconds=0.4, fps=10, scale=4, pace="even", formats=["mp4", "webp"])
    Interpolation(film, "walk").write(sampler(), run)
    Gallery(GalleryConfig(count=1), "gallery").write(sampler(), run)
    text = (run.folder / "index.html").read_text(encoding="utf-8")
    ((told, sources),) = re.findall(r"<video ([^>]*)>(.*?)</video>", text, re.S)
    assert 'width="64" height="64" poster="artifacts/walk/poster.webp"' in told
    assert re.findall(r'src="([^"]*)" type="([^"]*)"', sources) == [("artifacts/walk/film.mp4", "video/mp4")]
    assert ">Film walk, 0.4 s</a>" in text


def test_a_page_is_written_again_without_painting_again(open_run: Callable[..., Run]) -> None:
    def write() -> Path:
        run = open_run()
        Gallery(GalleryConfig(count=6), "best of & more").write(sampler(), run)
        return run.folder / "index.html"

    page = write()
    pictures = sorted(page.parent.glob("artifacts/*/**/*.webp"))
    times = [path.stat().st_mtime_ns for path in pictures]
    first = page.read_text(encoding="utf-8")
    write()
    assert len(times) == 12
    assert [path.stat().st_mtime_ns for path in pictures] == times
    assert page.read_text(encoding="utf-8") == first


def test_nearness_to_the_training_is_told_as_soon_as_somebody_has_measured_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nearest() -> list[float]:
        run = run_in(tmp_path / "run")
        Gallery(GalleryConfig(count=2), "gallery").write(sampler(), run)
        text = (run.folder / "index.html").read_text(encoding="utf-8")
        found: list[float] = json.loads(re.findall(r'id="data">(.*?)</script>', text)[0])["pictures"].get("nearest", [])
        return found

    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    assert nearest() == []
    leave_training_pictures()
    told = nearest()
    assert len(told) == 2
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "emptied"))
    assert nearest() == told


def test_the_page_shows_each_near_picture_beside_its_training_picture(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "1 of the 3 pictures measured is closer to a training picture" in text
    shown = re.findall(r'src="artifacts/memorisation/seed-(\d+).webp"', text)
    assert shown == ["000001", "000000", "000002"]
    assert "Fréchet distance of 3 pictures" in text
    with Image.open(page.parent / pair_file(1)) as pair:
        left, right = (pair.getpixel((x, pair.height // 2)) for x in (pair.width // 4, pair.width * 3 // 4))
    assert left[0] == pytest.approx(150, abs=3)
    assert right[0] == pytest.approx(250 // 2, abs=3)


def test_transparency_of_training_pictures_is_straight_beside_the_painted(run: Run) -> None:
    half = np.full((1, 16, 16, 4), 100, np.uint8)  # premultiplied: a white of alpha 100
    write_nearest_pairs(
        run, Findings({}, Nearest(torch.tensor([0]), torch.tensor([0.5])), torch.tensor([False]), 0.1), half, half
    )
    with Image.open(run.folder / pair_file(0)) as pair:
        left, right = (pair.getpixel((x, pair.height // 2)) for x in (pair.width // 4, pair.width * 3 // 4))
    assert left == pytest.approx((100, 100, 100, 100), abs=4)
    assert right == pytest.approx((255, 255, 255, 100), abs=4)


def test_a_report_on_another_checkpoint_is_not_shown_and_its_pictures_make_room(run: Run) -> None:
    write_report(run, checkpoint="cd" * 32, channels=1)
    (run.folder / pair_file(77)).write_bytes(b"of an earlier report")
    Gallery(GalleryConfig(seeds="4"), "gallery").write(sampler(), run)
    assert "Nearest training pictures" not in (run.folder / "index.html").read_text(encoding="utf-8")
    write_report(run, channels=1)
    Gallery(GalleryConfig(seeds="4"), "gallery").write(sampler(), run)
    assert "Nearest training pictures" in (run.folder / "index.html").read_text(encoding="utf-8")
    assert not (run.folder / pair_file(77)).exists()


@pytest.mark.parametrize(
    ("close", "said"),
    [(0, "None of the 1,000 pictures"), (1, "is closer"), (60, "About as many"), (400, "by heart")],
)
def test_the_verdict_is_plain(close: int, said: str) -> None:
    assert said in verdict(close, 1000)
    assert ("by heart" in verdict(close, 1000)) == (close == 400)


def test_there_is_a_chart_for_everything_there_are_numbers_for_and_for_nothing_else() -> None:
    keys = {
        "quality/precision": "Precision and recall",
        "quality/nearest": "Variety and copies",
        "loss/r1/discriminator": "Penalties and other aims",
        "discriminator/sign_real": "What the discriminator says",
        "augmentation/adaptive/strength": "Augmentation",
        "guard/diversity": "Variety within a batch",
    }
    for key, heading in keys.items():
        drawn = curves([{"step": step, "images": step * 8, key: 0.5, "loss/generator": 1.0} for step in (1, 2, 3)])
        assert {title for title, _, _ in drawn} == {heading, "Losses"}


def test_of_a_network_alone_nothing_is_told_of_another() -> None:
    told = {"loss/generator": 3.0, "loss/content/generator": 2.0, "loss/gram-style/generator": 1.0}
    drawn = curves([{"step": step, "images": step, **told} for step in (1, 2)])
    assert [title for title, _, _ in drawn] == ["Losses", "One by one"]
    assert not any("network" in note for _, note, _ in drawn)
    assert "gram-style" in drawn[1][2]


def test_a_loss_of_both_networks_is_no_penalty() -> None:
    told = {"loss/adversarial/generator": 1.0, "loss/adversarial/discriminator": 1.0, "loss/path-length/generator": 2.0}
    (drawn,) = (svg for _, _, svg in curves([{"step": step, "images": step, **told} for step in (1, 2)]))
    assert "path-length" in drawn
    assert "adversarial" not in drawn


def test_curves_leave_out_what_was_undone_and_mark_where() -> None:
    rows = [
        {"step": step, "images": step * 1000, "rate_img_s": value} for step, value in ((2, 5.0), (4, 6.0), (6, 99.0))
    ]
    rows.append({"event": "guard", "step": 6, "text": "the pictures became one"})
    rows += [{"step": step, "images": step * 1000, "rate_img_s": 7.0} for step in (6, 8)]
    (drawn,) = (svg for _, _, svg in curves(rows))
    assert "from 5 to 7" in drawn
    assert "<title>Guard: the pictures became one</title>" in drawn
    assert "100" not in re.findall(r'class="tick"[^>]*>([^<]*)<', drawn)


def test_names_of_what_happened_do_not_run_into_each_other() -> None:
    line = Line("rate", [(0, 1), (100, 1)])
    drawn = chart("Speed", [line], marks=[Mark(50, "Guard", "a"), Mark(51, "Resumed", "b"), Mark(90, "Resumed", "c")])
    assert drawn.count('class="mark"') == 3
    assert re.findall(r'class="happened"[^>]*>(\w+)<', drawn) == ["Guard", "Resumed"]


def test_without_final_figures_the_last_measured_ones_are_told_with_their_count() -> None:
    rows = [
        {"step": 5, "images": 50, "quality/kid_vgg": 0.5, "quality/pictures": 60, "quality/fd_vgg": 0.9},
        {"step": 9, "images": 90, "loss/generator": 1.0},
    ]
    told = dict(figures(rows, {}))
    assert told["Pictures measured"] == "60 of step 5"
    assert told["Fréchet distance of 60 pictures"] == "0.9"


def test_ticks_are_round_and_enclose_the_values() -> None:
    assert ticks(0, 187, 4) == [0, 50, 100, 150, 200]
    assert log_ticks(0.02, 0.9) == pytest.approx([0.01, 0.03, 0.1, 0.3, 1])
    assert ticks(0, 0, 4)[-1] >= 1


def test_a_curve_of_many_points_stays_small_and_of_one_is_left_out() -> None:
    drawn = chart("Loss", [Line("g", [(x / 10, 1.0) for x in range(50_000)])])
    assert len(drawn) < 6000
    assert chart("Loss", [Line("g", [(1, 1)])]) == ""


def test_a_job_is_shown_as_written_with_its_parts_marked() -> None:
    shown = toml_markup('[a]\nb = "<c>" # d')
    assert '<span class="table">[a]</span>' in shown
    assert '<span class="text">&#34;&lt;c&gt;&#34;</span>' in shown
    assert re.sub("<[^>]*>", "", shown) == "[a]\nb = &#34;&lt;c&gt;&#34; # d"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('"/home/somebody/pics"', '"…/pics"'),
        ("'~/pics/a.png'", "'…/a.png'"),
        ('"/Users/o\'somebody/pics"', '"…/pics"'),
        ("'/home/somebody'", "'…/'"),
        (r"'C:\Users\somebody'", "'…/'"),
        (r"'\\server\somebody\pics'", "'…/pics'"),
        ('"file:///home/somebody/song.mp3"', '"…/song.mp3"'),
        ('"pics/a.png"', '"pics/a.png"'),
        ('"painted / drawn"', '"painted / drawn"'),
    ],
)
def test_a_job_on_the_page_does_not_tell_where_things_lie_or_who_somebody_is(
    written: str, shown: str, run: Run
) -> None:
    (run.folder / "job.toml").write_text(f"a = [{written}, 'it']  # it's {written}\n", encoding="utf-8")
    assert job_as_given(run) == f"a = [{shown}, 'it']  # it's {shown}"


def test_a_comment_on_the_page_does_not_tell_where_things_lie_either(run: Run) -> None:
    text = 'a = "#1/2" # of /home/somebody/pics, /home/somebody ~/more/a.png and and/or https://a.b/c of D:\\x\\y.png\n'
    (run.folder / "job.toml").write_text(text, encoding="utf-8")
    assert job_as_given(run) == 'a = "#1/2" # of …/pics, …/ …/a.png and and/or https://a.b/c of …/y.png'


def test_stars_are_of_these_pictures_and_of_no_others(open_run: Callable[..., Run]) -> None:
    """Galleries of other truncations or classes have pictures of the same names."""

    def key(**options: Any) -> str:
        run = open_run()
        Gallery(GalleryConfig(count=2, **options), "gallery").write(sampler(), run)
        found = re.search(r'"key":\s*"([^"]*)"', (run.folder / "index.html").read_text(encoding="utf-8"))
        assert found
        return found[1]

    assert key() == key(seeds="4,9")
    assert key() != key(truncation=0.5)
