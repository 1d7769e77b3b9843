"""How processes that train one model stay of one mind: one state, one writer, and what it decides is done by all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

if TYPE_CHECKING:
    from artgen.data.pictures import Pictures
    from artgen.engine.state import TrainState
    from artgen.engine.team.distributed import Team
    from artgen.engine.train import Journal
    from artgen.runs.progress import Progress

FEWEST_FOR_BATCH_NORM = 8
"""With fewer pictures its statistics are mostly noise."""
_BITS = {torch.float64: torch.int64, torch.float32: torch.int32}
_EXACT = 1 << 40
"""Under it whole numbers are exact as floats."""


class Leading:
    """The journal of the process that writes: what it does to the state, the others hear of.

    Args:
        warn: told in words when the others had to be put right.
    """

    def __init__(self, journal: Journal, team: Team, warn: Callable[[str], None]) -> None:
        self._journal = journal
        self._team = team
        self._warn = warn

    def log(self, state: TrainState, means: dict[str, float]) -> None:
        """Told by this process alone."""
        self._journal.log(state, means)

    def stop_requested(self, state: TrainState) -> bool:
        """Whether this process was asked to stop."""
        return self._journal.stop_requested(state)

    def checkpoint(self, state: TrainState, means: dict[str, float]) -> None:
        """Written while the others wait."""
        if not made_alike(state):
            self._warn("the processes had come to other weights, and go on from those of the first one")
        self._journal.checkpoint(state, means)
        self._team.wait()

    def go_back(self, state: TrainState) -> None:
        """All go back."""
        self._journal.go_back(state)
        share(state)

    def mend(self, state: TrainState) -> bool:
        """What this process finds wrong, all mend."""
        before = state.discriminator_scale
        back = self._journal.mend(state)
        changed = back or state.discriminator_scale != before
        self._team.tell({"back": back, "changed": changed})
        if changed:
            share(state)
        return back


class Following:
    """The journal of the other processes: it writes nothing, and waits for what the first one decides.

    Args:
        stop: whether this process was asked to stop.
    """

    def __init__(self, team: Team, stop: Callable[[], bool]) -> None:
        self._team = team
        self._stop = stop

    def log(self, state: TrainState, means: dict[str, float]) -> None:
        """Nothing."""

    def stop_requested(self, _state: TrainState) -> bool:
        """Whether this process was asked to stop; then all of them do."""
        return self._stop()

    def checkpoint(self, state: TrainState, _means: dict[str, float]) -> None:
        """Wait until it is written."""
        made_alike(state)
        self._team.wait()

    def go_back(self, state: TrainState) -> None:
        """Go where the first process went."""
        share(state)

    def mend(self, state: TrainState) -> bool:
        """Do as the first process does."""
        told = self._team.tell()
        if told["changed"]:
            share(state)
        return bool(told["back"])


def gathered(journal: Journal, state: TrainState, pictures: Pictures, progress: Progress) -> Journal:
    """Bring all processes to where the first one stands.

    Args:
        journal: of the first process.
        pictures: that all of them must have.

    Returns:
        The journal that a team trains with; the same where there is none.
    """
    team = state.team
    if team.size == 1:
        return journal
    least = state.micro_batches.slicing.smallest
    progress.say(f"{team.size} processes train together, on {least} pictures of each batch or more")
    if least < FEWEST_FOR_BATCH_NORM and any(seen_by_batch_norm(network) for network in state.networks.values()):
        progress.warn(f"batch norm looks at no more than the pictures of one process, here {least} at a time")
    team.tell({"precision": state.precision, "fingerprint": pictures.fingerprint})
    share(state)
    return Leading(journal, team, progress.warn)


def share(state: TrainState) -> None:
    """Make the state of every process that of the first one."""
    team = state.team
    if team.leads:
        tensors = {part: dict(by_name) for part, by_name in state.tensors().items()}
        told = {part: {name: _form(tensor) for name, tensor in by.items()} for part, by in tensors.items()}
        team.tell({"numbers": state.numbers(), "tensors": told})
    else:
        heard = team.tell()
        tensors = {part: {name: _empty(*form) for name, form in by.items()} for part, by in heard["tensors"].items()}
    team.give([tensor for by_name in tensors.values() for tensor in by_name.values()])
    if not team.leads:
        state.take(tensors, heard["numbers"])


def made_alike(state: TrainState) -> bool:
    """Give all processes the same buffers; and, which should not be needed, the same weights.

    What batch norm has seen is averaged, as each process has seen its own slice of the batches. All other buffers are
    those of the first process.

    Returns:
        Whether the weights were the same to the bit.
    """
    team = state.team
    alike = team.alike(sum(map(_checksum, state.networks.values())) % _EXACT)
    if not alike:
        share(state)
    for network in state.networks.values():
        seen = seen_by_batch_norm(network)
        if seen:
            team.add_up(seen)
            for statistic in seen:
                statistic.div_(team.size)
        averaged = {id(statistic) for statistic in seen}
        team.give([buffer for buffer in network.buffers() if id(buffer) not in averaged])
    return alike


def seen_by_batch_norm(network: nn.Module) -> list[Tensor]:
    """What the batch norms of a network have seen: means and variances; nothing where it has none."""
    norms = [layer for layer in network.modules() if isinstance(layer, _BatchNorm)]
    return [s for norm in norms for s in (norm.running_mean, norm.running_var) if s is not None]


@torch.no_grad()
def _checksum(network: nn.Module) -> int:
    """A sum over the bits of all weights, in whole numbers, which are the same in any order."""
    sums = [weight.contiguous().view(_BITS[weight.dtype]).sum() for weight in network.parameters()]
    return int(torch.stack(sums).sum()) % _EXACT


def _form(tensor: Tensor) -> tuple[list[int], str]:
    return list(tensor.shape), str(tensor.dtype).removeprefix("torch.")


def _empty(shape: list[int], dtype: str) -> Tensor:
    return torch.empty(shape, dtype=getattr(torch, dtype))
