"""Projection: the w, and the noise, from which a generator paints a given picture as nearly as it can.

Source: T. Karras et al., "Analyzing and improving the image quality of StyleGAN", 2020, section 5 and appendix D, whose
schedule this is; with the pixels' distance beside the features' and, where the generator has layers, a w for each, as
in R. Abdal et al., "Image2StyleGAN", 2019. It begins at the nearest of some seeds, not at the mean: a network without
a mapping paints nothing that it has learned there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.backbones.vgg16 import VGG16
from artgen.errors import ArtgenError
from artgen.latents.perceptual import PerceptualDistance
from artgen.latents.sampler import MICRO_BATCH, Sampler, exact_kernels
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
_LOOKED_THROUGH = 256
"""Seeds among which the search begins."""
_APART_WEIGHT = 0.02
"""Of how far the layers' w may be from their mean: nearer, paths from it lead to pictures; farther, it is more alike."""


@dataclass(frozen=True, eq=False)
class Projection:
    """Where a picture was found.

    Attributes:
        w: like one of `Sampler.points`, or (layers, D) where the generator has layers.
        noise: (1, h, w) by name, empty where the generator takes none; with w a point for `Sampler.along`.
        distances: perceptual distance from the picture, 0 to 2: first that of the mean w, then what each step painted,
            and last that of the result.
    """

    w: Tensor
    noise: Mapping[str, Tensor]
    distances: tuple[float, ...]


def project(
    sampler: Sampler,
    picture: Tensor,
    *,
    label: int | None = None,
    steps: int = STEPS,
    seed: int = 0,
    watch: Callable[[int], object] = lambda _step: None,
) -> Projection:
    """Find the w from which a generator paints a picture, by descent from the nearest of 256 seeds.

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
        watch: told before each step how many were taken.

    Raises:
        ArtgenError: the picture is of another shape, or there are classes and none is named.
    """
    _check(sampler, picture, label)
    with torch.enable_grad(), exact_kernels():
        return _Search(sampler, picture.to(sampler.device)[None].float(), label, seed).result(steps, watch)


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
        gaps = sampler.points(range(_SAMPLES), label=label)[..., :size] - mean[..., :size].cpu()
        self._spread = float(gaps.square().mean().sqrt())
        self._noise = {
            name: noise_of(seed, name, *shape).to(sampler.device).requires_grad_()
            for name, shape in sampler.generator.noise_shapes.items()
        }
        self._first = self._distance_of(mean)
        self._moving = self._nearest(label)[..., :size].clone().requires_grad_()
        self._apart = torch.zeros(sampler.layers, size, device=mean.device, requires_grad=sampler.layers > 0)

    def result(self, steps: int, watch: Callable[[int], object]) -> Projection:
        """Take so many steps."""
        course = [self._first]
        points = [self._moving, self._apart] if self._sampler.layers else [self._moving]
        leaves = [*points, *self._noise.values()]
        adam = torch.optim.Adam(
            [{"params": points, "lr": _RATE * self._spread}, {"params": leaves[len(points) :], "lr": _RATE}]
        )
        rates = torch.optim.lr_scheduler.LambdaLR(adam, lambda step: _rate(step / steps))
        for step in range(steps):
            watch(step)
            loss, distance = self._loss(step, step / steps)
            for leaf, slope in zip(leaves, torch.autograd.grad(loss, leaves, materialize_grads=True), strict=True):
                leaf.grad = slope
            adam.step()
            rates.step()
            self._normalise_noise()
            course.append(distance)
        w = self._whole(self._moving).detach()
        course.append(self._distance_of(w))
        noise = {name: values.detach().cpu() for name, values in self._noise.items()}
        return Projection(w.cpu(), noise, tuple(torch.stack(course).tolist()))

    def _loss(self, step: int, share: float) -> tuple[Tensor, Tensor]:
        """What is to become small, and the perceptual distance in it."""
        chance = Draws(self._seed, "projection", step, device=self._moving.device).normal(self._moving.numel())
        jitter = _JITTER * self._spread * math.sqrt(self._moving.shape[-1]) * max(0.0, 1 - share / _JITTER_LASTS) ** 2
        painted = self._painted(self._whole(self._moving + jitter * chance.view_as(self._moving))[None])
        distance = self._distance(painted)[0]
        loss = distance + F.mse_loss(painted, self._picture)
        loss = loss + _NOISE_WEIGHT * sum((_likeness(noise) for noise in self._noise.values()), loss.new_zeros(()))
        if self._sampler.layers:
            loss = loss + _APART_WEIGHT * (self._apart / self._spread).square().mean()
        if self._normal:
            loss = loss + _SHELL_WEIGHT * _off_shell(self._moving)
        return loss, distance.detach()

    def _whole(self, moving: Tensor) -> Tensor:
        """What the generator paints from: with the class behind it, and for each layer where there are layers."""
        if self._sampler.layers:
            moving = moving + self._apart
        return torch.cat((moving, self._fixed.expand(*moving.shape[:-1], -1)), dim=-1)

    def _painted(self, w: Tensor) -> Tensor:
        noise = {name: values.expand(len(w), -1, -1, -1) for name, values in self._noise.items()} or None
        return self._sampler.synthesize(w, noise).float()

    @torch.no_grad()
    def _distance_of(self, w: Tensor) -> Tensor:
        return self._distance(self._painted(w[None]))[0]

    @torch.no_grad()
    def _nearest(self, label: int | None) -> Tensor:
        """The w of a seed that paints what is most like the picture."""
        points = self._sampler.points(range(_LOOKED_THROUGH), label=label).to(self._picture.device)
        distances = torch.cat([self._distance(self._painted(some)) for some in torch.split(points, MICRO_BATCH)])
        return points[int(distances.argmin())]

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
