"""A run with everything that its page can show; its outputs have awkward names."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, cast

import imageio_ffmpeg
import numpy as np
import safetensors.torch
import torch
from PIL import Image

from artgen.data.cache_folder import cache_folder
from artgen.job.model import Job
from artgen.latents.sampler import Sampler
from artgen.outputs.config import GalleryConfig, SheetConfig
from artgen.outputs.gallery import Gallery
from artgen.outputs.stills.nearest_pairs import write_nearest_pairs
from artgen.outputs.stills.progress_sheet import write_progress_sheet
from artgen.outputs.stills.sheet import Sheet
from artgen.quality.exam import Findings
from artgen.quality.nearest import Nearest
from artgen.runs.checkpoints import CheckpointInfo
from artgen.runs.store import Run
from tests.outputs.networks import sampler

ROWS = [
    {"schema": 1},
    *(
        {"step": step, "images": step * 32, "seconds": step / 2, "loss/generator": 2 / step, "loss/discriminator": 1.0,
         "rate_img_s": 64.0}
        for step in range(1, 11)
    ),
    {"step": 4, "images": 128, "quality/kid_vgg": 0.5, "quality/kid_vgg_low": 0.4, "quality/kid_vgg_high": 0.6},
    {"step": 10, "images": 320, "quality/kid_vgg": 0.1, "quality/kid_vgg_low": None, "quality/kid_vgg_high": 0.2},
    {"event": "rollback", "step": 6, "text": "a loss was no number at <step 6>"},
    {"event": "guard", "step": 8, "text": "the pictures have all but become one"},
]  # fmt: skip

FINGERPRINT = "fade" * 16
LOCK = {
    "lock": {"pictures": FINGERPRINT},
    "job": {"name": "faces", "seed": 7},
    "data": {"folder": "/home/somebody/secret pictures", "size": 16},
    "generator": {"type": "dcgan", "latent": 12},
    "losses": [{"type": "adversarial", "name": "adversarial", "weight": 2.0, "images": ["/home/somebody/a.png"]}],
}
FOUND = Findings(
    {},
    Nearest(torch.tensor([2, 0, 1]), torch.tensor([0.9, 0.125, 1.5], dtype=torch.float64)),
    mirrored=torch.tensor([False, False, False]),
    close=0.3,
)
"""Three painted pictures and the training pictures that are nearest to them; the second is all but a copy."""


def run_in(folder: Path, name: str = "faces") -> Run:
    """An open run, the first time an empty one."""
    folder.mkdir(exist_ok=True)
    checkpoint = CheckpointInfo(folder / "checkpoints" / "00000010", 10, 320, "ab" * 32, {})
    return Run(folder, name, cast(Job, None), LOCK, checkpoint)  # outputs do not look at the job itself


def leave_training_pictures() -> None:
    """What the exam of the training leaves in the cache of how its pictures look; they are of another kind."""
    vectors = torch.rand(4, 3840, generator=torch.Generator().manual_seed(3))
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    safetensors.torch.save_file({"features": vectors}, folder / f"{'0' * 32}-{FINGERPRINT[:16]}.safetensors")


def write_report(run: Run, checkpoint: str = "ab" * 32, channels: int = 3) -> None:
    """What the end of a training leaves: figures, and the nearest pairs of plain pictures."""
    plain = [np.full((16, 16, channels), level, np.uint8) for level in (250, 150, 50)]
    pairs = write_nearest_pairs(run, FOUND, np.stack(plain), np.stack(plain) // 2)
    figures = {"checkpoint": checkpoint, "step": 10, "pictures": 3, "quality/fd_vgg": 0.25, "nearest_pairs": pairs}
    run.figures_file.write_text(json.dumps(figures), encoding="utf-8")


def leave_film(run: Run, source: Sampler, name: str, *endings: str) -> None:
    """A film of six seeds, with what films record."""
    folder = run.artifact_folder(name)
    frames = [Image.fromarray(picture).resize((64, 64)) for picture in source.at_seeds(range(6))]
    frames[0].save(folder / "poster.webp")
    for ending in endings:
        path = folder / f"film.{ending}"
        if ending == "mp4":
            encode = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]
            raw = b"".join(frame.tobytes() for frame in frames)
            command = [*encode, "-s", "64x64", "-r", "10", "-i", "-", "-pix_fmt", "yuv420p", path]
            subprocess.run(command, input=raw, check=True)
        else:
            frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, loop=0)
        poster = f"artifacts/{name}/poster.webp"
        run.record("film", path, name, poster=poster, about="Six seeds", seconds=0.6, width=64, height=64)


def write_gallery(run: Run, source: Sampler | None = None, **options: Any) -> Path:
    """Write the page, after all that it shows.

    Args:
        source: what paints; by default a small network.
        options: of the gallery; six pictures by default.
    """
    source = source or sampler()
    run.metrics_file.write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    (run.folder / "job.toml").write_text(
        '# <script>alert(1)</script>\n[job]\nname = "faces"\n[data]\nfolder = "/home/somebody/secret pictures"\n',
        encoding="utf-8",
    )
    for step in (5, 10):
        write_progress_sheet(run.artifact_folder("progress") / f"{step:08d}.webp", source.at_seeds(range(4)))
    leave_film(run, source, "50% film #1?", "mp4", "webp")
    leave_film(run, source, "moving", "webp")
    Sheet(SheetConfig(seeds="0-3"), "sheet").write(source, run)
    write_report(run)
    Gallery(GalleryConfig(**{"count": 6, **options}), "best of & more").write(source, run)
    return run.folder / "index.html"
