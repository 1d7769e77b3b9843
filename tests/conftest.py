"""What all tests share: real pictures, a cache of their own, one thread."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

HERE = Path(__file__).parent

# Before torch is imported: tiny networks gain nothing from more, several processes of tests would only wait for each
# other, and what is painted depends on the number to the last bit.
os.environ["OMP_NUM_THREADS"] = "1"

# A shell that starts them in the background has them, and what they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees the user's cache."""
    os.environ["ARTGEN_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def pictures() -> Path:
    """A folder of small real pictures."""
    return HERE / "data" / "pictures"
