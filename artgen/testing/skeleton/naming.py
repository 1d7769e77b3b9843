"""What a new plugin is called: its distribution, its package, and what a job says."""

from __future__ import annotations

import keyword
import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Literal, get_args

from artgen.distributions import BUILTIN
from artgen.errors import JobError
from artgen.registry import Kind

PREFIX = "artgen-"
SkeletonKind = Literal[Kind, "command"]
KINDS: tuple[SkeletonKind, ...] = (*get_args(Kind), "command")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 24
WHERE = "artgen plugins new"


@dataclass(frozen=True)
class Names:
    """All names of a plugin that has one component.

    Attributes:
        name: what a job says, ``sunset-sky``.
    """

    kind: SkeletonKind
    name: str

    @property
    def distribution(self) -> str:
        """What pip installs, ``artgen-sunset-sky``."""
        return f"{PREFIX}{self.name}"

    @property
    def package(self) -> str:
        """What Python imports, ``artgen_sunset_sky``."""
        return self.distribution.replace("-", "_")

    def class_name(self, taken: Container[str]) -> str:
        """The component, ``SunsetSky``; with its kind where that means something else to Python or in its own files.

        Args:
            taken: names that stand in these files.
        """
        short = "".join(word.capitalize() for word in self.name.split("-"))
        if keyword.iskeyword(short) or short in taken or f"{short}Config" in taken:
            return short + self.kind.capitalize()
        return short


def names_of(wanted: str, kind: SkeletonKind) -> Names:
    """The names of a plugin that somebody wants to write.

    Args:
        wanted: ``sunset`` or ``artgen-sunset``.

    Raises:
        JobError: it is no legal name, or is taken by one of artgen's own components or commands.
    """
    name = wanted.removeprefix(PREFIX)
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise JobError(
            f"'{wanted}' is no legal name: small letters, digits and single dashes, beginning with a letter, at most "
            f"{_LONGEST} of them, such as 'sunset' or 'soft-light'",
            where=WHERE,
        )
    names = Names(kind, name)
    if names.distribution in (BUILTIN, "artgen-artgen"):
        raise JobError(f"'{names.distribution}' is artgen's own distribution", where=WHERE, hint="Choose another name.")
    if name in _taken(kind):
        what = f"a command 'artgen {name}'" if kind == "command" else f"a {kind} '{name}'"
        raise JobError(
            f"artgen has {what} of its own", where=WHERE, hint="Choose another name; jobs would mean artgen's."
        )
    return names


def _taken(kind: SkeletonKind) -> set[str]:
    if kind == "command":
        from artgen.cli.group import COMMANDS

        return set(COMMANDS)
    from artgen.plugins import PluginManager

    return {component.name for component in PluginManager(discover=False).registry.of_kind(kind)}
