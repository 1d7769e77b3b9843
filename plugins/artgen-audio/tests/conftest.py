"""What the tests share: a drum loop, tiny generators, runs to write films into."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from artgen.contracts import PictureShape
from artgen.generators.config import DCGANConfig, StyleGANLiteConfig
from artgen.generators.dcgan import DCGAN
from artgen.generators.stylegan_lite import StyleGANLite
from artgen.latents.sampler import Sampler
from artgen.runs.checkpoints import CheckpointInfo
from artgen.runs.store import Run
from imageio_ffmpeg import get_ffmpeg_exe

from synthetic import drum_loop, write_wav

pytest_plugins = ["artgen.testing.fixtures"]

Probe = Callable[[Path], dict[str, dict[str, Any]]]


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def drums(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds at 120 beats a minute, in stereo."""
    return write_wav(tmp_path_factory.mktemp("sounds") / "drums.wav", drum_loop()[0], channels=2)


@pytest.fixture
def new_run(tmp_path: Path) -> Callable[..., Run]:
    """Open a run folder of some name, as often as wanted."""

    def opened(name: str = "run") -> Run:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        checkpoint = CheckpointInfo(folder, 1, 32, "ab" * 32, {})
        return Run(folder, "faces", None, {}, checkpoint)  # type: ignore[arg-type] - outputs do not look at the job

    return opened


def sampler(kind: str = "stylegan-lite", channels: int = 3, classes: int = 0) -> Sampler:
    """An untrained generator of 16 pixels: stylegan-lite with noise that is seen, or dcgan without any."""
    shape = PictureShape(16, 16, channels, classes)
    torch.manual_seed(3)
    if kind == "dcgan":
        network: torch.nn.Module = DCGAN(DCGANConfig(latent=12, width=8), shape)
        for parameter in network.parameters():
            parameter.data.mul_(3)
        return Sampler(network, shape)
    network = StyleGANLite(StyleGANLiteConfig(latent=16, max_width=8), shape)
    for name, parameter in network.named_parameters():
        if name.endswith("noise_strength"):
            parameter.data.fill_(0.3)
    return Sampler(network, shape)


@pytest.fixture
def probe() -> Probe:
    """What ffprobe tells of each stream, by its kind; skipped without ffprobe."""
    if shutil.which("ffprobe") is None:
        reason = "ffprobe is not installed"
        (pytest.fail if os.environ.get("ARTGEN_REQUIRE_TOOLS") == "1" else pytest.skip)(reason)

    def told(path: Path) -> dict[str, dict[str, Any]]:
        command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(path)]
        streams = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"]
        return {stream["codec_type"]: stream for stream in streams}

    return told


def frames_of(path: Path, side: int = 32) -> np.ndarray[Any, Any]:
    """The frames of a film, (n, side, side, 3) float."""
    command = [get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-vf", f"scale={side}:{side}:flags=area"]
    data = subprocess.run(
        [*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True
    ).stdout
    return np.frombuffer(data, np.uint8).reshape(-1, side, side, 3).astype(float)


def changes(frames: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """How much the picture changes from each frame to the next."""
    return np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3))
