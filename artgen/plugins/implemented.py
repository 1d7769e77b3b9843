"""Which hooks a plugin implements, and whether artgen knows them."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pluggy

import artgen
from artgen.blame import HookMismatch


@dataclass(frozen=True)
class Implemented:
    """One hook of a plugin.

    Attributes:
        name: of the hook.
        arguments: which it asks for.
        place: file and line.
        optional: whether its author knows that not every artgen has it.
    """

    name: str
    arguments: tuple[str, ...]
    place: str
    optional: bool


def implemented_by(module: Any, manager: pluggy.PluginManager) -> list[Implemented]:
    """All functions of a module that are marked as hooks, by name."""
    return list(_implemented(module, manager))


def notes_on(hooks: list[Implemented], manager: pluggy.PluginManager) -> list[str]:
    """What is odd about the hooks of a plugin, though it works: one that artgen has not, or will not have for ever.

    Raises:
        HookMismatch: one asks for an argument that there is not.
    """
    return [note for hook in hooks for note in _notes_on(hook, manager)]


def _implemented(module: Any, manager: pluggy.PluginManager) -> Iterator[Implemented]:
    for attribute in dir(module):
        options = manager.parse_hookimpl_opts(module, attribute)
        if options is None:
            continue
        function = getattr(module, attribute)
        code = inspect.unwrap(function).__code__
        yield Implemented(
            name=options.get("specname") or attribute,
            arguments=tuple(name for name, one in inspect.signature(function).parameters.items() if _is_asked(one)),
            place=f"{code.co_filename}:{code.co_firstlineno}",
            optional=options.get("optionalhook", False),
        )


def _is_asked(parameter: inspect.Parameter) -> bool:
    """Whether an argument is to be handed over: pluggy fills neither those with a default nor ``*args``."""
    return parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD


def _notes_on(hook: Implemented, manager: pluggy.PluginManager) -> Iterator[str]:
    caller = getattr(manager.hook, hook.name, None)
    spec = caller.spec if caller is not None else None
    if spec is None:
        if not hook.optional:
            close = difflib.get_close_matches(hook.name, hooks_of(manager), 1, 0.6)
            guess = f". Did its author mean '{close[0]}'?" if close else ""
            yield f"{hook.place}: artgen {artgen.__version__} has no hook '{hook.name}'{guess}"
        return
    there = (*spec.argnames, *spec.kwargnames)
    for argument in hook.arguments:
        if argument not in there:
            has = f"it hands over {', '.join(there)}" if there else "it hands over nothing"
            text = f"{hook.name} asks for '{argument}', which artgen {artgen.__version__} does not have; {has}"
            raise HookMismatch(text, hook.place)
    if spec.warn_on_impl:
        yield f"{hook.place}: {spec.warn_on_impl}"
    for argument, warning in (spec.warn_on_impl_args or {}).items():
        if argument in hook.arguments:
            yield f"{hook.place}: {warning}"


def hooks_of(manager: pluggy.PluginManager) -> list[str]:
    """The names of all hooks that artgen has."""
    return [name for name, caller in vars(manager.hook).items() if caller.spec is not None]
