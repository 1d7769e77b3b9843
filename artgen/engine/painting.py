"""From a checkpoint to something that paints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen.contracts import PictureShape
from artgen.engine.checkpoint import load_part
from artgen.engine.networks import build_network
from artgen.engine.precision import choose_device
from artgen.errors import ArtgenError, CheckpointError
from artgen.latents.sampler import Sampler
from artgen.runs.checkpoints import SAMPLER, Checkpoint

if TYPE_CHECKING:
    from artgen.job.model import Job


def open_sampler(job: Job, checkpoint: Checkpoint, *, device: str | None = None) -> Sampler:
    """The averaged generator of a checkpoint, ready to paint on the job's device.

    Raises:
        CheckpointError: the checkpoint is damaged or belongs to another network.
    """
    if job.data is None:
        raise ArtgenError("only a trained generator can be opened: the job has no [data]")
    shape: PictureShape = job.data.shape
    where = choose_device(device or job.train.device)
    generator = build_network(job.generator, shape, job.job.seed, where)
    try:
        generator.load_state_dict(load_part(checkpoint, SAMPLER))
    except RuntimeError as error:
        raise CheckpointError(f"the generator does not fit: {error}", where=str(checkpoint.path)) from error
    return Sampler(generator.eval().requires_grad_(False), shape, device=where)
