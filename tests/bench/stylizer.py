"""A stylizer after 20 minutes against 100 steps of a canvas, on photographs that it has not seen, and how fast it paints.

STYLIZER_PHOTOS=/usr/share/backgrounds/mate/nature python -m tests.bench stylizer

One network practises on every second photograph of that folder (here Debian's ``mate-backgrounds``) and on those of
``gallery/06-castle-in-arles``, and is judged on the others of the folder; another one the other way round. So each
photograph of the folder is judged by a network that has not seen it. Where ``STYLIZER_UNSEEN`` names a second folder,
one network practises on the first alone and is judged on the second. ``STYLIZER_MINUTES`` names another time, and
``STYLIZER_CROPS`` says how many crops each sees instead of how long it takes, for a machine that has other work
meanwhile. ``STYLIZER_RUNS`` names a folder to train and judge in, from which the same command goes on where it was
stopped.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from artgen.data.artwork import read_artwork
from artgen.data.headers import fitted
from artgen.engine.config import PaintConfig
from artgen.engine.paint.brushes import take_brush
from artgen.engine.stylist import Stylist, open_stylist
from artgen.generators.canvas import Canvas
from artgen.job import read_job
from artgen.job.model import Job
from artgen.runs.checkpoints import best_checkpoint
from artgen.sight.demands import Demand, feature_maps, gradient
from artgen.sight.sight import Sight
from artgen.sight.styles import prepared_style, style_picture
from tests.bench.section import write_section

ART = Path(__file__).parents[2] / "gallery" / "06-castle-in-arles"
PAINTING = ART / "paintings" / "cafe-terrace-at-night.webp"
SIDE = 256
STEPS = 100
PICTURES = 40
JOB = """
[job]
name = "stylizer"
[data]
folder = "photos"
size = 160
zoom = 2.5
[generator]
type = "stylizer"
[[losses]]
type = "content"
layers = ["relu3_1"]
weight = 0.2 # at 0.7 strokes cost more than they bring, and the network only gives photographs other colours
[[losses]]
type = "style-moments"
images = ["{painting}"]
layers = ["relu1_1", "relu2_1", "relu3_1", "relu4_1"]
scale = 1.6 # as large beside a crop as beside the pictures that it is judged on
[train]
{budget}
batch = 1
cooldown = 0.4
[train.generator]
rate = 0.005
betas = [0.9, 0.999]
"""


@dataclass(frozen=True)
class Judged:
    """The weighted loss of one photograph, unchanged, repainted by the network, and painted step by step."""

    name: str
    unchanged: float
    network: float
    canvas: float


def main() -> None:
    """Train, compare, and write the section."""
    folder = os.environ.get("STYLIZER_PHOTOS")
    if not folder:
        sys.exit("STYLIZER_PHOTOS is not set: name a folder of photographs to practise on and to be judged on")
    minutes, crops = os.environ.get("STYLIZER_MINUTES", "20"), os.environ.get("STYLIZER_CROPS")
    budget = f"steps = {crops}" if crops else f"minutes = {float(minutes)}"
    rows, seen = [], []
    splits = _splits(Path(folder), os.environ.get("STYLIZER_UNSEEN"))
    with tempfile.TemporaryDirectory() as temporary:
        runs = Path(os.environ.get("STYLIZER_RUNS") or temporary)
        for number, (practised_on, judged_on) in enumerate(splits):
            job, stylist, kimg = trained(runs / f"network-{number}", practised_on, budget)
            rows += judged_all(runs / f"network-{number}", job, stylist, judged_on)
            speed = pictures_per_second(stylist)
            seen.append(f"{kimg * 1000:,.0f}")
    ratio = float(np.mean([row.network / row.canvas for row in rows]))
    table = "\n".join(
        f"| {row.name} | {row.unchanged:.3f} | {row.network:.3f} | {row.canvas:.3f} | {row.network / row.canvas:.2f} |"
        for row in sorted(rows, key=lambda row: row.name)
    )
    write_section(
        "A stylizer",
        f"""
{_PRACTICE[len(splits)]}{"" if crops else f", {minutes} minutes each"}: {" and ".join(dict.fromkeys(seen))} crops of 160 px,
one at a time. The painting is the café terrace at night, which is not among those that stylizers have practised on when
they begin. Then {SIDE} px photographs that it has not seen: content at relu3_1, weighted 0.2, and style-moments from
relu1_1 to relu4_1.

| photograph | as it is | the network | {STEPS} steps of a canvas | ratio |
|---|---|---|---|---|
{table}

