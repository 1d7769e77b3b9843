"""What augmentation takes of a training step.

In each step real pictures are augmented once and painted ones twice, the second time with the way back. That alone is
set against whole steps of the same job, which augment too.
"""

from __future__ import annotations

import dataclasses

import torch

from artgen.engine.precision import choose_device
from artgen.engine.state import TrainState
from artgen.job import read_job
from artgen.job.model import Job
from artgen.seeding import Draws
from tests.bench.clock import seconds
from tests.bench.loop import JOB, InMemory, artgen_loop
from tests.bench.ratio import interleaved, interval
from tests.bench.section import write_section
from tests.bench.stylegan import PICTURES, R1_EVERY, in_words, usual_job

PAIRS = 5
STEPS = R1_EVERY  # a penalty step among them, as it is in a training
WITH = {
    "diffaugment": 'augmentations=[{type="diffaugment"}]',
    # as strong as it gets; on a CPU it costs less the weaker it is
    "adaptive": 'augmentations=[{type="adaptive", start=0.8}]',
    "both, as preset:auto begins on a CPU": 'augmentations=[{type="diffaugment", cutout=0}, {type="adaptive"}]',
}


def augmenting(job: Job, pictures: InMemory, steps: int) -> float:
    """What the augmentations of so many steps cost."""
    state = TrainState.build(job, job.data.shape)
    batch = job.train.batch
    real, fake = pictures.batch(0, batch), pictures.batch(batch, batch).requires_grad_()
    gradient = torch.ones_like(fake)
    began = seconds(state.device)
    for step in range(steps):
        draws = Draws(job.job.seed, "bench", step * batch, batch, state.device)
        with torch.no_grad():
            state.augment(real, draws.child("real"))
            state.augment(fake, draws.child("fake"))
        torch.autograd.grad(state.augment(fake, draws.child("generator")), fake, gradient)
    return seconds(state.device) - began


def main() -> None:
    """Compare both augmentations in both jobs, and write the section."""
    torch.set_num_threads(1)
    jobs = {name: read_job(JOB, sets=(sets,))[0] for name, sets in WITH.items()}
    device = choose_device(usual_job().train.device)
    rows = []
    for base in (usual_job(), jobs["diffaugment"]):
        pictures = InMemory(PICTURES, base.data.shape.width, device)
        for name, read in jobs.items():
            row = _row(dataclasses.replace(base, augmentations=read.augmentations), name, pictures)
            print(row, flush=True)
            rows.append(row)
    write_section(
        f"Augmentation as a share of a training step, {device.type.upper()}",
        f"""
Augmenting real pictures once and painted ones twice, once with the way back, over a whole step that does so too;
{"wall time" if device.type == "cuda" else "CPU time at one thread"}, {PAIRS} interleaved pairs of {STEPS} steps.

| job | augmentation | ms of augmentation in a step | share of the step [95 %] | target |
|---|---|---|---|---|
"""
        + "\n".join(rows),
    )


def _row(job: Job, name: str, pictures: InMemory) -> str:
    augmenting(job, pictures, 1)
    artgen_loop(job, pictures, 1)
    alone, whole = interleaved(
        lambda: augmenting(job, pictures, STEPS), lambda: artgen_loop(job, pictures, STEPS), PAIRS
    )
    share, low, high = interval(alone / whole)
    milliseconds = 1000 * float(alone.mean()) / STEPS
    return (
        f"| {in_words(job)} | {name} | {milliseconds:.1f} "
        f"| **{100 * share:.1f} %** [{100 * low:.1f}, {100 * high:.1f}] | under 5 % |"
    )
