"""The batch script of a job array: each of its jobs is one worker of artgen."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from artgen.launch.contract import TaskCommand

from artgen_slurm.config import SlurmConfig

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

_WORK = """\
"$@" &
worker=$! again=
# Slurm itself sends SIGTERM to the worker too, when it takes the machine away and when scancel asks for it.
trap : TERM
# The time is almost over, which this shell alone is told: what is saved now goes on from the queue.
trap 'again=yes; kill -TERM $worker' USR1
while kill -0 $worker 2>/dev/null; do wait $worker; done
wait $worker
code=$?
if [ "$again" ] && [ $code -eq 130 ]; then
  scontrol requeue "$SLURM_JOB_ID" && sleep 300
fi
exit $code
"""
"""After the words of the worker are the arguments of the shell. What is put into the queue again is ended by Slurm."""


@dataclass(frozen=True)
class Needs:
    """What workers of one array have in common.

    Attributes:
        cores: of each.
        gpus: of each.
    """

    cores: int
    gpus: int


def needs_of(command: TaskCommand, config: SlurmConfig) -> Needs:
    """What a worker asks for: a task that takes all GPUs there are gets as many as the job says of Slurm."""
    several = 1 < command.devices < _ALL
    gpus = (command.devices if several else config.gpus) if command.devices and config.gpus else 0
    return Needs(command.threads, gpus)


_ALL = 1 << 16
"""More GPUs than any machine has."""


def options_of(needs: Needs, count: int, config: SlurmConfig, name: str) -> list[str]:
    """Of sbatch, for an array of so many workers."""
    said = {"partition": config.partition, "account": config.account, "qos": config.qos, "time": config.time}
    said |= {"mem": config.mem, "gpus": str(needs.gpus or "")}
    return [
        f"--job-name={name}",
        f"--array=0-{count - 1}",
        "--nodes=1",
        "--ntasks=1",
        f"--cpus-per-task={needs.cores}",
        *(f"--{key}={value}" for key, value in said.items() if value),
        "--requeue",  # after preemption, and when a machine was lost
        f"--signal=B:USR1@{config.save_s}",
        "--output=/dev/null",  # each worker has a log of its own
        *config.options,
    ]


def script_of(commands: Sequence[TaskCommand], config: SlurmConfig) -> str:
    """What sbatch is handed on its standard input."""
    cases = "".join(f"{index})\n{_case(command, config)}  ;;\n" for index, command in enumerate(commands))
    setup = "".join(f"{line}\n" for line in config.setup)
    return f'#!/bin/bash\ncase "$SLURM_ARRAY_TASK_ID" in\n{cases}esac\n{setup}{_WORK}'


def _case(command: TaskCommand, config: SlurmConfig) -> str:
    variables = {**command.environment, **dict.fromkeys(_THREADS, str(command.threads))}
    pinned = ["--device", "cuda"] if command.gpu is not None and needs_of(command, config).gpus else []
    words = [config.python or command.words[0], *command.words[1:], *pinned]
    lines = [
        f"exec >>{shlex.quote(str(command.log))} 2>&1",
        *(f"export {name}={shlex.quote(value)}" for name, value in variables.items()),
        f"set -- {shlex.join(words)}",
    ]
    return "".join(f"  {line}\n" for line in lines)
