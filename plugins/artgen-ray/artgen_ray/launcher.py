"""The launcher: every task is a task of Ray's, with the cores and GPUs that it needs."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from artgen.launch.contract import Batch, Ended, TaskCommand

from artgen_ray.cluster import Cluster
from artgen_ray.config import RayConfig
from artgen_ray.node import STOPPED, work

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class RayLauncher:
    """Hands all workers to Ray, which starts each where there is room.

    Args:
        config: its options.
        batch: the call.

    Attributes:
        threads: of a task, where its job does not say.
        slots: how many tasks of so many threads there is room for.
    """

    def __init__(self, config: RayConfig, batch: Batch) -> None:
        self._config = config
        self._cluster = Cluster(config.address)
        nodes = self._cluster.nodes()
        # What asked for more than any machine has would wait for ever.
        self._most_cores = max((int(node.get("CPU", 0)) for node in nodes), default=1) or 1
        self._most_gpus = max((int(node.get("GPU", 0)) for node in nodes), default=0)
        self.threads = config.cores or fair_cores(nodes, batch.jobs or batch.runs, config.gpus)
        self.slots = batch.jobs or slots_of(nodes, self.threads, config.gpus)
        if config.address:
            batch.say(f"Ray: {len(nodes)} machines with {_told(nodes)}")

    def start(self, command: TaskCommand) -> RayTask:
        """Hand over a worker; Ray has it wait until there is room."""
        ray, gpus = self._cluster.ray, min(command.devices, self._most_gpus)
        threads = dict.fromkeys(_THREADS, str(command.threads))
        words = [*command.words, *(["--device", "cuda"] if gpus and command.gpu is not None else [])]
        task = ray.remote(work).options(
            name=f"{command.run} {command.task}",
            num_cpus=min(command.threads, self._most_cores),
            num_gpus=gpus if gpus > 1 else gpus * self._config.gpus,
            resources=self._config.resources or None,
            max_retries=0,  # who gives out the tasks starts it again, and then it goes on at its checkpoint
        )
        return RayTask(ray, task.remote(words, {**command.environment, **threads}, str(command.log)))

    def close(self) -> None:
        """Let go of the cluster, or stop it."""
        self._cluster.close()


class RayTask:
    """A worker that was handed over.

    Args:
        ray: the module.
        reference: to its exit code.
    """

    def __init__(self, ray: Any, reference: Any) -> None:
        self._ray = ray
        self._reference = reference
        self._asked = False
        self._ended: Ended | None = None

    def poll(self) -> Ended | None:
        """How it ended; None while it runs or waits for its turn."""
        if self._ended is None:
            done, _ = self._ray.wait([self._reference], timeout=0)
            self._ended = self._end() if done else None
        return self._ended

    def stop(self) -> None:
        """Ask it to save and end; what has not begun is dropped."""
        self._cancel(by_force=False)

    def kill(self) -> None:
        """End it, and what it has started, at once."""
        self._cancel(by_force=True)

    def _cancel(self, *, by_force: bool) -> None:
        if self._ended:
            return
        self._asked = True
        with contextlib.suppress(ValueError, self._ray.exceptions.RayError):  # ended by now
            self._ray.cancel(self._reference, force=by_force)

    def _end(self) -> Ended:
        errors = self._ray.exceptions
        try:
            return Ended(int(self._ray.get(self._reference)))
        except errors.TaskCancelledError:
            return Ended(STOPPED)
        except errors.RayTaskError as error:  # the worker could not even be started there
            return Ended(1, told=_last_line(error))
        except errors.RayError as error:
            if self._asked:
                return Ended(STOPPED)
            return Ended(None, lost=True, told=_last_line(error))


def fair_cores(nodes: Sequence[Mapping[str, float]], tasks: int, gpus: float) -> int:
    """Cores of a task such that as many as there are to do, or as GPUs hold, share a machine evenly.

    Args:
        nodes: what every machine has.
        tasks: how many there are at a time.
        gpus: share of a GPU that a task takes.
    """
    cores = [int(node["CPU"]) for node in nodes if node.get("CPU")]
    smallest, machines = min(cores, default=1), max(1, len(cores))
    held = min((int(node["GPU"] / gpus) for node in nodes if node.get("GPU")), default=0)
    return max(1, smallest // max(1, held or -(-tasks // machines)))


def slots_of(nodes: Sequence[Mapping[str, float]], threads: int, gpus: float) -> int:
    """How many tasks there is room for: where there are GPUs, as many as these hold."""
    on_gpus = sum(int(node["GPU"] / gpus) for node in nodes if node.get("GPU"))
    return max(1, on_gpus or sum(int(node.get("CPU", 0)) // threads for node in nodes))


def _told(nodes: Sequence[Mapping[str, float]]) -> str:
    sums = {name: sum(node.get(name, 0) for node in nodes) for name in ("CPU", "GPU")}
    gpus = f" and {sums['GPU']:g} GPUs" if sums["GPU"] else ""
    return f"{sums['CPU']:g} cores{gpus}"


def _last_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
