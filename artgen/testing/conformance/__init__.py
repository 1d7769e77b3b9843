"""What artgen asks of every component, as tests.

The whole of a plugin's ``tests/test_conformance.py``:

    from artgen.testing import conformance

    test_conformance = conformance.of("artgen-sunset")

is a test for each check of each component that the distribution registers, and of each command that it adds.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from artgen.testing.conformance.cases import CHECKS, Case, Options, cases_of, checks_of
from artgen.testing.conformance.verdict import NotChecked, Told, Unmet

__all__ = [
    "CHECKS",
    "Case",
    "NotChecked",
    "Options",
    "Told",
    "Unmet",
    "cases_of",
    "checks_of",
    "of",
]


def of(distribution: str, options: Options | None = None) -> Callable[..., None]:
    """A pytest test, parametrised over every check of a distribution that is installed.

    A check that has something to tell, such as a time, prints it: ``pytest -rP`` shows it.

    Args:
        distribution: as in its pyproject.toml.
        options: what to try components with, by ``kind:name`` or name; by default what their config says in `trial`.

    Raises:
        ArtgenError: it is not installed, or cannot be loaded.
    """
    import pytest

    cases = cases_of(distribution, options)

    @pytest.mark.parametrize("case", cases, ids=str)
    def test_conformance(case: Case, tmp_path: Path) -> None:
        _try(case, tmp_path, pytest)

    return test_conformance


def _try(case: Case, folder: Path, pytest: Any) -> None:
    __tracebackhide__ = True
    try:
        told = case.run(folder)
    except NotChecked as reason:
        pytest.skip(str(reason))
    except Unmet as unmet:
        pytest.fail(f"{case}\n{unmet}", pytrace=False)
    else:
        if told.note:
            print(f"{case}: {told.note}")
