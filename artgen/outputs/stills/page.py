"""One page as a file: made unless it is there, with what it carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from artgen.data.headers import picture_size
from artgen.errors import ArtgenError
from artgen.outputs.files import keep_only
from artgen.outputs.metadata import file_details, png_text
from artgen.runs.files import whole_file

if TYPE_CHECKING:
    from PIL import Image

    from artgen.outputs.config import Metadata, PaintedConfig
    from artgen.outputs.stills.paper import Layout
    from artgen.runs.store import Artifact, Run

_PRINT_DPI = 300
_LARGEST_MEGAPIXELS = 150
_TOLD_ELSEWHERE = {"seeds", "truncation", "metadata", "class_"}


@dataclass(frozen=True)
class Page:
    """A page and what is told of it.

    Attributes:
        draw: makes it.
        recipe: how it is made, which it carries.
        alt: what it is, in words.
        told: what is recorded of it.
        identity: what else decides its pixels.
    """

    draw: Callable[[], Image.Image]
    recipe: Mapping[str, Any]
    alt: str
    told: Mapping[str, Any]
    identity: Mapping[str, str] = field(default_factory=dict)


def write_page(page: Page, run: Run, output: str, file_name: str, metadata: Metadata) -> list[Artifact]:
    """Make a PNG in the folder of an output, unless it is there already.

    Raises:
        InterruptedRun: the user asked to stop.
        ArtgenError: it cannot be painted or written.
    """
    path = run.artifact_folder(output) / file_name
    keep_only(path.parent, {"recipe": page.recipe, "works": page.identity, "metadata": metadata}, file_name)
    if not path.exists():
        image = page.draw()
        details = file_details(metadata, page.recipe, page.alt)
        with whole_file(path) as part:
            image.save(part, "PNG", pnginfo=png_text(details), dpi=(_PRINT_DPI, _PRINT_DPI))
    width, height = picture_size(path)
    return [run.record("sheet", path, output, **page.told, width=width, height=height)]


def page_options(kind: str, config: PaintedConfig) -> dict[str, Any]:
    """What the recipe of a page tells of its own options: those that are not the defaults."""
    told = config.model_dump(mode="json", exclude=_TOLD_ELSEWHERE, exclude_defaults=True)
    return {"type": kind, **told}


def check_that_it_fits(layout: Layout, pictures: int, output: str, hint: str) -> None:
    """Refuse a page that is larger than what is made in memory.

    Raises:
        ArtgenError: it is.
    """
    if layout.megapixels > _LARGEST_MEGAPIXELS:
        width, height = layout.tile
        raise ArtgenError(
            f"a page of {pictures:,} pictures at {width}×{height} has {layout.megapixels:,.0f} megapixels; "
            f"the limit is {_LARGEST_MEGAPIXELS}, because it is made in memory",
            where=f"outputs.{output}",
            hint=hint,
        )
