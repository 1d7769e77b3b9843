"""What ``artgen --help`` costs: CPU time against ``python -c "import click"``, least of many runs of each."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

RUNS = 15


def cpu_s(*arguments: str) -> float:
    """The CPU seconds of one run of this Python."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env={**os.environ})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print both and the ratio."""
    ours, theirs = [], []
    for _ in range(RUNS):
        ours.append(cpu_s("-m", "artgen", "--help"))
        theirs.append(cpu_s("-c", "import click"))
    print(f"artgen --help {1000 * min(ours):.0f} ms, import click {1000 * min(theirs):.0f} ms of CPU time")
    print(f"ratio {min(ours) / min(theirs):.2f}  (target at most 2.5)")
