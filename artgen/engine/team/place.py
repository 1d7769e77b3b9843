"""Which of the processes that train one model this one is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from artgen.errors import ArtgenError

_NEEDED = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True)
class Place:
    """Which of the processes this one is.

    Attributes:
        rank: from 0, over all machines.
        size: how many there are.
        local_rank: from 0, on this machine.
        local_size: how many there are on this machine.
        address: where they were told to meet; "" where all were started here.
    """

    rank: int
    size: int
    local_rank: int
    local_size: int
    address: str = ""

    @property
    def one_machine(self) -> bool:
        """Whether all of them are on this machine."""
        loopback = self.address == "localhost" or self.address == "::1" or self.address.startswith("127.")
        return self.local_size == self.size or loopback


def torchrun_place(environment: Mapping[str, str] = os.environ) -> Place | None:
    """The place of this process; None where nobody started others beside it.

    Raises:
        ArtgenError: what the environment says is no place.
    """
    if not all(name in environment for name in _NEEDED):
        return None
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
    try:
        rank, size, local_rank = (int(environment[name]) for name in names)
        local_size = int(environment.get("LOCAL_WORLD_SIZE", "1"))
    except ValueError:
        told = ", ".join(f"{name}={environment[name]}" for name in names)
        raise ArtgenError(
            f"these are no numbers: {told}", where="the environment", hint="start it by torchrun"
        ) from None
    return Place(rank, size, local_rank, local_size, environment["MASTER_ADDR"]) if size > 1 else None
