"""Where a plugin failed, in its own lines, and how to mend it."""

from __future__ import annotations

import importlib.metadata
import json
import os
import traceback
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pluggy

import artgen
from artgen.distributions import is_one_off
from artgen.requirement import package_of, pip_line

Stage = Literal["metadata", "version", "import", "register", "hook"]
"""Where a plugin failed: before it was imported, as its metadata cannot be read or it wants another artgen; as it was
imported; as it registered; in a lifecycle hook."""

_OWN = tuple(f"{folder}{os.sep}" for folder in (Path(artgen.__file__).parent, Path(pluggy.__file__).parent))
_STDLIB = f"{Path(os.__file__).parent}{os.sep}"


def said(error: BaseException) -> str:
    """An exception in one line, whatever its `__str__` does."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "(it cannot say why)"
    if isinstance(error, HookMismatch):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def place_of(error: BaseException, package: str = "", module: Any = None) -> str:
    """The innermost line that is the plugin's own: in its package, or outside artgen, pluggy, Python and its imports."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    if isinstance(error, HookMismatch):
        return error.place
    frames = [frame for frame in reversed(traceback.extract_tb(error.__traceback__)) if _is_foreign(frame.filename)]
    own = [frame for frame in frames if package and package in (Path(frame.filename).stem, *Path(frame.filename).parts)]
    for frame in own or frames:
        return f"{frame.filename}:{frame.lineno}"
    return str(getattr(module, "__file__", None) or "")


def _is_foreign(file: str) -> bool:
    in_stdlib = file.startswith((_STDLIB, "<frozen")) and "site-packages" not in file
    return not in_stdlib and not file.startswith(_OWN)


def mend_of(distribution: str, stage: Stage, error: BaseException, package: str = "") -> str:
    """What the user can do about a failure.

    Args:
        package: of the plugin, as far as it is known.
    """
    update = pip_line("-U", distribution)
    missing = _top(error) if stage == "import" and isinstance(error, ModuleNotFoundError) else ""
    if missing and missing not in ("artgen", package):
        return f"Try: {pip_line(package_of(missing))}"
    if is_one_off(distribution):
        return "Mend the file, or leave it out"
    if folder := _worked_on_in(distribution):
        return f"Mend it in {folder}, where it is installed from"
    if missing == package != "":
        return f"Its files are not all there. Try: {pip_line('--force-reinstall', distribution)}"
    if isinstance(error, HookMismatch) or (isinstance(error, ImportError) and _top(error) == "artgen"):
        return f"It was written for another artgen. Try: {update}"
    return f"Try: {update}; if that does not help, tell its author{_contact(distribution)}"


def _top(error: ImportError) -> str:
    """The package at the top of what could not be imported; "" where that is not known."""
    return (error.name or "").partition(".")[0]


def _worked_on_in(distribution: str) -> str:
    """The folder of a plugin that is installed by ``pip install -e``: whoever sees it fail is its author; else ""."""
    from urllib.request import url2pathname  # which takes long to import

    try:
        told = json.loads(importlib.metadata.distribution(distribution).read_text("direct_url.json") or "{}")
        if told.get("dir_info", {}).get("editable"):
            return url2pathname(urlsplit(told["url"]).path)
    except Exception:  # no such file, or metadata that makes no sense
        return ""
    return ""


def _contact(distribution: str) -> str:
    """Where its author can be told, as its metadata says."""
    try:
        metadata = importlib.metadata.metadata(distribution)
        urls = [url.partition(",") for url in metadata.get_all("Project-URL") or ()]
        for wanted in ("issue", "bug", "tracker", "source", "repository", "home"):
            if found := next((address.strip() for label, _, address in urls if wanted in label.lower()), ""):
                return f": {found}"
        address = metadata["Home-page"] or metadata["Author-email"]
    except Exception:
        return ""
    return f": {address}" if address else ""


class HookMismatch(ValueError):
    """A hook asks for what artgen does not hand over.

    Args:
        place: file and line of the hook.
    """

    def __init__(self, message: str, place: str) -> None:
        super().__init__(message)
        self.place = place
