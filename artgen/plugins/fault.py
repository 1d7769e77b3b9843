"""Which plugin an error comes from."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from artgen.distributions import BUILTIN
from artgen.plugins.plugin import Plugin


def whose_fault(error: BaseException, plugins: Sequence[Plugin]) -> tuple[Plugin, str] | None:
    """The plugin whose code raised an error, or called what raised it, and its line; None where no plugin had a part.

    Args:
        plugins: all that there are.
    """
    owners = {folder: plugin for plugin in plugins if plugin.distribution != BUILTIN for folder in _places_of(plugin)}
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        for place, plugin in owners.items():
            if frame.filename == place or frame.filename.startswith(f"{place}{os.sep}"):
                return plugin, f"{frame.filename}:{frame.lineno}"
    return None


def _places_of(plugin: Plugin) -> set[str]:
    """The files and folders of the packages that a plugin's components are in, as far as they are imported."""
    tops = {component.target.partition(":")[0].partition(".")[0] for component in plugin.components}
    files = (getattr(sys.modules.get(top), "__file__", None) for top in (*tops, plugin.package))
    return {str(Path(file).parent) if Path(file).stem == "__init__" else file for file in files if file}
