"""Which class an output paints, and how its files tell it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from artgen.errors import ArtgenError

if TYPE_CHECKING:
    from artgen.latents.sampler import Sampler
    from artgen.outputs.config import PaintedConfig


def asked_label(config: PaintedConfig, output: str, source: Sampler) -> int | None:
    """The class that an output asks for; None for every seed's own.

    Args:
        config: of the output.
        output: its name in the job.
        source: knows the classes.

    Raises:
        ArtgenError: there is no such class.
    """
    return label_called(config.class_, source, f"outputs.{output}.class") if config.class_ else None


def label_called(name: str, source: Sampler, where: str) -> int:
    """The number of a class, of those that a sampler knows; see `number_of`."""
    return number_of(name, source.classes, where)


def number_of(name: str, classes: Sequence[str], where: str) -> int:
    """The number of a class.

    Args:
        name: of the class.
        classes: there are.
        where: the place that names it.

    Raises:
        ArtgenError: there is no such class.
    """
    if name in classes:
        return classes.index(name)
    if not classes:
        hint = "Leave it out; classes are learned from sub-folders with [data] classes = true."
        raise ArtgenError(f"'{name}' is no class: this generator knows none", where=where, hint=hint)
    close = difflib.get_close_matches(name, classes, 1)
    meant = f"Did you mean '{close[0]}'? " if close else ""
    raise ArtgenError(
        f"'{name}' is no class of this generator", where=where, hint=f"{meant}There are: {', '.join(classes)}"
    )


def told_class(source: Sampler, label: int | None) -> dict[str, str]:
    """What files tell of a class: its name as ``class``; nothing where there is none."""
    return {} if label is None else {"class": source.classes[label]}
