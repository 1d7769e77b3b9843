"""What becomes of one picture along two ways through the space of w."""

from __future__ import annotations

import hashlib
from itertools import product
from typing import TYPE_CHECKING

import torch

from artgen.latents.axes import Axis, axis_of
from artgen.latents.loops import with_length
from artgen.outputs.classes import asked_label, told_class
from artgen.outputs.metadata import recipe_of
from artgen.outputs.stills.grid import Grid, Heads, tile_size
from artgen.outputs.stills.page import Page, page_options, write_page

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

    from artgen.latents.sampler import Sampler
    from artgen.outputs.stills.config import WalkGridConfig
    from artgen.runs.store import Artifact, Run

KIND = "walk-grid"


class WalkGrid:
    """Writes ``walk-grid.png``: a seed in the middle, and two axes through it.

    Args:
        config: the seed and the axes.
        name: of the output in the job.
    """

    def __init__(self, config: WalkGridConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Sampler, run: Run) -> list[Artifact]:
        """Make the page, unless it is there already.

        Raises:
            InterruptedRun: the user asked to stop.
            ArtgenError: there is no such class or direction.
        """
        config = self.config
        label = source.label_of(config.seed, asked_label(config, self.name, source))
        w = source.points([config.seed], config.truncation, label)[0]
        axes = [
            axis_of(source, run.folder, text, w, label=label, truncation=config.truncation)
            for text in (config.across, config.down)
        ]
        told = {"seeds": str(config.seed), **told_class(source, label)}
        recipe = recipe_of(source, run, truncation=config.truncation, **told)
        about = f"Seed {config.seed} of {run.name} in the middle, moved along {axes[0].name} and {axes[1].name}"
        page = Page(
            lambda: self._drawn(source, run, w, axes),
            {**recipe, "page": page_options(KIND, config)},
            about,
            told,
            identity={axis.name: _digest(axis) for axis in axes},
        )
        return write_page(page, run, self.name, f"{KIND}.png", config.metadata)

    def _drawn(self, source: Sampler, run: Run, w: Tensor, axes: list[Axis]) -> Image:
        config = self.config
        columns, rows = (
            _steps(count, 1.0 if axis.ends else config.reach)
            for axis, count in zip(axes, (config.columns, config.rows), strict=True)
        )
        note = f"seed {config.seed}   across: {axes[0].name}   down: {axes[1].name}"
        grid = Grid(
            tile_size(source.shape, config.tile_px),
            above=Heads(list(map(_as_text, columns))),
            beside=Heads(list(map(_as_text, rows))),
            title="" if config.title == "none" else config.title or run.name,
            note=note,
            framed=config.rows // 2 * config.columns + config.columns // 2,
        )
        points = (
            (_at(w, source.normal_size, [(axes[0], right), (axes[1], lower)]), config.seed)
            for lower, right in product(rows, columns)
        )
        return grid.drawn(source.along(points), run, self.name)


def _steps(count: int, reach: float) -> list[float]:
    """Numbers from -reach to reach, evenly spaced, with 0 in the middle."""
    half = count // 2
    return [reach * step / half for step in range(-half, half + 1)]


def _as_text(far: float) -> str:
    return f"{far:+.2f}".rstrip("0").rstrip(".") if far else "0"


def _at(w: Tensor, normal_size: int, moves: list[tuple[Axis, float]]) -> Tensor:
    """A point and what was added to it.

    Between seeds a standard normal latent would come off the sphere near which such latents lie, and paint blurred
    averages: its length goes from the one's to the other's.
    """
    moved = w + sum((far * axis.step for axis, far in moves), torch.zeros_like(w))
    legs = [(axis, far) for axis, far in moves if axis.ends and far]
    if not normal_size or not legs:
        return moved
    own = w[:normal_size].norm()
    length = own + sum(abs(far) * ((w + axis.step)[:normal_size].norm() - own) for axis, far in legs)
    return with_length(moved, normal_size, length)


def _digest(axis: Axis) -> str:
    """Of the way itself: another may have been saved under the same name since."""
    return hashlib.sha256(axis.step.numpy().tobytes()).hexdigest()
