"""artgen's training loop against a bare hand-written one: same networks, batch, optimisers, augmentation and EMA.

Both paint once per step and share the pictures between the two updates. The ratio is bare / artgen, that is artgen's
images per CPU second over the bare loop's.
"""

from __future__ import annotations

import copy
import tempfile
from functools import reduce
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
from artgen.job.model import Job, Part
from artgen.losses.gamma import resolved_gamma
from artgen.runs.metrics import MetricsLog
from tests.bench.clock import seconds
from tests.bench.ratio import interleaved, told

PAIRS = 12
STEPS = 25
HERE = Path(__file__).parents[2]
JOB = HERE / "gallery" / "01-emoji-faces" / "job.toml"


class InMemory:
    """The pictures as bytes in memory, a random batch each time: what a bare loop would do."""

    def __init__(self, folder: Path, size: int, device: torch.device) -> None:
        pictures = [
            np.asarray(Image.open(path).convert("RGBA").convert("RGB").resize((size, size)))
            for path in sorted(folder.iterdir())
            if path.suffix == ".webp"
        ]
        self.pictures = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous().to(device)

    def batch(self, _first: int, count: int) -> Tensor:
        """Random pictures, half of them mirrored."""
        device = self.pictures.device
        picked = self.pictures[torch.randint(0, len(self.pictures), (count,), device=device)]
        picked = picked.float().div_(127.5).sub_(1)
        mirrored = torch.rand(count, 1, 1, 1, device=device) < 0.5
        return torch.where(mirrored, picked.flip(3), picked).contiguous(memory_format=torch.channels_last)

    def labels(self, _first: int, _count: int) -> None:
        """They have no classes."""

    def drawn_labels(self, _draws: object) -> None:
        """They have no classes."""


class PlainDraws:
    """torch's own random numbers where artgen keys them by sample."""

    def __init__(self, count: int, device: torch.device) -> None:
        self.count = count
        self.device = device

    def uniform(self, per_sample: int) -> Tensor:
        """(count, per_sample) in [0, 1)."""
        return torch.rand(self.count, per_sample, device=self.device)

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

    def mend(self, _state: TrainState) -> bool:
        """Nothing."""
        return False

    def stop_requested(self, _state: TrainState) -> bool:
        """Never."""
        return False


def bare_loop(job: Job, pictures: InMemory, steps: int) -> float:
    """The loop that one would write by hand; returns what it cost, start-up left out."""
    assert job.train is not None
    state = TrainState.build(job, job.data.shape)
    generator, discriminator, average = state.generator, state.discriminator, copy.deepcopy(state.generator)
    generator_adam, discriminator_adam = state.adams["generator"], state.adams["discriminator"]
    batch, device = job.train.batch, state.device
    draws = PlainDraws(batch, device)
    augmentations = [DiffAugment(part.config) for part in job.augmentations]
    penalty = job.part("losses.r1")
    fool, told_real, told_fake = _forms(job)

    def judged(picture: Tensor) -> Tensor:
        with state.autocast():
            return discriminator(Painted(picture)).logits[0].float()

    def augmented(picture: Tensor) -> Tensor:
        return reduce(lambda x, augment: augment(x, draws), augmentations, picture)

    began = seconds(device)
    for step in range(steps):
        with state.autocast():
            noise = {name: torch.randn(batch, 1, *grid, device=device) for name, grid in generator.noise_shapes.items()}
            latent = torch.randn(batch, generator.latent_size, device=device)
            fake = generator(latent, noise or None).picture.float()
        real = augmented(pictures.batch(0, batch))
        penalized = penalty is not None and step % penalty.config.every == 0
        real.requires_grad_(penalized)
        real_logits = judged(real)
        loss = told_real(real_logits).mean() + told_fake(judged(augmented(fake.detach()))).mean()
        if penalized:
            loss = loss + _r1(penalty, real, real_logits)
        discriminator_adam.zero_grad()
        loss.backward()
        discriminator_adam.step()
        discriminator.requires_grad_(False)
        loss = fool(judged(augmented(fake))).mean()
        generator_adam.zero_grad()
        loss.backward()
        generator_adam.step()
        discriminator.requires_grad_(True)
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), list(generator.parameters()), 0.005)
    return seconds(device) - began


def _r1(penalty: Part, real: Tensor, logits: Tensor) -> Tensor:
    (slopes,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
    gamma = resolved_gamma(penalty.config.gamma, real)
    return slopes.square().sum((1, 2, 3)).mean() * (gamma / 2 * penalty.config.every)


def _forms(job: Job):
    if job.losses[0].config.form == "hinge":
        return torch.neg, lambda x: F.relu(1 - x), lambda x: F.relu(1 + x)
    return lambda x: F.softplus(-x), lambda x: F.softplus(-x), F.softplus


def artgen_loop(job: Job, pictures: InMemory, steps: int) -> float:
    """artgen's own; returns what it cost, start-up left out."""
    config: TrainConfig = job.train.model_copy(update={"kimg": None, "steps": steps, "checkpoint_steps": steps})
    state = TrainState.build(job, job.data.shape)
    with tempfile.TemporaryDirectory() as folder:
        journal = RowsOnly(MetricsLog(Path(folder) / "metrics.jsonl", step=0))
        began = seconds(state.device)
        train(state, pictures, config, job.job.seed, journal)
        return seconds(state.device) - began


def main() -> None:
    """Print rates and the ratio."""
    torch.set_num_threads(1)  # with more, CPU time would also count threads that spin while they wait
    (job,) = read_job(JOB, sets=('train.device="cpu"',))
    pictures = InMemory(job.data.folder, job.data.shape.width, torch.device("cpu"))
    images = STEPS * job.train.batch
    artgen_loop(job, pictures, 3)
    bare_loop(job, pictures, 3)
    ours, theirs = interleaved(
        lambda: artgen_loop(job, pictures, STEPS), lambda: bare_loop(job, pictures, STEPS), PAIRS
    )
    print(f"artgen {images / np.median(ours):7.1f} img per CPU second")
    print(f"bare   {images / np.median(theirs):7.1f} img per CPU second")
    print(told(theirs / ours, "at least 0.97"))
