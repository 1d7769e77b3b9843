"""Making films of pictures that are there already, and looking into finished ones."""

from __future__ import annotations

import json
import subprocess
import wave
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import torch

from artgen.backbones.vgg16 import VGG16
from artgen.latents.perceptual import distances, features_of
from artgen.latents.sampler import Picture
from artgen.outputs.films.film import Film
from tests.tools import tool

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


def encode_film(film: Film, pictures: Sequence[Picture]) -> None:
    """Encode every segment that is missing and join them."""
    for segment in film.missing():
        with film.encoder(segment) as encoder:
            for index in segment:
                encoder.write(pictures[index])
            encoder.finish()
    film.join()


def tone(path: Path, seconds: float, hz: int = 8000) -> Path:
    """A file with a sound."""
    samples = (8000 * np.sin(np.arange(round(seconds * hz)) * 0.3)).astype("<i2")
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, hz, 0, "NONE", ""))
        sound.writeframes(samples.tobytes())
    return path


def probed(path: Path) -> dict[str, Any]:
    """What ffprobe tells of the first picture stream, with the tags of the file and the sound under ``sound``."""
    words = ["-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", str(path)]
    told = json.loads(subprocess.run([tool("ffprobe"), *words], capture_output=True, check=True).stdout)
    of_kind = {stream["codec_type"]: stream for stream in reversed(told["streams"])}
    return {**of_kind["video"], "tags": told["format"].get("tags", {}), "sound": of_kind.get("audio")}


def frames_of(path: Path, width: int, height: int) -> np.ndarray[Any, Any]:
    """The frames of a film in BT.709, (N, H, W, 3)."""
    convert = "scale=in_color_matrix=bt709:in_range=tv:out_range=pc:flags=accurate_rnd+full_chroma_int"
    command = [FFMPEG, "-v", "error", "-i", str(path), "-vf", convert, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(data, np.uint8).reshape(-1, height, width, 3)


def steps(pictures: Sequence[Picture], *, closed: bool = True) -> np.ndarray[Any, Any]:
    """How far neighbours are apart, by the features of VGG-16 at their own size."""
    network = VGG16()
    with torch.inference_mode():
        seen = [
            features_of(torch.from_numpy(np.array(p)).permute(2, 0, 1)[None].float() / 127.5 - 1, network)
            for p in pictures
        ]
        return np.array(
            [float(distances(a, b).mean().sqrt()) for a, b in pairwise([*seen, seen[0]] if closed else seen)]
        )
