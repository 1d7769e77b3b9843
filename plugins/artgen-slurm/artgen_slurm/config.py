"""Options of the launcher."""

from __future__ import annotations

from artgen.config import LauncherConfig, option


class SlurmConfig(LauncherConfig):
    """What each task asks Slurm for."""

    partition: str = option("")
    """Where tasks run; by default where your cluster puts them. Several are tried in turn: "short,long"."""
    account: str = option("")
    """Who is charged."""
    qos: str = option("")
    """Quality of service, by your cluster's names."""
    time: str = option("", pattern=r"^(|\d+(:\d\d){0,2}|\d+-\d+(:\d\d){0,2})$")
    """The longest that a task may take at a stretch, such as "4:00:00" or "2-12"; what takes longer saves in time and is
    put into the queue again. By default that of the partition."""
    save_s: int = option(120, ge=10, le=3600)
    """Seconds before that time is over at which a task begins to save."""
    cores: int = option(4, ge=1)
    """Processor cores of a task whose job says nothing of threads."""
    mem: str = option("", pattern=r"^(|\d+[KMGT]?)$")
    """Main memory of a task, such as "16G"; by default what your cluster gives to so many cores."""
    gpus: int = option(0, ge=0)
    """GPUs of a task that works on GPUs; one that asks for several is given as many. 0 asks for none."""
    jobs: int = option(32, ge=1)
    """Tasks in the queue and at work at a time. `artgen run --jobs` says it for one call."""
    options: list[str] = option([])
    """What else sbatch is to be told, in its own words: ["--constraint=a100", "--mail-type=END"]."""
    setup: list[str] = option([])
    """Lines of shell before a task begins: ["module load cuda"]."""
    python: str = option("")
    """The Python that tasks run with, where it is not at the path of this one."""
    poll_s: float = option(5.0, gt=0, le=600)
    """Seconds between two looks at the queue: the whole cluster's, so be kind to it."""
