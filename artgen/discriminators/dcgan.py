"""The convolutional discriminator: strided convolutions down to a small grid, then one number."""

from __future__ import annotations

from torch import nn

from artgen.contracts import Judged, Painted, PictureShape
from artgen.discriminators.config import DCGANConfig
from artgen.layers.minibatch_stddev import MinibatchStddev
from artgen.layers.resolutions import halvings
from artgen.layers.spectral_norm import spectrally_normalised

_SLOPE = 0.2
_INITIAL_STD = 0.02


class DCGAN(nn.Module):
    """Halve the grid with 4×4 convolutions and LeakyReLU until it is about 4 on its shorter side, then judge.

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
        inputs, height, width = shape.channels, shape.height, shape.width
        for outputs in self.widths:
            layers += _halving(inputs, outputs, config, first=not layers)
            inputs, height, width = outputs, height // 2, width // 2
        if config.minibatch_stddev:
            layers.append(MinibatchStddev(config.minibatch_stddev))
            inputs += 1
        self.body = nn.Sequential(*layers)
        # never normalised: how far real and painted pictures are told apart is the head's to learn
        self.head = _convolution(inputs, 1, (height, width), norm=False)

    def forward(self, painted: Painted, *, want: frozenset[str] = frozenset()) -> Judged:
        """Judge pictures.

        Args:
            painted: pictures (B, C, H, W) in [-1, 1].
            want: "features" for the map before the head.

        Returns:
            One head of logits (B,).
        """
        features = self.body(painted.picture)
        # full precision: the losses compare logits, and half precision ties them
        logits = self.head(features).float().flatten()
        return Judged([logits], {"last": features} if "features" in want else {})


def _halving(inputs: int, outputs: int, config: DCGANConfig, *, first: bool) -> list[nn.Module]:
    batch_norm = config.norm == "batch" and not first
    layers = [
        _convolution(inputs, outputs, 4, norm=config.norm == "spectral", stride=2, padding=1, bias=not batch_norm)
    ]
    if batch_norm:
        layers.append(nn.BatchNorm2d(outputs))
        nn.init.normal_(layers[-1].get_parameter("weight"), 1.0, _INITIAL_STD)
    layers.append(nn.LeakyReLU(_SLOPE, inplace=True))
    if config.dropout:
        layers.append(nn.Dropout2d(config.dropout))
    return layers


def _convolution(
    inputs: int,
    outputs: int,
    kernel: int | tuple[int, int],
    *,
    norm: bool,
    stride: int = 1,
    padding: int = 0,
    bias: bool = True,
) -> nn.Module:
    """A convolution; N(0, 0.02) as the paper unless its scale is divided out anyway."""
    layer = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=padding, bias=bias)
    if norm:
        return spectrally_normalised(layer)
    nn.init.normal_(layer.weight, 0.0, _INITIAL_STD)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
