"""The convolutions of the VGG networks (K. Simonyan and A. Zisserman, 2014): blocks of 3×3, halved between, frozen."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import ClassVar, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from artgen.backbones.config import VGGConfig, block_of, stride_of
from artgen.backbones.frozen import FrozenConvolution, average_pool, relu_
from artgen.errors import ArtgenError

_WIDTHS = (64, 128, 256, 512, 512)


class VGG(nn.Module):
    """Pictures → feature maps after the ReLU of each convolution: `relu1_1`, `relu1_2` and so on.

    Transparent pictures are seen over white, grey ones as three equal channels.

    A place of a feature map stands for a cell of `strides` × `strides` pixels, the first cell in the upper left corner,
    and sees the pixels up to `reach` around its cell. A tile that is cut between cells, with that much around it, has
    therefore the features of the whole picture. Beyond the picture's own border every layer sees zeros, as it was
    trained to: where a tile ends there, nothing belongs around it.

    Sides need not be multiples of a cell: the pixels that are left over at the right and at the bottom, at most
    `strides` - 1, have no place of their own in the deeper maps, and only their neighbours see them.

    Args:
        config: options.
        weights: of each layer its `weight` (outputs, inputs, 3, 3) and its `bias` (outputs,), float32.
        mean: what is subtracted from R, G and B, where black is 0 and white 1.
        deviation: what they are divided by then.

    Attributes:
        name: what jobs call the network.
        layer_names: from the shallowest to the deepest.
        strides: side of a layer's cells in pixels.
        reach: how many pixels around its cell a layer sees.
    """

    name: ClassVar[str]
    layer_names: ClassVar[tuple[str, ...]]
    strides: ClassVar[Mapping[str, int]]
    reach: ClassVar[Mapping[str, int]]

    mean_color: Tensor
    scale: Tensor

    def __init_subclass__(cls, *, layer_names: tuple[str, ...] = ()) -> None:
        super().__init_subclass__()
        if not layer_names:  # those of its base
            return
        strides, reaches, reach = {}, {}, 0
        for layer in layer_names:
            strides[layer] = stride_of(layer)
            reach += strides[layer]
            reaches[layer] = reach
        cls.layer_names, cls.strides, cls.reach = layer_names, strides, reaches

    def __init__(
        self,
        config: VGGConfig,
        weights: Mapping[str, Mapping[str, Tensor]],
        *,
        mean: tuple[float, ...],
        deviation: tuple[float, ...],
    ) -> None:
        super().__init__()
        self.config = config
        self.convolutions = nn.ModuleDict()
        for layer, tensors in weights.items():
            outputs, inputs = tensors["weight"].shape[:2]
            with torch.device("meta"):
                convolution = FrozenConvolution(inputs, outputs)
            convolution.load_state_dict(tensors, assign=True)
            self.convolutions[layer] = convolution
        # pictures are in [-1, 1]: (x + 1) / 2 is between black and white
        scale = torch.tensor([0.5 / value for value in deviation])
        mean_color = torch.tensor([m / d for m, d in zip(mean, deviation, strict=True)])
        self.register_buffer("scale", scale.view(1, 3, 1, 1), persistent=False)
        self.register_buffer("mean_color", mean_color.view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.train(False)

    def forward(self, pictures: Tensor, layers: Collection[str], *, recompute: bool = False) -> dict[str, Tensor]:
        """The feature maps that are asked for; nothing beyond the deepest of them is computed.

        Args:
            pictures: (B, C, H, W) in [-1, 1]; RGBA premultiplied.
            layers: some of `layer_names`.
            recompute: keep only what each block begins with for the backward pass, which computes the block again.

        Returns:
            (B, channels, H // stride, W // stride) by name, in the network's order.

        Raises:
            ArtgenError: there is no such layer, or the pictures are smaller than one of its cells.
        """
        self._check(pictures, layers)
        x = (over_white(pictures) + 1) * self.scale - self.mean_color
        features: dict[str, Tensor] = {}
        blocks = self._blocks(layers)
        for block in blocks:
            work = partial(self._block, block=block, wanted=layers, halved=block is not blocks[-1])
            x, found = checkpoint(work, x, use_reentrant=False, preserve_rng_state=False) if recompute else work(x)
            features |= found
        return features

    def _blocks(self, layers: Collection[str]) -> list[list[str]]:
        """The layers of each block, down to the deepest of those."""
        blocks: list[list[str]] = []
        depth = max((self.layer_names.index(layer) + 1 for layer in layers), default=0)
        for layer in self.layer_names[:depth]:
            if layer.endswith("_1"):
                blocks.append([])
            blocks[-1].append(layer)
        return blocks

    def _block(
        self, x: Tensor, *, block: list[str], wanted: Collection[str], halved: bool
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """What a block hands the next one, halved, and its wanted feature maps."""
        features = {}
        for layer in block:
            x = relu_(self.convolutions[layer](x))
            if layer in wanted:
                features[layer] = x
        if halved:
            # Means are about 0.7 times the maxima, but are not made larger: the biases are so small that the deeper
            # features are the same up to that factor, and losses compare features of one network with each other.
            x = F.max_pool2d(x, 2) if self.config.pooling == "max" else average_pool(x)
        return x, features

    def _check(self, pictures: Tensor, layers: Collection[str]) -> None:
        unknown = sorted(set(layers).difference(self.layer_names))
        if unknown:
            raise ArtgenError(f"{self.name} has no layer {unknown[0]!r}", hint=f"it has {', '.join(self.layer_names)}")
        height, width = pictures.shape[2:]
        blind = [layer for layer in self.layer_names if layer in layers and self.strides[layer] > min(height, width)]
        if blind:
            raise ArtgenError(
                f"a picture of {width}×{height} pixels is too small for {blind[-1]} of {self.name}",
                hint=f"both sides must be at least {self.strides[blind[-1]]} pixels, or leave {', '.join(blind)} out",
            )

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


def tensors_by_layer(
    tensors: Mapping[str, Tensor], names: Mapping[str, str], *, where: str, hint: str
) -> dict[str, dict[str, Tensor]]:
    """The `weight` and `bias` of each layer, float32, out of a file.

    Args:
        tensors: what is in the file.
        names: what the file calls the layers, by layer, in the network's order.
        where: the file, for errors.
        hint: what to do where it is not right.

    Raises:
        ArtgenError: tensors are missing or have another shape.
    """
    layers = {}
    inputs = 3
    for layer, name in names.items():
        outputs = _WIDTHS[block_of(layer) - 1]
        shapes = {"weight": (outputs, inputs, 3, 3), "bias": (outputs,)}
        for part, shape in shapes.items():
            found = tensors.get(f"{name}.{part}")
            if found is None or found.shape != shape:
                wrong = "is missing" if found is None else f"is {tuple(found.shape)}"
                raise ArtgenError(
                    f"these are other weights: {name}.{part} {wrong}, not {shape}", where=where, hint=hint
                )
        layers[layer] = {part: tensors[f"{name}.{part}"].float() for part in shapes}
        inputs = outputs
    return layers
