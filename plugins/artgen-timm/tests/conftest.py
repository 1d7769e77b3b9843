"""What the tests share: a tiny network of timm with weights by chance, and pictures."""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported: tiny networks gain nothing from more

from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image

from artgen_timm.backbone import Timm
from artgen_timm.config import TimmConfig
from artgen_timm.models import build_model

MODEL = "test_resnet"
"""timm's own for tests: 0.5 million weights, strides 2 to 32."""


def write_weights(path: Path) -> Path:
    """Weights by chance, with a classifier as the published ones have."""
    torch.manual_seed(0)
    model = build_model(MODEL)
    for part in model.modules():
        if isinstance(part, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(part.weight)
        elif isinstance(part, torch.nn.BatchNorm2d):
            torch.nn.init.ones_(part.weight)  # timm begins some of them with 0
    safetensors.torch.save_file({**model.state_dict(), "fc.weight": torch.zeros(5, 7)}, path)
    return path


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weights(tmp_path_factory.mktemp("weights") / "tiny.safetensors")


@pytest.fixture(scope="session")
def backbone(weights: Path) -> Timm:
    return Timm(TimmConfig(model=MODEL, weights=weights))


def write_pictures(folder: Path, count: int, side: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    folder.mkdir()
    for number in range(count):
        coarse = Image.fromarray(chance.integers(0, 256, (4, 4, 3), np.uint8))
        coarse.resize((side, side), Image.Resampling.BICUBIC).save(folder / f"{number}.png")
