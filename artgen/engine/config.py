"""The `[train]` table: budget, batch, stages, the two optimisers, EMA, checkpoints; and `[paint]`, its like for canvases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from artgen.config import Config, InputPath, option

Betas = Annotated[list[Annotated[float, Field(ge=0, lt=1)]], Field(min_length=2, max_length=2)]


class OptimizerConfig(Config):
    """Adam for one of the two networks."""

    rate: float = option(2e-4, gt=0)
    """Learning rate."""
    betas: Betas = option([0.0, 0.99])
    """Adam's two decay rates."""
    weight_decay: float = option(0.0, ge=0)
    """Pull of the weights toward zero (L2, as in the classic recipes)."""
    updates: int = option(1, ge=1)
    """Updates of this network in each step."""


class DiscriminatorOptimizerConfig(OptimizerConfig):
    """Adam for the discriminator, and when to leave it alone."""

    rate: float = option(4e-4, gt=0)
    """Learning rate; its default is twice that of the generator's (two time-scale update rule)."""
    skip_below: float = option(0.0, ge=0)
    """Skip its update while its adversarial loss, a few steps ago, was under this; 0 never skips. Steps in which a loss
    with `every` counts are not skipped."""
    freeze: int = option(0, ge=0)
    """Leave this many layers as they are, counted from the picture (FreezeD); useful with `from`."""


class StageConfig(Config):
    """One stage of progressive growing."""

    size: int = option(ge=4)
    """Short side of the pictures in pixels, one of the network's resolutions."""
    kimg: float | None = option(None, gt=0)
    """Thousands of pictures that it lasts; the last stage has none and lasts to the end of the budget."""
    fade_kimg: float = option(0.0, ge=0)
    """Thousands of pictures, from its beginning, over which the new resolution is faded in."""


class EMAConfig(Config):
    """The moving average of the generator's weights that pictures are painted with."""

    half_life_kimg: float = option(2.0, ge=0)
    """Thousands of pictures after which a weight counts half; 0 turns the average off."""
    ramp: float = option(0.05, ge=0)
    """While young: at most this share of the pictures seen so far as half-life; 0 for no ramp."""


class TrainConfig(Config):
    """How long and how a generator is trained. Exactly one of kimg, steps and minutes is the budget."""

    kimg: float | None = option(None, gt=0, change="extend")
    """Budget: thousands of real pictures shown."""
    steps: int | None = option(None, gt=0, change="extend")
    """Budget: optimisation steps."""
    minutes: float | None = option(None, gt=0, change="extend")
    """Budget: minutes of training; such a run cannot be repeated to the byte."""
    from_: Annotated[Path, Field(strict=False), InputPath("folder", once=True)] | None = option(None, alias="from")
    """A run folder to start from instead of fresh weights: the same networks, and any size that they share layers with."""
    batch: int = option(32, ge=1)
    """Pictures per step."""
    stages: list[StageConfig] = option([])
    """Progressive growing: learn small pictures first. Ascending sizes, the last one the pictures' own."""
    cooldown: float = option(0.0, ge=0, le=1)
    """Last share of the budget in which the rates go down to zero, linearly."""
    precision: Literal["auto", "fp32", "bf16", "fp64"] = option("auto")
    """auto takes bf16 where the hardware multiplies in it, fp32 elsewhere; fp64 is for comparing two trainings."""
    device: str = option("auto", change="free", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")
    """auto takes CUDA, then MPS, then the CPU."""
    devices: Annotated[int, Field(ge=1)] | Literal["auto"] = option(1, change="free")
    """Processes that train together, one to a GPU; on a CPU they share its cores. auto takes all the GPUs there are."""
    threads: int = option(0, ge=0, change="free")
    """Threads on a processor; 0 takes all cores, or a task's share of them. The lock keeps the number."""
    checkpoint_steps: int | None = option(None, gt=0, change="free")
    """Steps between two checkpoints; by default an eighth of the budget."""
    checkpoint_kimg: float | None = option(None, gt=0, change="free")
    """The same in thousands of pictures."""
    rungs: list[Annotated[float, Field(gt=0)]] = option([], change="free")
    """Thousands of pictures at which there is a checkpoint that is measured in full; `[matrix] rungs` sets it."""
    keep_gb: float = option(10.0, gt=0, change="free")
    """Disk that checkpoints may take; the oldest snapshots go first."""
    generator: OptimizerConfig = option(OptimizerConfig())
    """The generator's optimiser."""
    discriminator: DiscriminatorOptimizerConfig = option(DiscriminatorOptimizerConfig())
    """The discriminator's optimiser."""
    ema: EMAConfig = option(EMAConfig())
    """The averaged weights."""


class PaintConfig(Config):
    """How canvases are painted: from coarse to fine, each size √2 times the one before."""

    steps: int = option(200, ge=1)
    """Steps at the smallest size, where composition is found."""
    refine_steps: int = option(100, ge=1)
    """Steps at each larger size, where the grain comes in."""
    smallest: int = option(128, ge=32)
    """Long side of the first size, in pixels."""
    optimizer: Literal["adam", "lbfgs"] = option("adam")
    """adam averages its steps and holds colours in range; lbfgs takes few, dear steps, one canvas at a time."""
    rate: float = option(0.04, gt=0)
    """Step size, where black to white is 2."""
    betas: Betas = option([0.9, 0.99])
    """Adam's two decay rates."""
    average: float = option(0.9, ge=0, lt=1)
    """Decay of the running mean of the canvas that is kept as the result; 0 keeps the last one. A long memory keeps what
    the first steps at a size had not yet mended: at 181 px 0.99 ended at a loss of 0.182, 0.97 at 0.177, 0.9 at 0.174."""
    history: int = option(10, ge=1, le=100)
    """Steps that lbfgs remembers; each takes two copies of the canvas."""
    together: int = option(0, ge=0, le=64, change="free")
    """Canvases painted at a time; 0 takes what the device is quickest with."""
    tile: int = option(0, ge=0, change="free")
    """Side of the tiles that large canvases are looked at in, in pixels; 0 chooses by the memory there is."""
    precision: Literal["auto", "fp32", "bf16"] = option("auto")
    """auto takes bf16 where the hardware multiplies in it, fp32 elsewhere."""
    device: str = option("auto", change="free", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")
    """auto takes CUDA, then MPS, then the CPU."""
    threads: int = option(0, ge=0, change="free")
    """Threads on a processor; 0 takes all cores, or a task's share of them. The lock keeps the number."""
    checkpoint_seconds: float = option(60.0, gt=0, change="free")
    """Time between two checkpoints of the canvases in hand; finished ones are kept anyway."""

    def sizes(self, long_side: int) -> list[int]:
        """The long sides that a canvas goes through, ascending, the last one its own."""
        sizes = [long_side]
        while round(sizes[0] / math.sqrt(2)) >= self.smallest:
            sizes.insert(0, round(long_side / math.sqrt(2) ** len(sizes)))
        return sizes

    def steps_in_all(self, sizes: Sequence[int]) -> int:
        """Steps that a canvas takes that goes through some sizes."""
        return self.steps + self.refine_steps * (len(sizes) - 1)
