"""Files that a job names: made absolute against the place that names them, and looked for."""

from __future__ import annotations

import difflib
import glob
import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from artgen.config import InputPath
from artgen.errors import Problem
from artgen.home import path_of, text_of
from artgen.job.fields import KeyPath, change_inputs
from artgen.job.text.tree import Table


def found_inputs(
    model: type[BaseModel],
    data: dict[str, Any],
    table: Table,
    place: str,
    problems: list[Problem],
    begun: Callable[[], bool],
) -> dict[str, Any]:
    """The data with absolute paths; a problem for each that is not there and needed.

    Args:
        begun: whether a run that has begun goes on, so that what is needed once may be gone.
    """

    def find(mark: InputPath, text: str, path: KeyPath) -> str:
        origin = table.origin_of(path)
        absolute = absolute_path(origin.layer.base, text)
        wrong = _what_is_wrong(mark, text, absolute)
        if wrong and not (mark.once and begun()):
            key = "" if path[0] == mark.kind else f"{path[0]}: "
            problems.append(origin.problem(f"{key}{wrong}", place))
        return absolute

    return change_inputs(model, data, find)


def relative_inputs(model: type[BaseModel], data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The data with paths relative to a folder, with forward slashes; absolute where there is no way (another drive)."""

    def relate(_mark: InputPath, text: str, _path: KeyPath) -> str:
        try:
            return text_of(Path(os.path.relpath(text, folder.resolve())).as_posix())
        except ValueError:
            return text

    return change_inputs(model, data, relate)


def absolute_path(base: Path, text: str) -> str:
    """What a job means by a path, seen from the folder that it starts from.

    As the system goes: ``..`` of a folder that is a link is the folder around the one that it leads to.
    """
    return os.path.normpath(base.resolve() / path_of(text))


def files_of(pattern: str) -> list[Path]:
    """The files that an absolute pattern matches, sorted by name; ``**`` stands for any folders.

    Folders on the way that are there by name are taken as they are, even where a name reads like a pattern.
    """
    path = Path(pattern)
    if path.is_file():
        return [path]
    there = next(folder for folder in path.parents if folder.is_dir())
    names = glob.glob(str(path.relative_to(there)), root_dir=there, recursive=True)  # noqa: PTH207
    return sorted(file for name in names if (file := there / name).is_file())


def _what_is_wrong(mark: InputPath, text: str, absolute: str) -> str:
    path = Path(absolute)
    if mark.kind == "pattern":
        hint = f"; it is a folder, all in it is '{text}/*'" if path.is_dir() else ""
        return "" if files_of(absolute) else f"no file matches '{text}' (looked for {absolute}{hint})"
    if mark.kind == "folder" and path.is_dir():
        return ""
    if mark.kind == "file" and path.is_file():
        return ""
    if mark.kind == "folder" and (folder := _folder_of(text)):
        return f"'{text}' is a pattern of files: the folder is '{folder}', and all pictures in it count"
    if path.exists():
        return f"'{text}' is no {mark.kind} ({absolute})"
    return f"{mark.kind} '{text}' does not exist (looked for {absolute}){_similar(path)}"


def _folder_of(pattern: str) -> str:
    """The folder in front of the first ``*``; "" where there is none."""
    parts = Path(pattern).parts
    plain = list(itertools.takewhile(lambda part: "*" not in part, parts))
    return "" if len(plain) == len(parts) else Path(*plain).as_posix()


def _similar(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return ""
    close = difflib.get_close_matches(path.name, names, 1, 0.6)
    return f". Did you mean '{close[0]}'?" if close else ""
