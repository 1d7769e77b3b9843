"""What kornia's augmentations are called and made with, read from its source: importing it takes seconds."""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

_FOLDERS = ("geometric", "intensity")
"""Of kornia.augmentation._2d: of single pictures; ``mix`` takes several."""
_CLASS = re.compile(r"^class (\w+)\(", re.MULTILINE)


@functools.cache
def augmentation_files() -> Mapping[str, Path]:
    """The file of each augmentation, by name; nothing where kornia is not installed or keeps them elsewhere."""
    spec = importlib.util.find_spec("kornia")
    if spec is None or not spec.submodule_search_locations:
        return {}
    folder = Path(next(iter(spec.submodule_search_locations))) / "augmentation" / "_2d"
    files = [file for name in _FOLDERS for file in sorted((folder / name).glob("*.py"))]
    return {
        name: file
        for file in files
        for name in _CLASS.findall(file.read_text(encoding="utf-8"))
        if not name.startswith("_") and not name.endswith("Base2D")
    }


@functools.cache
def options_of(name: str) -> tuple[Sequence[str], Sequence[str]]:
    """What an augmentation is made with, and what of that must be said; nothing where that does not show."""
    file = augmentation_files().get(name)
    if file is None:
        return (), ()
    classes = (node for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef))
    methods = (node for one in classes if one.name == name for node in one.body if isinstance(node, ast.FunctionDef))
    made = next((method.args for method in methods if method.name == "__init__"), None)
    if made is None or made.kwarg:
        return (), ()
    names = [one.arg for one in made.args[1:]]
    return [*names, *(one.arg for one in made.kwonlyargs)], names[: len(names) - len(made.defaults)]
