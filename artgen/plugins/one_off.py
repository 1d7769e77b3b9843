"""Files that plug in because somebody asked for them, by ``--plugin FILE.py`` or ``--plugins-dir DIR``.

Nothing else loads them: no job, and no folder that a job is in. What was asked for stands in an environment variable,
through which the processes that do a run's tasks see it too.
"""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from artgen.errors import JobError
from artgen.home import path_of

FILES = "ARTGEN_PLUGIN_FILES"
"""Absolute paths, separated as those of ``PATH`` are."""


def ask_for(paths: Iterable[Path], *, option: str) -> None:
    """Have files plugged in, of a folder all that end in ``.py`` and do not begin with ``_``.

    Raises:
        JobError: there is no such file or folder, it is no Python file, or two are called the same.
    """
    files = asked_for()
    for path in paths:
        place = f"{option} {path}"
        absolute = path_of(str(path)).absolute()
        if option == "--plugins-dir":
            if not absolute.is_dir():
                raise JobError("there is no such folder", where=place)
            found = sorted(file for file in absolute.glob("*.py") if not file.name.startswith("_"))
            if not found:
                raise JobError("there is no file in it that ends in .py", where=place)
        else:
            found = [absolute]
        for file in found:
            _check(file, files, place)
            if file not in files:
                files.append(file)
    if files:
        os.environ[FILES] = os.pathsep.join(map(str, files))


def asked_for() -> list[Path]:
    """The files that were asked for, in this process or one that started it."""
    return [Path(text) for text in os.environ.get(FILES, "").split(os.pathsep) if text]


def _check(file: Path, others: list[Path], place: str) -> None:
    if file.is_dir():
        raise JobError("it is a folder; --plugins-dir plugs in its files", where=place)
    if not file.is_file():
        raise JobError("there is no such file", where=place)
    if file.suffix != ".py":
        raise JobError("a plugin is a Python file, whose name ends in .py", where=place)
    if os.pathsep in str(file):
        raise JobError(f"its path has a '{os.pathsep}' in it, which separates paths: rename it", where=place)
    if twin := next((other for other in others if other.name == file.name and other != file), None):
        raise JobError(f"{twin} is called the same, and plugins are told apart by their names: rename one", where=place)


def module_name(file: Path) -> str:
    """What its module is called, in import strings too: its name without ``.py``, other signs than letters as ``_``."""
    return re.sub(r"\W", "_", file.stem)


def sha256_of_source(file: Path) -> str:
    """Of what is in it now; "" when it cannot be read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def import_file(file: Path, sha256: str) -> ModuleType:
    """Import a file under its module name; nothing is written beside it.

    Args:
        sha256: of the content that was told of.

    Raises:
        ImportError: something else has this name, or the file was changed in between.
        Exception: whatever the file raises.
    """
    name = module_name(file)
    _refuse_taken_name(name, file)
    source = file.read_bytes()
    if hashlib.sha256(source).hexdigest() != sha256:
        raise ImportError(f"{file.name} was changed as it was read", name=name)
    module = ModuleType(name)
    module.__file__ = str(file)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None, origin=str(file))
    sys.modules[name] = module
    try:
        exec(compile(source, str(file), "exec"), module.__dict__)  # noqa: S102 - the user asked for this very file
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _refuse_taken_name(name: str, file: Path) -> None:
    there = sys.modules.get(name)
    spec = there.__spec__ if there is not None else importlib.util.find_spec(name)
    origin = spec.origin if spec is not None else None
    if origin is not None and Path(origin) != file:
        raise ImportError(f"'{name}' is the name of a package that exists: rename {file.name}", name=name)
