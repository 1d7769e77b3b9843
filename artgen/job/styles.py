"""Which pictures the styles of a job are: the patterns of its losses as files. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.data.scan import extensions
from artgen.job.file_names import distinct_names
from artgen.job.inputs import files_of
from artgen.losses.config import StyleConfig

if TYPE_CHECKING:
    from artgen.job.model import Part


@dataclass(frozen=True)
class Style:
    """One style, as all losses that know of styles see it.

    Attributes:
        name: for people, from the names of its pictures: ``church-at-auvers``, or ``church+bridge`` when they are mixed.
            No two styles of a job have the same.
        files: its pictures by the loss's name; several are mixed.
    """

    name: str
    files: Mapping[str, list[Path]]


def styles_of(losses: Iterable[Part]) -> list[Style]:
    """The styles that losses name, in their order; none where no loss knows of styles.

    Losses that name one picture, or mix theirs, say the same in every style.
    """
    named = {loss.name: (_choices(loss.config), loss.config) for loss in losses if isinstance(loss.config, StyleConfig)}
    count = max((len(choices) for choices, _ in named.values()), default=0)
    names, files_of_styles = [], []
    for index in range(count):
        # Of a finished run, pictures may be gone.
        own = {name: (choices[index:] or choices or [[]])[0] for name, (choices, _) in named.items()}
        telling = [own[name] for name, (choices, _) in named.items() if len(choices) == count]
        names.append("+".join(dict.fromkeys(file.stem for files in telling for file in files)))
        files_of_styles.append(own)
    return [Style(name, files) for name, files in zip(distinct_names(names), files_of_styles, strict=True)]


def pictures_of(patterns: Sequence[str]) -> list[Path]:
    """The pictures that absolute patterns match, none twice: in the order of the patterns, those of one by name."""
    return list(dict.fromkeys(masks_of(patterns)))


def masks_of(patterns: Sequence[str]) -> list[Path]:
    """The same, but as often as they are named: two contents may have one mask.

    A file that is named in full is one whatever its ending is; what a pattern finds must look like a picture.
    """
    endings = extensions()
    found: list[Path] = []
    for pattern in patterns:
        files = files_of(pattern)
        in_full = files == [Path(pattern)]
        found.extend(file for file in files if in_full or file.suffix.lower() in endings)
    return found


def _choices(config: StyleConfig) -> list[list[Path]]:
    """What a loss holds pictures against, one entry for each style."""
    pictures = pictures_of(config.images)
    return [pictures] if config.mix else [[picture] for picture in pictures]
