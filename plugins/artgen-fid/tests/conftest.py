"""What the tests share: Inception with weights by chance, a tiny run, torch-fidelity itself to compare with."""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported: tiny networks gain nothing from more

import contextlib
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from artgen.cli.group import run as artgen
from PIL import Image

from artgen_fid.inception import _inception_module

JOB = """
[job]
name = "tiny"

[data]
folder = "pictures"
size = 16

[generator]
type = "dcgan"
latent = 8
width = 4

[discriminator]
type = "dcgan"
width = 4

[train]
steps = 2
batch = 4
device = "cpu"

[quality]
during = 0
final = 0
"""

REAL, FAKE = 7, 8
IMAGES = f"""
[[outputs]]
type = "images"
seeds = "0-{FAKE - 1}"
"""


def write_weights(folder: Path) -> Path:
    """Inception's weights by chance, so that pictures stay apart down to its last layer; a ``.pth`` beside it."""
    module = _inception_module()
    module.load_state_dict_from_url = lambda *_, **__: {}

    class Empty(module.FeatureExtractorInceptionV3):  # type: ignore[misc, name-defined]
        def load_state_dict(self, *_: object) -> None:
            """Keep what it was made with."""

    torch.manual_seed(0)
    network = Empty("empty", ["2048"])
    for part in network.modules():
        if isinstance(part, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(part.weight)
    safetensors.torch.save_file(network.state_dict(), folder / "inception.safetensors")
    torch.save(network.state_dict(), folder / "inception.pth")
    return folder / "inception.safetensors"


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with pictures, in which artgen works, and a finished run of them."""
    folder = tmp_path_factory.mktemp("desk")
    before = Path.cwd()
    os.chdir(folder)
    os.environ["ARTGEN_CACHE"] = str(folder / "cache")
    write_pictures(folder / "pictures", REAL, 0)
    Path("job.toml").write_text(JOB + IMAGES)
    assert artgen(["run", "job.toml", "--quiet"]) == 0
    yield folder
    os.chdir(before)


def write_pictures(folder: Path, count: int, seed: int) -> None:
    """Smooth pictures of just the size that is learned."""
    chance = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for number in range(count):
        coarse = Image.fromarray(chance.integers(0, 256, (4, 4, 3), np.uint8))
        coarse.resize((16, 16), Image.Resampling.BICUBIC).save(folder / f"{number:02}.png")


@contextlib.contextmanager
def torch_fidelity() -> Iterator[Any]:
    """torch-fidelity itself; where there is no torchvision that goes with this torch, with the little it needs of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import torchvision  # noqa: F401
        except (ImportError, RuntimeError):
            for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
                del sys.modules[name]
            sys.modules.update(_torchvision())
        import torch_fidelity as package

        yield package


def _torchvision() -> dict[str, ModuleType]:
    names = ("torchvision", "torchvision.datasets", "torchvision.transforms", "torchvision.transforms.functional")
    modules = {name: ModuleType(name) for name in names}
    for name, module in modules.items():
        module.__path__ = []
        above, _, own = name.rpartition(".")
        if above:
            setattr(modules[above], own, module)
    for dataset in ("CIFAR10", "CIFAR100", "STL10"):
        setattr(modules["torchvision.datasets"], dataset, type(dataset, (), {}))

    class Compose:
        def __init__(self, steps: list[Any]) -> None:
            self.steps = steps

        def __call__(self, picture: Any) -> Any:
            for step in self.steps:
                picture = step(picture)
            return picture

    modules["torchvision.transforms"].Compose = Compose  # type: ignore[attr-defined]
    modules["torchvision.transforms.functional"].pil_to_tensor = (  # type: ignore[attr-defined]
        lambda picture: torch.from_numpy(np.array(picture)).permute(2, 0, 1)
    )
    return modules
