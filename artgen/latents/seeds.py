"""What a seed stands for: the latent and the noise that one picture is painted from.

A picture's seed is its own. It names the same latent whatever the job's seed, the batch or the output, because the
numbers are drawn on the CPU from (seed, purpose) alone. Reading seeds needs no torch, so that `artgen check` can.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

if TYPE_CHECKING:
    from torch import Tensor

MOST_SEEDS = 1_000_000
LARGEST_SEED = 2**63 - 1
AUTO = "auto"
"""What `seeds` says where the number of pictures decides."""

_PART = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")


def parse_seeds(seeds: str | int | Sequence[int]) -> list[int]:
    """The seeds that ``"0-63"``, ``"1,2,5-10"``, ``7`` or ``[1, 2, 5]`` mean, in that order.

    Raises:
        ValueError: the text is no list of seeds, or names more than a million.
    """
    if isinstance(seeds, int):
        return [_checked(seeds)]
    found = _read(seeds) if isinstance(seeds, str) else [_checked(seed) for seed in seeds]
    if not found:
        raise ValueError("no seeds given; write them like '0-63' or '1,2,5-10'")
    return found


def _read(text: str) -> list[int]:
    found: list[int] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = _PART.fullmatch(part)
        if not match:
            raise ValueError(f"'{part}' is no seed and no range of seeds; write them like '0-63' or '1,2,5-10'")
        first = _checked(int(match[1]))
        last = _checked(int(match[2])) if match[2] else first
        if last < first:
            raise ValueError(f"the range '{part}' runs backwards; write '{last}-{first}'")
        if len(found) + last - first >= MOST_SEEDS:
            raise ValueError(f"'{text}' names more than {MOST_SEEDS:,} seeds")
        found.extend(range(first, last + 1))
    return found


def _checked(seed: int) -> int:
    if not 0 <= seed <= LARGEST_SEED:
        raise ValueError(f"{seed} is no seed: seeds run from 0 to {LARGEST_SEED}")
    return seed


def _given(seeds: str | int | list[int]) -> str | int | list[int]:
    parse_seeds(seeds)
    return seeds


def _given_or_auto(seeds: str | int | list[int]) -> str | int | list[int]:
    return seeds if seeds == AUTO else _given(seeds)


Seeds = Annotated[str | int | list[int], AfterValidator(_given)]
"""A config field that holds seeds as a person writes them; `parse_seeds` reads it."""

SeedsOrAuto = Annotated[str | int | list[int], AfterValidator(_given_or_auto)]
"""The same, or "auto" for the output's own choice."""


def describe_seeds(seeds: Sequence[int]) -> str:
    """Seeds as a person would write them: ``[0, 1, 2, 3, 9]`` is ``"0-3,9"``."""
    runs: list[list[int]] = []
    for seed in seeds:
        if runs and seed == runs[-1][1] + 1:
            runs[-1][1] = seed
        else:
            runs.append([seed, seed])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def latent_of(seed: int, latent_size: int) -> Tensor:
    """The standard normal latent of a seed.

    Shape:
        (latent_size,), float32, on the CPU.
    """
    from artgen.seeding import Draws

    return Draws(seed, "latent").normal(latent_size)[0]


def class_of(seed: int, classes: int) -> int:
    """The class that a seed is painted as when nobody asks for one; each is as likely.

    Returns:
        0 to classes - 1.
    """
    return class_among(seed, range(classes))


def class_among(seed: int, labels: Sequence[int]) -> int:
    """The class that a seed is painted as among others, each as often as among these."""
    from artgen.seeding import Draws

    return labels[int(Draws(seed, "class").uniform(1).item() * len(labels))]


def noise_of(seed: int, name: str, height: int, width: int) -> Tensor:
    """The standard normal noise that a seed adds at one named place of a generator.

    Shape:
        (1, height, width), float32, on the CPU.
    """
    from artgen.seeding import Draws

    return Draws(seed, f"noise/{name}").normal(height * width).reshape(1, height, width)
