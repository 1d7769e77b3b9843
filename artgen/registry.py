"""Which component a job means by a name: kind + name -> import string, config model, owner.

Nothing is imported before it is used. A built-in keeps its bare name always. Two third parties with one name are an
error when the bare name is used; each is reachable as ``distribution:name``.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

from artgen.blame import mend_of, place_of, said
from artgen.distributions import BUILTIN, brought, how_to_install, is_one_off
from artgen.entry_points import normalised
from artgen.errors import ArtgenError
from artgen.nearest import nearest
from artgen.requirement import pip_line

Kind = Literal[
    "generator", "discriminator", "loss", "augmentation", "backbone", "output", "tracker", "launcher", "preset"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
PLURALS: dict[Kind, str] = {kind: f"{kind}es" if kind == "loss" else f"{kind}s" for kind in KINDS}


@dataclass(frozen=True)
class Component:
    """A registered name.

    Attributes:
        target: import string of the component itself.
        config: import string of its config model; "" when it has no options.
        distribution: the package that registered it, with its version.
        requires: what it needs and the core does not bring, each as the name that is imported and what pip installs.
        place: file and line of its registration.
    """

    kind: Kind
    name: str
    target: str
    config: str = ""
    summary: str = ""
    distribution: str = BUILTIN
    version: str = ""
    requires: tuple[tuple[str, str], ...] = ()
    place: str = field(default="", compare=False)

    @property
    def qualified(self) -> str:
        """``distribution:name``, as locks store it."""
        return f"{self.distribution}:{self.name}"

    @property
    def missing(self) -> tuple[str, ...]:
        """What pip has to install before it can be used."""
        return tuple(package for name, package in self.requires if not _importable(name))

    def load(self) -> Any:
        """Import the component. Raises ArtgenError that names the owner when the import fails."""
        return self._import(self.target)

    def load_config(self) -> Any:
        """Import its config model, or None when it has no options.

        Raises:
            ArtgenError: it cannot be imported, is no model of its kind, or no file could hold its options.
        """
        if not self.config:
            return None
        model = self._import(self.config)
        from artgen.config import OPTIONS  # takes a while, and names are also listed where no options are looked at

        base = OPTIONS.get(self.kind)
        if base is not None and not (isinstance(model, type) and issubclass(model, base)):
            raise self._no_model(f"which is no subclass of artgen.config.{base.__name__}")
        if base is not None and self.distribution != BUILTIN and (flaw := _flaw(model)):
            raise self._no_model(f"which no job can be read by: {flaw}")
        return model

    def _no_model(self, why: str) -> ArtgenError:
        return ArtgenError(
            f"the options of {self.kind} '{self.name}' are {self.config}, {why}, registered at {self.place}",
            where=self._owner,
            hint=f"See: artgen plugins check {self.distribution}",
        )

    @property
    def _owner(self) -> str:
        return f"{self.distribution} {self.version}".strip()

    def _import(self, import_string: str) -> Any:
        module, _, attribute = import_string.partition(":")
        try:
            value: Any = importlib.import_module(module)
            for part in attribute.split("."):
                value = getattr(value, part)
        except (Exception, SystemExit) as error:
            package = module.partition(".")[0]
            place = place_of(error, package) or self.place
            raise ArtgenError(
                f"{self.kind} '{self.name}' could not be imported from {import_string}: {said(error)}"
                + (f", at {place}" if place else ""),
                where=self._owner,
                hint=mend_of(self.distribution, "import", error, package),
            ) from error
        return value


@functools.cache
def _flaw(model: Any) -> str:
    """What is wrong with a config model of pydantic's, such as a type that is imported for type checkers alone; or ""."""
    try:
        with warnings.catch_warnings(action="ignore"):
            model.model_json_schema()
    except Exception as error:
        return said(error).partition(" For further information")[0].rstrip(".")
    return ""


def _importable(name: str) -> bool:
    top = name.partition(".")[0]
    try:
        return top in sys.modules or importlib.util.find_spec(top) is not None
    except (ImportError, ValueError):
        return False


class Register(Protocol):
    """What a registration hook is handed."""

    def __call__(
        self,
        name: str,
        target: str,
        *,
        config: str = "",
        summary: str = "",
        requires: Sequence[str] | Mapping[str, str] = (),
    ) -> None:
        """Register one component.

        Args:
            name: what a job says as `type`, written like ``soft-light``.
            target: import string of the component, ``package.module:Name``.
            config: import string of its config model, in a module that imports nothing heavy; none where it has no
                options.
            summary: what it is for, in a few words; shown in lists and editors.
            requires: names of imports that it needs and artgen does not bring. Where pip calls one otherwise, or
                versions matter, a mapping: ``{"cv2": "opencv-python-headless>=4.10"}``.

        Raises:
            ValueError: a name is illegal or registered twice, or something is no import string.
        """


@dataclass(frozen=True)
class Absent:
    """A distribution whose names do not count.

    Attributes:
        why: one sentence without its end.
        mend: what to do about it, as one sentence.
        names: which it has, as far as is known.
    """

    why: str
    mend: str = ""
    names: frozenset[tuple[str, str]] = frozenset()


