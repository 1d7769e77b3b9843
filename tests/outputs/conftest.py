from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from artgen.runs.checkpoints import CheckpointInfo
from artgen.runs.store import Run
from tests.outputs.browser import Browser
from tests.outputs.conditional import conditional_sampler
from tests.outputs.gallery_run import leave_training_pictures, run_in, write_gallery

LOCK = {
    "job": {"name": "faces", "seed": 7},
    "data": {"folder": "/home/somebody/secret pictures", "size": 16},
    "generator": {"type": "dcgan", "latent": 12},
    "losses": [{"type": "adversarial", "weight": 1.0, "images": ["/home/somebody/a.png"]}],
}


@pytest.fixture
def open_run(tmp_path: Path) -> Callable[..., Run]:
    """Open the same run folder again and again, as the command does."""

    def opened(sha256: str = "ab" * 32, name: str = "faces") -> Run:
        folder = tmp_path / "run"
        folder.mkdir(exist_ok=True)
        checkpoint = CheckpointInfo(folder / "checkpoints" / "00000010", 10, 320, sha256, {})
        return Run(folder, name, None, LOCK, checkpoint)  # type: ignore[arg-type] - outputs do not look at the job

    return opened


@pytest.fixture
def run(open_run: Callable[..., Run]) -> Run:
    return open_run()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests; they are skipped where there is none."""
    with Browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def gallery_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run with all that there can be, whose names are ill-meant; thirty pictures of three classes."""
    leave_training_pictures()
    source = conditional_sampler()
    source.classes = ("<b>cats</b>", "</script><script>alert(1)</script>", "very long named whippets")
    run = run_in(tmp_path_factory.mktemp("desk") / "run", name='<img src=x onerror="alert(1)">')
    return write_gallery(run, source, count=30, truncation=0.7, title="</title><script>alert(1)</script>")
