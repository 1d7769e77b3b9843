"""From a checkpoint to something that paints."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from artgen.contracts import PictureShape
from artgen.engine.checkpoint import load_part
from artgen.engine.networks import build_network
from artgen.engine.precision import choose_device, device_of
from artgen.errors import ArtgenError, CheckpointError
from artgen.latents.sampler import Sampler
from artgen.runs.checkpoints import SAMPLER, Checkpoint

if TYPE_CHECKING:
    from artgen.job.model import Job


def open_sampler(
    job: Job,
    checkpoint: Checkpoint,
    *,
    device: str | None = None,
    shape: PictureShape | None = None,
    warn: Callable[[str], object] = warnings.warn,
) -> Sampler:
    """The averaged generator of a checkpoint, ready to paint on the job's device.

    Args:
        device: instead of the job's.
        shape: of the pictures, instead of what the job shows.
        warn: told what the person should know while it paints.

    Raises:
        CheckpointError: the checkpoint is damaged or belongs to another network.
    """
    generator, painted, where, classes = averaged_generator(job, checkpoint, device, shape)
    return Sampler(generator, painted, device=where, classes=classes, warn=warn)


def averaged_generator(
    job: Job, checkpoint: Checkpoint, device: str | None, shape: PictureShape | None = None
) -> tuple[Any, PictureShape, torch.device, list[str]]:
    """The averaged generator of a checkpoint at the stage that it has reached, whatever it paints from.

    Args:
        device: instead of the job's.
        shape: of the pictures, instead of what the job shows.

    Returns:
        The network, the shape of the pictures that it paints or, where it repaints, was taught on, where it is, and the names of its classes.

    Raises:
        CheckpointError: the checkpoint is damaged or belongs to another network.
    """
    shape = shape or job.shape
    if shape is None:
        raise ArtgenError("only a trained generator can be opened: the job has no [data]")
    classes: list[str] = checkpoint.state.get("classes", [])
    shape = replace(shape, classes=len(classes))
    where = choose_device(device, "--device") if device else device_of(job)
    generator: Any = build_network(job.generator, shape, job.job.seed, where)
    try:
        generator.load_state_dict(load_part(checkpoint, SAMPLER))
    except RuntimeError as error:
        raise CheckpointError(f"the generator does not fit: {error}", where=str(checkpoint.path)) from error
    if stage := checkpoint.state.get("stage"):
        generator.set_stage(stage["size"], stage["fade"])
    return generator.eval().requires_grad_(False), shape, where, classes
