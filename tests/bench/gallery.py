"""What a gallery costs to write: its small pictures against Pillow alone, and one picture more among 5,000."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from artgen.outputs.gallery.tiles import PagePicture, page_picture, write_small
from artgen.outputs.works import Work
from artgen.outputs.writing import BackgroundWriter
from tests.bench.many_pictures import PICTURES, open_run, with_many_pictures, write_gallery
from tests.bench.ratio import interleaved, interval
from tests.bench.section import write_section

THUMBNAILS, PAIRS = 10_000, 10
"""Of both sides together: each pair makes a tile and a view of as many pictures."""
SIDE_PX = 256
REBUILDS = 5
DETAILS = {"Software": "artgen", "artgen": '{"seed":7}'}


def seconds_of(action: Callable[[], object]) -> float:
    """By the clock."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def rebuilds() -> list[float]:
    """Seconds for one picture more, again and again, each in a run that is opened anew."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with_many_pictures(folder)
        return [
            seconds_of(lambda: write_gallery(open_run(folder), PICTURES + more))  # noqa: B023
            for more in range(1, REBUILDS + 1)
        ]


def thumbnails() -> Sequence[float]:
    """Our rate over Pillow's, pair by pair: the same pictures, sizes, qualities and threads."""
    noise = np.random.default_rng(0).integers(0, 256, (12, 12, 3), np.uint8)
    image = Image.fromarray(noise).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
    count = THUMBNAILS // PAIRS // 4
    works = [Work(f"seed-{n:06d}", "", "", (), "", SIDE_PX, SIDE_PX, 3) for n in range(count)]
    threads = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("tiles", "views"):
            (folder / part).mkdir()
        pictures = [page_picture(work, folder / f"{work.stem}.png", numbered=True) for work in works]

        def ours() -> None:
            with BackgroundWriter(threads) as writer:
                for picture in pictures:
                    writer.submit(write_small, image, picture, DETAILS)

        def pillow_alone(picture: PagePicture) -> None:
            for size, file, quality in (
                (picture.view_size, picture.view, 90),
                (picture.tile_size, picture.tile, 86),
            ):
                image.resize(size, Image.Resampling.LANCZOS).save(file, "WEBP", quality=quality, method=2)

        def theirs() -> None:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(pillow_alone, pictures))

        our_s, their_s = interleaved(lambda: seconds_of(ours), lambda: seconds_of(theirs), PAIRS)
    return list(their_s / our_s)


def main() -> None:
    """Measure, print and write it down."""
    median, low, high = interval(thumbnails())
    seconds = rebuilds()
    write_section(
        "Writing a gallery",
        f"{THUMBNAILS:,} small pictures, of 256 and 640 px from {SIDE_PX} px, half of them by Pillow alone, in {PAIRS}\n"
        "interleaved pairs; artgen's carry their recipes and are written under another name first.\n\n"
        "| what | figure | target |\n|---|---|---|\n"
        f"| rate against Pillow alone on the same cores [95 %] | **{median:.3f}** [{low:.3f}, {high:.3f}] | at least 0.9 |\n"
        f"| one picture more in a gallery of {PICTURES:,}, by the clock | **{statistics.median(seconds):.2f} s** "
        f"({min(seconds):.2f} to {max(seconds):.2f}) | under 2 s |\n",
    )


if __name__ == "__main__":
    main()
