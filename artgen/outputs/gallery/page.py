"""``index.html`` of a run: its pictures to choose from, its films, the course of its training, its job."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

import artgen
from artgen.outputs.gallery.columns import choices, columns
from artgen.outputs.gallery.document import BASE_STYLE, render_page
from artgen.outputs.gallery.films import PageFilm, films_of
from artgen.outputs.gallery.memorisation import memorisation
from artgen.outputs.gallery.settings import chosen_by_itself, job_as_given, settings_of, toml_markup
from artgen.outputs.gallery.story import curves, figures, happenings, images_at, painting_figures, warnings
from artgen.outputs.gallery.told import how_to_make_again, label_lines, recipe_lines
from artgen.outputs.metadata import canonical_json, told_settings
from artgen.outputs.overview.state import why_not_painted
from artgen.runs.files import write_text
from artgen.runs.pages import INDEX, page_of

if TYPE_CHECKING:
    from artgen.outputs.config import GalleryConfig
    from artgen.outputs.gallery.facts import Fact
    from artgen.outputs.gallery.tiles import PagePicture
    from artgen.outputs.works import Works
    from artgen.runs.store import Run

_HERE = Path(__file__).parent
_STYLES = ("page.css", "pictures.css", "viewer.css", "report.css")
_SCRIPTS = ("tabs", "store", "bands", "grid", "narrow", "zoom", "copy", "viewer", "compare", "chosen", "films", "main")
_MANY, _FEW = 400, 36
PROGRESS = "progress"
"""Under this name the training's own sheets are recorded; they have a place of their own on the page."""


def write_page(
    run: Run,
    config: GalleryConfig,
    pictures: Sequence[PagePicture],
    facts: Sequence[Fact],
    works: Works,
    folder: Path,
) -> Path:
    """Write the page of a run over what is there now; whose is called what, `page_of` says.

    Args:
        run: its folder, metrics, artifacts and progress sheets are shown.
        config: the heading, and how the pictures were painted.
        pictures: in their order.
        facts: of each.
        works: the same before they were files, and what they have in common.
        folder: of the gallery.

    Returns:
        The page, at the root of the run folder.
    """
    artifacts, job = run.artifacts(), job_as_given(run)
    films = films_of(artifacts)
    told = columns(pictures, facts, numbered=works.numbered)
    page = render_page(
        _HERE / "page.html",
        run.folder,
        styles=[BASE_STYLE, *(_HERE / name for name in _STYLES), shape_rules([*pictures, *films])],
        scripts=[_HERE / "script" / f"{name}.js" for name in _SCRIPTS],
        data={
            "artgen": artgen.__version__,
            "run": run.name,
            "checkpoint": run.checkpoint.sha256 if works.numbered and run.checkpoint else None,
            "truncation": config.truncation,
            "key": _identity(run, works, config),
            "again": how_to_make_again(run, works, config, folder.relative_to(run.folder), job),
            "pictures": told,
        },
        title="" if config.title == "none" else config.title or run.name,
        label=label_lines(run, works),
        films=films,
        sheets=[sheet for sheet in artifacts if sheet.kind == "sheet" and sheet.output != PROGRESS],
        pictures=pictures,
        numbered=works.numbered,
        facets=choices(told),
        measured="nearest" in told,
        grid=_grid_classes(pictures, numbered=works.numbered),
        recipe=recipe_lines(works.recipe),
        job=toml_markup(job),
        **_report(run, works, folder),
    )
    path = run.folder / page_of(_galleries(run, folder.name), folder.name)
    write_text(path, page)
    return path


def _galleries(run: Run, output: str) -> list[str]:
    """Those of the job; where it has none, the one that was asked for first."""
    own = [one["name"] for one in run.lock.get("outputs", ()) if one["type"] == "gallery"]
    return own or [made.output for made in run.artifacts() if made.path.name == INDEX] or [output]


def _report(run: Run, works: Works, folder: Path) -> dict[str, Any]:
    """The course of the training or painting, and the settings."""
    rows = run.metrics()
    seconds = [work.details["seconds"] for work in works.works if "seconds" in work.details]
    unpainted = why_not_painted(run.folder)
    if "could not be painted" not in unpainted:  # which may tell where things lie
        unpainted = unpainted and "painting failed"
    return {
        "progress": progress(run, rows),
        "memorisation": memorisation(run),
        "curves": curves(rows),
        "figures": figures(rows, run.final_figures()) + painting_figures(seconds),
        "warnings": [*warnings(rows), *([("Not painted", "", unpainted)] if unpainted else [])],
        "happenings": happenings(rows),
        "chosen": chosen_by_itself(run.lock),
        "settings": settings_of(run, folder),
    }


def _identity(run: Run, works: Works, config: GalleryConfig) -> str:
    """Under which a browser keeps what was chosen: where it differs, one id means other pictures."""
    made_by: dict[str, Any] = {"checkpoint": run.checkpoint.sha256} if run.checkpoint else told_settings(run.lock)
    if works.numbered:
        made_by |= {"truncation": config.truncation, "class": config.class_}
    elif run.checkpoint:
        made_by |= {"photographs": works.identity}
    return f"artgen {run.name} {hashlib.sha256(canonical_json(made_by).encode()).hexdigest()[:16]}"


def _grid_classes(pictures: Sequence[PagePicture], *, numbered: bool) -> str:
    """How large tiles are, and whether all have one shape."""
    even = pictures[0].shape if len({picture.shape for picture in pictures}) == 1 else ""
    if not numbered:
        return f"works even {even}" if even else "works"
    size = "few" if len(pictures) <= _FEW else "many" if len(pictures) > _MANY else "some"
    return f"numbered {size} {even}"


def shape_rules(shown: Iterable[PagePicture | PageFilm]) -> str:
    """The proportions of pictures as rules of the style; attributes of style are forbidden by the page's policy."""
    ratios = {one.shape: one.ratio for one in shown if one.ratio}
    return "".join(f".{shape} {{ --ratio: {ratio:.4f}; }}\n" for shape, ratio in sorted(ratios.items()))


@dataclass(frozen=True)
class Moment:
    """One progress sheet: the fixed seeds at one moment of the training."""

    path: Path
    when: str
    width: int
    height: int


def progress(run: Run, rows: Sequence[Mapping[str, Any]]) -> list[Moment]:
    """The progress sheets, oldest first, with the time they are from in words."""
    moments = []
    for step, path in run.progress_sheets():
        images = images_at(rows, step)
        if not images and run.checkpoint and run.checkpoint.step:
            images = run.checkpoint.images / run.checkpoint.step * step
        seen = f"after {images:,.0f} training pictures" if images else f"step {step:,}"
        with Image.open(path) as sheet:
            moments.append(Moment(path, seen if step else "before training", *sheet.size))
    return moments
