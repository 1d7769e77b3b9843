"""Which component a job means by a name: kind + name -> import string, config model, owner.

Nothing is imported before it is used. A built-in keeps its bare name always. Two third parties with one name are an
error when the bare name is used; each is reachable as ``distribution:name``.
"""

from __future__ import annotations

import difflib
import importlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

from artgen.errors import ArtgenError

Kind = Literal[
    "generator", "discriminator", "loss", "augmentation", "backbone", "output", "tracker", "launcher", "preset"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
PLURALS: dict[Kind, str] = {kind: f"{kind}es" if kind == "loss" else f"{kind}s" for kind in KINDS}
BUILTIN = "artgen-toolkit"

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_IMPORT_STRING = re.compile(r"[\w.]+:[\w.-]+")


@dataclass(frozen=True)
class Component:
    """A registered name.

    Attributes:
        target: import string of the component itself.
        config: import string of its config model; "" when it has no options.
        distribution: the package that registered it, with its version.
        requires: extra import names that it needs and the core does not bring.
    """

    kind: Kind
    name: str
    target: str
    config: str = ""
    summary: str = ""
    distribution: str = BUILTIN
    version: str = ""
    requires: tuple[str, ...] = ()

    @property
    def qualified(self) -> str:
        """``distribution:name``, as locks store it."""
        return f"{self.distribution}:{self.name}"

    def load(self) -> Any:
        """Import the component. Raises ArtgenError that names the owner when the import fails."""
        return self._import(self.target)

    def load_config(self) -> Any:
        """Import its config model, or None when it has no options."""
        return self._import(self.config) if self.config else None

    def _import(self, import_string: str) -> Any:
        module, _, attribute = import_string.partition(":")
        try:
            value: Any = importlib.import_module(module)
            for part in attribute.split("."):
                value = getattr(value, part)
        except (Exception, SystemExit) as error:
            missing = getattr(error, "name", None) if isinstance(error, ImportError) else None
            raise ArtgenError(
                f"{self.kind} '{self.name}' could not be imported from {import_string}: {error}",
                where=f"{self.distribution} {self.version}".strip(),
                hint=f"try: pip install {missing}" if missing else f"see: artgen plugins show {self.distribution}",
            ) from error
        return value


class Register(Protocol):
    """What a registration hook is handed."""

    def __call__(
        self, name: str, target: str, *, config: str = "", summary: str = "", requires: Sequence[str] = ()
    ) -> None:
        """Register one component. Raises ValueError on an illegal or taken name."""


@dataclass
class Registry:
    """All components that can be named in a job.

    Attributes:
        notes: for a distribution that failed, why; told when one of its names is asked for in vain.
    """

    components: list[Component] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)

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

    def get(self, kind: Kind, name: str) -> Component:
        """The component that `name` means.

        Raises:
            LookupError: no such name, or two third parties share it; the message says which names there are.
        """
        rivals = [c for c in self.of_kind(kind) if name in (c.name, c.qualified)]
        if owner := self._owner_of_bare_name(rivals):
            return owner
        if rivals:
            choices = " or ".join(f"'{c.qualified}'" for c in rivals)
            raise LookupError(f"{kind} '{name}' is registered by two packages; write {choices}")
        raise LookupError(self._unknown(kind, name))

    @staticmethod
    def _owner_of_bare_name(rivals: Sequence[Component]) -> Component | None:
        builtin = [c for c in rivals if c.distribution == BUILTIN]
        candidates = builtin or rivals
        return candidates[0] if len(candidates) == 1 else None

    def _unknown(self, kind: Kind, name: str) -> str:
        owner = name.rpartition(":")[0]
        if owner and owner not in self.notes and all(c.distribution != owner for c in self.components):
            return f"{kind} '{name}' is of {owner}, which is not installed. Try: pip install {owner}"
        names = self.names(kind)
        message = f"unknown {kind} '{name}'"
        close = difflib.get_close_matches(name, names, 1, 0.6)
        if close:
            message += f". Did you mean '{close[0]}'?"
        else:
            message += f". There {'is' if len(names) == 1 else 'are'}: {', '.join(names) or 'none'}"
        if self.notes:
            broken = "; ".join(f"{who} could not be loaded ({why})" for who, why in self.notes.items())
            message += f". A plugin that might have it: {broken}"
        return message


@dataclass
class Registrar:
    """Collects what one distribution registers, so that all of it counts or none.

    Calling it is the `register` of a registration hook.
    """

    kind: Kind
    distribution: str
    version: str
    components: list[Component]

    def __call__(
        self, name: str, target: str, *, config: str = "", summary: str = "", requires: Sequence[str] = ()
    ) -> None:
        """Register one component under the hook's kind."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"'{name}' is no legal name for a {self.kind}: write it like 'soft-light'")
        for what, value in (("target", target), ("config", config)):
            if value and not _IMPORT_STRING.fullmatch(value):
                raise ValueError(f"the {what} of {self.kind} '{name}' must be 'package.module:Name', not '{value}'")
        if any(c.kind == self.kind and c.name == name for c in self.components):
            raise ValueError(f"{self.kind} '{name}' is registered twice")
        self.components.append(
            Component(
                kind=self.kind,
                name=name,
                target=target,
                config=config,
                summary=summary,
                distribution=self.distribution,
                version=self.version,
                requires=tuple(requires),
            )
        )
