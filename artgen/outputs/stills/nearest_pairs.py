"""Painted pictures beside the training pictures that they are nearest to: whether a folder was learned by heart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from artgen.outputs.stills.images import as_image
from artgen.runs.files import whole_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from artgen.latents.sampler import Picture
    from artgen.quality.exam import Findings
    from artgen.runs.store import Run

_FOLDER = "memorisation"
_PAIRS = 24
_SIDE_PX = 192
_GAP_PX = 6


def write_nearest_pairs(
    run: Run, findings: Findings, painted: NDArray[np.uint8], real: NDArray[np.uint8]
) -> dict[str, Any]:
    """Draw the nearest pairs, painted left and training picture right, and say how near they are.

    They are not recorded as artifacts, which trackers may send away: they show training pictures.

    Args:
        findings: of the exam that `painted` sat.
        painted: (N, H, W, C), of the seeds 0 to N-1; transparency is straight.
        real: (M, H, W, C), the training pictures; RGBA is premultiplied.

    Returns:
        For ``quality.json``: how many pictures are `close`, and seed and distance of each pair, the nearest first;
        see `Findings`.

    Raises:
        ArtgenError: a file cannot be written.
    """
    folder = run.artifact_folder(_FOLDER)
    for stale in folder.glob("*.webp"):
        stale.unlink()
    distances = findings.nearest.distance
    seeds = distances.argsort(stable=True)[:_PAIRS].tolist()
    for seed in seeds:
        training = real[int(findings.nearest.index[seed])]
        if findings.mirrored[seed]:
            training = training[:, ::-1]
        _write_pair(run.folder / pair_file(seed), as_image(painted[seed]), _straight(training))
    return {
        "close": int((distances < findings.close).sum()),
        "nearest": [{"seed": seed, "distance": distances[seed].item()} for seed in seeds],
    }


def pair_file(seed: int) -> Path:
    """Where the pair of a painted picture lies in its run folder."""
    return Path("artifacts", _FOLDER, f"seed-{seed:06d}.webp")


def _write_pair(path: Path, left: Image.Image, right: Image.Image) -> None:
    """One WebP; small pictures are enlarged here by Lanczos: browsers enlarge by a blur."""
    factor = _SIDE_PX / max(left.size)
    width, height = (max(1, round(side * factor)) for side in left.size)
    pair = Image.new("RGBA", (2 * width + _GAP_PX, height))
    for image, x in ((left, 0), (right, width + _GAP_PX)):
        pair.paste(image.convert("RGBA").resize((width, height), Image.Resampling.LANCZOS), (x, 0))
    with whole_file(path) as part:
        pair.save(part, "WEBP", quality=88, method=4)


def _straight(picture: Picture) -> Image.Image:
    if picture.shape[2] < 4:
        return as_image(picture)
    return Image.frombytes("RGBa", picture.shape[1::-1], picture.tobytes()).convert("RGBA")
