"""Whether the pictures were learned by heart, as the page tells it from what the training measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from artgen.outputs.stills.nearest_pairs import pair_file

if TYPE_CHECKING:
    from pathlib import Path

    from artgen.runs.store import Run


@dataclass(frozen=True)
class Pair:
    """A painted picture and its nearest training picture, in one file.

    Attributes:
        distance: in units of the training pictures' own mean distance to their nearest.
        width: of the file, in pixels; likewise `height`.
    """

    seed: int
    distance: float
    path: Path
    width: int
    height: int


@dataclass(frozen=True)
class Memorisation:
    """What the page says, and the pairs it shows, the nearest first."""

    verdict: str
    pairs: list[Pair]


def memorisation(run: Run) -> Memorisation | None:
    """The report on the checkpoint that the run's pictures are made from; None when there is none."""
    figures = run.final_figures()
    report = figures.get("nearest_pairs")
    if report is None or run.checkpoint is None or figures["checkpoint"] != run.checkpoint.sha256:
        return None
    pairs = [_pair(run, **told) for told in report["nearest"] if (run.folder / pair_file(told["seed"])).is_file()]
    return Memorisation(verdict(report["close"], figures["pictures"]), pairs) if pairs else None


def _pair(run: Run, seed: int, distance: float) -> Pair:
    path = pair_file(seed)
    with Image.open(run.folder / path) as image:
        return Pair(seed, distance, path, *image.size)


def verdict(close: int, measured: int) -> str:
    """How many pictures are close to a training picture, and whether that is many.

    Args:
        close: pictures nearer to a training picture than 95 % of the training pictures are to another one.
        measured: of how many.
    """
    usual = "to a training picture than 19 in 20 training pictures are to each other"
    if not close:
        return f"None of the {measured:,} pictures measured is closer {usual}."
    told = f"{close:,} of the {measured:,} pictures measured {'is' if close == 1 else 'are'} closer {usual}"
    if close * 20 <= 2 * measured:
        return f"{told}. About as many would be if all were new: 1 in 20."
    return f"{told}. Were all of them new, 1 in 20 would be: the generator seems to learn by heart."
