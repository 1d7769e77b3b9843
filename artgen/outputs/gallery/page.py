"""``index.html``: one file with its style and script inside, beside the pictures it names; no network, no server."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from artgen.outputs.gallery.memorisation import memorisation
from artgen.outputs.gallery.story import curves, duration, figures, happenings, images_at
from artgen.outputs.metadata import without_paths
from artgen.registry import BUILTIN
from artgen.runs.files import write_text

if TYPE_CHECKING:
    from artgen.outputs.works import Work, Works
    from artgen.runs.store import Artifact, Run

_HERE = Path(__file__).parent
_JOB_FILE = "job.toml"
PROGRESS = "progress"
"""Under this name the training's own sheets are recorded; they have a place of their own on the page."""


@dataclass(frozen=True)
class PagePicture:
    """A picture on the page.

    Attributes:
        full: the PNG.
        tile: what the grid shows.
        view: what the larger view shows.
    """

    work: Work
    full: Path
    tile: Path
    view: Path

    @property
    def shape(self) -> str:
        """Names its proportions in the style, where rows of pictures of different sizes are told them."""
        return f"r{round(1000 * self.work.width / self.work.height)}"


@dataclass(frozen=True)
class PageFilm:
    """A film on the page; what its output did not tell is None."""

    path: Path
    output: str
    about: str
    poster: Path | None
    width: int | None
    height: int | None
    seconds: float | None


def write_page(run: Run, title: str, pictures: Sequence[PagePicture], works: Works) -> Path:
    """Write the page of a run over what is there now.

    Args:
        run: its folder, metrics, artifacts and progress sheets are shown.
        title: the heading.
        pictures: in their order.
        works: the same before they were files, and what they have in common.

    Returns:
        The page, at the root of the run folder.
    """
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["url"] = lambda path: relative_url(run.folder, path)
    style, script = (Markup((_HERE / name).read_text(encoding="utf-8")) for name in ("style.css", "script.js"))  # noqa: S704 - ours
    if not works.numbered:
        style += shape_rules(pictures)
    rows = run.metrics()
    artifacts = run.artifacts()
    page = environment.get_template("template.html").render(
        title=title,
        label=label_lines(run, works),
        policy=security_policy(style, script),
        style=style,
        script=script,
        films=[_film(artifact) for artifact in artifacts if artifact.kind == "film"],
        sheets=[sheet for sheet in artifacts if sheet.kind == "sheet" and sheet.output != PROGRESS],
        pictures=pictures,
        numbered=works.numbered,
        even=pictures[0].shape if not works.numbered and len({picture.shape for picture in pictures}) == 1 else "",
        own_lines=own_lines,
        progress=progress(run, rows),
        memorisation=memorisation(run),
        curves=curves(rows),
        figures=figures(rows, run.final_figures()),
        happenings=happenings(rows),
        recipe=recipe_lines(works.recipe),
        settings=tables(run.lock),
        job=_job_as_given(run),
    )
    path = run.folder / "index.html"
    write_text(path, page)
    return path


def shape_rules(pictures: Sequence[PagePicture]) -> Markup:
    """The proportions of pictures as rules of the style; attributes of style are forbidden by the page's policy."""
    ratios = {picture.shape: picture.work.width / picture.work.height for picture in pictures}
    rules = (f".{shape} {{ --ratio: {ratio:.3f}; }}\n" for shape, ratio in sorted(ratios.items()))
    return Markup("\n" + "".join(rules))  # noqa: S704 - numbers


def security_policy(style: str, script: str) -> str:
    """Nothing from anywhere but this folder, and no style or script but our own two."""
    own = {"style": style, "script": script}
    hashes = {name: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for name, text in own.items()}
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        "img-src 'self' file: data:; media-src 'self' file:; "
        f"style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'"
    )


def relative_url(folder: Path, path: Path) -> str:
    """A link from the page to a file of the run, whatever its name holds."""
    inside = path.relative_to(folder) if path.is_absolute() else path
    return "/".join(quote(part, safe="") for part in inside.parts)


def label_lines(run: Run, works: Works) -> list[str]:
    """The few lines beside the title, as on the label beside a painting."""
    count = len(works.works)
    colors = {1: "grey", 3: "colour", 4: "colour with transparency"}[max(work.channels for work in works.works)]
    lines = [f"{count:,} {'picture' if count == 1 else 'pictures'}, {_size_in_words(works.works)}, {colors}"]
    generator = str(run.lock.get("generator", {}).get("type", "")).removeprefix(f"{BUILTIN}:")
    if generator and run.checkpoint:
        lines.append(f"{generator}, after {run.checkpoint.images:,} training pictures")
    elif works.numbered and generator:
        lines.append(generator)
    if works.recipe.get("truncation", 1) != 1:
        lines.append(f"truncation {works.recipe['truncation']:g}")
    if seconds := sum(work.details.get("seconds", 0) for work in works.works):
        lines.append(f"painted in {duration(seconds)}")
    return lines


