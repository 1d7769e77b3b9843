"""A picture beside what a generator paints where it was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from artgen.latents.sampler import to_bytes
from artgen.outputs.metadata import file_details, png_text, recipe_of
from artgen.outputs.stills.grid import Grid, Heads, tile_size
from artgen.runs.files import whole_file

if TYPE_CHECKING:
    from torch import Tensor

    from artgen.latents.projection import Projection
    from artgen.latents.sampler import Sampler
    from artgen.runs.store import Run

_SIDE_PX = 256


def write_before_after(path: Path, picture: Tensor, found: Projection, sampler: Sampler, run: Run, sha256: str) -> None:
    """Draw both as a PNG.

    Args:
        path: of the PNG; its name is the title.
        picture: (C, H, W) in [-1, 1], as it was looked for.
        found: where.
        sampler: paints it.
        run: whose generator it is.
        sha256: of the picture's file.

    Raises:
        ArtgenError: it cannot be painted or written.
    """
    before = to_bytes(picture[None])[0].numpy()
    after = next(sampler.along([(found.w, found.noise)]))
    first, last = found.distances[0], found.distances[-1]
    grid = Grid(
        tile_size(sampler.shape, _SIDE_PX),
        above=Heads(["picture", "found"]),
        beside=Heads([""]),
        title=path.stem,
        note=f"distance {last:.2f} of {first:.2f}",
    )
    page = grid.drawn([before, after], run, path.stem)
    recipe = recipe_of(sampler, run, projection={"picture": sha256, "distance": [first, last]})
    details = file_details("full", recipe, f"A picture, and what {run.name} paints where it was found")
    with whole_file(path) as part:
        page.save(part, "PNG", pnginfo=png_text(details))
