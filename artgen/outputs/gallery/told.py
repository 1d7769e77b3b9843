"""What is told of pictures in words: on the label, beside one of them, and as commands that make them again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from artgen.distributions import BUILTIN
from artgen.runs.progress import duration

if TYPE_CHECKING:
    from pathlib import PurePath

    from artgen.outputs.config import GalleryConfig
    from artgen.outputs.works import Work, Works
    from artgen.runs.store import Run

Line = tuple[str, str]
"""A name and what is told under it."""

_OWN = {"content": "Content", "style": "Style", "seed": "Seed"}


def label_lines(run: Run, works: Works) -> list[str]:
    """The few lines beside the title, as on the label beside a painting."""
    count = len(works.works)
    colors = {1: "grey", 3: "colour", 4: "colour with transparency"}[max(work.channels for work in works.works)]
    lines = [f"{count:,} {'picture' if count == 1 else 'pictures'}, {_size_in_words(works.works)}, {colors}"]
    generator = _bare(run.lock.get("generator", {}).get("type", ""))
    if generator and run.checkpoint:
        lines.append(f"{generator}, after {run.checkpoint.images:,} training pictures")
    elif works.numbered and generator:
        lines.append(generator)
    if works.recipe.get("truncation", 1) != 1:
        lines.append(f"truncation {works.recipe['truncation']:g}")
    if seconds := sum(work.details.get("seconds", 0) for work in works.works):
        lines.append(f"painted in {duration(seconds)}")
    return lines


def _size_in_words(works: Sequence[Work]) -> str:
    if len({(work.width, work.height) for work in works}) == 1:
        return f"{works[0].width} × {works[0].height} pixels"
    long_sides = {max(work.width, work.height) for work in works}
    return f"long side {'' if len(long_sides) == 1 else 'up to '}{max(long_sides)} pixels"


def _bare(name: str) -> str:
    return name.removeprefix(f"{BUILTIN}:")


def own_lines(work: Work) -> list[Line]:
    """What is told of one picture with a name of its own, in the larger view."""
    told = work.details
    lines = [(title, str(told[key])) for key, title in _OWN.items() if key in told]
    if "seconds" in told:
        lines.append(("Painted in", f"{duration(told['seconds'])}, {told['steps']:,} steps"))
    lines += [(f"Loss {name}", f"{value:.3g}") for name, value in told.get("losses", {}).items()]
    return lines + [("Note", note) for note in told.get("notes", ())]


def recipe_lines(recipe: Mapping[str, Any]) -> list[Line]:
    """What all pictures have in common; the files carry it in full."""
    lines = [("Job", str(recipe["job"]))]
    if weights := recipe.get("checkpoint"):
        lines.append(("Checkpoint", f"step {weights['step']:,}, {weights['images']:,} training pictures"))
        lines.append(("sha256", f"{weights['sha256'][:12]}…"))
    if "truncation" in recipe:
        lines.append(("Truncation ψ", f"{recipe['truncation']:g}"))
    if losses := recipe.get("settings", {}).get("losses"):
        lines.append(("Losses and weights", ", ".join(_weighted(losses))))
    versions = ", ".join(f"{name} {version}" for name, version in recipe.get("versions", {}).items())
    device = f", on {recipe['device']}" if "device" in recipe else ""
    lines.append(("Made with", f"artgen {recipe['artgen']}, {versions}{device}"))
    return lines


def _weighted(losses: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for loss in losses:
        name = loss.get("name") or _bare(str(loss.get("type", "")))
        yield f"{name} × {loss['weight']:g}" if isinstance(loss.get("weight"), int | float) else name


def how_to_make_again(run: Run, works: Works, config: GalleryConfig, pictures: PurePath, job: str) -> dict[str, str]:
    """What the page copies: a command and a piece of TOML for one picture, to be followed by what names it.

    Args:
        pictures: the folder of their files, in the run's.
        job: as it was written.

    Returns:
        ``command`` and ``selection``, which want a seed or a file name at their end, and ``toml``, where ``{}`` stands
        for the seed; the whole job where there are none. No place on a disk is told: the run is looked for where
        `artgen run` would put it.
    """
    place = f"runs/{run.folder.name}"
    folder = shlex.quote(place)
    again = {"selection": f"artgen render {folder} --selection "}
    if not works.numbered:
        return again | {"command": f"artgen remake {shlex.quote(f'{place}/{pictures.as_posix()}/')}", "toml": job}
    words, lines = "", ""
    if config.truncation != 1:
        words += f"--truncation {config.truncation:g} "
        lines += f"truncation = {config.truncation:g}\n"
    if config.class_:
        name = json.dumps(config.class_, ensure_ascii=False)
        words += f"--set {shlex.quote(f'class={name}')} "
        lines += f"class = {name}\n"
    toml = f'[[outputs]]\ntype = "images"\nseeds = "{{}}"\n{lines}'
    return again | {"command": f"artgen render {folder} {words}--seeds ", "toml": toml}
