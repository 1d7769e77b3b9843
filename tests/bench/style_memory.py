"""What a step of painting takes of the memory, each size in a process of its own.

Without tiles it is set against the floor: what torch would keep of the layers in use for the way back. With tiles a
canvas of 24 megapixels takes a step in 8 GB in all; that takes minutes on a CPU.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import torch

from artgen.backbones.vgg16 import VGG16
from artgen.engine.paint.memory import choose_plan, measured_step
from tests.bench.section import write_section
from tests.bench.style import SMOOTH, Easel
from tests.bench.table import peak_bytes

WHOLE = (1024, 1024)
LARGE = (4000, 6000)
ALLOWED_BYTES = 8 * 10**9
COPIES = 5
"""Of a canvas: its pixels, Adam's two moments, the running mean, and the picture as a step sees it."""


def floor_bytes(easel: Easel, height: int, width: int) -> int:
    """Outputs of all convolutions down to the deepest layer in use, and of the poolings before them, in float32."""
    widths = {name: layer.weight.shape[0] for name, layer in VGG16().convolutions.items()}
    strides = VGG16.strides
    total = 0
    names = list(strides)
    for before, name in zip(
        [names[0], *names], names[: 1 + max(names.index(layer) for layer in easel.layers)], strict=False
    ):
        places = (height // strides[name]) * (width // strides[name])
        pooled = widths[before] if strides[name] != strides[before] else 0
        total += 4 * places * (widths[name] + pooled)
    return total


def measure(height: int, width: int, allowed_bytes: int) -> dict[str, float]:
    """Take a step in this process; with `allowed_bytes` of memory as the plan has it, without any in one piece."""
    small = Easel("gram-style", 64, 64)
    small.step()
    tile_px = 0
    if allowed_bytes:
        losses = [demand.loss for demand in small.demands]

        def measured():
            return measured_step(losses, [SMOOTH], small.sight, small.device, copies=COPIES)

        tile_px = choose_plan(height, width, measured, allowed_bytes).tile_px
    before = peak_bytes(small.device)
    easel = Easel("gram-style", height, width, tile_px=tile_px)
    began = time.perf_counter()
    easel.step()
    if easel.device.type == "cuda":
        torch.cuda.synchronize()
    return {
        "before": before,
        "peak": peak_bytes(easel.device),
        "floor": floor_bytes(easel, height, width),
        "tile_px": tile_px,
        "seconds": time.perf_counter() - began,
    }


def _in_process(height: int, width: int, allowed_bytes: int = 0) -> dict[str, float]:
    words = [sys.executable, "-m", "tests.bench.style_memory", json.dumps([height, width, allowed_bytes])]
    told = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(told.splitlines()[-1])


def main() -> None:
    """Take both steps, and write the section."""
    whole = _in_process(*WHOLE)
    print(whole, flush=True)
    large = _in_process(*LARGE, ALLOWED_BYTES)
    print(large, flush=True)
    pixels = WHOLE[0] * WHOLE[1]
    taken = whole["peak"] - whole["before"]
    device = "CUDA" if torch.cuda.is_available() else "CPU"
    write_section(
        f"Memory of a step of painting, {device}",
        f"""
VGG-16 with average pooling; content, gram-style, total variation. The floor is what torch keeps in float32 of the layers
in use. Peak memory is that {"on the GPU" if device == "CUDA" else "of the whole process, python and torch included"}.

| what | memory | against | target |
|---|---|---|---|
| {WHOLE[1]}×{WHOLE[0]} px without tiles, beyond what a 64 px canvas takes | {taken / pixels:.0f} bytes a pixel \
| floor, {whole["floor"] / pixels:.0f}: **{taken / whole["floor"]:.2f}** | at most 1.3 |
| {LARGE[1]}×{LARGE[0]} px in tiles of {large["tile_px"]:.0f} px, {large["seconds"]:.0f} s a step \
| **{large["peak"] / 10**9:.2f} GB** in all | {ALLOWED_BYTES / 10**9:.0f} GB | at most 8 GB |
""",
    )


if __name__ == "__main__":
    print(json.dumps(measure(*json.loads(sys.argv[1]))))
