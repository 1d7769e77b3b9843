"""Draws ``methods.webp``, six ways of putting ink on paper, of pictures of artgen-cppn: ``python tests/draw_methods.py``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import interpolate

from artgen_halftone.inks import encoded, linear

CELL_PX, GAP_PX = 300, 6
JOB = """
[job]
name = "cell"
seed = {seed}

[generator]
type = "cppn"
size = 768
{look}

[[outputs]]
type = "halftone"
seeds = "0"
{ink}
"""
ROSETTE = 'symmetry = "rosette"\nfolds = 10\npalette = ["#12263a", "#e8643c", "#f4ead2", "#1b998b"]\ncrisp = 0.6\ndetail = 2.0'
PAPER = 'palette = ["#f4ead2", "#edae49", "#d1495b", "#00798c", "#30475e"]\ncrisp = 0.95\nbands = 1.4'
SATIN = 'palette = ["#f6e7c1", "#e08e45", "#8c2f39", "#3b1c32"]\nrelief = { height = 1.2, gloss = 0.5 }'
MARBLE = 'palette = ["#101010", "#f8f8f8"]\nrelief = { height = 0.8 }\nbands = 1.2'
PLATES = "width_mm = 100\ndpi = 152"
PENS = "width_mm = 100\nmargin_mm = 4"
CELLS = (
    (3, ROSETTE, f'method = "dot"\n{PLATES}\nlpi = 17'),
    (8, PAPER, f'method = "line"\ninks = ["#edae49", "#d1495b", "#1d3557"]\npaper = "#f6f1e4"\n{PLATES}\nlpi = 15'),
    (6, SATIN, f'method = "blue-noise"\ninks = ["#e4572e", "#4b1d3f"]\npaper = "#fbf3e0"\n{PLATES}'),
    (4, SATIN, f'method = "spiral"\ninks = ["#7b1e4b"]\npaper = "#fdf6ee"\n{PENS}\npen_mm = 0.5\nspacing_mm = 1.5'),
    (2, MARBLE, f'method = "stipple"\ninks = "black"\n{PENS}\npen_mm = 0.5\nmost = 6000'),
    (6, SATIN, f'method = "hatch"\ninks = ["#1d3557"]\npaper = "#faf7f2"\n{PENS}\npen_mm = 0.45\nspacing_mm = 1.0'),
)


def main() -> None:
    """Draw each cell by a job of its own and put them side by side."""
    columns = len(CELLS) // 2
    sheet = Image.new("RGB", (columns * (CELL_PX + GAP_PX) + GAP_PX, 2 * (CELL_PX + GAP_PX) + GAP_PX), "white")
    for index, cell in enumerate(CELLS):
        row, column = divmod(index, columns)
        place = (GAP_PX + column * (CELL_PX + GAP_PX), GAP_PX + row * (CELL_PX + GAP_PX))
        sheet.paste(_drawn(*cell), place)
    sheet.save(Path(__file__).parents[1] / "methods.webp", quality=80, method=6)


def _drawn(seed: int, look: str, ink: str) -> Image.Image:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "job.toml").write_text(JOB.format(seed=seed, look=look, ink=ink), encoding="utf-8")
        subprocess.run([sys.executable, "-m", "artgen", "run", "job.toml", "--quiet"], cwd=folder, check=True)
        (drawn,) = (folder / "runs" / "cell" / "artifacts" / "halftone").glob("seed-??????.png")
        with Image.open(drawn) as picture:
            return _smaller(np.asarray(picture.convert("RGB")))


def _smaller(dots: np.ndarray) -> Image.Image:
    """Dots as they look from afar: their light is added up, not the numbers that stand for it."""
    light = torch.from_numpy(linear(dots / 255.0)).permute(2, 0, 1)[None]
    light = interpolate(light, (CELL_PX, CELL_PX), mode="bilinear", antialias=True)
    return Image.fromarray((encoded(light[0].permute(1, 2, 0).numpy()) * 255).round().astype(np.uint8))


if __name__ == "__main__":
    main()