Once = Callable[[Kind, str], tuple[str, str]]
"""The distribution that a name was of, and its version, as a lock says; both empty where none does."""


@dataclass
class Registry:
    """All components that can be named in a job.

    Attributes:
        absent: distributions that failed or were left out, told of when one of their names is asked for in vain.
    """

    components: list[Component] = field(default_factory=list)
    absent: dict[str, Absent] = field(default_factory=dict)

    def add(self, components: Iterable[Component]) -> None:
        """Take over what one distribution registered."""
        self.components.extend(components)

    def of_kind(self, kind: Kind) -> list[Component]:
        """All components of a kind, by name; built-ins first."""
        found = [c for c in self.components if c.kind == kind]
        return sorted(found, key=lambda c: (c.distribution != BUILTIN, c.name, c.distribution))

    def names(self, kind: Kind) -> list[str]:
        """What can be written as `type`: bare names where they are unique, qualified ones otherwise."""
        owners: dict[str, list[Component]] = {}
        for component in self.of_kind(kind):
            owners.setdefault(component.name, []).append(component)
        names = []
        for name, rivals in owners.items():
            if self._owner_of_bare_name(rivals):
                names.append(name)
            names.extend(c.qualified for c in rivals if self._owner_of_bare_name(rivals) is not c)
        return sorted(names)

    def get(self, kind: Kind, name: str, once: Once = lambda _kind, _name: ("", "")) -> Component:
        """The component that `name` means.

        Args:
            once: whose it was, for a name that there is no more.

        Raises:
            LookupError: no such name, or two third parties share it; the message says which names there are.
        """
        name = _as_registered(name)
        rivals = [c for c in self.of_kind(kind) if name in (c.name, c.qualified)]
        if owner := self._owner_of_bare_name(rivals):
            return owner
        if rivals:
            choices = " or ".join(f"'{c.qualified}'" for c in rivals)
            raise LookupError(f"{kind} '{name}' is registered by {_number(len(rivals))} packages; write {choices}")
        raise LookupError(self._unknown(kind, name, *once(kind, name)))

    def shadows(self, component: Component) -> list[Component]:
        """The others because of which the component's bare name does not mean it."""
        rivals = [c for c in self.of_kind(component.kind) if c.name == component.name]
        return [] if self._owner_of_bare_name(rivals) is component else [c for c in rivals if c is not component]

    @staticmethod
    def _owner_of_bare_name(rivals: Sequence[Component]) -> Component | None:
        builtin = [c for c in rivals if c.distribution == BUILTIN]
        candidates = builtin or rivals
        return candidates[0] if len(candidates) == 1 else None

    def _unknown(self, kind: Kind, name: str, owner: str, version: str) -> str:
        stated, _, bare = name.rpartition(":")
        of_plugins = brought(kind)
        if owner := stated or owner or self._absent_owner(kind, name) or of_plugins.get(name, ""):
            return f"{kind} '{name}' is {self._why_gone(kind, bare, owner, version)}"
        names = self.names(kind)
        message = f"unknown {kind} '{name}'"
        if close := nearest(name, [*names, *of_plugins]):
            guess = f"{message}. Did you mean '{close}'?"
            return guess if close in names else f"{guess} It is {self._why_gone(kind, name, of_plugins[close], '')}"
        message += f". There {'is' if len(names) == 1 else 'are'}: {', '.join(names) or 'none'}"
        if len(self.absent) > MANY:
            who = ", ".join(self.absent)
            message += f". Plugins that do not count and might have it: {who}; why: artgen plugins"
        elif self.absent:
            broken = "; ".join(f"{who} {gone.why}. {gone.mend}".strip() for who, gone in self.absent.items())
            message += f". A plugin that might have it: {broken}"
        return message

    def _absent_owner(self, kind: Kind, name: str) -> str:
        return next((who for who, gone in self.absent.items() if (kind, name) in gone.names), "")

    def _why_gone(self, kind: Kind, bare: str, owner: str, version: str) -> str:
        told = f"of {owner} {version}".strip()
        if gone := self.absent.get(owner):
            return f"{told}, which {gone.why}. {gone.mend}".rstrip()
        if is_one_off(owner):
            return f"{told}, a file that plugs in when it is asked for. Try: --plugin {owner}, with its folder"
        there = next((c.version for c in self.components if c.distribution == owner), None)
        if there is None:
            return f"{told}, which is not installed. {how_to_install(owner, version)}"
        of_owner = [c.name for c in self.components if c.distribution == owner and c.kind == kind]
        close = nearest(bare, of_owner)
        guess = f"Did you mean '{owner}:{close}'?" if close else f"It has: {', '.join(of_owner) or 'none'}."
        older = f" Or have that one again: {pip_line(f'{owner}=={version}')}" if version not in ("", there) else ""
        return f"{told}, and {owner} {there} has none of this name. {guess}{older}"


MANY = 2
"""More plugins than these that might have a name are listed without their reasons."""


def _as_registered(name: str) -> str:
    """A name with its distribution's in the one spelling that all have here."""
    owner, separator, bare = name.rpartition(":")
    return f"{owner if is_one_off(owner) else normalised(owner)}{separator}{bare}"


def _number(count: int) -> str:
    return {2: "two", 3: "three"}.get(count, str(count))
