"""How fast `stylegan-lite` trains, and what memory it takes: 64, 128 and 256 px, each in a process of its own.

All of artgen's loop: pictures from the cache, style mixing, DiffAugment, lazy R1, the moving average. On a GPU with the
published widths, on a CPU with those of `preset:auto`.
"""

from __future__ import annotations

import dataclasses
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from artgen.data.cache import open_pictures
from artgen.data.sample import Stream
from artgen.engine.state import TrainState
from artgen.engine.train import train
from artgen.runs.metrics import MetricsLog
from tests.bench.flops import CountedFlops
from tests.bench.loop import RowsOnly
from tests.bench.section import write_section
from tests.bench.stylegan import PROCESSOR_WIDTH, R1_EVERY, stylegan_job

PEAK_BF16 = {
    "NVIDIA H200": 989e12,
    "NVIDIA H100 80GB HBM3": 989e12,
    "NVIDIA A100-SXM4-40GB": 312e12,
    "NVIDIA A100-SXM4-80GB": 312e12,
    "NVIDIA A100-PCIE-40GB": 312e12,
    "NVIDIA A100 80GB PCIe": 312e12,
}
"""Multiplications and additions per second by the name of the device, without sparsity, from NVIDIA's data sheets."""


@dataclass(frozen=True)
class Row:
    """What one process trains."""

    side: int
    batch: int
    width: float
    warm_up: int
    """Steps before the clock starts."""
    steps: int
    """A multiple of 16, so that penalty steps count as often as they come."""
    path_length: bool = False
    target: str = ""


@dataclass(frozen=True)
class Speed:
    """What it was seen to do."""

    images_per_s: float
    peak_bytes: int
    flops_per_image: float | None


ON_CPU = (
    Row(64, 32, PROCESSOR_WIDTH, 1, R1_EVERY),
    Row(128, 32, PROCESSOR_WIDTH, 1, R1_EVERY),
    Row(256, 16, PROCESSOR_WIDTH, 1, R1_EVERY),
)
ON_GPU = (
    Row(64, 32, 1.0, 32, 8 * R1_EVERY),
    Row(128, 32, 1.0, 32, 8 * R1_EVERY),
    Row(256, 32, 1.0, 32, 8 * R1_EVERY, target="at least 400 on an H200"),
    Row(256, 32, 1.0, 32, 8 * R1_EVERY, path_length=True),
)


def measure(row: Row) -> Speed:
    """Train, in this process."""
    job = stylegan_job(row.side, row.batch, row.width, path_length=row.path_length)
    state = TrainState.build(job, job.data.shape)
    with tempfile.TemporaryDirectory() as folder:
        pictures = open_pictures(job.data, workers=1, cache_folder=Path(folder) / "cache")
        stream = Stream(pictures, job.job.seed, job.data.mirror, state.device)
        journal = RowsOnly(MetricsLog(Path(folder) / "metrics.jsonl", step=0))

        def train_on(steps: int) -> float:
            """Seconds by the clock of so many further steps."""
            end = state.step + steps
            config = job.train.model_copy(update={"steps": end, "checkpoint_steps": end})
            began = time.perf_counter()
            train(state, stream, config, job.job.seed, journal)
            if state.device.type == "cuda":
                torch.cuda.synchronize(state.device)
            return time.perf_counter() - began

        train_on(row.warm_up)
        images_per_s = row.steps * row.batch / train_on(row.steps)
        peak = peak_bytes(state.device)  # before counting, which keeps more
        flops_per_image = None
        if _device_name(state.device) in PEAK_BF16:
            with CountedFlops() as counted:
                train_on(R1_EVERY)
            flops_per_image = counted.total / (R1_EVERY * row.batch)
    return Speed(images_per_s, peak, flops_per_image)


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"


def peak_bytes(device: torch.device) -> int:
    """The most that was held: on the GPU, or by this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    status = Path("/proc/self/status")
    if status.exists():  # there `ru_maxrss` begins with what the process held that started this one
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # in bytes on macOS


def _in_process(row: Row) -> Speed:
    words = [sys.executable, "-m", "tests.bench.table", json.dumps(dataclasses.asdict(row))]
    told = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Speed(**json.loads(told.splitlines()[-1]))


def main() -> None:
    """Train each size, and write the section."""
    on_gpu = torch.cuda.is_available()
    name = torch.cuda.get_device_name() if on_gpu else "CPU"
    rows = []
    for row in ON_GPU if on_gpu else ON_CPU:
        line = _line(row, _in_process(row), PEAK_BF16.get(name))
        print(line, flush=True)
        rows.append(line)
    memory = "on the GPU" if on_gpu else f"of the process, {torch.get_num_threads()} threads"
    write_section(
        f"How fast stylegan-lite trains, {name}",
        f"""
artgen's whole loop by the clock: pictures from the cache, style mixing, DiffAugment, R1 every {R1_EVERY} steps, moving
average. Peak memory is that {memory}.

| px | batch | width | path length | img/s | peak memory | share of the bf16 peak | target |
|---|---|---|---|---|---|---|---|
"""
        + "\n".join(rows),
    )


def _line(row: Row, speed: Speed, peak_flops: float | None) -> str:
    share = "–"
    if speed.flops_per_image and peak_flops:
        share = f"{100 * speed.flops_per_image * speed.images_per_s / peak_flops:.1f} %"
    return (
        f"| {row.side} | {row.batch} | {row.width:g} | {'on' if row.path_length else 'off'} "
        f"| **{speed.images_per_s:.1f}** | {speed.peak_bytes / 2**30:.2f} GiB | {share} | {row.target} |"
    )


if __name__ == "__main__":
    print(json.dumps(dataclasses.asdict(measure(Row(**json.loads(sys.argv[1]))))))
