"""How long a whole canvas takes with the defaults, and how near it comes to what four times the steps reach.

python -m tests.bench canvas              # 256 and 512 px; hours on a CPU
CANVAS_PX=256 python -m tests.bench canvas

``CANVAS_RUNS`` names a folder to paint in, from which the same command goes on where it was stopped; the minutes are then
those of its last call.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from artgen.engine.config import PaintConfig
from artgen.job import read_job
from artgen.launch.options import RunOptions
from artgen.launch.tasks import do_task
from artgen.plugins import plugin_manager
from artgen.runs.canvases import finished_canvases
from artgen.runs.open import open_run
from artgen.runs.progress import open_progress
from tests.bench.section import write_section

ROOT = Path(__file__).parents[2]
ART = ROOT / "gallery" / "06-castle-in-arles"
LIMIT_MINUTES = {256: 3, 512: 15}
TIMES = 4
JOB = """
[job]
name = "canvas"
[generator]
type = "canvas"
content = ["photos/astronaut.jpg"]
[[losses]]
type = "content"
[[losses]]
type = "style-moments"
images = ["paintings/cafe-terrace-at-night.webp"]
[[losses]]
type = "total-variation"
"""


def painted(folder: Path, size: int, times: int) -> tuple[float, float]:
    """Paint one canvas with so many times the default steps; seconds and the weighted loss at its end."""
    defaults = PaintConfig()
    sets = [
        f"generator.size={size}",
        f"paint.steps={defaults.steps * times}",
        f"paint.refine_steps={defaults.refine_steps * times}",
    ]
    (job,) = read_job(folder / "job.toml", sets=sets)
    plugins, progress = plugin_manager(), open_progress("quiet")
    options = RunOptions(out=folder / f"{size}-{times}")
    with open_run(job, options, fingerprints={}, plugins=plugins, warn=print) as run:
        began = time.perf_counter()
        do_task("paint", run, None, progress, plugins)
        seconds = time.perf_counter() - began
        (canvas,) = finished_canvases(run.canvases).values()
    weights = {loss.name: loss.config.weight for loss in job.losses}
    return seconds, sum(weights[name] * value for name, value in canvas.losses.items())


def main() -> None:
    """Paint each size twice, and write the section."""
    sizes = [int(os.environ["CANVAS_PX"])] if "CANVAS_PX" in os.environ else list(LIMIT_MINUTES)
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(os.environ.get("CANVAS_RUNS") or temporary)
            for part in ("photos", "paintings"):
                shutil.copytree(ART / part, folder / part, dirs_exist_ok=True)
            (folder / "job.toml").write_text(JOB, encoding="utf-8")
            seconds, loss = painted(folder, size, 1)
            print(f"{size} px: {seconds:.0f} s, loss {loss:.4f}", flush=True)
            _, best = painted(folder, size, TIMES)
        limit = LIMIT_MINUTES.get(size, 0)
        rows.append(
            f"| {size} px | **{seconds / 60:.1f}** | {limit} | {loss:.4f} | {best:.4f} | **{loss / best:.3f}** |"
        )
    table = "\n".join(rows)
    write_section(
        f"A whole canvas, {' and '.join(map(str, sizes))} px",
        f"""
A photograph in the manner of a painting, with the defaults of `canvas`, `content`, `style-moments` and
`total-variation`.

| long side | minutes | at most | weighted loss at the end | with {TIMES} times the steps | ratio, at most 1.1 |
|---|---|---|---|---|---|
{table}
""",
    )


if __name__ == "__main__":
    main()
