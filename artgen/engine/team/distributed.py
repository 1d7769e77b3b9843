"""The processes that train one model together, and what they tell each other.

No wrapper around networks, since that would hook only `forward`, and gradient penalties differentiate beside it.
Instead each process works on its slice of the batch, and what they found is added up once per update (`Team.add_up`).
Each collective on the device follows a word on the host that nobody has run out of memory, so that a process that has
never leaves the others waiting on their devices.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import reduce
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from artgen.errors import ArtgenError

PATIENCE = timedelta(hours=1)
"""How long processes wait for one that saves a checkpoint, or has lost its network without a word."""

GOES_ON = "the same command goes on from the last checkpoint"
"""What to do when a process has ended."""


class OthersOutOfMemory(RuntimeError):
    """Another process has run out of memory in this update: it is done anew, in smaller pieces."""


class LostContact(ArtgenError):
    """Another process has ended; the message says why."""


class Team:
    """All processes that train a model, as one of them sees it. This one is alone, so that all it is told is known.

    Attributes:
        rank: which of them this is, from 0; the first one writes and decides.
        size: how many there are.
        neighbours: how many of them are on this machine, this one among them.
        threads: of a processor for each of them; None where this one's number is right as it is.
    """

    rank = 0
    size = 1
    neighbours = 1
    threads: int | None = None

    @property
    def leads(self) -> bool:
        """Whether this process writes and decides."""
        return self.rank == 0

    def any_of(self, flag: bool) -> bool:
        """Whether it holds in any process."""
        return flag

    def agreed(self, stop: bool, seconds: float) -> tuple[bool, float]:
        """Whether any process is to stop, and how long the first one says that the training took."""
        return stop, seconds

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Make each tensor the sum of all processes' ones, to the bit the same in all of them."""

    def mean(self, values: Tensor) -> Tensor:
        """The mean over the first dimension and over all processes; its gradient reaches all of them."""
        return values.mean(dim=0)

    def give(self, tensors: Sequence[Tensor]) -> None:
        """Fill the tensors with those of the first process."""

    def tell(self, message: Any = None) -> Any:
        """What the first process says, as JSON has it, in all of them."""
        return message

    def alike(self, number: float) -> bool:
        """Whether it is the same number in all processes."""
        return number == number  # no number is not

    def wait(self) -> None:
        """Go on when all processes have come here."""


ALONE = Team()


class Processes(Team):
    """Several of them, over torch.distributed.

    Args:
        device: where this one computes.
        neighbours: how many are on this machine.
        threads: of a processor for each of them.
        why: says why another one cannot be reached any more.
    """

    def __init__(self, device: torch.device, neighbours: int, threads: int | None, why: Callable[[], str]) -> None:
        self.rank = dist.get_rank()
        self.size = dist.get_world_size()
        self.device = device
        self.neighbours = neighbours
        self.threads = threads
        self._why = why

    def any_of(self, flag: bool) -> bool:
        """On the host, so that it waits for no device."""
        return self._on_host([float(flag)])[0] > 0

    def agreed(self, stop: bool, seconds: float) -> tuple[bool, float]:
        """One number of each kind on the host; the seconds are only of the first process."""
        stops, told = self._on_host([float(stop), seconds if self.leads else 0.0])
        return stops > 0, told

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """One reduction for all, in the widest of their types."""
        dtype = reduce(torch.promote_types, (tensor.dtype for tensor in tensors))
        flat = torch.cat([tensor.reshape(-1).to(dtype) for tensor in tensors])
        self._reduce(flat)
        for tensor, part in zip(tensors, torch.split(flat, [tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(part.view(tensor.shape))

    def mean(self, values: Tensor) -> Tensor:
        """Sums and counts are added up, so that slices of different lengths count as they should."""
        flat = torch.cat((values.sum(dim=0).flatten(), values.new_full((1,), len(values))))
        summed: Tensor = _Sum.apply(flat, self)  # type: ignore[no-untyped-call]
        return (summed[:-1] / summed[-1].detach()).view(values.shape[1:])

    def give(self, tensors: Sequence[Tensor]) -> None:
        """One after the other: it happens when a training begins, and when it goes back."""
        for tensor in tensors:
            travelling = tensor.detach().to(self.device).contiguous()
            with self._reaching():
                dist.broadcast(travelling, 0)
            if not self.leads:
                tensor.copy_(travelling)

    def tell(self, message: Any = None) -> Any:
        """The length, then the text."""
        text = json.dumps(message).encode() if self.leads else b""
        length = int(self._on_host([float(len(text))])[0])
        told = torch.zeros(length, dtype=torch.uint8)
        if self.leads:
            told.copy_(torch.frombuffer(bytearray(text), dtype=torch.uint8))
        with self._reaching():
            dist.broadcast(told, 0)
        return json.loads(bytes(told.tolist()))

    def alike(self, number: float) -> bool:
        """The largest is the smallest."""
        ends = torch.tensor([number, -number], dtype=torch.float64)
        with self._reaching():
            dist.all_reduce(ends, dist.ReduceOp.MAX)
        return bool(ends[0] == -ends[1])

    def wait(self) -> None:
        """On the host."""
        self._on_host([0.0])

    def ready(self) -> None:
        """Go on when all processes have come here without running out of memory.

        Raises:
            OthersOutOfMemory: one has.
        """
        if self.any_of(False):
            raise OthersOutOfMemory

    def _on_host(self, numbers: list[float]) -> list[float]:
        told = torch.tensor(numbers, dtype=torch.float64)
        with self._reaching():
            dist.all_reduce(told)
        return told.tolist()

    def _reduce(self, flat: Tensor) -> None:
        with self._reaching():
            dist.all_reduce(flat)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """Says why another process has ended, and not that its socket is closed."""
        try:
            yield
        except RuntimeError as error:  # torch.distributed's errors are of this kind
            raise lost_contact(self._why(), error) from error


def lost_contact(cause: str, error: Exception) -> LostContact:
    """The error that tells a person why another process cannot be reached, as far as anybody knows."""
    text = cause or f"another process of this training cannot be reached any more: {error}"
    return LostContact(text, hint=GOES_ON)


class _Sum(torch.autograd.Function):
    """A sum over all processes through which gradients pass: the slope of a sum is the sum of all slopes."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, team: Processes) -> Tensor:
        ctx.team = team
        team.ready()
        summed = values.clone()
        team._reduce(summed)
        return summed

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        summed: Tensor = _Sum.apply(gradients[0].contiguous(), ctx.team)  # type: ignore[no-untyped-call]
        return summed, None
