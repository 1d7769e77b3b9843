"""VGG-16 and VGG-19 with the weights that torchvision publishes, trained on ImageNet.

They are not part of artgen. The addresses and the first 8 digits of each sha256 are torchvision's own; all 64 digits
agree wherever they are quoted.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import safetensors.torch
import torch
from torch import Tensor

from artgen.backbones.config import VGG16ImageNetConfig, VGG19Config
from artgen.backbones.published import PublishedFile
from artgen.backbones.vgg import VGG, tensors_by_layer
from artgen.errors import ArtgenError

_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


class _ImageNetVGG(VGG):
    """What the two have in common.

    Args:
        config: options; `weights` is a file to read instead of the published one.

    Raises:
        ArtgenError: the weights cannot be fetched or read, or are not what they should be.
    """

    published: ClassVar[PublishedFile]

    def __init__(self, config: VGG16ImageNetConfig) -> None:
        path = config.weights or self.published.fetched()
        if config.weights and path.name == self.published.name:
            self.published.check(path)
        hint = f"{self.name} takes {self.published.name}, or a .safetensors file with its tensors"
        tensors = _read(path, hint)
        layers = tensors_by_layer(tensors, _names(self.layer_names), where=str(path), hint=hint)
        super().__init__(config, layers, mean=_MEAN, deviation=_DEVIATION)


class VGG16ImageNet(_ImageNetVGG, layer_names=VGG16ImageNetConfig.layer_names):
    """VGG-16 as torchvision has it."""

    name = "vgg16-imagenet"
    published = PublishedFile(
        "vgg16-397923af.pth",
        "https://download.pytorch.org/models/vgg16-397923af.pth",
        "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
        553_433_881,
    )


class VGG19(_ImageNetVGG, layer_names=VGG19Config.layer_names):
    """VGG-19 as torchvision has it."""

    name = "vgg19"
    published = PublishedFile(
        "vgg19-dcbb9e9d.pth",
        "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth",
        "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44",
        574_673_361,
    )


def _read(path: Path, hint: str) -> Mapping[str, Tensor]:
    tensors: Any
    try:
        if path.suffix == ".safetensors":
            tensors = safetensors.torch.load_file(path)
        else:
            tensors = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a damaged file makes of its reader
        raise ArtgenError(f"these weights cannot be read: {error}", where=str(path), hint=hint) from error
    if not isinstance(tensors, Mapping):
        raise ArtgenError("there are no named tensors in this file", where=str(path), hint=hint)
    return tensors


def _names(layers: tuple[str, ...]) -> dict[str, str]:
    """What torchvision calls the convolutions: places in a list, in which ReLUs and poolings have theirs too."""
    names: dict[str, str] = {}
    place = 0
    for layer in layers:
        if layer.endswith("_1") and names:
            place += 1
        names[layer] = f"features.{place}"
        place += 2
    return names
