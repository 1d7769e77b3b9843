"""The convolutional discriminator: strided convolutions down to a small grid, then one number."""

from __future__ import annotations

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from artgen.contracts import Judged, Painted, PictureShape
from artgen.discriminators.config import DCGANConfig
from artgen.layers.full_precision import full_precision
from artgen.layers.minibatch_stddev import MinibatchStddev
from artgen.layers.resolutions import halvings, stage_sizes
from artgen.layers.spectral_norm import spectrally_normalised

_SLOPE = 0.2
_INITIAL_STD = 0.02


class DCGAN(nn.Module):
    """Halve the grid with 4×4 convolutions and LeakyReLU until it is about 4 on its shorter side, then judge.

    Of pictures with classes, the logit gains the product of the features and the class's own numbers (T. Miyato and
    M. Koyama, "cGANs with projection discriminator", 2018). A network built to grow has layers that take smaller
    pictures in (T. Karras et al., "Progressive growing of GANs", 2018).

    Args:
        config: options.
        shape: of the pictures.

    Raises:
        ValueError: `widths` does not fit the shape.
    """

    def __init__(self, config: DCGANConfig, shape: PictureShape) -> None:
        super().__init__()
        self.widths = halvings(shape, width=config.width, max_width=config.max_width, widths=config.widths)
        layers: list[nn.Module] = []
        self._starts = [0]
        self._grids = [(shape.height, shape.width)]
        inputs, height, width = shape.channels, shape.height, shape.width
        for outputs in self.widths:
            layers += _halving(inputs, outputs, config, first=not layers)
            inputs, height, width = outputs, height // 2, width // 2
            self._starts.append(len(layers))
            self._grids.append((height, width))
        if config.minibatch_stddev:
            layers.append(MinibatchStddev(config.minibatch_stddev))
            inputs += 1
        self.body = nn.Sequential(*layers)
        # never normalised: how far real and painted pictures are told apart is the head's to learn
        self.head = _convolution(inputs, 1, (height, width), spectral=False)
        self.projection = nn.Embedding(shape.classes, inputs) if shape.classes else None
        if self.projection is not None:
            nn.init.normal_(self.projection.weight, 0.0, _INITIAL_STD)
        entered = self.widths if config.growing else []
        self.from_smaller = nn.ModuleList(_entrance(shape.channels, channels, config) for channels in entered)
        self._config, self._shape = config, shape
        self._entry, self._fade = 0, 1.0

    @property
    def layers(self) -> list[nn.Module]:
        """What can be frozen, in order from the picture."""
        return [*(self.body[start:end] for start, end in pairwise(self._starts)), self.head]

    def set_stage(self, size: int, fade: float) -> None:
        """Judge smaller pictures from now on.

        Args:
            size: their shorter side, one of the table's.
            fade: how far the finest layers in use have come in; at 0 the picture, once more halved, enters after them.

        Raises:
            ValueError: the network is not built to grow, or has no grid of that size.
        """
        self._config.check_stages([size], self._shape)
        self._entry, self._fade = stage_sizes(self._shape)[::-1].index(size), fade

    def forward(self, painted: Painted, *, want: frozenset[str] = frozenset(), label: Tensor | None = None) -> Judged:
        """Judge pictures.

        Args:
            painted: pictures (B, C, H, W) in [-1, 1].
            want: "features" for the map before the head.
            label: classes (B,), where the pictures have classes.

        Returns:
            One head of logits (B,).
        """
        whole = self._entry == 0 and self._fade >= 1
        features = self.body(painted.picture) if whole else self._grown(painted.picture)
        # full precision: the losses compare logits, and half precision ties them
        logits = full_precision(self.head(features)).flatten()
        if self.projection is not None:
            logits = logits + (self.projection(label) * full_precision(features).sum(dim=(2, 3))).sum(dim=1)
        return Judged([logits], {"last": features} if "features" in want else {})

    def _grown(self, picture: Tensor) -> Tensor:
        """What the body makes of a smaller picture, or of one whose finest layers are still coming in."""
        entry = self._entry
        x = self._entered(picture, entry)
        for number, (start, end) in enumerate(pairwise(self._starts[entry:]), entry):
            x = self.body[start:end](x)
            if number == entry and self._fade < 1:
                x = self._entered(picture, entry + 1).lerp(x, self._fade)
        features: Tensor = self.body[self._starts[-1] :](x)
        return features

    def _entered(self, picture: Tensor, halvings_before: int) -> Tensor:
        """The picture as features of the grid after so many halvings; as it is before the first."""
        if halvings_before == 0:
            return picture
        # a grid rounded down here is rounded up where pictures are painted
        fitted = F.interpolate(picture, self._grids[halvings_before], mode="area")
        features: Tensor = self.from_smaller[halvings_before - 1](fitted)
        return features


def _halving(inputs: int, outputs: int, config: DCGANConfig, *, first: bool) -> list[nn.Module]:
    batch_norm = config.norm == "batch" and not first
    layers = [
        _convolution(inputs, outputs, 4, spectral=config.norm == "spectral", stride=2, padding=1, bias=not batch_norm)
    ]
    if batch_norm:
        layers.append(nn.BatchNorm2d(outputs))
        nn.init.normal_(layers[-1].get_parameter("weight"), 1.0, _INITIAL_STD)
    layers.append(nn.LeakyReLU(_SLOPE, inplace=True))
    if config.dropout:
        layers.append(nn.Dropout2d(config.dropout))
    return layers


def _entrance(inputs: int, outputs: int, config: DCGANConfig) -> nn.Module:
    """From colours to the features of a coarser grid."""
    return nn.Sequential(_convolution(inputs, outputs, 1, spectral=config.norm == "spectral"), nn.LeakyReLU(_SLOPE))


def _convolution(
    inputs: int,
    outputs: int,
    kernel: int | tuple[int, int],
    *,
    spectral: bool,
    stride: int = 1,
    padding: int = 0,
    bias: bool = True,
) -> nn.Module:
    """A convolution; N(0, 0.02) as the paper unless its scale is divided out anyway.

    Without a norm this lets a discriminator begin all but blind. Weights that keep a picture's variance (K. He et al.,
    2015) were tried: they tell more from the first step on, and after as many pictures those of small folders were worse.
    """
    layer = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=padding, bias=bias)
    if spectral:
        return spectrally_normalised(layer)
    nn.init.normal_(layer.weight, 0.0, _INITIAL_STD)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
