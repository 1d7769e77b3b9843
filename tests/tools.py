"""System tools that some tests need: without them these are skipped, unless ``ARTGEN_REQUIRE_TOOLS`` says otherwise."""

from __future__ import annotations

import os
import shutil
from typing import TypeVar

import pytest

T = TypeVar("T")


def needed(found: T | None, what: str) -> T:
    """What a test cannot do without. Where it is absent the test is skipped, or fails when ``ARTGEN_REQUIRE_TOOLS=1``.

    Args:
        found: the tool, None where there is none.
        what: it is, in words, for the reason.
    """
    if found is None:
        reason = f"{what} is not on this machine"
        if os.environ.get("ARTGEN_REQUIRE_TOOLS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def tool(*names: str) -> str:
    """The path of the first of some programs that is there; see `needed`."""
    return needed(next(filter(None, map(shutil.which, names)), None), names[0])
