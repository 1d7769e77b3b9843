"""A stylizer practises on paintings, and what it has learned becomes what stylizers begin with.

PRACTISE_PHOTOS=FOLDER PRACTISE_PAINTINGS=FOLDER python -m tests.bench.practise

The job is in `JOB`. Crops are cut from the paintings as well as from the photographs, which count twice. It writes
``artgen/generators/practised.safetensors``, float16, with one style in the middle of those of all paintings, and says
the sha256 that belongs into ``practised.py``; with ``PRACTISE_RUN=FOLDER`` of a run that has ended, it does only that.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from artgen.engine.checkpoint import load_part
from artgen.generators.practised import WEIGHTS
from artgen.runs.checkpoints import best_checkpoint

JOB = """
[job]
name = "practised"
seed = 1
[data]
folder = "content"
size = 160
[generator]
type = "stylizer"
practised = false
[[losses]]
type = "content"
layers = ["relu3_1"]
weight = 0.2
[[losses]]
type = "style-moments"
images = ["paintings/*"]
layers = ["relu1_1", "relu2_1", "relu3_1", "relu4_1"]
scale = 1.6 # of crops of 160 px: the strokes that pictures of 256 px get
[train]
steps = 7833
batch = 1
"""
_OWN = ("norm.scale", "norm.shift", "colors.picture", "colors.mix", "colors.shift")


def main() -> None:
    """Practise, unless that was done, and write the file."""
    done = os.environ.get("PRACTISE_RUN")
    with tempfile.TemporaryDirectory() as name:
        run = Path(done) if done else _practised(Path(name))
        checkpoint = best_checkpoint(run / "checkpoints")
        assert checkpoint is not None
        learned = {name: _of_one_style(name, tensor) for name, tensor in load_part(checkpoint, "ema").items()}
        data = safetensors.torch.save(learned)
    WEIGHTS.write_bytes(data)
    print(f"{checkpoint.info.kimg * 1000:,.0f} crops, {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


def _practised(folder: Path) -> Path:
    """Train in a folder; the run."""
    photos, paintings = (os.environ.get(f"PRACTISE_{what}") for what in ("PHOTOS", "PAINTINGS"))
    if not photos or not paintings:
        sys.exit("PRACTISE_PHOTOS and PRACTISE_PAINTINGS are not set: name a folder each")
    shutil.copytree(paintings, folder / "paintings")
    shutil.copytree(paintings, folder / "content")
    for number in range(2):
        shutil.copytree(photos, folder / "content" / f"photographs-{number}")
    (folder / "job.toml").write_text(JOB, encoding="utf-8")
    words = ["run", str(folder / "job.toml"), "--out", str(folder), "--set", "outputs=[]"]
    subprocess.run([sys.executable, "-m", "artgen", *words], check=True)
    return folder / "practised"


def _of_one_style(name: str, tensor: Tensor) -> Tensor:
    return (tensor.mean(dim=0, keepdim=True) if name.endswith(_OWN) else tensor).to(torch.float16).contiguous()


if __name__ == "__main__":
    main()
