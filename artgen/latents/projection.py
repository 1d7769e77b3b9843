"""Projection: the w, and the noise, from which a generator paints a given picture as nearly as it can.

Source: T. Karras et al., "Analyzing and improving the image quality of StyleGAN", 2020, section 5 and appendix D, whose
schedule this is; with the pixels' distance beside the features', as in R. Abdal et al., "Image2StyleGAN", 2019.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.backbones.vgg16 import VGG16
from artgen.errors import ArtgenError
from artgen.latents.perceptual import PerceptualDistance
from artgen.latents.sampler import Sampler, exact_kernels
from artgen.latents.seeds import noise_of
from artgen.seeding import Draws

STEPS = 1000

_RATE = 0.1
"""In standard deviations of w; the paper's is a plain number, for networks of one kind."""
_RATE_RISES = 0.05
_RATE_FALLS = 0.25
_JITTER = 0.05
_JITTER_LASTS = 0.75
_NOISE_WEIGHT = 1e5
_SHELL_WEIGHT = 0.01
_COARSEST_NOISE_PX = 8
_SAMPLES = 1000


@dataclass(frozen=True, eq=False)
class Projection:
    """Where a picture was found.

    Attributes:
        w: like one of `Sampler.points`.
        noise: (1, h, w) by name, empty where the generator takes none; with w a point for `Sampler.along`.
        distances: perceptual distance from the picture, 0 to 2: first that of the mean w, then what each step painted,
            and last that of the result.
    """

    w: Tensor
    noise: Mapping[str, Tensor]
    distances: tuple[float, ...]


def project(
    sampler: Sampler, picture: Tensor, *, label: int | None = None, steps: int = STEPS, seed: int = 0
) -> Projection:
    """Find the w from which a generator paints a picture, by descent from the mean w.

    A class stays what it is: where it stands behind the latent in w, only the latent moves. A w that is standard
    normal is pulled toward the sphere near which such latents lie, so that paths from it to others stay there too.
    The same seed gives the same result on one device.

    Args:
        sampler: of the generator.
        picture: (C, H, W) in [-1, 1] as the generator paints them, RGBA premultiplied: what `artgen.data.decode` makes
            of a file by the job's own recipe.
        label: the class to paint it as, where there are classes.
        steps: of Adam.
        seed: of the noise and of the jitter.

    Raises:
        ArtgenError: the picture is of another shape, or there are classes and none is named.
    """
    _check(sampler, picture, label)
    with torch.enable_grad(), exact_kernels():
        return _Search(sampler, picture.to(sampler.device)[None].float(), label, seed).result(steps)


def _check(sampler: Sampler, picture: Tensor, label: int | None) -> None:
    shape = sampler.shape
    if picture.shape != (shape.channels, shape.height, shape.width):
        channels, height, width = picture.shape
        raise ArtgenError(
            f"the picture is {width}×{height}×{channels}, and the generator paints {shape}",
            hint="bring it to the generator's size and colours first, as training pictures are",
        )
    if shape.classes and label is None:
        raise ArtgenError(
            "the generator paints classes, and none is named", hint=f"name one of {', '.join(sampler.classes)}"
        )


class _Search:
    """One picture on its way.

    Args:
        picture: (1, C, H, W) on the sampler's device.
    """

    def __init__(self, sampler: Sampler, picture: Tensor, label: int | None, seed: int) -> None:
        self._sampler, self._picture, self._seed = sampler, picture, seed
        self._distance = PerceptualDistance(picture, VGG16().to(sampler.device))
        mean = sampler.mean_w(label).clone()  # out of inference mode
        self._normal = sampler.normal_size > 0
        size = sampler.normal_size or mean.shape[-1]
        self._fixed = mean[..., size:]
        self._moving = mean[..., :size].clone().requires_grad_()
        gaps = sampler.points(range(_SAMPLES), label=label)[..., :size] - mean[..., :size].cpu()
        self._spread = float(gaps.square().mean().sqrt())
        self._noise = {
            name: noise_of(seed, name, *shape).to(sampler.device).requires_grad_()
            for name, shape in sampler.generator.noise_shapes.items()
        }

    def result(self, steps: int) -> Projection:
        """Take so many steps."""
        course = [self._distance_now()]
        leaves = [self._moving, *self._noise.values()]
        adam = torch.optim.Adam(
            [{"params": leaves[:1], "lr": _RATE * self._spread}, {"params": leaves[1:], "lr": _RATE}]
        )
        rates = torch.optim.lr_scheduler.LambdaLR(adam, lambda step: _rate(step / steps))
        for step in range(steps):
            loss, distance = self._loss(step, step / steps)
            for leaf, slope in zip(leaves, torch.autograd.grad(loss, leaves, materialize_grads=True), strict=True):
                leaf.grad = slope
            adam.step()
            rates.step()
            self._normalise_noise()
            course.append(distance)
        course.append(self._distance_now())
        w = torch.cat((self._moving, self._fixed), dim=-1).detach().cpu()
        noise = {name: values.detach().cpu() for name, values in self._noise.items()}
        return Projection(w, noise, tuple(torch.stack(course).tolist()))

    def _loss(self, step: int, share: float) -> tuple[Tensor, Tensor]:
        """What is to become small, and the perceptual distance in it."""
        chance = Draws(self._seed, "projection", step, device=self._moving.device).normal(self._moving.numel())
        jitter = _JITTER * self._spread * math.sqrt(self._moving.shape[-1]) * max(0.0, 1 - share / _JITTER_LASTS) ** 2
        painted = self._painted(self._moving + jitter * chance.view_as(self._moving))
        distance = self._distance(painted)[0]
        loss = distance + F.mse_loss(painted, self._picture)
        loss = loss + _NOISE_WEIGHT * sum((_likeness(noise) for noise in self._noise.values()), loss.new_zeros(()))
        if self._normal:
            loss = loss + _SHELL_WEIGHT * _off_shell(self._moving)
        return loss, distance.detach()

    def _painted(self, moving: Tensor) -> Tensor:
        noise = {name: values[None] for name, values in self._noise.items()} or None
        return self._sampler.synthesize(torch.cat((moving, self._fixed), dim=-1)[None], noise).float()

    @torch.no_grad()
    def _distance_now(self) -> Tensor:
        return self._distance(self._painted(self._moving))[0]

    @torch.no_grad()
    def _normalise_noise(self) -> None:
        for values in self._noise.values():
            values.sub_(values.mean()).mul_(values.square().mean().add_(1e-12).rsqrt())


def _rate(share: float) -> float:
    """Up in a line, then level, then down along a cosine; a share of the highest."""
    falling = 0.5 - 0.5 * math.cos(math.pi * min(1.0, (1 - share) / _RATE_FALLS))
    return falling * min(1.0, share / _RATE_RISES)


def _off_shell(z: Tensor) -> Tensor:
    """How far the mean square of a latent is from that of normal ones, squared, in their standard deviations √(2/D).

    Shape:
        (D,) to ()
    """
    return (z.square().mean() - 1).square() * z.numel() / 2


def _likeness(noise: Tensor) -> Tensor:
    """How far noise is from noise: the squared correlation of neighbours, at every size down to 8 pixels.

    Without it the picture would be painted by the noise. Means of 2×2 pixels are doubled, which keeps their variance.

    Shape:
        (1, h, w) to ()
    """
    total = noise.new_zeros(())
    while True:
        for axis in (1, 2):
            total = total + (noise * noise.roll(1, axis)).mean().square()
        if min(noise.shape[1:]) < 2 * _COARSEST_NOISE_PX:
            return total
        noise = F.avg_pool2d(noise, 2) * 2
