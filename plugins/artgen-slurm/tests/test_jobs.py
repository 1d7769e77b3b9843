"""Whole jobs through Slurm: the same bytes as by the launcher that is always there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from artgen import testing
from artgen.cli.group import run as artgen

PICTURES = Path(testing.__file__).parent / "pictures"
JOB = """
[job]
name = "faces"

[data]
folder = "pictures"
size = 16

[generator]
type = "dcgan"
latent = 8
width = 4

[discriminator]
type = "dcgan"
width = 4

[train]
steps = 4
batch = 4
device = "cpu"
precision = "fp32"

[quality]
during = 0
final = 0

[[outputs]]
type = "images"
seeds = "0-8"

[[outputs]]
type = "interpolation"
seconds = 9
seeds = "0-1"
scale = 1

[launcher]
type = "{launcher}"
shards = 3
{options}
"""


@pytest.mark.slow
@pytest.mark.usefixtures("slurm")
def test_a_job_whose_outputs_are_cut_into_shards_is_the_same_by_slurm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = {}
    for launcher in ("local", "slurm"):
        folder = tmp_path / launcher
        folder.mkdir()
        shutil.copytree(PICTURES, folder / "pictures")
        (folder / "job.toml").write_text(
            JOB.format(launcher=launcher, options="cores = 1\npoll_s = 0.5" if launcher == "slurm" else "")
        )
        assert artgen(["run", str(folder / "job.toml"), "--jobs", "2"]) == 0, capsys.readouterr().err
        run = folder / "runs" / "faces"
        files = [path for path in (run / "artifacts").rglob("*") if path.suffix in {".png", ".mp4"}]
        left[launcher] = {path.relative_to(run).as_posix(): path.read_bytes() for path in files}
        assert (run / "logs" / "output@images@2of3.log").is_file()
        shards = {path.name for path in (run / "tasks").iterdir()}
        assert len([name for name in shards if "of3" in name]) == 6
    assert len(left["slurm"]) == 10
    assert left["slurm"] == left["local"]
