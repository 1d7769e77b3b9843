"""The job that ``artgen init style`` writes: pictures to repaint and what to paint them like."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from artgen.cli.job_text import aligned, quoted, relative
from artgen.errors import JobError


def style_job_text(content: Path, style: Path, place: Path) -> str:
    """The job file that stands in the folder `place`.

    Args:
        content: a picture, or a folder of them.
        style: likewise.

    Raises:
        JobError: one of them is not there, is a folder without pictures, or none that can be read.
    """
    from artgen.job.file_names import as_file_name
    from artgen.job.styles import pictures_of
    from artgen.job.unreadable import unreadable

    patterns, counted = [], []
    for named, other in ((content, style), (style, content)):
        below = _below(named, (other, place)) if named.is_dir() else ""
        pictures = pictures_of([str((named / below).absolute())])
        if not pictures:
            what = "holds no pictures" if named.is_dir() else "does not exist"
            raise JobError(f"'{named}' {what}", where="artgen init style")
        found = len(pictures) - len(unreadable(pictures))
        if not found:
            what = "holds no picture that can be read" if named.is_dir() else "is no picture that can be read"
            raise JobError(f"'{named}' {what}", where="artgen init style")
        there = relative(named, place)
        patterns.append(quoted(f"{there}/{below}" if below else there))
        counted.append(f"{found} picture{'' if found == 1 else 's'}")
    text = _TEMPLATE.format(
        name=quoted(as_file_name(f"{content.resolve().stem}-in-{style.resolve().stem}")),
        content=patterns[0],
        contents=counted[0],
        style=patterns[1],
        styles=counted[1],
    )
    return "".join(map(aligned, text.splitlines(keepends=True)))


def _below(folder: Path, others: Sequence[Path]) -> str:
    """The pattern of the pictures in a folder: also of those in folders below it, where there are some.

    Args:
        others: what has pictures of its own; where one of these is inside the folder, nothing below it counts.
    """
    from artgen.job.styles import pictures_of

    if any(other.resolve().is_relative_to(folder.resolve()) for other in others):
        return "*"
    everywhere, here = (len(pictures_of([str((folder / pattern).absolute())])) for pattern in ("**/*", "*"))
    return "**/*" if everywhere > here else "*"


_TEMPLATE = """\
# An art job: every picture of [generator] content is painted like every picture of the style. `artgen plan` shows every
# value; `artgen check` tells every mistake; `artgen run JOB --draft` tries weights on small pictures, to choose from.

[job]
name = {name}\t# the run's folder is runs/NAME, beside this file
seed = 7

[generator]
type = "canvas"
content = [{content}]\t# {contents}; without content, textures of the style are painted
size = 512\t# long side in pixels
# keep_colors = "luminance"\t# paint in the content's colours: luminance, histogram or coral
# strength = 2.0\t# how strongly the style pulls
# start = "noise"\t# further from the content: noise, or style for noise in its colours

[[losses]]
type = "content"\t# what is in the picture stays where it is
weight = 0.7\t# more keeps more of the content

[[losses]]
type = "style-moments"\t# or gram-style
images = [{style}]\t# {styles}; a canvas is painted for each
weight = 1.0\t# more is more like the style
# mix = true\t# paint with all of them at once instead
# scale = 0.5\t# brush strokes half as large

[[losses]]
type = "total-variation"\t# smoother pictures

# [paint]
# steps = 400\t# more at the smallest size
# refine_steps = 200\t# and at each larger one

[[outputs]]
type = "images"\t# a file for each canvas

[[outputs]]
type = "sheet"\t# all on one page

[[outputs]]
type = "gallery"\t# a page for the browser
"""
