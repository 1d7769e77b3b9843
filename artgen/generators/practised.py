"""What a stylizer begins with: one that has practised on other paintings.

How it did, and on what, is in ``tests/bench/practise.py``, which wrote the file.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from artgen.generators.config import StylizerConfig
from artgen.shipped import read_shipped

WEIGHTS = Path(__file__).with_name("practised.safetensors")
WEIGHTS_SHA256 = "5d28f9379ddc59d1579b7968295b239c960d8a1a6d6d1aa1f770cfc6f9063e57"


def fits(config: StylizerConfig) -> bool:
    """Whether the network is one like that which has practised."""
    usual = StylizerConfig()
    return (config.width, config.blocks) == (usual.width, usual.blocks)


@torch.no_grad()
def take_over(network: nn.Module, *, weights: Path = WEIGHTS) -> None:
    """Give a stylizer what was learned; what each style has of its own begins in the middle of those practised.

    Args:
        network: with the usual width and blocks.
        weights: the file, float16, with one style.

    Raises:
        ArtgenError: the file is missing or is not what it should be.
    """
    learned = read_shipped(weights, WEIGHTS_SHA256, "stylizer")
    network.load_state_dict({name: learned[name].expand_as(own) for name, own in network.state_dict().items()})
