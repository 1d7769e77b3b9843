"""The output `images`: the whole against the slower of painting alone and encoding alone.

Writes a section of ``docs/benchmarks.md``.
"""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import psutil
import torch

from artgen.contracts import PictureShape
from artgen.data.srgb import srgb_profile
from artgen.generators.config import DCGANConfig
from artgen.generators.dcgan import DCGAN
from artgen.latents.sampler import Picture, Sampler
from artgen.outputs.config import ImagesConfig
from artgen.outputs.metadata import file_details
from artgen.outputs.seeded import Seeded
from artgen.outputs.stills.images import Images, save_picture
from artgen.outputs.writing import BackgroundWriter
from artgen.runs.checkpoints import CheckpointInfo
from artgen.runs.store import Run
from tests.bench.cores import a_core_each
from tests.bench.ratio import interval, told
from tests.bench.section import write_section

COUNT = 160
ROUNDS = 10
SIDE, WIDTH = 128, 32
TITLE = "Pictures from seeds, CPU"


def _sampler() -> Sampler:
    torch.manual_seed(0)
    shape = PictureShape(SIDE, SIDE, 3)
    return Sampler(DCGAN(DCGANConfig(width=WIDTH), shape).to(memory_format=torch.channels_last), shape)


def _run(folder: Path) -> Run:
    return Run(folder, "bench", None, {}, CheckpointInfo(folder, 0, 0, "", {}))  # type: ignore[arg-type] - nobody looks at the job


def _write_all(source: Sampler, folder: Path) -> None:
    Images(ImagesConfig(seeds=f"0-{COUNT - 1}"), "images").write(source, _run(folder))


def _encode(pictures: list[Picture], carried: Mapping[str, str], folder: Path) -> None:
    """The same files by the same threads, without what paints."""
    folder.mkdir(parents=True)
    save = functools.partial(save_picture, icc=srgb_profile())
    with BackgroundWriter(threads=min(4, os.cpu_count() or 1), waiting=COUNT) as writer:
        for number, picture in enumerate(pictures):
            writer.submit(save, picture, folder / f"{number}.png", carried)


def _move_writers(core: int) -> None:
    for thread in threading.enumerate():
        if thread.name == "artgen-writer" and thread.native_id:
            with contextlib.suppress(OSError):
                os.sched_setaffinity(thread.native_id, {core})


def _measured(where: str, folder: Path) -> str:
    """A row of the table."""
    source = _sampler()
    pictures = list(source.at_seeds(range(COUNT)))
    works = Seeded(source, range(COUNT), ImagesConfig(), "images", _run(folder))
    carried = file_details("full", {**works.recipe, **works.works[0].recipe}, works.works[0].alt)
    taken: dict[str, list[float]] = {"painting": [], "encoding": [], "whole": []}
    for number in range(ROUNDS):
        work_of = {
            "painting": lambda _folder: list(source.at_seeds(range(COUNT))),
            "encoding": lambda folder: _encode(pictures, carried, folder),
            "whole": lambda folder: _write_all(source, folder),
        }
        names = list(work_of)
        for name in names[number % 3 :] + names[: number % 3]:  # who goes first changes
            began = time.perf_counter()
            work_of[name](folder / f"{name}-{number}")
            taken[name].append(time.perf_counter() - began)
    rates = {name: COUNT / np.median(times) for name, times in taken.items()}
    slower = max(taken["painting"], taken["encoding"], key=np.median)
    ratios = np.array(slower) / np.array(taken["whole"])
    print(f"{where}: {rates}; whole / slower alone: {told(ratios, 'at least 0.9')}")
    middle, low, high = interval(ratios)
    row = " | ".join(f"{rates[name]:.1f}" for name in ("painting", "encoding", "whole"))
    best = min(taken["painting"]), min(taken["encoding"]), min(taken["whole"])
    undisturbed = max(best[:2]) / best[2]
    print(f"{where}: by the best of {ROUNDS} rounds {undisturbed:.3f}")
    return f"| {where} | {row} | **{middle:.3f}** [{low:.3f}, {high:.3f}] | {undisturbed:.3f} |"


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        if psutil.LINUX and len(os.sched_getaffinity(0)) > 1:
            with a_core_each(_move_writers):
                rows.append(_measured("a core each", Path(folder) / "apart"))
        rows.append(_measured("all cores for both", Path(folder) / "together"))
    write_section(
        TITLE,
        f"The output `images`: {COUNT} pictures of {SIDE}×{SIDE} by a dcgan as PNG with what they carry; pictures a "
        f"second, {ROUNDS} rounds. The target is 0.9 of the slower of the two alone, with a core each; where both share "
        "all cores, each takes all of them when it is alone, so their work adds up.\n\n"
        "| what | painting alone | encoding alone | whole | whole over the slower [95 %] | the same of the best rounds |\n"
        "|---|---|---|---|---|---|\n" + "\n".join(rows),
    )


if __name__ == "__main__":
    main()
