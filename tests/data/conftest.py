from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.data.sample_pictures import PICTURES


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("ARTGEN_CACHE", str(folder))
    monkeypatch.delenv("ARTGEN_CACHE_GB", raising=False)
    return folder


@pytest.fixture
def astronaut() -> Image.Image:
    with Image.open(PICTURES / "astronaut.jpg") as image:
        return image.convert("RGB")


@pytest.fixture
def fox() -> Image.Image:
    """A picture with transparency."""
    with Image.open(PICTURES / "fox.webp") as image:
        return image.convert("RGBA")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of eight real pictures, one of them in a folder of its own."""
    target = tmp_path / "pictures"
    (target / "deeper").mkdir(parents=True)
    for path in PICTURES.iterdir():
        if path.suffix != ".md":
            place = target / "deeper" if path.stem == "fox" else target
            (place / path.name).write_bytes(path.read_bytes())
    return target
