"""Ways through the space of w as a person names them: a direction found now, a saved one, or another seed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from artgen.errors import ArtgenError
from artgen.latents.directions import FOUND, SEED, Directions, closed_form_directions, principal_directions
from artgen.latents.sampler import Sampler
from artgen.latents.saved_directions import read_directions, saved_directions


@dataclass(frozen=True, eq=False)
class Axis:
    """A straight way from a point.

    Attributes:
        name: as people know it.
        step: what is added to the point to be one unit further, (D,).
        unit: what one unit is, in a word.
        ends: whether one unit is the end of the way: another picture.
    """

    name: str
    step: Tensor
    unit: str
    ends: bool


def axis_of(sampler: Sampler, run: Path, text: str, start: Tensor, *, label: int | None, truncation: float) -> Axis:
    """What a job means by ``"2"``, ``"pca 3"``, ``"closed-form 1"``, ``"smile"``, ``"mine/smile"`` or ``"seed 12"``.

    Args:
        sampler: of the generator.
        run: its folder.
        text: what the job says; a number alone is one of the directions that this kind of generator has.
        start: the point that it leads away from.
        label: the class that other seeds are painted as.
        truncation: of other seeds.

    Raises:
        ArtgenError: there is no such direction.
    """
    if seed := SEED.fullmatch(text):
        other = sampler.points([int(seed[1])], truncation, label)[0]
        return Axis(text, other - start, "of the way", ends=True)
    found = FOUND.fullmatch(text)
    directions, name = _found_now(sampler, found[1], found[2], label) if found else _saved(run, text)
    step = directions.moved(start, name, 1.0) - start
    return Axis(f"{directions.method} {name}" if found else name, step, "deviations", ends=False)


def find_directions(sampler: Sampler, method: str = "", **options: object) -> Directions:
    """Directions by ``"pca"`` or ``"closed-form"``; by default the one that says more of this kind of generator.

    Raises:
        ArtgenError: the generator has not what the method needs.
    """
    closed = method == "closed-form" or (not method and sampler.normal_size > 0)
    find = closed_form_directions if closed else principal_directions
    return find(sampler, **options)  # type: ignore[arg-type]


def _found_now(sampler: Sampler, method: str | None, number: str, label: int | None) -> tuple[Directions, str]:
    return find_directions(sampler, method or "", count=int(number), label=label), number


def _saved(run: Path, text: str) -> tuple[Directions, str]:
    """A saved direction by its own name, or by that of its file before it."""
    file, _, own = text.rpartition("/")
    files = [file] if file else saved_directions(run)
    known = {name: read_directions(run, name) for name in files}
    holding = [name for name, directions in known.items() if own in directions.names]
    if len(holding) == 1:
        return known[holding[0]], own
    if holding:
        told = ", ".join(f"'{name}/{own}'" for name in holding)
        raise ArtgenError(f"several directions are called '{own}'", where=str(run), hint=f"Say which: {told}")
    there = [f"{file}/{name}" for file, directions in known.items() for name in directions.names]
    raise ArtgenError(
        f"there is no direction '{text}'",
        where=str(run),
        hint=f"There are numbers such as '1', 'seed 7'{''.join(f', {one!r}' for one in there[:30])}. "
        "artgen directions RUN finds and names more.",
    )
