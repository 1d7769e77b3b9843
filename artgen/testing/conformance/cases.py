"""Which checks there are for each kind, and what they are made on: a list of cases, one for each test."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artgen.distributions import BUILTIN
from artgen.entry_points import normalised
from artgen.errors import ArtgenError
from artgen.plugins import PluginManager
from artgen.registry import Component, Kind
from artgen.testing.conformance import (
    augmentations,
    backbones,
    commands,
    discriminators,
    generators,
    launchers,
    losses,
    options,
    outputs,
    presets,
    trackers,
)
from artgen.testing.conformance.trial import Trial, one_thread
from artgen.testing.conformance.verdict import Told, Unmet
from artgen.testing.loading import COMMANDS, entries_of, plugins_of

Check = Callable[[Trial], Told]
Options = Mapping[str, Mapping[str, Any]]
"""What to try components with, by ``kind:name`` or name, instead of their config's own `trial`."""

_OF_ALL: tuple[Check, ...] = (
    options.can_be_had,
    options.config_is_light,
    options.config_is_strict,
    options.options_are_told,
    options.options_are_kept,
)
_OF_NETWORKS = ("gradients", "same_seed", "state_round_trip", "devices", "classes", "stages", "learns", "cost")
_OF_REPAINTING = ("gradients", "same_seed", "state_round_trip", "devices", "learns", "cost")


def _named(module: Any, *names: str) -> tuple[Check, ...]:
    return tuple(getattr(module, name) for name in names)


CHECKS: dict[Kind, tuple[Check, ...]] = {
    "generator": _named(generators, "paints", "pictures_by_themselves", *_OF_NETWORKS, "paints_untrained"),
    "discriminator": _named(discriminators, "judges", "features", "slopes", *_OF_NETWORKS),
    "loss": _named(losses, "declares", "says", "same_seed", "state_round_trip", "works_everywhere", "learns", "cost"),
    "augmentation": _named(
        augmentations,
        *("augments", "does_something", "draws_alone", "gradients", "state_round_trip", "devices", "learns", "cost"),
    ),
    "backbone": _named(backbones, "sees", "is_frozen", "gradients", "same_again", "tiles", "devices", "looks", "cost"),
    "output": _named(outputs, "makes", "same_again", "in_shards", "keeps_secrets", "stops"),
    "tracker": _named(trackers, "has_the_calls", "follows_a_run", "takes_what_comes"),
    "launcher": _named(launchers, "says_how_they_ended", "hands_on_the_environment", "stops", "runs_a_job"),
    "preset": _named(presets, "can_be_extended"),
}
"""What is asked of each kind beside what is asked of all."""

REPAINTING = _named(generators, "paints", "pictures_by_themselves", *_OF_REPAINTING)
CANVASES = _named(generators, "canvases")


@dataclass(frozen=True)
class Case:
    """One check of one component.

    Attributes:
        name: of what is checked, ``loss sunset``.
        check: in words, ``same seed``.
        run: makes the check in a folder.
    """

    name: str
    check: str
    run: Callable[[Path], Told]

    def __str__(self) -> str:
        return f"{self.name}: {self.check}"


def cases_of(distribution: str, options: Options | None = None) -> list[Case]:
    """Every check of every component and command of a distribution.

    Args:
        options: what to try components with.

    Raises:
        ArtgenError: as `plugins_of`.
    """
    manager = plugins_of(distribution)
    mine = [c for c in manager.registry.components if c.distribution == normalised(distribution)]
    cases = [case for component in mine for case in _of_component(manager, component, options or {})]
    if distribution != BUILTIN:
        cases += [case for entry in entries_of(distribution, COMMANDS) for case in _of_command(entry)]
    return cases


def _of_component(manager: PluginManager, component: Component, options: Options) -> Iterator[Case]:
    for check in checks_of(component):

        def run(folder: Path, check: Check = check) -> Told:
            tried = {
                **getattr(_model_of(component), "trial", {}),
                **options.get(component.name, {}),
                **options.get(f"{component.kind}:{component.name}", {}),
            }
            with one_thread():
                return check(Trial(manager, component, tried, folder))

        yield Case(f"{component.kind} {component.name}", check.__name__.replace("_", " "), run)


def _model_of(component: Component) -> Any:
    try:
        return component.load_config()
    except ArtgenError as error:
        wanted = "one that can be imported, of its kind"
        raise Unmet("its config model", expected=wanted, found=f"{error.message}. {error.hint}") from error


def checks_of(component: Component) -> tuple[Check, ...]:
    """What a component is asked, by its kind and, of generators, by what they paint from."""
    if component.kind == "preset":
        return CHECKS["preset"]
    checks = CHECKS[component.kind]
    if component.kind == "generator":
        source = _input_of(component)
        checks = {"picture": REPAINTING, "canvas": CANVASES}.get(source, checks)
    return (*_OF_ALL, *checks)


def _input_of(component: Component) -> str:
    try:
        return str(getattr(component.load_config(), "input", "latent"))
    except ArtgenError:  # told by the first check
        return "latent"


def _of_command(entry: importlib.metadata.EntryPoint) -> Iterator[Case]:
    for check in (commands.command_can_be_called, commands.command_is_light):

        def run(_folder: Path, check: Callable[[Any], Told] = check) -> Told:
            return check(entry)

        yield Case(f"command {entry.name}", check.__name__.removeprefix("command_").replace("_", " "), run)
