"""VGG-16, built in, works offline.

Where the weights come from and whose they are stands in NOTICE-vgg16.txt beside them.
"""

from __future__ import annotations

from pathlib import Path

from artgen.backbones.config import VGG16Config
from artgen.backbones.vgg import VGG, tensors_by_layer
from artgen.shipped import REINSTALL, read_shipped

WEIGHTS = Path(__file__).with_name("vgg16.safetensors")
WEIGHTS_SHA256 = "590c12a05468fcc1d78d85b8cf63317005c279967c9c375e4452493588da6932"

_MEAN_COLOR = (122.67892 / 255, 116.66877 / 255, 104.00699 / 255)
_DEVIATION = (1 / 255, 1 / 255, 1 / 255)
"""It was trained on 0…255."""


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
        tensors = read_shipped(weights, WEIGHTS_SHA256, self.name)
        layers = tensors_by_layer(tensors, names, where=str(weights), hint=REINSTALL)
        super().__init__(config or VGG16Config(), layers, mean=_MEAN_COLOR, deviation=_DEVIATION)
