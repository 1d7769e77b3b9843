"""Looking through a folder of pictures before anything is trained on it."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from artgen.contracts import SIDE_MULTIPLE_PX
from artgen.data import pool
from artgen.data.classes import class_counts
from artgen.data.decode import Recipe, crop_box
from artgen.data.duplicates import near_duplicates, same_files
from artgen.data.examine import THUMB_PX, Facts
from artgen.data.scan import READABLE, Skipped, printable, scan
from artgen.errors import DataError

SIDE_STEPS_PX = (32, 64, 128, 256, 512, 1024, 2048)
ASPECT_STEPS = ((0.5, "under 1:2"), (0.8, "1:2 to 4:5"), (1.25, "4:5 to 5:4"), (2.0, "5:4 to 2:1"))
WIDEST = "over 2:1"
WORST_SHOWN = 5

_SUGGESTED_SIDES_PX = (512, 384, 256, 192, 128, 96, 64, 48, 32)
_LOSS_FOR_CONTAIN = 0.25


@dataclass(frozen=True)
class Picture:
    """One readable picture of the folder."""

    name: str
    facts: Facts


@dataclass(frozen=True)
class Report:
    """What was found in a folder, at a wanted size.

    Attributes:
        unreadable: files and folders that give no picture, and why.
        tiny: pictures that would be enlarged.
        same: names of equal files, in groups.
        near: (name, distance to the first) of pictures that look nearly the same, in groups.
        lost: of each picture, the share of its area that `fit = "cover"` crops away.
    """

    folder: Path
    recipe: Recipe
    pictures: list[Picture]
    unreadable: list[Skipped]
    tiny: list[Picture]
    same: list[list[str]]
    near: list[list[tuple[str, float]]]
    lost: list[float]

    def short_sides(self) -> dict[str, int]:
        """How many pictures have which short side, in pixels."""
        return _histogram([min(p.facts.width, p.facts.height) for p in self.pictures])

    def aspects(self) -> dict[str, int]:
        """How many pictures have which width : height."""
        names = [_aspect_name(p.facts.width / p.facts.height) for p in self.pictures]
        return {name: names.count(name) for name in (*dict(ASPECT_STEPS).values(), WIDEST) if name in names}

    def kinds(self) -> dict[str, int]:
        """How many pictures have which format."""
        return _counted([p.facts.kind for p in self.pictures])

    def modes(self) -> dict[str, int]:
        """How many pictures have which channels, in Pillow's names."""
        return _counted([p.facts.mode for p in self.pictures])

    def classes(self) -> dict[str, int]:
        """How many pictures each sub-folder has, "" those in none; empty when there are no sub-folders."""
        counts = class_counts([p.name for p in self.pictures])
        return counts if any(counts) else {}

    def traits(self) -> dict[str, int]:
        """How many pictures are transparent, turned by EXIF and so on."""
        return {
            trait: sum(getattr(p.facts, trait) for p in self.pictures)
            for trait in ("transparent", "profile", "deep", "turned", "animated")
        }

    def worst_crops(self) -> list[tuple[str, float]]:
        """The pictures that lose most, worst first, with the share that they lose."""
        order = sorted(range(len(self.lost)), key=lambda index: (-self.lost[index], self.pictures[index].name))
        return [(self.pictures[index].name, self.lost[index]) for index in order[:WORST_SHOWN] if self.lost[index] > 0]

    def mean_lost(self) -> float:
        """The mean share of a picture that is cropped away."""
        return sum(self.lost) / len(self.lost)

    def suggestion(self) -> dict[str, Any]:
        """A `[data]` table for this folder, without `folder`."""
        width, height = _suggested_size(self.pictures)
        recipe = Recipe(width, height, "cover", "rgb", (0, 0, 0))
        lost = [_lost(p.facts, recipe) for p in self.pictures]
        transparent = self.traits()["transparent"] > len(self.pictures) / 2
        grey = all(p.facts.mode in {"1", "L", "I", "F"} or p.facts.mode.startswith("I;16") for p in self.pictures)
        return {
            "size": width if width == height else [width, height],
            "fit": "contain" if sum(lost) / len(lost) > _LOSS_FOR_CONTAIN else "cover",
            "colors": "gray" if grey else "rgba" if transparent else "rgb",
        }

    def as_json(self) -> dict[str, Any]:
        """All of it as plain data; names are relative to the folder."""
        return {
            "folder": str(self.folder),
            "size": [self.recipe.width, self.recipe.height],
            "fit": self.recipe.fit,
            "readable": len(self.pictures),
            "unreadable": [{"name": one.name, "reason": one.reason} for one in self.unreadable],
            "tiny": [{"name": p.name, "width": p.facts.width, "height": p.facts.height} for p in self.tiny],
            "same": self.same,
            "near": [[{"name": name, "distance": round(d, 4)} for name, d in group] for group in self.near],
            "short_sides_px": self.short_sides(),
            "aspects": self.aspects(),
            "formats": self.kinds(),
            "modes": self.modes(),
            "classes": self.classes(),
            **self.traits(),
            "crop": {
                "mean_lost": round(self.mean_lost(), 4),
                "worst": [{"name": name, "lost": round(lost, 4)} for name, lost in self.worst_crops()],
            },
            "suggestion": self.suggestion(),
        }


