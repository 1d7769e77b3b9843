"""One training step of `stylegan-lite` as artgen does it, against the sum of its parts: the bare networks' work alone.

The parts are painting, judging real and painted pictures, the way back through both, R1 every 16th step, two Adam
updates and the moving average. What artgen does beside them is in its step and not in the sum: augmentation, style
mixing, numbers that are a function of the seed, the guard's watch and the means of the losses. The ratio is parts /
artgen.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import torch

from artgen.engine.precision import choose_device
from tests.bench.loop import InMemory, artgen_loop, bare_loop
from tests.bench.ratio import interleaved, interval
from tests.bench.section import write_section
from tests.bench.stylegan import PICTURES, R1_EVERY, in_words, usual_job

PAIRS = 6
STEPS = R1_EVERY


def main() -> None:
    """Compare, and write the section."""
    torch.set_num_threads(1)  # with more, CPU time would also count threads that spin while they wait
    job = usual_job()
    bare = dataclasses.replace(job, augmentations=())
    device = choose_device(job.train.device)
    pictures = InMemory(PICTURES, job.data.shape.width, device)
    artgen_loop(job, pictures, 1)
    bare_loop(bare, pictures, 1)
    ours, parts = interleaved(
        lambda: artgen_loop(job, pictures, STEPS), lambda: bare_loop(bare, pictures, STEPS), PAIRS
    )
    images = STEPS * job.train.batch
    ratio, low, high = interval(parts / ours)
    write_section(
        f"A training step against the sum of its parts, {device.type.upper()}",
        f"""
{in_words(job)}, R1 every {R1_EVERY} steps; {"wall time" if device.type == "cuda" else "CPU time at one thread"},
{PAIRS} interleaved pairs of {STEPS} steps. The parts are the bare networks forward and backward, R1, Adam and the moving
average; artgen's step also augments (DiffAugment), mixes styles, and draws its numbers as a function of the seed.

| artgen | sum of the parts | parts over artgen [95 %] | target |
|---|---|---|---|
| {images / np.median(ours):.1f} img/s | {images / np.median(parts):.1f} | **{ratio:.3f}** [{low:.3f}, {high:.3f}] \
| at least 0.9 |
""",
    )
