"""``artgen init``: a commented job for a folder of pictures, by what is in it."""

from __future__ import annotations

import json
import shlex
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from artgen.data.look import Seen

KINDS = ("gan", "style")
EXAMPLE_SIDE_PX = 64
EXAMPLE_BATCH = 16


@click.command()
@click.argument("arguments", metavar="[KIND] [FOLDER…]", nargs=-1)
@click.option(
    "-o",
    "--output",
    default="job.toml",
    show_default=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the job here.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def init(arguments: tuple[str, ...], output: Path, force: bool) -> None:
    """Write a commented job for FOLDER (by default this one), by what is in it.

    KIND is gan: learn from the pictures and paint new ones. Or it is style, with two folders or pictures: repaint those
    of the first like those of the second.
    """
    from artgen.errors import JobError
    from artgen.runs.files import told_of_disk, write_text

    kind, rest = (arguments[0], arguments[1:]) if arguments and arguments[0] in KINDS else ("gan", arguments)
    if len(rest) > 1 and kind == "gan":
        raise JobError(_why_not(rest, given=len(rest) < len(arguments)), where="artgen init")
    if len(rest) != 2 and kind == "style":
        text = "name what to repaint and what to paint it like: artgen init style PHOTOS PAINTINGS"
        raise JobError(text, where="artgen init")
    for word in rest:
        _check_that_it_can_be_written(word)
    place = output.absolute().parent
    text = _style_text(rest, place) if kind == "style" else _gan_text(rest, output)
    if output.exists() and not force:
        raise JobError("this file is there already", where=str(output), hint="--force writes over it; -o names another")
    with told_of_disk(output):
        place.mkdir(parents=True, exist_ok=True)
        write_text(output, text)
    name = shlex.quote(str(output))
    click.echo(f"wrote {output}\n  artgen plan {name}   shows what it means\n  artgen run {name}    runs it")


def _check_that_it_can_be_written(name: str) -> None:
    """A job file is UTF-8, and a name on a disk may be none."""
    from artgen.errors import JobError

    try:
        name.encode()
    except UnicodeEncodeError as error:
        shown = name.encode(errors="backslashreplace").decode()
        raise JobError(f"'{shown}' is a name that no job file can hold: rename it", where="artgen init") from error


def _why_not(words: Sequence[str], *, given: bool) -> str:
    """What is wrong with two folders or more of a GAN, or with a kind that there is not."""
    from artgen.job.words import did_you_mean

    if not given and not Path(words[0]).exists():
        return f"'{words[0]}' is no kind of job{did_you_mean(words[0], KINDS) or '.'} There are: {', '.join(KINDS)}"
    style = shlex.join(["artgen", "init", "style", *words])
    others = f"; to repaint the pictures of the first like those of the second: {style}" if len(words) == 2 else ""
    return f"a gan learns from one folder, and {len(words)} are named{others}"


def _style_text(words: Sequence[str], place: Path) -> str:
    from artgen.cli.init_style import style_job_text

    return style_job_text(Path(words[0]), Path(words[1]), place)


def _gan_text(words: Sequence[str], output: Path) -> str:
    from artgen.data.look import look
    from artgen.errors import JobError

    folder = Path(words[0] if words else ".")
    if not folder.is_dir():
        raise JobError(f"folder '{folder}' does not exist", where="artgen init")
    place = output.absolute().parent
    if place.resolve().is_relative_to(folder.resolve()):
        raise JobError(
            "the job would stand among its pictures, and what it paints would be learned from again",
            where=str(output),
            hint=f"go to a folder outside of {folder}, or name a file there with -o",
        )
    return job_text(folder, look(folder), place)


def job_text(folder: Path, seen: Seen, place: Path) -> str:
    """The job file that stands in the folder `place`."""
    from artgen.cli.job_text import aligned, quoted, relative
    from artgen.data.look import suggested_size
    from artgen.job.file_names import as_file_name

    widths, heights = zip(*seen.sizes, strict=True)
    why_colors = {
        "rgba": "most have transparency, and it is learned too; rgb paints it white",
        "gray": "they have no colour; rgb, rgba, gray",
        "rgb": "rgb, rgba (with transparency) or gray",
    }[seen.colors]
    text = _TEMPLATE.format(
        name=quoted(as_file_name(folder.resolve().name)),
        count=f"{seen.count:,} picture{'' if seen.count == 1 else 's'}",
        usual=f"{round(statistics.median(widths))}×{round(statistics.median(heights))}",
        folder=quoted(relative(folder, place)),
        size=json.dumps(suggested_size(seen, EXAMPLE_SIDE_PX)),
        colors=quoted(seen.colors),
        batch=min(EXAMPLE_BATCH, 1 << (seen.count.bit_length() - 1)),
        why_colors=why_colors,
    )
    return "".join(map(aligned, text.splitlines(keepends=True)))


_TEMPLATE = """\
# An art job. preset:auto chooses the network, the size and all else by the pictures and this machine; `artgen plan`
# shows what it chose and why, and every value. What this file says wins: take a # away to choose yourself.
# `artgen check` tells every mistake.

extends = "preset:auto"

[job]
name = {name}\t# the run's folder is runs/NAME, beside this file
seed = 7\t# another seed, another training

[data]
folder = {folder}\t# {count}, typically {usual}
# size = {size}\t# one side, or [width, height]: multiples of 8
# fit = "contain"\t# cover crops, contain pads, stretch deforms
# colors = {colors}\t# {why_colors}
# mirror = true\t# also learn from mirrored pictures: not for writing

# [generator]
# type = "dcgan"\t# `artgen plugins` lists what there is

# [train]
# kimg = 100\t# thousands of pictures to learn from; raise it and run again, and it goes on
# minutes = 10\t# or a time instead of kimg
# batch = {batch}\t# not more than there are pictures

[[outputs]]
type = "sheet"\t# one page of pictures, with their seeds

[[outputs]]
type = "interpolation"\t# a film that wanders from picture to picture
seconds = 12

[[outputs]]
type = "gallery"\t# a page for the browser: pictures, films, the course of the training
count = 64
"""
