"""How the processes that train one model find each other: those that are started here, and those of torchrun.

On one machine they meet at a file and talk over loopback. Beyond it they talk only where the user has said so, by the
address that torchrun was given.
"""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.distributed as dist
from torch.distributed import FileStore, PrefixStore, TCPStore  # type: ignore[attr-defined] # only its stubs hide them
from torch.distributed.rendezvous import rendezvous

from artgen.data.handed_on import hand_on
from artgen.engine.precision import choose_device
from artgen.engine.team.crew import Crew
from artgen.engine.team.distributed import ALONE, PATIENCE, LostContact, Processes, Team, lost_contact
from artgen.engine.team.place import Place, torchrun_place
from artgen.errors import ArtgenError
from artgen.runs.store import LOCK_NAME

if TYPE_CHECKING:
    from torch._C._distributed_c10d import Store

    from artgen.data.pictures import Pictures
    from artgen.engine.config import TrainConfig
    from artgen.engine.team.slices import Slicing
    from artgen.runs.store import Run

FAILED = "failed"
"""Where in the store a process says why it has failed."""
LEADS = "leads"
"""Where in the store the first process says that a run is to be trained."""
OVER = "over"
"""Where in the store the first process says that there is nothing more to train."""
_TICK_S = 0.05
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_LOOPBACK = ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME")


@contextlib.contextmanager
def team_of(run: Run, pictures: Pictures, slicing: Slicing) -> Iterator[Team]:
    """The processes that train a run, with this one as the first.

    Args:
        pictures: that all of them learn from.
        slicing: how the batch can be cut.

    Raises:
        ArtgenError: there are not so many devices, the batch is too small for so many, or one of them fails.
    """
    place = torchrun_place()
    if place is not None:
        store = _begun(place, run.name)
        with joined(store, place, ours(run.job.train, place.local_rank), partial(told_in, store)) as team:
            yield team
        return
    size = wanted(run.job.train, slicing)
    if size == 1:
        yield ALONE
        return
    replace(slicing, processes=size)  # refused before anything is started
    with tempfile.TemporaryDirectory(prefix="artgen-") as folder, _started(run, pictures, size, Path(folder)) as crew:
        store = FileStore(str(Path(folder) / "meeting"), size)
        _wait_for_all(store, crew)
        why = partial(_why, store, crew)
        with joined(store, Place(0, size, 0, size), ours(run.job.train, 0), why) as team:
            yield team


def wanted(train: TrainConfig, slicing: Slicing) -> int:
    """How many processes `[train] devices` asks for.

    Raises:
        ArtgenError: there are not so many GPUs, or a single one was named.
    """
    device, named = choose_device(train.device), ":" in train.device
    there = torch.cuda.device_count() if device.type == "cuda" and not named else 1
    if train.devices == "auto":
        return min(there, slicing.most_processes)
    if train.devices > there and device.type != "cpu":
        kind = f"write device = '{device.type}' beside it" if named else "write fewer, or devices = 'auto'"
        raise ArtgenError(
            f"{train.devices} devices are wanted, and there is {there}", where="[train] devices", hint=kind
        )
    return train.devices


def ours(train: TrainConfig, local_rank: int) -> torch.device:
    """The device of a process; of several on one machine each has its own."""
    device = choose_device(train.device)
    if device.type == "cuda" and ":" not in train.device:
        torch.cuda.set_device(local_rank % torch.cuda.device_count())
    return device


