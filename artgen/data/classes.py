"""Classes of pictures: the first folder below the folder of pictures names the class of all that is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.data.scan import printable
from artgen.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SHOWN = 3


def class_of(name: str) -> str:
    """The class of a picture by its name in the folder; "" when it lies in no sub-folder."""
    folder, inside, _ = name.partition("/")
    return printable(folder) if inside else ""


def class_counts(names: Sequence[str]) -> dict[str, int]:
    """How many pictures each class has, by name; "" counts those in no sub-folder."""
    return dict(sorted(Counter(map(class_of, names)).items()))


def labelled(names: Sequence[str], folder: Path) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The classes, sorted by name, and the class of every picture; see `labelled_names`.

    Shape:
        (len(names),), 0 to the number of classes - 1.
    """
    import numpy as np

    classes = labelled_names(names, folder)
    number_of = {name: number for number, name in enumerate(classes)}
    return classes, np.array([number_of[class_of(name)] for name in names], np.int64)


def labelled_names(names: Sequence[str], folder: Path) -> tuple[str, ...]:
    """The classes, sorted by name.

    Args:
        names: of the pictures, relative to the folder.
        folder: of the pictures.

    Raises:
        DataError: there are fewer than two classes, or some pictures have none.
    """
    counts = class_counts(names)
    loose = counts.pop("", 0)
    if len(counts) < 2:
        there = f"there is only '{next(iter(counts))}'" if counts else "there is none"
        raise DataError(
            f"classes = true needs at least two sub-folders with pictures, and {there}",
            where=str(folder),
            hint="put the pictures of each class into a sub-folder of its own, or leave out [data] classes",
        )
    if loose:
        shown = ", ".join([printable(name) for name in names if "/" not in name][:_SHOWN])
        more = ", …" if loose > _SHOWN else ""
        raise DataError(
            f"classes = true, but {loose} picture{'s lie' if loose > 1 else ' lies'} in no sub-folder: {shown}{more}",
            where=str(folder),
            hint="move them into the sub-folder of a class, or leave out [data] classes",
        )
    return tuple(counts)
