"""artgen's training loop against a bare hand-written one: same networks, batch, optimisers, augmentation and EMA.

Both paint once per step and share the pictures between the two updates. Cost is CPU time of the process over all its
threads; the ratio is bare / artgen, that is artgen's images per CPU second over the bare loop's.
"""

from __future__ import annotations

import copy
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from artgen.augmentations.diffaugment import DiffAugment
from artgen.contracts import Painted
from artgen.engine.config import TrainConfig
from artgen.engine.state import TrainState
from artgen.engine.train import train
from artgen.job import read_job
from artgen.job.model import Job
from artgen.runs.metrics import MetricsLog
from tests.bench.ratio import interleaved, told

PAIRS = 12
STEPS = 25
HERE = Path(__file__).parents[2]
JOB = HERE / "gallery" / "01-emoji-faces" / "job.toml"


class InMemory:
    """The pictures as bytes in memory, a random batch each time: what a bare loop would do."""

    def __init__(self, folder: Path, size: int) -> None:
        pictures = [
            np.asarray(Image.open(path).convert("RGBA").convert("RGB").resize((size, size)))
            for path in sorted(folder.iterdir())
            if path.suffix == ".webp"
        ]
        self.pictures = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()

    def batch(self, _first: int, count: int) -> Tensor:
        """Random pictures, half of them mirrored."""
        picked = self.pictures[torch.randint(0, len(self.pictures), (count,))].float().div_(127.5).sub_(1)
        mirrored = torch.rand(count, 1, 1, 1) < 0.5
        return torch.where(mirrored, picked.flip(3), picked).contiguous(memory_format=torch.channels_last)


class PlainDraws:
    """torch's own random numbers where artgen keys them by sample."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.device = torch.device("cpu")

    def uniform(self, per_sample: int) -> Tensor:
        """(count, per_sample) in [0, 1)."""
        return torch.rand(self.count, per_sample)

    def child(self, _purpose: str) -> PlainDraws:
        """The same."""
        return self


class RowsOnly:
    """A journal that writes the rows of numbers and nothing else."""

    def __init__(self, metrics: MetricsLog) -> None:
        self.metrics = metrics

    def log(self, state: TrainState, means: dict[str, float]) -> None:
        """A row."""
        self.metrics.row(state.step, means)

    def checkpoint(self, _state: TrainState, _means: dict[str, float]) -> None:
        """None: the bare loop has none either."""

    def go_back(self, _state: TrainState) -> None:
        """Never wanted here."""
        raise RuntimeError("the losses are no numbers")

    def stop_requested(self, _state: TrainState) -> bool:
        """Never."""
        return False


def bare_loop(job: Job, pictures: InMemory, steps: int) -> float:
    """The loop that one would write by hand; returns its CPU seconds, start-up left out."""
    assert job.train is not None
    state = TrainState.build(job, job.data.shape)
    generator, discriminator, average = state.generator, state.discriminator, copy.deepcopy(state.generator)
    generator_adam, discriminator_adam = state.generator_adam, state.discriminator_adam
    augment = DiffAugment(job.augmentations[0].config)
    batch, draws = job.train.batch, PlainDraws(job.train.batch)
    fool, told_real, told_fake = _forms(job)
    began = time.process_time()
    for _ in range(steps):
        with state.autocast():
            fake = generator(torch.randn(batch, generator.latent_size)).picture.float()
            real_logits = discriminator(Painted(augment(pictures.batch(0, batch), draws))).logits[0].float()
            fake_logits = discriminator(Painted(augment(fake.detach(), draws))).logits[0].float()
        loss = told_real(real_logits).mean() + told_fake(fake_logits).mean()
        discriminator_adam.zero_grad()
        loss.backward()
        discriminator_adam.step()
        discriminator.requires_grad_(False)
        with state.autocast():
            logits = discriminator(Painted(augment(fake, draws))).logits[0].float()
        loss = fool(logits).mean()
        generator_adam.zero_grad()
        loss.backward()
        generator_adam.step()
        discriminator.requires_grad_(True)
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), list(generator.parameters()), 0.005)
    return time.process_time() - began


def _forms(job: Job):
    if job.losses[0].config.form == "hinge":
        return torch.neg, lambda x: F.relu(1 - x), lambda x: F.relu(1 + x)
    return lambda x: F.softplus(-x), lambda x: F.softplus(-x), F.softplus


def artgen_loop(job: Job, pictures: InMemory, steps: int) -> float:
    """artgen's own; returns its CPU seconds, start-up left out."""
    config: TrainConfig = job.train.model_copy(update={"kimg": None, "steps": steps, "checkpoint_steps": steps})
    state = TrainState.build(job, job.data.shape)
    with tempfile.TemporaryDirectory() as folder:
        journal = RowsOnly(MetricsLog(Path(folder) / "metrics.jsonl", step=0))
        began = time.process_time()
        train(state, pictures, config, job.job.seed, journal)
        return time.process_time() - began


def main() -> None:
    """Print rates and the ratio."""
    torch.set_num_threads(1)  # with more, CPU time would also count threads that spin while they wait
    (job,) = read_job(JOB)
    pictures = InMemory(job.data.folder, job.data.shape.width)
    images = STEPS * job.train.batch
    artgen_loop(job, pictures, 3)
    bare_loop(job, pictures, 3)
    ours, theirs = interleaved(
        lambda: artgen_loop(job, pictures, STEPS), lambda: bare_loop(job, pictures, STEPS), PAIRS
    )
    print(f"artgen {images / np.median(ours):7.1f} img per CPU second")
    print(f"bare   {images / np.median(theirs):7.1f} img per CPU second")
    print(told(theirs / ours, "at least 0.97"))
