"""What packages are needed, in pip's words: whether a version meets conditions, and the line that installs it."""

from __future__ import annotations

import operator
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from artgen.entry_points import normalised

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)")
_CONDITION = re.compile(r"\s*(==|!=|>=|<=|~=|>|<)\s*(\d+(?:\.\d+)*)(\.\*)?\s*")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}

_PACKAGES = {
    "PIL": "pillow",
    "cv2": "opencv-python-headless",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
"""What pip installs for some imports of another name."""

Condition = tuple[str, str]
"""A sign and the version that it compares with; ``==`` and ``!=`` may end in ``.*``."""


@dataclass(frozen=True)
class Requirement:
    """A package with conditions on its version, as metadata and pip have it.

    Attributes:
        name: normalised, see `artgen.entry_points.normalised`.
        text: the conditions as they were written; "" where any version does.
    """

    name: str
    text: str


def parsed(text: str) -> Requirement | None:
    """A line of ``Requires-Dist``; None where it counts on some machines only, has an address or makes no sense."""
    needed, _, marker = text.partition(";")
    match = _NAME.fullmatch(needed.strip())
    if marker.strip() or match is None:
        return None
    return Requirement(normalised(match[1]), match[2].strip().removeprefix("(").removesuffix(")").strip())


def conditions(text: str) -> list[Condition] | None:
    """Conditions such as ``>=0.2,<1``; None where it is none."""
    found = [_CONDITION.fullmatch(part) for part in text.split(",")]
    return [(match[1], match[2] + (match[3] or "")) for match in found if match] if all(found) else None


def meets(version: str, text: str) -> bool:
    """Whether a version meets all conditions; what cannot be read counts as met, since pip has judged it before."""
    return all(_holds(version, sign, wanted) for sign, wanted in conditions(text) or ())


def pip_line(*requirements: str) -> str:
    """What to type to have these."""
    return " ".join(["pip install", *map(shlex.quote, requirements)])


def package_of(module: str) -> str:
    """What pip installs for an import that failed; the names differ for some that are used much."""
    top = module.partition(".")[0]
    return _PACKAGES.get(top, top)


def _holds(version: str, sign: str, wanted: str) -> bool:
    release = re.match(r"\d+(\.\d+)*", version)
    numbers = [int(part) for part in release.group().split(".")] if release else [0]
    bound = [int(part) for part in wanted.removesuffix(".*").split(".")]
    if sign == "~=":
        return _compared(numbers, bound, ">=") and numbers[: len(bound) - 1] == bound[:-1]
    if wanted.endswith(".*"):
        padded = numbers + [0] * (len(bound) - len(numbers))
        return (padded[: len(bound)] == bound) == (sign == "==")
    return _compared(numbers, bound, sign)


def _compared(left: list[int], right: list[int], sign: str) -> bool:
    length = max(len(left), len(right))
    return _COMPARE[sign](*(parts + [0] * (length - len(parts)) for parts in (left, right)))
