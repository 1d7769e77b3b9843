"""What artgen asks of every component, but for what would look through Inception again and again, or is of many files."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from artgen.testing import conformance

from conftest import write_weights

OPTIONS = {"weights": str(write_weights(Path(tempfile.mkdtemp())))}
LONG = ("same again", "keeps secrets", "stops")
ONE_FILE = "in shards"  # which it does not write

CASES = [
    case
    for case in conformance.cases_of("artgen-fid", {"output:fid": OPTIONS})
    if not str(case).endswith((*LONG, ONE_FILE))
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case: conformance.Case, tmp_path: Path) -> None:
    case.run(tmp_path)
