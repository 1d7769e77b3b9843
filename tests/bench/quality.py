"""The emoji faces against the frozen reference in the same minutes, three seeds each; writes ``docs/quality.md``.

``python -m tests.bench.quality [--minutes-cap N]`` goes on where it stopped: each finished run is a line in
``.quality/results.json``. The reference gets the minutes of training that artgen's run with the same seed took.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from artgen.data.cache import open_pictures
from artgen.engine.painting import open_sampler
from artgen.job import read_job
from artgen.quality.exam import Exam
from artgen.runs.checkpoints import best_checkpoint
from tests.bench.__main__ import where_and_when

HERE = Path(__file__).parents[2]
JOB = HERE / "gallery" / "01-emoji-faces" / "job.toml"
WORK = HERE / ".quality"
RESULTS = WORK / "results.json"
PAGE = HERE / "docs" / "quality.md"
SEEDS = (1, 2, 3)
PICTURES = 1000


def main() -> None:
    """Do what is missing, then write the table."""
    WORK.mkdir(exist_ok=True)
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    (job,) = read_job(JOB)
    exam = Exam(open_pictures(job.data).array)
    for seed in SEEDS:
        for name, measure in (("artgen", _artgen), ("reference", _reference)):
            key = f"{name} {seed}"
            if key not in results:
                print(f"{key} …", flush=True)
                results[key] = measure(seed, exam, results)
                RESULTS.write_text(json.dumps(results, indent=1))
            print(key, results[key], flush=True)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(_page(results), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(HERE)}")


def _artgen(seed: int, exam: Exam, _results: dict[str, Any]) -> dict[str, Any]:
    arguments = [f"job.seed={seed}", f'job.name="faces-{seed}"', "outputs=[]", "quality.final=0", "quality.during=0"]
    sets = [word for argument in arguments for word in ("--set", argument)]
    subprocess.run([sys.executable, "-m", "artgen", "run", str(JOB), "--out", str(WORK), *sets], check=True)
    run = WORK / f"faces-{seed}"
    (job,) = read_job(run / "job.lock.toml")
    checkpoint = best_checkpoint(run / "checkpoints")
    assert checkpoint is not None
    pictures = np.stack(list(open_sampler(job, checkpoint).at_seeds(range(PICTURES))))
    return {"minutes": checkpoint.state["seconds"] / 60, "kimg": checkpoint.info.kimg, **_measured(exam, pictures)}


def _reference(seed: int, exam: Exam, results: dict[str, Any]) -> dict[str, Any]:
    minutes = results[f"artgen {seed}"]["minutes"]
    out = WORK / f"reference-{seed}"
    shutil.rmtree(out, ignore_errors=True)
    script = Path(__file__).with_name("reference_dcgan.py")
    folder = JOB.parent / "pictures"
    words = [script, folder, 64, minutes, out, 24, PICTURES, seed]
    told = subprocess.run([sys.executable, *map(str, words)], check=True, capture_output=True, text=True).stdout
    pictures = np.stack([np.asarray(Image.open(path)) for path in sorted(out.glob("*.png"))])
    steps = int(told.split(",")[1].split()[0])
    return {"minutes": minutes, "kimg": steps * 32 / 1000, **_measured(exam, pictures)}


def _measured(exam: Exam, pictures: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> dict[str, list[float]]:
    return {name: [m.value, m.low, m.high] for name, m in exam.measure(pictures).items()}


def _page(results: dict[str, Any]) -> str:
    rows = []
    for key, row in results.items():
        kid, low, high = row["kid_vgg"]
        rows.append(
            f"| {key} | {row['minutes']:.1f} | {row['kimg']:.0f} | {kid:.4f} [{low:.4f}, {high:.4f}] "
            f"| {row['swd'][0]:.4f} | {row['diversity'][0]:.2f} | {row['nearest'][0]:.2f} |"
        )
    means = {name: np.mean([r["kid_vgg"][0] for k, r in results.items() if k.startswith(name)]) for name in _NAMES}
    told = ", ".join(f"{name} {mean:.4f}" for name, mean in means.items())
    return _TEXT.format(where=where_and_when(), rows="\n".join(rows), means=told, pictures=PICTURES)


_NAMES = ("artgen", "reference")
_TEXT = """# Quality of the emoji faces

    nox -s quality

`gallery/01-emoji-faces` with three seeds, and the frozen reference (`tests/bench/reference_dcgan.py`, the smallest
DCGAN with differentiable augmentation that works on a small folder) with as many minutes of training on the same
machine. {pictures} pictures each.

Measured on {where}.

| run | minutes | kimg | kid_vgg [95 %] | swd | diversity | nearest |
|---|---|---|---|---|---|---|
{rows}

Mean kid_vgg: {means}.

- **kid_vgg**: kernel distance to the real pictures on VGG-16 features, lower is better; at most 0.03 is wanted.
- **swd**: sliced Wasserstein distance on patches of a Laplacian pyramid, which looks at no network; lower is better.
- **diversity**: mean distance between pictures over the real pictures' own; at least 0.8 is wanted.
- **nearest**: mean distance to the nearest training picture over the real pictures' own leave-one-out distance; copies
  of the training pictures have 0, at least 0.5 is wanted.
"""


if __name__ == "__main__":
    main()
