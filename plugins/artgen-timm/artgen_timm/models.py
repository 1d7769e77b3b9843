"""timm's networks, also where there is no torchvision that goes with this torch.

timm imports torchvision for reading pictures and for one kind of layer that no network here is made with. PyPI has it
only for the torch that is built for GPUs; where importing it fails, timm is given names in its place that can be
imported and nothing else.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from artgen.errors import ArtgenError
from torch import nn

_MISSING = "torchvision"
_NOT_EVEN_BY_NAME = "torchvision.models"
"""timm asks whether this can be imported, and does without."""


def build_model(name: str, table: str = "backbone") -> nn.Module:
    """One of timm's networks without its classifier, its weights by chance.

    Args:
        table: of the job, which names it.

    Raises:
        ArtgenError: timm is not there or has no such network.
    """
    timm = _timm()
    architecture = name.partition(".")[0]
    if not timm.is_model(architecture) or ":" in name:
        close = difflib.get_close_matches(architecture, timm.list_models(), 3, 0.6)
        meant = f"Did you mean {' or '.join(close)}?" if close else "timm.list_models() has their names."
        raise ArtgenError(f"timm has no network '{name}'", where=f"[{table}] model", hint=meant)
    try:
        model: nn.Module = timm.create_model(name, pretrained=False, num_classes=0)
    except RuntimeError as error:
        tags = timm.list_pretrained(f"{architecture}.*")
        hint = f"there are: {', '.join(tags) or 'none'}"
        raise ArtgenError(f"'{name}' cannot be built: {error}", where=f"[{table}] model", hint=hint) from error
    return model


@functools.cache
def _timm() -> Any:
    if importlib.util.find_spec("timm") is None:
        raise ArtgenError("timm is not installed", hint="try: pip install timm")
    if _works(_MISSING):
        return importlib.import_module("timm")
    with _names_only():
        return importlib.import_module("timm")


def _works(package: str) -> bool:
    """Whether it can be imported; one that is built for another torch cannot."""
    try:
        importlib.import_module(f"{package}.ops")
    except Exception:  # whatever its compiled parts make of this torch
        _take_out(package)
        return False
    return True


@contextmanager
def _names_only() -> Iterator[None]:
    finder = _NamesOnly()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        _take_out(_MISSING)  # whoever wants it next is told that it is not there


def _take_out(package: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]


class _Name(type):
    """A class of which every attribute is another such class; none can be made an instance of."""

    def __getattr__(cls, name: str) -> Any:
        return _name(name)

    def __call__(cls, *_: Any, **__: Any) -> Any:
        raise ArtgenError(f"{cls.__name__} of torchvision is needed, which cannot be imported here")


def _name(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return _Name(name, (), {})


class _NamesOnly(MetaPathFinder, Loader):
    """Finds torchvision as modules that have every name."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:  # noqa: ARG002
        """A module of torchvision; nothing of any other."""
        if fullname.partition(".")[0] != _MISSING or fullname == _NOT_EVEN_BY_NAME:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty one."""
        module = ModuleType(spec.name)
        module.__getattr__ = _name  # type: ignore[method-assign]
        return module

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""
