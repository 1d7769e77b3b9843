"""What the tests share: a folder to work in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a few pictures, in which artgen works."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    chance = np.random.default_rng(0)
    Path("pictures").mkdir()
    for number in range(8):
        coarse = Image.fromarray(chance.integers(0, 256, (4, 4, 3), np.uint8))
        coarse.resize((32, 32), Image.Resampling.BICUBIC).save(f"pictures/{number}.png")
    return tmp_path
