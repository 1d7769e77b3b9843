"""Building the two networks of a job, the same for the same seed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import torch
from torch import nn

from artgen.contracts import PictureShape
from artgen.errors import ArtgenError

if TYPE_CHECKING:
    from artgen.job.model import Part


def derived_seed(seed: int, purpose: str) -> int:
    """A seed for torch's own generator, a function of the job's seed and the purpose."""
    digest = hashlib.blake2b(f"{seed}\0{purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def seed_torch(seed: int, device: torch.device) -> None:
    """Seed torch's own generators of the processor and of one device.

    `torch.manual_seed` would also queue a call, with a stack trace, for every kind of device that is not there.
    """
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)


def build_network(part: Part, shape: PictureShape, seed: int, device: torch.device) -> nn.Module:
    """A freshly initialised network on the device, in channels-last layout where it has convolutions.

    The weights depend on the job's seed and the kind of the network alone.

    Raises:
        ArtgenError: the network refuses its options; the message is its own.
    """
    build = part.component.load()
    with torch.random.fork_rng(devices=[]):
        seed_torch(derived_seed(seed, f"init/{part.kind}"), torch.device("cpu"))
        try:
            network: nn.Module = build(part.config, shape)
        except ValueError as error:
            raise ArtgenError(str(error), where=f"[{part.kind}]") from error
    network = network.to(device)
    if any(parameter.dim() == 4 for parameter in network.parameters()):
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def latent_size(generator: nn.Module) -> int:
    """Length of the latent vectors that a generator paints from."""
    return int(generator.latent_size)  # type: ignore[arg-type]
