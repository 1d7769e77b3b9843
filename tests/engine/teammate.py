"""One of two processes that talk as those of a training do: ``python -m tests.engine.teammate RANK MEETING``."""

from __future__ import annotations

import json
import sys

import torch
import torch.distributed as dist

from artgen.engine.memory import MicroBatches
from artgen.engine.team.distributed import Team
from artgen.engine.team.meeting import joined, told_in
from artgen.engine.team.place import Place


def talk(team: Team) -> dict[str, object]:
    """What this process learns from the other."""
    rank = team.rank
    found: dict[str, object] = {}

    sums = [torch.full((2, 3), rank + 1.0), torch.tensor(float(rank), dtype=torch.float64)]
    team.add_up(sums)
    found["sums"] = [tensor.tolist() for tensor in sums]

    # three pictures here and five there: the mean is over eight, and so is its slope
    values = (torch.arange(3.0) if rank == 0 else torch.arange(3.0, 8.0)).requires_grad_()
    mean = team.mean(values)
    share = len(values) / 8
    (mean.square() * share).backward()
    found["mean"], found["slope"] = mean.item(), values.grad.tolist()

    weights = torch.arange(4.0) + 10 * rank
    team.give([weights])
    found["given"] = weights.tolist()
    found["told"] = team.tell({"who": "the first"} if rank == 0 else None)
    found["alike"] = team.alike(7.0), team.alike(float(rank))
    found["agreed"] = team.agreed(rank == 1, 5.0 + rank)

    found["sizes"] = stepped_down(team)
    return found


def stepped_down(team: Team) -> list[int]:
    """How many at a time each try had, where only the second process runs out of memory, now early, now late."""
    pieces = MicroBatches(16, team=team)
    tried: list[int] = []

    def work() -> float:
        first = next(iter(pieces.slices()))[1]
        tried.append(first)
        if team.rank == 1 and first > 4:
            raise torch.OutOfMemoryError("made up")
        mean = team.mean(torch.ones(first, requires_grad=True))
        if team.rank == 1 and first > 2:
            raise torch.OutOfMemoryError("made up, behind a collective")
        mean.backward()
        return mean.item()

    assert pieces.stepping_down(work) == 1.0
    return tried


if __name__ == "__main__":
    rank = int(sys.argv[1])
    store = dist.FileStore(sys.argv[2], 2)
    with joined(store, Place(rank, 2, rank, 2), torch.device("cpu"), lambda: told_in(store)) as team:
        print(json.dumps(talk(team)))