def inspect_folder(
    folder: Path,
    recipe: Recipe,
    *,
    progress: Callable[[int, int], None] | None = None,
    workers: int | None = None,
) -> Report:
    """Examine every picture of a folder.

    Args:
        folder: searched with all folders below it.
        recipe: the wanted size and fit, which decide what is tiny and what is cropped.
        progress: called with (examined, to examine).
        workers: how many processes; as many as there are cores by default.

    Raises:
        DataError: the folder does not exist, or nothing in it can be read.
    """
    files, unreadable = scan(folder)
    paths = [os.path.join(folder, file.name) for file in files]  # noqa: PTH118 (10 times quicker)
    facts: list[Facts] = [Facts(reason="the decoder crashed on it")] * len(files)
    for done, (index, result) in enumerate(pool.run("artgen.data.examine:Examiner", None, paths, workers), 1):
        if result is not pool.CRASHED:
            facts[index] = Facts(*result)
        if progress:
            progress(done, len(files))
    pairs = [(printable(file.name), fact) for file, fact in zip(files, facts, strict=True)]
    unreadable += [Skipped(name, fact.reason) for name, fact in pairs if fact.reason]
    pictures = [Picture(name, fact) for name, fact in pairs if not fact.reason]
    if not pictures:
        reasons = "".join(f"\n  {one}" for one in unreadable[:WORST_SHOWN])
        message = f"no picture here can be read{reasons}" if unreadable else "there is no picture in this folder"
        raise DataError(message, where=str(folder), hint=f"it should hold {READABLE} files")
    same, near = _duplicates(pictures)
    tiny = [picture for picture in pictures if _enlarged(picture.facts, recipe)]
    lost = [_lost(picture.facts, recipe) for picture in pictures]
    return Report(folder, recipe, pictures, unreadable, tiny, same, near, lost)


def _duplicates(pictures: Sequence[Picture]) -> tuple[list[list[str]], list[list[tuple[str, float]]]]:
    same = same_files([picture.facts.sha256 for picture in pictures])
    again = {index for group in same for index in group[1:]}
    distinct = [picture for index, picture in enumerate(pictures) if index not in again]
    content = b"".join(bytes.fromhex(picture.facts.thumb) for picture in distinct)
    near = near_duplicates(np.frombuffer(content, np.uint8).reshape(-1, THUMB_PX, THUMB_PX, 3))
    return (
        [[pictures[index].name for index in group] for group in same],
        [[(distinct[index].name, distance) for index, distance in group] for group in near],
    )


def _enlarged(facts: Facts, recipe: Recipe) -> bool:
    width, height = recipe.scaled(facts.width, facts.height)
    return width > facts.width or height > facts.height


def _lost(facts: Facts, recipe: Recipe) -> float:
    if recipe.fit != "cover":
        return 0.0
    left, upper, right, lower = crop_box(facts.width, facts.height, recipe)
    return max(0.0, 1 - (right - left) * (lower - upper) / (facts.width * facts.height))


def _histogram(sides_px: Sequence[int]) -> dict[str, int]:
    names = [f"under {SIDE_STEPS_PX[0]}"]
    names += [f"{low}-{high - 1}" for low, high in itertools.pairwise(SIDE_STEPS_PX)]
    names.append(f"{SIDE_STEPS_PX[-1]} and more")
    counts = Counter(int(np.searchsorted(SIDE_STEPS_PX, side, "right")) for side in sides_px)
    return {names[bucket]: counts[bucket] for bucket in sorted(counts)}


def _aspect_name(aspect: float) -> str:
    return next((name for limit, name in ASPECT_STEPS if aspect < limit), WIDEST)


def _counted(names: Sequence[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])))


def _suggested_size(pictures: Sequence[Picture]) -> tuple[int, int]:
    """The largest usual size that nine of ten pictures reach; not square when most share another proportion."""
    short_sides = sorted(min(p.facts.width, p.facts.height) for p in pictures)
    enough = short_sides[len(short_sides) // 10]
    side = next((px for px in _SUGGESTED_SIDES_PX if px <= enough), _SUGGESTED_SIDES_PX[-1])
    aspects = np.array([p.facts.width / p.facts.height for p in pictures])
    usual = float(np.median(aspects))
    alike = np.mean(np.abs(np.log(aspects / usual)) < 0.1) >= 0.8
    if not alike or 0.9 < usual < 1.1 or not 0.25 <= usual <= 4:
        return side, side
    long = round(side * max(usual, 1 / usual) / SIDE_MULTIPLE_PX) * SIDE_MULTIPLE_PX
    return (long, side) if usual > 1 else (side, long)
