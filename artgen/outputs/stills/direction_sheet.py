"""What each of some directions does to a picture: a strip for each, so that a person can name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen.latents.directions import Directions
from artgen.outputs.classes import told_class
from artgen.outputs.metadata import recipe_of
from artgen.outputs.stills.grid import Grid, Heads, tile_size
from artgen.outputs.stills.page import Page, write_page

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

    from artgen.latents.sampler import Sampler
    from artgen.runs.store import Run

OUTPUT = "directions"
_DEVIATIONS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)


def write_direction_sheet(
    source: Sampler, run: Run, name: str, directions: Directions, seed: int, label: int | None
) -> Path:
    """Draw ``artifacts/directions/NAME.png``: a row for each direction, the picture itself in the middle.

    Args:
        source: of the generator that they were found in.
        run: its run.
        name: that they were saved under.
        directions: at least one.
        seed: of the picture.
        label: its class, where pictures have classes.

    Raises:
        InterruptedRun: the user asked to stop.
        ArtgenError: it cannot be painted or written.
    """
    label = source.label_of(seed, label)
    w = source.points([seed], label=label)[0]
    told = {"seeds": str(seed), **told_class(source, label)}
    grid = Grid(
        tile_size(source.shape, 0),
        above=Heads([f"{far:+g}" if far else "0" for far in _DEVIATIONS]),
        beside=Heads(directions.names),
        title=run.name,
        note=f"{name}   seed {seed}   in standard deviations",
    )

    def draw() -> Image:
        points = ((directions.moved(w, own, far), seed) for own in directions.names for far in _DEVIATIONS)
        return grid.drawn(source.along(points), run, OUTPUT)

    page = Page(
        draw,
        {**recipe_of(source, run, **told), "page": {"type": OUTPUT, "directions": list(directions.names)}},
        f"Seed {seed} of {run.name}, moved along each of {len(directions.names)} directions",
        told,
        {own: str(vector.tolist()) for own, vector in zip(directions.names, directions.vectors, strict=True)},
    )
    (artifact,) = write_page(page, run, OUTPUT, f"{name}.png", "full")
    return run.folder / artifact.path