Mean ratio **{ratio:.2f}**, at most 1.5 wanted; **{speed:.1f} pictures/s** at {SIDE}×{SIDE}, at least 8 wanted.
""",
    )


_PRACTICE = {
    1: "A network that practises on a folder of photographs and is judged on another one",
    2: "Two networks that practise on one half of the photographs each, and on four others",
}


def _splits(folder: Path, unseen: str | None) -> list[tuple[list[Path], list[Path]]]:
    """For each network the photographs that it practises on, and those that it is judged on."""
    photos = _photos(folder)
    if unseen:
        return [(photos, _photos(Path(unseen)))]
    return [([*photos[half::2], *_photos(ART / "photos")], photos[1 - half :: 2]) for half in range(2)]


def _photos(folder: Path) -> list[Path]:
    return sorted(folder.resolve().glob("*.jpg"))


def trained(folder: Path, photos: Sequence[Path], budget: str) -> tuple[Job, Stylist, float]:
    """Train on photographs in a folder of their own; the job, what came of it, and thousands of crops seen."""
    if not folder.exists():
        (folder / "photos").mkdir(parents=True)
        for number, photo in enumerate(photos):
            (folder / "photos" / f"{number}-{photo.name}").symlink_to(photo)
        (folder / "job.toml").write_text(JOB.format(painting=PAINTING.as_posix(), budget=budget), encoding="utf-8")
    words = ["run", str(folder / "job.toml"), "--out", str(folder), "--set", "outputs=[]"]
    subprocess.run([sys.executable, "-m", "artgen", *words], check=True)
    run = folder / "stylizer"
    (job,) = read_job(run / "job.lock.toml")
    checkpoint = best_checkpoint(run / "checkpoints")
    assert checkpoint is not None
    return job, open_stylist(job, checkpoint), checkpoint.info.kimg


def judged_all(folder: Path, job: Job, stylist: Stylist, photos: Sequence[Path]) -> list[Judged]:
    """Every photograph; each is kept in the folder and not judged again."""
    rows = []
    for photo in photos:
        kept = folder / f"judged-{photo.stem}.json"
        if not kept.exists():
            row = judged(job, stylist, photo)
            kept.write_text(json.dumps(asdict(row)), encoding="utf-8")
        rows.append(Judged(**json.loads(kept.read_text(encoding="utf-8"))))
    return rows


def judged(job: Job, stylist: Stylist, photo: Path) -> Judged:
    """One photograph."""
    art = read_artwork(photo)
    picture = art.at(*reversed(fitted(art.height, art.width, SIDE)))
    sight = _sight(job)
    demands = _demands(job, sight)
    content = feature_maps(picture, {layer for demand in demands for layer in demand.loss.layers}, sight)

    def look(painted: Tensor) -> tuple[float, Tensor]:
        values, slope = gradient(painted, demands, sight, content=content)
        return sum(demand.weight * float(values[demand.name]) for demand in demands), slope

    brush = take_brush(Canvas(picture.clone()), PaintConfig())
    for _ in range(STEPS):
        brush.step(lambda: _step(brush.canvas, look))
    network = stylist.repaint(picture).clone()  # a tensor of inference mode takes no gradient
    row = Judged(photo.stem, look(picture)[0], look(network)[0], look(brush.result())[0])
    print(row, flush=True)
    return row


def _step(canvas: Canvas, look: Any) -> Tensor:
    loss, slope = look(canvas().picture)
    canvas.take(slope)
    return torch.tensor(loss)


def _sight(job: Job) -> Sight:
    """The job's own backbone: another way of pooling would judge what nobody has practised."""
    assert job.backbone is not None
    return Sight(job.backbone.component.load()(job.backbone.config), contextlib.nullcontext)


def _demands(job: Job, sight: Sight) -> Sequence[Demand]:
    demands = []
    for part in job.losses:
        loss: Any = part.component.load()(part.config)
        style = None
        if images := getattr(part.config, "images", None):
            pictures = [style_picture(read_artwork(Path(image)), SIDE, 1.0) for image in images]
            style = prepared_style(pictures, [], loss, sight)
        demands.append(Demand(part.name, loss, part.config.weight, style))
    return demands


def pictures_per_second(stylist: Stylist) -> float:
    """With as many threads as there are cores, one picture at a time."""
    picture = torch.rand(1, 3, SIDE, SIDE) * 2 - 1
    stylist.repaint(picture)
    began = time.perf_counter()
    for _ in range(PICTURES):
        stylist.repaint(picture)
    return PICTURES / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
