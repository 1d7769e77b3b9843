"""Options of the launcher."""

from __future__ import annotations

from artgen.config import LauncherConfig, option


class RayConfig(LauncherConfig):
    """Which cluster, and what each task is given of it."""

    address: str = option("")
    """Of a cluster that is there, such as "10.0.0.5:6379", or "auto" for the one that this machine belongs to. By default
    one is started on this machine, which nobody else can reach, and stopped at the end."""
    cores: int = option(0, ge=0)
    """Processor cores of a task; 0 shares those of a machine evenly."""
    gpus: float = option(1.0, gt=0, le=1)
    """Of a GPU, for a task that works on one: 0.5 puts two on each. A task that asks for several gets whole ones."""
    resources: dict[str, float] = option({})
    """What else a task takes, by the names that your cluster gives to it: { bigmem = 1 }."""
