"""``artgen task``: do one task of a run; what launchers start."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import click

_TASK = re.compile(r"[\w:.-]+")


@click.command()
@click.argument("lock", type=click.Path(path_type=Path), metavar="LOCK")
@click.argument("task", metavar="TASK")
@click.option("--device", metavar="DEVICE", help="auto, cpu, mps, cuda or cuda:N, instead of the lock's.")
@click.option("--log", is_flag=True, help="Say nothing here, all in logs/ of the run folder.")
@click.option("--json", "style", flag_value="json", help="Tell progress as JSON lines.")
@click.option("--quiet", "style", flag_value="quiet", help="Tell problems only.")
def task(lock: Path, task: str, device: str | None, log: bool, style: str | None) -> None:
    """Do one TASK of a run, which LOCK, its job.lock.toml, describes.

    Tasks are `train` or `paint`, then `output:NAME`. One that another worker is at is refused, one whose worker has died
    is taken over, one that is done is left alone. `artgen run` does all of this itself; this is for schedulers. Under
    torchrun the processes of a `train` task train together.
    """
    from artgen.errors import JobError
    from artgen.launch.torchrun import follow_task, follows, led
    from artgen.launch.worker import work
    from artgen.plugins import plugin_manager
    from artgen.runs.logs import LogProgress, log_file, turn_while_written, write_to_log
    from artgen.runs.progress import open_progress
    from artgen.runs.store import LOCK_NAME

    if not lock.is_file() or lock.name != LOCK_NAME:
        raise JobError("no run here", where=str(lock), hint="Name the job.lock.toml in a run folder.")
    if follows():
        follow_task(lock, task, device)
        return
    with led():
        if not log:
            work(lock, task, open_progress(style or "auto"), plugin_manager(), device=device)  # type: ignore[arg-type]
            return
        if not _TASK.fullmatch(task):  # which becomes the name of a file
            raise JobError(f"'{task}' is no task", where=str(lock), hint="Tasks are train, paint, or output:NAME.")
        file = log_file(lock.absolute().parent, task)
        progress = LogProgress(write_to_log(file))
        work(lock, task, progress, plugin_manager(), device=device, each_beat=partial(turn_while_written, file))
