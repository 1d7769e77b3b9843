"""What a job may say of a backbone."""

from __future__ import annotations

from typing import ClassVar, Literal

from artgen.config import BackboneConfig, File, option


def _layers(*blocks: int) -> tuple[str, ...]:
    """The layers of a network with so many convolutions in each block."""
    return tuple(f"relu{block}_{index}" for block, count in enumerate(blocks, 1) for index in range(1, count + 1))


def block_of(layer: str) -> int:
    """3 of relu3_1."""
    return int(layer.removeprefix("relu").partition("_")[0])


def stride_of(layer: str) -> int:
    """Side of a layer's cells in pixels, as each block but the last is halved; smaller pictures have none."""
    return 1 << (block_of(layer) - 1)


class VGGConfig(BackboneConfig):
    """What all VGG networks have."""

    pooling: Literal["max", "average"] = option("max")
    """Between the blocks: max is what the network learned with, and sees faces and brush strokes best; average takes
    much less memory and gives smoother pictures."""


class VGG16Config(VGGConfig):
    """VGG-16."""

    layer_names: ClassVar[tuple[str, ...]] = _layers(2, 2, 3, 3, 3)


class VGG16ImageNetConfig(VGGConfig):
    """VGG-16 with the weights that torchvision publishes."""

    layer_names: ClassVar[tuple[str, ...]] = VGG16Config.layer_names

    weights: File | None = option(None)
    """A file of them, .pth or .safetensors; without it they are fetched once, into the user's cache folder."""


class VGG19Config(VGG16ImageNetConfig):
    """VGG-19 with the weights that torchvision publishes."""

    layer_names: ClassVar[tuple[str, ...]] = _layers(2, 2, 4, 4, 4)
