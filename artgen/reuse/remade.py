"""What is made again, and what is read of a recipe for it: anybody may have changed the recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from artgen.errors import DataError
from artgen.terminal import harmless

if TYPE_CHECKING:
    from artgen.outputs.works import Work, Works


@dataclass(frozen=True)
class Remade:
    """A picture that can be made again.

    Attributes:
        work: the one that is meant.
        works: where it is painted.
        how: in words.
    """

    work: Work
    works: Works
    how: str


def broken(what: str) -> NoReturn:
    """Refuse a recipe that no artgen wrote.

    Raises:
        DataError: always.
    """
    raise DataError(f"what it says of how it was made is damaged: {harmless(what)}")


def digest_of(value: Any) -> str:
    """A sha256 as it stands in a recipe."""
    if not isinstance(value, str) or len(value) != 64 or set(value) - set("0123456789abcdef"):
        broken("a sha256 is none")
    return value


def name_in(recipe: Mapping[str, Any], key: str) -> str:
    """A name in a recipe, which errors may quote; empty where there is none."""
    value = recipe.get(key, "")
    if not isinstance(value, str) or not value.isprintable():
        broken(f"its {key} is no name")
    return value
