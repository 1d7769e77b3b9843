"""The `[train]` table: budget, batch, stages, the two optimisers, EMA, checkpoints."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from artgen.config import Config, Folder, option

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
    """Learning rate; twice the generator's by default (two time-scale update rule)."""
    skip_below: float = option(0.0, ge=0)
    """Skip its update while its adversarial loss, a few steps ago, was under this; 0 never skips."""
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
    from_: Folder | None = option(None, alias="from")
    """A run folder to start from instead of fresh weights: the same networks, and any size that they share layers with."""
    batch: int = option(32, ge=1)
    """Pictures per step."""
    stages: list[StageConfig] = option([])
    """Progressive growing: learn small pictures first. Ascending sizes, the last one the pictures' own."""
    cooldown: float = option(0.0, ge=0, le=1)
    """Last share of the budget in which the rates go down to zero, linearly."""
    precision: Literal["auto", "fp32", "bf16"] = option("auto")
    """auto takes bf16 where the hardware multiplies in it, fp32 elsewhere."""
    device: str = option("auto", change="free", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")
    """auto takes CUDA, then MPS, then the CPU."""
    checkpoint_steps: int | None = option(None, gt=0, change="free")
    """Steps between two checkpoints; by default an eighth of the budget."""
    checkpoint_kimg: float | None = option(None, gt=0, change="free")
    """The same in thousands of pictures."""
    keep_gb: float = option(10.0, gt=0, change="free")
    """Disk that checkpoints may take; the oldest snapshots go first."""
    generator: OptimizerConfig = option(OptimizerConfig())
    """The generator's optimiser."""
    discriminator: DiscriminatorOptimizerConfig = option(DiscriminatorOptimizerConfig())
    """The discriminator's optimiser."""
    ema: EMAConfig = option(EMAConfig())
    """The averaged weights."""