def _size_in_words(works: Sequence[Work]) -> str:
    if len({(work.width, work.height) for work in works}) == 1:
        return f"{works[0].width} × {works[0].height} pixels"
    long_sides = {max(work.width, work.height) for work in works}
    return f"long side {'' if len(long_sides) == 1 else 'up to '}{max(long_sides)} pixels"


def own_lines(work: Work) -> list[tuple[str, str]]:
    """What is told of one picture in the larger view, in words."""
    told = work.details
    lines = [(title, str(told[key])) for key, title in _OWN.items() if key in told]
    lines.append(("Size", f"{work.width} × {work.height}"))
    if "seconds" in told:
        lines.append(("Painted in", f"{duration(told['seconds'])}, {told['steps']:,} steps"))
    lines += [(f"Loss {name}", f"{value:.3g}") for name, value in told.get("losses", {}).items()]
    return lines + [("Note", note) for note in told.get("notes", ())]


_OWN = {"content": "Content", "style": "Style", "seed": "Seed"}


def recipe_lines(recipe: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What all pictures have in common, in words; the files carry it in full."""
    lines = [("Job", str(recipe["job"]))]
    if shape := recipe.get("shape"):
        lines.append(("Size", f"{shape[0]} × {shape[1]}"))
    if weights := recipe.get("checkpoint"):
        lines.append(("Checkpoint", f"step {weights['step']:,}, {weights['images']:,} training pictures"))
        lines.append(("Weights", f"sha256 {weights['sha256'][:12]}…"))
    if "truncation" in recipe:
        lines.append(("Truncation", f"{recipe['truncation']:g}"))
    versions = ", ".join(f"{name} {version}" for name, version in recipe.get("versions", {}).items())
    device = f", on {recipe['device']}" if "device" in recipe else ""
    lines.append(("Made with", f"artgen {recipe['artgen']}, {versions}{device}"))
    return lines


@dataclass(frozen=True)
class Moment:
    """One progress sheet: the fixed seeds at one moment of the training."""

    path: Path
    when: str


def progress(run: Run, rows: Sequence[Mapping[str, Any]]) -> list[Moment]:
    """The progress sheets, oldest first, with the time they are from in words."""
    moments = []
    for step, path in run.progress_sheets():
        images = images_at(rows, step)
        if not images and run.checkpoint and run.checkpoint.step:
            images = run.checkpoint.images / run.checkpoint.step * step
        seen = f"after {images:,.0f} training pictures" if images else f"step {step:,}"
        moments.append(Moment(path, seen if step else "before training"))
    return moments


def flat(value: Any, prefix: str = "") -> list[tuple[str, str]]:
    """Nested settings as dotted names and short texts."""
    if isinstance(value, Mapping):
        return [pair for key, item in value.items() for pair in flat(item, f"{prefix}.{key}" if prefix else str(key))]
    if isinstance(value, list | tuple):
        if any(isinstance(item, Mapping) for item in value):
            return [pair for index, item in enumerate(value) for pair in flat(item, f"{prefix}.{index}")]
        return [(prefix, ", ".join(map(str, value)))]
    if isinstance(value, bool):
        return [(prefix, "yes" if value else "no")]
    return [(prefix, f"{value:g}" if isinstance(value, float) else str(value))]


def tables(lock: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Everything resolved, table by table; nothing that names a file or a folder."""
    told = without_paths(lock)
    return [(name, flat(value)) for name, value in told.items() if value not in ({}, [])]


_TOML = re.compile(
    r"""(?P<comment>\#[^\n]*)|(?P<table>^\s*\[\[?[^\]\n]+\]\]?)|(?P<text>"[^"\n]*"|'[^'\n]*')|(?P<key>^\s*[\w."-]+(?=\s*=))""",
    re.MULTILINE,
)


def toml_markup(text: str) -> Markup:
    """A job with its tables, keys, texts and comments marked for the style."""
    parts, end = [], 0
    for match in _TOML.finditer(text):
        parts.append(escape(text[end : match.start()]))
        parts.append(Markup('<span class="{}">{}</span>').format(match.lastgroup, match[0]))
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])


def _job_as_given(run: Run) -> Markup:
    file = run.folder / _JOB_FILE
    return toml_markup(file.read_text(encoding="utf-8").strip()) if file.is_file() else Markup("")


def _film(artifact: Artifact) -> PageFilm:
    told = artifact.details
    poster = told.get("poster")
    return PageFilm(
        path=artifact.path,
        output=artifact.output,
        about=told.get("about", f"Film {artifact.output}"),
        poster=Path(poster) if poster else None,
        width=told.get("width"),
        height=told.get("height"),
        seconds=told.get("seconds"),
    )
