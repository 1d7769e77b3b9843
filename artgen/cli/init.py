"""``artgen init``: a commented job for a folder of pictures, by what is in it."""

from __future__ import annotations

import json
import os
import statistics
from dataclasses import dataclass
from pathlib import Path

import click

KINDS = ("gan",)
LOOKED_AT = 300
"""Pictures that are opened, spread over the folder; more would tell nothing else."""
SHORT_SIDE_PX = 64
LARGE_FOLDER = 10_000


@dataclass(frozen=True)
class Seen:
    """What a folder of pictures is like.

    Attributes:
        count: picture files.
        sizes: (width, height) of those that were looked at, as they are shown (turned by their EXIF).
        alpha: share of them with transparency.
        gray: share of them without colour.
    """

    count: int
    sizes: list[tuple[int, int]]
    alpha: float
    gray: float


@click.command()
@click.argument("arguments", metavar="[KIND] [FOLDER]", nargs=-1)
@click.option("-o", "--output", default="job.toml", show_default=True, type=click.Path(path_type=Path), metavar="FILE")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def init(arguments: tuple[str, ...], output: Path, force: bool) -> None:
    """Write a commented job for FOLDER (by default this one), by what is in it.

    KIND is gan: learn from the pictures and paint new ones.
    """
    from artgen.errors import JobError

    rest = list(arguments)
    if rest and rest[0] in KINDS:
        rest.pop(0)
    if len(rest) > 1:
        raise JobError(f"'{rest[0]}' is no kind of job. There is: {', '.join(KINDS)}", where="artgen init")
    folder = Path(rest[0] if rest else ".")
    if not folder.is_dir():
        raise JobError(f"folder '{folder}' does not exist", where="artgen init")
    place = output.absolute().parent
    if place.resolve().is_relative_to(folder.resolve()):
        raise JobError(
            "the job would stand among its pictures, and what it paints would be learned from again",
            where=str(output),
            hint=f"go to a folder outside of {folder}, or name a file there with -o",
        )
    if output.exists() and not force:
        raise JobError("this file is there already", where=str(output), hint="--force writes over it; -o names another")
    text = job_text(folder, look(folder), place)
    place.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    click.echo(f"wrote {output}\n  artgen plan {output}   shows what it means\n  artgen run {output}    runs it")


def look(folder: Path) -> Seen:
    """Open the headers of some pictures.

    Raises:
        DataError: there are none.
    """
    from PIL import Image

    from artgen.data.scan import scan
    from artgen.errors import DataError

    files, _ = scan(folder)
    sizes: list[tuple[int, int]] = []
    modes: list[str] = []
    step = max(1, len(files) // LOOKED_AT)
    for file in files[::step]:
        try:
            with Image.open(folder / file.name) as picture:
                turned = picture.getexif().get(0x0112, 1) >= 5
                sizes.append((picture.height, picture.width) if turned else picture.size)
                modes.append("RGBA" if "transparency" in picture.info else picture.mode)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            continue
    if not sizes:
        raise DataError("there is no picture here that could be read", where=str(folder))
    alpha = sum(mode in ("RGBA", "LA", "PA", "La", "RGBa") for mode in modes)
    gray = sum(mode in ("1", "L", "I", "F", "LA") or mode.startswith("I;") for mode in modes)
    return Seen(len(files), sizes, alpha / len(modes), gray / len(modes))


def suggested_size(sizes: list[tuple[int, int]]) -> int | list[int]:
    """A size to train at: 64 pixels, less for smaller pictures, wide or tall where nearly all are."""
    from artgen.contracts import SHORTEST_SIDE_PX, SIDE_MULTIPLE_PX

    short = min(SHORT_SIDE_PX, round(statistics.median(min(size) for size in sizes)))
    short = max(SHORTEST_SIDE_PX, short // SIDE_MULTIPLE_PX * SIDE_MULTIPLE_PX)
    aspects = sorted(width / height for width, height in sizes)
    low, middle, high = (aspects[int(q * (len(aspects) - 1))] for q in (0.1, 0.5, 0.9))
    if high / low > 1.3 or 0.85 < middle < 1.18:
        return short
    long = max(short, min(2 * short, round(short * max(middle, 1 / middle) / SIDE_MULTIPLE_PX) * SIDE_MULTIPLE_PX))
    return short if long == short else [long, short] if middle > 1 else [short, long]


def job_text(folder: Path, seen: Seen, place: Path) -> str:
    """The job file that stands in the folder `place`."""
    from artgen.job.file_names import as_file_name

    size = suggested_size(seen.sizes)
    colors = "rgba" if seen.alpha > 0.5 else "gray" if seen.gray > 0.9 else "rgb"
    large = seen.count >= LARGE_FOLDER and size == SHORT_SIDE_PX
    widths, heights = zip(*seen.sizes, strict=True)
    usual = f"{round(statistics.median(widths))}×{round(statistics.median(heights))}"
    why_colors = {
        "rgba": "most have transparency, and it is learned too; rgb paints it white",
        "gray": "they have no colour; rgb, rgba, gray",
        "rgb": "rgb, rgba (with transparency) or gray",
    }[colors]
    text = _TEMPLATE.format(
        preset="dcgan-64" if large else "small-folder",
        name=_quoted(as_file_name(folder.resolve().name)),
        count=f"{seen.count:,} picture{'' if seen.count == 1 else 's'}",
        usual=usual,
        folder=_quoted(_relative(folder, place)),
        size=json.dumps(size),
        colors=_quoted(colors),
        why_colors=why_colors,
    )
    return "".join(map(_aligned, text.splitlines(keepends=True)))


def _aligned(line: str) -> str:
    code, mark, comment = line.partition("\t# ")
    return f"{code:<24}  # {comment}" if mark else line


def _relative(folder: Path, place: Path) -> str:
    try:
        return Path(os.path.relpath(folder.resolve(), place.resolve())).as_posix()
    except ValueError:  # another drive
        return folder.resolve().as_posix()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


_TEMPLATE = """\
# An art job. What is not said here comes from the preset; `artgen plan` shows every value and where it comes from,
# `artgen check` every mistake.

extends = "preset:{preset}"

[job]
name = {name}\t# the run's folder is runs/NAME, beside this file
seed = 7\t# another seed, another training

[data]
folder = {folder}\t# {count}, typically {usual}
size = {size}\t# one side, or [width, height]: multiples of 8
fit = "cover"\t# cover crops, contain pads, stretch deforms
colors = {colors}\t# {why_colors}
mirror = false\t# true also learns from mirrored pictures: not for writing

[train]
kimg = 100\t# thousands of pictures to learn from; raise it and run again, and it goes on
# minutes = 10\t# or a time instead of kimg
# batch = 16

[[outputs]]
type = "sheet"\t# one page of pictures, with their seeds

[[outputs]]
type = "interpolation"\t# a film that wanders from picture to picture
seconds = 12

[[outputs]]
type = "gallery"\t# a page for the browser: pictures, films, the course of the training
count = 64
"""
