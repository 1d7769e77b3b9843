"""The pattern network: every pixel's colour is a function of where it is and of the latent, and of nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from artgen.contracts import Input, Painted, PictureShape
from torch import Tensor, nn

from artgen_cppn.colours import along, oklab_of, srgb_of
from artgen_cppn.coordinates import features, features_of, points

if TYPE_CHECKING:
    from artgen_cppn.config import CPPNConfig

_AT_ONCE = 1 << 13
"""Places that are looked at in one go, so that a picture of any size takes little memory and stays in the cache."""
_STEP = 1 / 192
"""How far apart the places are whose difference is a slope, where the shorter side is 2."""
_SLOPE = 0.35
"""Slope at a height of 1 that the light sees, beside how steep the fields are."""

_LIGHTNESS, _CONTRAST, _CHROMA = 0.58, 0.46, 0.32
"""Of a network's own colours in OKLab: about what a screen can show."""
_MUTED = 0.3
"""How much weaker its colours are than its lights before it has learned any."""
_SWELLING = 1.1
"""How much wider and narrower veins become along the way."""
_GOLDEN = 0.6180339887
"""Multiples of it, without the whole part, are spread evenly however many there are."""

_ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh,
    "sin": lambda x: torch.sin(1.7 * x),
    "gauss": lambda x: 2 * torch.exp(-x * x) - 1,
    "ridge": lambda x: 1 - x.abs(),
    "softplus": lambda x: F.softplus(2 * x) - 1,
}
"""All have a mean near zero and a spread near one."""


