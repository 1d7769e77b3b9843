"""What the tests share: one thread."""

from __future__ import annotations

import pytest
import torch

pytest_plugins = ["artgen.testing.fixtures"]


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)
