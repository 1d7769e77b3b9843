"""What kornia's augmentations are called and made with, read from its source: importing it takes seconds."""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
from collections.abc import Collection, Mapping
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


def options_of(name: str) -> tuple[Collection[str], Collection[str]]:
    """What an augmentation is made with, and what of that must be said; nothing where that does not show."""
    file = augmentation_files().get(name)
    tree = ast.parse(file.read_text(encoding="utf-8")) if file else ast.Module([], [])
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            for made in node.body:
                if isinstance(made, ast.FunctionDef) and made.name == "__init__" and not made.args.kwarg:
                    names = [one.arg for one in made.args.args[1:]]
                    required = names[: len(names) - len(made.args.defaults)]
                    return names + [one.arg for one in made.args.kwonlyargs], required
    return (), ()