class CPPN(nn.Module):
    """Coordinates and latent → layers of `width` units → fields → colours.

    A compositional pattern-producing network (K. Stanley, 2007) with the layers of D. Ha's "Generating large images from
    latent vectors" (2016). The latent shifts every layer.

    Args:
        config: options.
        shape: of the pictures; no parameter depends on width and height.
    """

    input: Input = "latent"
    one_by_one = True
    stops: Tensor
    vein: Tensor

    def __init__(self, config: CPPNConfig, shape: PictureShape) -> None:
        super().__init__()
        self.latent_size = config.latent
        self.noise_shapes: dict[str, tuple[int, int]] = {}
        self.config, self.shape = config, shape
        width = config.width
        place = _octaves(width, config.detail) * torch.randn(width, features_of(config))
        if config.coordinates == "plane":
            place[:, 2] *= config.radius
        self.place = nn.Parameter(place)
        self.layers = nn.ParameterList(_drawn(width, width, config.complexity) for _ in range(config.depth - 1))
        self.latents = nn.ParameterList(_drawn(width, config.latent, config.spread) for _ in range(config.depth))
        self.biases = nn.ParameterList(nn.Parameter(0.5 * torch.randn(width)) for _ in range(config.depth))
        self.fields = _drawn(_fields(config, shape), width, 1.0)
        if not config.palette:
            self.fields.data[1:3] *= _MUTED
        stops = oklab_of(config.palette) if config.palette else torch.zeros(0, 3)
        self.register_buffer("stops", stops, persistent=False)
        veins = oklab_of([config.veins.color]) if config.veins.color != "none" else torch.zeros(0, 3)
        self.register_buffer("vein", veins, persistent=False)

    def map(self, z: Tensor) -> Tensor:
        """Return z itself: this network has no mapping."""
        return z

    def synthesize(self, w: Tensor, noise: Mapping[str, Tensor] | None = None) -> Painted:  # noqa: ARG002 - it has none
        """Paint latents.

        Shape:
            (B, latent) to (B, C, H, W)
        """
        with torch.autocast(w.device.type, enabled=False):  # half precision cannot tell neighbours apart
            w = w.float()
            if torch.compiler.is_exporting():
                return Painted(self._strip(w, range(self.shape.height), self.config.samples))
            if self.training or torch.is_grad_enabled():
                return Painted(self._strip(w, range(self.shape.height), 1))
            return Painted(self._large(w))

    def forward(self, z: Tensor, noise: Mapping[str, Tensor] | None = None) -> Painted:
        """Map and paint."""
        return self.synthesize(self.map(z), noise)

    def w_matrices(self) -> list[Tensor]:
        """The weights that w is multiplied with.

        Shape:
            one (outputs, latent) for each layer
        """
        return list(self.latents)

    def _large(self, w: Tensor) -> Tensor:
        """One picture after the other, some rows at a time: whatever is beside it, a picture is the same bits."""
        samples = 1 if self.training else self.config.samples
        rows = max(1, _AT_ONCE // (self.shape.width * samples * samples))
        height = self.shape.height
        pictures: list[Tensor] = []
        for index, one in enumerate(w):
            if index and torch.equal(one, w[index - 1]):  # what fills a batch up is painted once
                pictures.append(pictures[-1])
                continue
            strips = [range(top, min(top + rows, height)) for top in range(0, height, rows)]
            pictures.append(torch.cat([self._strip(one[None], strip, samples) for strip in strips], dim=2))
        return torch.cat(pictures)

    def _strip(self, w: Tensor, rows: range, samples: int) -> Tensor:
        """Some rows of pictures: (B, C, len(rows), W) in [-1, 1]."""
        places = points(self.shape.height, self.shape.width, rows, samples, w.device)
        painted = self._colours(w, places)
        painted = painted.view(w.shape[0], -1, len(rows) * samples, self.shape.width * samples)
        return F.avg_pool2d(painted, samples) if samples > 1 else painted

    def _colours(self, w: Tensor, places: Tensor) -> Tensor:
        """The colours at places, (2, P), as (B, C, P) in [-1, 1]."""
        config = self.config
        fields = self._fields_at(w, places)
        light = gloss = torch.zeros_like(fields[:, 0])
        if config.relief.height:
            light, gloss = self._lit(w, places, fields[:, -1])
        lab = self._of_palette(fields) if config.palette else self._own(fields)
        if len(self.vein):
            line = torch.sin(math.pi * config.veins.count * fields[:, -1 - bool(config.relief.height)]) / (
                math.pi * config.veins.count
            )
            width = config.veins.width * torch.exp(_SWELLING * torch.tanh(fields[:, min(1, self.shape.channels - 1)]))
            hidden = config.veins.strength * torch.exp(-((line / width) ** 2))
            lab = torch.lerp(lab, self.vein.T.expand_as(lab), hidden.unsqueeze(-2))
        lightness = (lab[:, :1] + (light + gloss).unsqueeze(-2)).clamp(0.0, 1.0)
        chroma = lab[:, 1:] * (1 - gloss.unsqueeze(-2).clamp(0.0, 0.9))
        if self.shape.channels == 1:
            chroma = torch.zeros_like(chroma)
        srgb = srgb_of(torch.cat((lightness, chroma), dim=1))
        if self.shape.channels == 4:
            alpha = 0.5 + 0.5 * torch.sin(config.bands * fields[:, 3:4])
            srgb = torch.cat((srgb * alpha, alpha), dim=1)
        return srgb[:, : self.shape.channels] * 2 - 1

    def _of_palette(self, fields: Tensor) -> Tensor:
        position = 0.5 + 0.5 * torch.sin(1.5 * self.config.bands * fields[:, 0])
        lab = along(self.stops, position, self.config.crisp)
        shade = self.config.shade * torch.tanh(fields[:, 1:2])
        return torch.cat((lab[:, :1] + shade, lab[:, 1:]), dim=1)

    def _own(self, fields: Tensor) -> Tensor:
        """Lightness and two opposed colours from a field each; grey has only the first."""
        bands = self.config.bands
        lightness = _LIGHTNESS + _CONTRAST * torch.sin(bands * fields[:, :1])
        if self.shape.channels == 1:
            return torch.cat((lightness, torch.zeros_like(lightness).expand(-1, 2, -1)), dim=1)
        return torch.cat((lightness, _CHROMA * torch.sin(bands * fields[:, 1:3])), dim=1)

    def _fields_at(self, w: Tensor, places: Tensor) -> Tensor:
        """What the network says of places: (B, fields, P)."""
        told = features(places, self.config, self.shape.height, self.shape.width)
        shifts = [(w @ latents.T + bias).unsqueeze(-1) for latents, bias in zip(self.latents, self.biases, strict=True)]
        if w.shape[0] == 1 and not torch.is_grad_enabled():
            x = self._activated(torch.addmm(shifts[0][0], self.place, told))
            for layer, shift in zip(self.layers, shifts[1:], strict=True):
                x = self._activated(torch.addmm(shift[0], layer, x))
            return (self.fields @ x).unsqueeze(0)
        x = self._activated(self.place @ told + shifts[0])
        for layer, shift in zip(self.layers, shifts[1:], strict=True):
            x = self._activated(layer @ x + shift)
        return self.fields @ x

    def _activated(self, x: Tensor) -> Tensor:
        names = self.config.activations
        if len(names) == 1:
            return _ACTIVATIONS[names[0]](x)
        parts = x.tensor_split(len(names), dim=-2)
        return torch.cat([_ACTIVATIONS[name](part) for name, part in zip(names, parts, strict=True)], dim=-2)

    def _lit(self, w: Tensor, places: Tensor, here: Tensor) -> tuple[Tensor, Tensor]:
        """How much lighter places are for the light from the side, and how much they gleam."""
        relief = self.config.relief
        slopes = []
        for axis in (0, 1):
            step = torch.zeros(2, 1, device=w.device)
            step[axis] = _STEP
            slopes.append((self._fields_at(w, places + step)[:, -1] - here) / _STEP)
        factor = _SLOPE * relief.height
        across, down = (factor * slope for slope in slopes)
        steep = (across**2 + down**2 + 1).rsqrt()
        angle = math.radians(relief.light)
        low, high = 0.6, 0.8  # of the light above the picture
        lx, ly = low * math.cos(angle), -low * math.sin(angle)
        toward = (high - lx * across - ly * down) * steep
        # half-way between the light and the eye, which is straight above
        length = math.hypot(low, 1 + high)
        halfway = ((1 + high) - lx * across - ly * down) * steep / length
        light = 0.35 * (toward - high)
        return light, relief.gloss * halfway.clamp_min(1e-3) ** relief.shine


def _fields(config: CPPNConfig, shape: PictureShape) -> int:
    """How many fields colours are made of: only such as are used, so that all of them learn."""
    colours = 2 if config.palette else shape.channels
    return colours + (config.veins.color != "none") + bool(config.relief.height)


def _drawn(outputs: int, inputs: int, gain: float) -> nn.Parameter:
    """Weights under which standard normal inputs come out `gain` times as large."""
    return nn.Parameter(gain / math.sqrt(inputs) * torch.randn(outputs, inputs))


def _octaves(units: int, octaves: float) -> Tensor:
    """How fine the things are that each unit sees: most of them large, few of them small."""
    share = (torch.arange(units, dtype=torch.float32) * _GOLDEN % 1).unsqueeze(1)
    return 2.0 ** (octaves * share**2)
