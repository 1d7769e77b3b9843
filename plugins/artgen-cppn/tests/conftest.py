"""What the tests share: a folder to work in."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from artgen.testing.pictures import copy_pictures


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a few pictures, in which artgen works."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    copy_pictures(Path("pictures"))
    return tmp_path
