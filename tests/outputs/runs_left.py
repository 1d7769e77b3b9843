"""Run folders as trainings leave them, written by hand: what a page over many runs has to read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w
from PIL import Image

WEIGHTS = b"no network is read from these"
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()
MATRIX = '[job]\nname = "birds"\n[matrix]\n"train.batch" = [16, 8]\nlosses.adversarial.form = ["hinge", "plain"]\n'


def leave_run(
    folder: Path,
    *,
    job: str = "",
    seeds: Sequence[int] = range(6),
    kid: float | None = 0.25,
    event: str = "finished",
    cell: str = "",
    values: Mapping[str, Any] | None = None,
) -> Path:
    """A run of a generator with some pictures, a film, figures and a page.

    Args:
        event: the last one of the training.
        cell: label in the matrix of `MATRIX`.
        values: of its axes: ``batch`` and ``form``.
    """
    values = {"batch": 8, "form": "hinge"} | dict(values or {})
    lock = {
        "lock": {"format": 1, **({"cell": cell} if cell else {})},
        "job": {"name": job or folder.name, "seed": 7},
        "data": {"size": 16},
        "generator": {"type": "artgen-toolkit:dcgan"},
        "losses": [{"type": "artgen-toolkit:adversarial", "name": "adversarial", "form": values["form"]}],
        "train": {"kimg": 4.0, "batch": values["batch"]},
        "outputs": [{"type": "artgen-toolkit:gallery", "name": "page"}],
    }
    (folder / "artifacts" / "page").mkdir(parents=True)
    (folder / "job.lock.toml").write_text(tomli_w.dumps(lock), encoding="utf-8")
    (folder / "job.toml").write_text(MATRIX if cell else "[job]\n", encoding="utf-8")
    (folder / "index.html").write_text("its own page", encoding="utf-8")
    rows = [{"step": 10, "images": 2500, "seconds": 90.0}, {"event": event, "step": 10, "text": ""}]
    (folder / "metrics.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    if kid is not None:
        leave_checkpoint(folder, {f"quality/kid_vgg{end}": kid + by for end, by in _INTERVAL.items()})
    leave_pictures(folder, seeds)
    return folder


_INTERVAL = {"": 0.0, "_low": -0.01, "_high": 0.01}


def leave_checkpoint(folder: Path, quality: Mapping[str, float], **state: Any) -> None:
    """What is told of a checkpoint, and a file in the place of its weights."""
    place = folder / "checkpoints" / "00000010"
    place.mkdir(parents=True)
    (place / "ema.safetensors").write_bytes(WEIGHTS)
    told = {"step": 10, "images": 2500, "serial": 1, "device": "cpu", "sha256": {"ema.safetensors": SHA256}}
    (place / "state.json").write_text(json.dumps({**told, "quality": quality, **state}), encoding="utf-8")


def leave_pictures(folder: Path, seeds: Sequence[int]) -> None:
    """Pictures of seeds, and a film with its poster."""
    rows: list[dict[str, Any]] = []
    for seed in seeds:
        path = f"artifacts/page/seed-{seed:06d}.png"
        Image.new("RGB", (16, 12), (40 * seed % 256, 90, 160)).save(folder / path)
        rows.append({"kind": "picture", "path": path, "output": "page", "details": {"seed": seed}})
    if seeds:
        Image.new("RGB", (32, 24), "orange").save(folder / "artifacts/poster.webp")
        (folder / "artifacts/film.mp4").write_bytes(b"a film")
        told = {"poster": "artifacts/poster.webp", "seconds": 12.0}
        rows.append({"kind": "film", "path": "artifacts/film.mp4", "output": "film", "details": told})
    index = folder / "artifacts" / "index.jsonl"
    index.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