def threads_each(processes: int) -> int | None:
    """Threads of each process of a machine, so that together they have as many as this one now; None where it is told.

    torchrun says by a variable how many each has.
    """
    if torchrun_place() is not None and "OMP_NUM_THREADS" in os.environ:
        return None
    return max(1, torch.get_num_threads() // processes)


@contextlib.contextmanager
def joined(store: Store, place: Place, device: torch.device, why: Callable[[], str]) -> Iterator[Team]:
    """Be one of the team until the block ends. Who leaves it by an error says why to the others."""
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    with on_loopback() if place.one_machine else contextlib.nullcontext():
        try:
            dist.init_process_group(
                backend,
                store=PrefixStore("team", store),
                rank=place.rank,
                world_size=place.size,
                timeout=PATIENCE,
            )
        except RuntimeError as error:
            raise lost_contact(why(), error) from error
        try:
            yield Processes(device, place.local_size, threads_each(place.local_size), why)
        except LostContact:
            raise
        except BaseException as error:
            with contextlib.suppress(RuntimeError):
                store.set(FAILED, f"process {place.rank} of {place.size} failed: {str(error) or type(error).__name__}")
            raise
        finally:
            dist.destroy_process_group()


@contextlib.contextmanager
def on_loopback() -> Iterator[None]:
    """Have connections between processes opened on this machine alone, unless the user named an interface."""
    names = [name for _, name in socket.if_nameindex() if name.startswith("lo")] if os.name != "nt" else []
    added = [name for name in _LOOPBACK if names and name not in os.environ]
    os.environ.update(dict.fromkeys(added, names[0] if names else ""))
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def store_of(place: Place, name: str, turn: int) -> Store:
    """Where the processes of torchrun leave words for each other, about the n-th training of one run."""
    return PrefixStore(f"artgen/{name}/{turn}", _torchrun_store(place))


def _begun(place: Place, name: str) -> Store:
    """The same for the next training, which the others are told of."""
    store = store_of(place, name, _torchrun_store(place).add(f"artgen/{name}/turns", 1))
    store.set(LEADS, "1")
    return store


def say_over(place: Place) -> None:
    """Let the processes of torchrun that wait for more to train go."""
    _torchrun_store(place).set(OVER, "1")


def is_over(place: Place) -> bool:
    """Whether the first process has nothing more to train."""
    return bool(_torchrun_store(place).check([OVER]))


_stores: dict[int, Store] = {}


def _torchrun_store(place: Place) -> Store:
    """The store of torchrun itself, which each process connects to once."""
    if place.rank not in _stores:
        _stores[place.rank] = _connected(place)
    return _stores[place.rank]


def _connected(place: Place) -> Store:
    if place.rank > 0 or os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True":
        store: Store = next(iter(rendezvous("env://", place.rank, place.size)))[0]
        return store
    # nobody else keeps the store: it listens at the address that was given, where torch would at every one
    port = int(os.environ["MASTER_PORT"])
    family = socket.AF_INET6 if ":" in place.address else socket.AF_INET
    listener = socket.create_server((place.address, port), family=family).detach()
    return TCPStore(place.address, port, place.size, True, PATIENCE, wait_for_workers=False, master_listen_fd=listener)


def told_in(store: Store) -> str:
    """Why a process has failed, as it said itself; "" where none has within a few seconds."""
    until = time.monotonic() + 3
    while time.monotonic() < until:
        if store.check([FAILED]):
            return str(store.get(FAILED), "utf-8")
        time.sleep(_TICK_S)
    return ""


def _why(store: Store, crew: Crew) -> str:
    return told_in(store) or crew.cause()


def _started(run: Run, pictures: Pictures, size: int, folder: Path) -> Crew:
    threads = threads_each(size)
    start = {
        "lock": str(run.folder / LOCK_NAME),
        "pictures": hand_on(pictures, folder),
        "meeting": str(folder / "meeting"),
        "size": size,
        "threads": threads,
    }
    starts = [{**start, "rank": rank} for rank in range(1, size)]
    return Crew(starts, run.folder / "logs", dict.fromkeys(_THREADS, str(threads)))


def _wait_for_all(store: Store, crew: Crew) -> None:
    """Go on when all have come; a process that ends on its way is told of at once, not after an hour."""
    until = time.monotonic() + PATIENCE.total_seconds()
    while not store.check([ready(rank) for rank in range(1, len(crew.starts) + 1)]):
        crew.check()
        if time.monotonic() > until:
            raise ArtgenError("the processes that were to train along never came", where=str(crew.logs))
        time.sleep(_TICK_S)


def ready(rank: int) -> str:
    """Where in the store a process says that it has come."""
    return f"ready/{rank}"
