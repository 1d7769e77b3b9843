"""VGG-16 (K. Simonyan and A. Zisserman, 2014): thirteen 3×3 convolutions, built in, frozen, works offline.

Where the weights come from and whose they are stands in NOTICE-vgg16.txt beside them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import Any, Self

import safetensors.torch
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgen.backbones.config import VGG16Config
from artgen.errors import ArtgenError

WEIGHTS = Path(__file__).with_name("vgg16.safetensors")
WEIGHTS_SHA256 = "590c12a05468fcc1d78d85b8cf63317005c279967c9c375e4452493588da6932"

_BLOCKS = (2, 2, 3, 3, 3)
_MEAN_COLOR = (122.67892, 116.66877, 104.00699)
"""What the network was trained to see subtracted, R, G and B in 0…255."""


class VGG16(nn.Module):
    """Pictures → feature maps after the ReLU of each convolution, `relu1_1` … `relu5_3`.

    Transparent pictures are seen over white, grey ones as three equal channels.

    Args:
        config: options.
        weights: file of the weights.

    Raises:
        ArtgenError: the file is missing or is not what it should be.
    """

    layer_names: tuple[str, ...] = tuple(
        f"relu{block}_{index}" for block, count in enumerate(_BLOCKS, 1) for index in range(1, count + 1)
    )

    mean_color: Tensor

    def __init__(self, config: VGG16Config | None = None, *, weights: Path = WEIGHTS) -> None:
        super().__init__()
        self.config = config or VGG16Config()
        self.convolutions = nn.ModuleDict()
        for name, tensors in _layers(_read(weights)).items():
            outputs, inputs = tensors["weight"].shape[:2]
            with torch.device("meta"):
                convolution = nn.Conv2d(inputs, outputs, 3, padding=1)
            convolution.load_state_dict(tensors, assign=True)
            self.convolutions[name] = convolution
        self.register_buffer("mean_color", torch.tensor(_MEAN_COLOR).view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.train(False)

    def forward(self, pictures: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """The feature maps that are asked for; nothing beyond the deepest of them is computed.

        Args:
            pictures: (B, C, H, W) in [-1, 1]; RGBA premultiplied.
            layers: some of `layer_names`.

        Returns:
            (B, channels, h, w) by name, in the network's order.

        Raises:
            ArtgenError: there is no such layer.
        """
        unknown = sorted(set(layers).difference(self.layer_names))
        if unknown:
            raise ArtgenError(f"vgg16 has no layer {unknown[0]!r}", hint=f"it has {', '.join(self.layer_names)}")
        features: dict[str, Tensor] = {}
        x = (over_white(pictures) + 1) * 127.5 - self.mean_color
        for name, convolution in self.convolutions.items():
            if len(features) == len(set(layers)):
                break
            if name.endswith("_1") and name != "relu1_1":
                x = F.max_pool2d(x, 2) if self.config.pooling == "max" else F.avg_pool2d(x, 2)
            x = F.relu(convolution(x), inplace=True)
            if name in layers:
                features[name] = x
        return features

    def train(self, mode: bool = True) -> Self:  # noqa: ARG002 - there is nothing in it that trains
        """Stay as it is: a backbone is never trained."""
        return super().train(False)


def over_white(pictures: Tensor) -> Tensor:
    """Three channels of any picture: premultiplied RGBA over white, grey repeated.

    Shape:
        (B, 1, 3 or 4, H, W) to (B, 3, H, W), in [-1, 1]
    """
    if pictures.shape[1] == 4:
        return pictures[:, :3] + (1 - pictures[:, 3:])
    return pictures.expand(-1, 3, -1, -1)


def _read(path: Path) -> dict[str, Tensor]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ArtgenError(
            f"the weights of vgg16 cannot be read: {error.strerror}", where=str(path), hint=_REINSTALL
        ) from error
    if hashlib.sha256(data).hexdigest() != WEIGHTS_SHA256:
        raise ArtgenError("the weights of vgg16 are damaged: their sha256 is another", where=str(path), hint=_REINSTALL)
    return safetensors.torch.load(data)


_REINSTALL = "install again: pip install --force-reinstall --no-deps artgen-toolkit"


def _layers(weights: dict[str, Tensor]) -> dict[str, dict[str, Any]]:
    """`conv1_1.weight` and `.bias`, float16, as float32 tensors by layer, in the network's order."""
    return {
        name: {part: weights[f"{name.replace('relu', 'conv')}.{part}"].float() for part in ("weight", "bias")}
        for name in VGG16.layer_names
    }
