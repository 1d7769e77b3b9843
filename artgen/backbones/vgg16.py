"""VGG-16, built in, works offline.

Where the weights come from and whose they are stands in NOTICE-vgg16.txt beside them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import safetensors.torch
from torch import Tensor

from artgen.backbones.config import VGG16Config
from artgen.backbones.vgg import VGG, tensors_by_layer
from artgen.errors import ArtgenError

WEIGHTS = Path(__file__).with_name("vgg16.safetensors")
WEIGHTS_SHA256 = "590c12a05468fcc1d78d85b8cf63317005c279967c9c375e4452493588da6932"

_MEAN_COLOR = (122.67892 / 255, 116.66877 / 255, 104.00699 / 255)
_DEVIATION = (1 / 255, 1 / 255, 1 / 255)
"""It was trained on 0…255."""

_REINSTALL = "install again: pip install --force-reinstall --no-deps artgen-toolkit"


class VGG16(VGG, layer_names=VGG16Config.layer_names):
    """VGG-16 with the built-in weights.

    Args:
        config: options.
        weights: file of the weights, float16.

    Raises:
        ArtgenError: the file is missing or is not what it should be.
    """

    name = "vgg16"

    def __init__(self, config: VGG16Config | None = None, *, weights: Path = WEIGHTS) -> None:
        names = {layer: layer.replace("relu", "conv") for layer in self.layer_names}
        layers = tensors_by_layer(_read(weights), names, where=str(weights), hint=_REINSTALL)
        super().__init__(config or VGG16Config(), layers, mean=_MEAN_COLOR, deviation=_DEVIATION)


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
