"""Which tasks a run consists of, and which needs which. A task is an id; `artgen.launch.tasks` does it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artgen.launch.tasks import OUTPUT, TRAIN, TRAIN_TO, tasks_of
from artgen.shards import shard_named

if TYPE_CHECKING:
    from artgen.job.model import Job
    from artgen.launch.options import RunOptions


_KIMG = re.compile(re.escape(TRAIN_TO) + r"\d+(\.\d+)?(e[+-]?\d+)?")


@dataclass(frozen=True)
class Node:
    """A task among others.

    Attributes:
        needs: what must have been done before; where that fails, it cannot be done.
        after: what must be over before, however it ended.
    """

    task: str
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def nodes_of(job: Job, options: RunOptions, slots: int = 1) -> list[Node]:
    """The tasks of a job in an order in which they can be done.

    Args:
        options: of the call.
        slots: how many tasks work at a time; an output that can be made in shards is cut into as many.
    """
    first, *outputs = tasks_of(job, options)
    nodes = [Node(first)]
    for task in outputs:
        part = job.part(f"outputs.{task.removeprefix(OUTPUT)}")
        if part is None:
            continue
        if part.config.gathers:
            nodes.append(Node(task, (first,), tuple(node.task for node in nodes if node.task != first)))
            continue
        count = part.config.pieces(job.paints_from).shards(slots, job.launcher.config.shards)
        shards = tuple(f"{task}:{index}of{count}" for index in range(count)) if count > 1 else ()
        nodes += [Node(shard, (first,)) for shard in shards]
        nodes.append(Node(task, (first,), shards))
    return nodes


def is_task(job: Job, task: str) -> bool:
    """Whether it is the id of a task that a run of a job may have."""
    if task.startswith(OUTPUT):
        output, _, share = task.removeprefix(OUTPUT).partition(":")
        return OUTPUT + output in job.tasks and (task == OUTPUT + output or shard_named(share) is not None)
    return task in job.tasks or (TRAIN in job.tasks and _KIMG.fullmatch(task) is not None)


def lease_of(task: str) -> str:
    """The id under which a task is held: one that trains only so far is held as all of the training is."""
    return task if task.startswith(OUTPUT) else task.partition(":")[0]


def is_shard(task: str) -> bool:
    """Whether it makes a part of an output: ``output:NAME:2of8``."""
    return task.startswith(OUTPUT) and task.count(":") > 1


def whole_of(task: str) -> str:
    """The output that a shard is a part of; of any other task itself."""
    return task.rpartition(":")[0] if is_shard(task) else task


def title_of(task: str) -> str:
    """What people call a task."""
    return task.removeprefix(OUTPUT) if task.startswith(OUTPUT) else task
