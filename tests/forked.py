"""artgen in a process of its own that finds torch and the rest imported, which takes three seconds otherwise."""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from pkgutil import walk_packages

import artgen

_FORKING = multiprocessing.get_context(
    "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
)
if _FORKING.get_start_method() == "forkserver":
    _OURS = [module.name for module in walk_packages(artgen.__path__, "artgen.") if module.name != "artgen.__main__"]
    # the first optimiser of a process imports dynamo, which is half of the time
    _FORKING.set_forkserver_preload([*_OURS, "torch._dynamo", "kornia.augmentation"])


def run_artgen(words: Sequence[str], folder: Path, seconds: float = 300) -> tuple[int, str, str]:
    """Run ``artgen`` with a folder as the current one, with warnings as errors.

    Returns:
        Its exit code, what it printed, and what it said beside that.

    Raises:
        TimeoutError: it did not end in time; it is killed.
    """
    with tempfile.TemporaryDirectory() as place:
        out, err = Path(place, "out"), Path(place, "err")
        process = _FORKING.Process(target=_artgen, args=(list(words), folder, dict(os.environ), out, err))
        process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"artgen {' '.join(words)} did not end in {seconds:g} seconds")
        return process.exitcode, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")


def _artgen(words: list[str], folder: Path, environment: Mapping[str, str], out: Path, err: Path) -> None:
    from artgen.cli import main

    for path, number in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["artgen", *words]
    warnings.simplefilter("error")
    main()
