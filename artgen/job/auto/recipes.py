"""How each kind of network is trained on a folder of pictures, where ``preset:auto`` has the choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """How a kind of network is trained.

    Attributes:
        generator, discriminator: options that differ from the networks' own defaults.
        cpu_width: of both on a CPU, where their own would take hours.
        form: of the adversarial loss.
        losses: what the discriminator wants beside it.
        r1: its gamma is this · pixels / batch; 0 for none.
        r1_every: R1 at every n-th step.
        batch: pictures per step at most; for stylegan-lite also 4096 / side.
        rate, betas: Adam's, of both networks.
        ema_kimg: half-life of the averaged weights at that batch; it grows and shrinks with the batch.
        ramp: while young, that half-life is at most this share of what was shown.
        cooldown: over this share of the budget, at its end, the rates fall to zero.
        why_losses, why_batch, why_rates: reasons, in plain words.
    """

    form: str
    batch: int
    rate: float
    betas: tuple[float, float]
    ema_kimg: float
    ramp: float
    why_losses: str
    why_batch: str
    why_rates: str
    generator: Mapping[str, Any] = field(default_factory=dict)
    discriminator: Mapping[str, Any] = field(default_factory=dict)
    cpu_width: float | None = None
    losses: tuple[str, ...] = ()
    r1: float = 0.0
    r1_every: int = 0
    cooldown: float = 0.0


RECIPES = {
    # Tuned by measurement on 110 emoji faces, 1,871 emoji and 96 pieces of paintings at 64×64 and two cores, see
    # preset:small-folder and docs/quality.md.
    "dcgan": Recipe(
        generator={"latent": 64, "upsampling": "resize"},
        discriminator={"norm": "none", "minibatch_stddev": 4},
        cpu_width=32,
        form="non-saturating",
        r1=0.008,
        r1_every=4,
        batch=16,
        rate=0.0007,
        betas=(0.0, 0.99),
        ema_kimg=5.0,
        ramp=0.1,
        cooldown=0.4,
        why_losses="a discriminator that a penalty keeps smooth teaches more than one under spectral norm",
        why_batch="many small steps learn more than few large ones in the same time",
        why_rates="high ones that fall to zero at the end learn the most in few minutes",
    ),
    # The rules of stylegan2-ada's `auto` (T. Karras et al., 2020), see preset:stylegan2-auto.
    "stylegan-lite": Recipe(
        generator={"style_mixing": 0.9},
        cpu_width=0.125,
        form="non-saturating",
        r1=0.0002,
        r1_every=16,
        batch=32,
        rate=0.0025,
        betas=(0.0, 0.99),
        ema_kimg=10.0,
        ramp=0.05,
        why_losses="stylegan2-ada's; larger pictures need a larger gamma",
        why_batch="stylegan2-ada's for this size",
        why_rates="stylegan2-ada's",
    ),
    # FastGAN (B. Liu et al., 2021), see preset:lightweight-100.
    "lightweight": Recipe(
        cpu_width=16,
        form="hinge",
        losses=("reconstruction",),
        batch=8,
        rate=0.0002,
        betas=(0.5, 0.999),
        ema_kimg=5.5,
        ramp=0.0,
        why_losses="FastGAN's; a discriminator that must know pictures well enough to paint them learns few less by heart",
        why_batch="FastGAN's",
        why_rates="FastGAN's",
    ),
    # MSG-GAN (A. Karnewar and O. Wang, 2020), see preset:msg.
    "msg": Recipe(
        cpu_width=16,
        form="non-saturating",
        r1=0.0002,
        r1_every=16,
        batch=16,
        rate=0.0002,
        betas=(0.0, 0.99),
        ema_kimg=10.0,
        ramp=0.05,
        why_losses="MSG-StyleGAN's",
        why_batch="MSG-StyleGAN's",
        why_rates="MSG-GAN's, as they are without equalised weights",
    ),
    # The first GAN lesson, with the DCGAN paper's rates.
    "dense": Recipe(
        form="bce",
        batch=32,
        rate=0.0002,
        betas=(0.5, 0.999),
        ema_kimg=2.0,
        ramp=0.05,
        why_losses="the first GAN lesson's",
        why_batch="usual for so small a network",
        why_rates="the DCGAN paper's",
    ),
}
"""By the generator's type; what is not here is trained like dcgan."""
