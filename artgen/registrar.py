"""What a registration hook is handed: it collects what one distribution registers, and where."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from artgen.registry import Component, Kind
from artgen.requirement import package_of

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_IMPORT_STRING = re.compile(r"[\w.]+:[\w.-]+")


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
        self,
        name: str,
        target: str,
        *,
        config: str = "",
        summary: str = "",
        requires: Sequence[str] | Mapping[str, str] = (),
    ) -> None:
        """Register one component under the hook's kind."""
        if isinstance(requires, str):
            raise ValueError(f"requires of {self.kind} '{name}' must be a list of imports, not '{requires}'")
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
                requires=tuple(
                    requires.items()
                    if isinstance(requires, Mapping)
                    else ((module, package_of(module)) for module in requires)
                ),
                place=_caller(),
            )
        )


def _caller() -> str:
    """File and line of the plugin that called `register`."""
    frame = sys._getframe(2)
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
