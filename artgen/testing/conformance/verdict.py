"""How a check ends that does not simply pass."""

from __future__ import annotations

import dataclasses


class Unmet(AssertionError):
    """A component does not do what its kind is for; says what was looked at, what was expected and what was found."""

    def __init__(self, what: str, *, expected: object, found: object) -> None:
        super().__init__(f"{what}\n  expected: {expected}\n  found:    {found}")
        self.what = what


class NotChecked(Exception):
    """There is nothing here to check, and why."""


@dataclasses.dataclass(frozen=True)
class Told:
    """What a check that passed has to tell, such as a time."""

    note: str = ""


def expect(met: bool, what: str, *, expected: object, found: object) -> None:
    """Raises Unmet unless it is met."""
    if not met:
        raise Unmet(what, expected=expected, found=found)
