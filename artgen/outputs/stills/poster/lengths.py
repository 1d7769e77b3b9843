"""Lengths on paper, as a job names them: ``"297mm"``, ``"21 cm"``, ``"16.5in"``. Imports no numpy."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

_IN_AN_INCH = {"mm": 25.4, "cm": 2.54, "in": 1.0}
_PATTERN = r"^\d+(\.\d+)?\s*(mm|cm|in)$"


def _known_length(length: str) -> str:
    if not re.match(_PATTERN, length):
        raise ValueError(f"'{length}' is no length; write it like '297mm', '21cm' or '11.7in'")
    return length


Length = Annotated[str, AfterValidator(_known_length), WithJsonSchema({"type": "string", "pattern": _PATTERN})]
"""A config field that holds a length; `inches` reads it."""


def inches(length: Length) -> float:
    """A length in inches."""
    return float(length[:-2]) / _IN_AN_INCH[length[-2:]]


def pixels(length: Length, dpi: int) -> int:
    """A length in whole pixels."""
    return round(inches(length) * dpi)
