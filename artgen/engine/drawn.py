"""The task ``train`` of a network that needs no training: it is drawn from the job's seed, and kept as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from artgen.engine.checkpoint import write_checkpoint
from artgen.engine.networks import build_network
from artgen.engine.precision import device_of
from artgen.errors import ArtgenError
from artgen.runs.checkpoints import SAMPLER, latest_checkpoint
from artgen.runs.progress import Progress
from artgen.runs.store import Run

if TYPE_CHECKING:
    from artgen.plugins import PluginManager


def draw_task(run: Run, progress: Progress, plugins: PluginManager) -> None:
    """Write the one checkpoint of a run whose network paints untrained, unless it is there.

    Raises:
        ArtgenError: the network refuses its options, or the disk a file.
    """
    there, damaged = latest_checkpoint(run.checkpoints)
    for other in damaged:
        progress.warn(f"checkpoint {other.name} is damaged and is left out")
    if there is not None:
        return
    job = run.job
    if job.shape is None:
        raise ArtgenError("the generator does not say what shape its pictures have", where=run.name)
    network = build_network(job.generator, job.shape, job.job.seed, torch.device("cpu"))
    state = {
        "step": 0,
        "images": 0,
        "seconds": 0.0,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "device": str(device_of(job)),
    }
    checkpoint = write_checkpoint(run.checkpoints, {SAMPLER: network.state_dict()}, state)
    plugins.notify("checkpoint_saved", run=run, path=checkpoint.path, step=checkpoint.step)
    progress.say(f"{run.name}: the network is drawn from seed {job.job.seed}; nothing is trained")
