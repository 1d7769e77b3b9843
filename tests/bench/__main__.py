"""All benchmarks, or those that are named: ``python -m tests.bench loop cache film``.

Those of steps and canvases (step, augment, metrics, table, style, style_memory, canvas, stylizer), of pages (gallery,
page), of pictures (pictures) and of the command (help) write their sections of ``docs/benchmarks.md``.
"""

from __future__ import annotations

import datetime as dt
import importlib
import os
import platform
import subprocess
import sys

import torch

from artgen.engine.threads import as_many_threads

NAMES = (
    "loop",
    "cache",
    "film",
    "pictures",
    "help",
    "step",
    "augment",
    "metrics",
    "table",
    "modulated",
    "style",
    "gallery",
    "page",
    "states",
    "tasks",
)
LONG = ("style_memory", "canvas", "stylizer")
"""Only where they are named: they take many minutes."""


def main() -> None:
    wanted = sys.argv[1:] or NAMES
    unknown = [name for name in wanted if name not in (*NAMES, *LONG)]
    if unknown:
        sys.exit(f"unknown benchmark: {', '.join(unknown)}; there are {', '.join((*NAMES, *LONG))}")
    print(where_and_when())
    for name in wanted:
        print(f"\n== {name}", flush=True)
        with as_many_threads(None):  # some set a number of their own
            importlib.import_module(f"tests.bench.{name}").main()


def where_and_when() -> str:
    """The machine in general terms, the date and the commit."""
    git = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else f"{os.cpu_count()} CPU cores, no GPU"
    return (
        f"{platform.system()} {platform.machine()}, {device}, Python {platform.python_version()}, "
        f"torch {torch.__version__}, {dt.datetime.now(dt.UTC):%Y-%m-%d}, "
        f"commit {git.stdout.strip() or 'unknown'}"
    )


if __name__ == "__main__":
    main()
