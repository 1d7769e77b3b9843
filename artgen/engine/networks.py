"""Building the two networks of a job, the same for the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from artgen.contracts import PictureShape
from artgen.errors import ArtgenError
from artgen.seeding import derived_seed, seed_torch

if TYPE_CHECKING:
    from artgen.job.model import Job, Part


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


def build_backbone(job: Job, device: torch.device, dtype: torch.dtype | None = None) -> Any:
    """What the losses of a job look at pictures through, on the device; None where none looks.

    Raises:
        ArtgenError: its weights cannot be read; where the job names them, with the place.
    """
    if job.backbone is None:
        return None
    try:
        backbone = job.backbone.component.load()(job.backbone.config)
    except ArtgenError as error:
        if getattr(job.backbone.config, "weights", None) is None:
            raise
        where = f"{job.place_of('backbone.weights')}: {error.where}"
        raise ArtgenError(error.message, where=where, hint=error.hint) from error
    return backbone.to(device, dtype)


def latent_size(generator: nn.Module) -> int:
    """Length of the latent vectors that a generator paints from."""
    return int(generator.latent_size)  # type: ignore[arg-type]
