"""A run is measured, by the command and as an output, as torch-fidelity measures folders of the same pictures."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from artgen.cli.group import run as artgen
from artgen.data.cache import open_pictures
from artgen.data.config import DataConfig
from artgen.quality.exam import Exam
from PIL import Image

from artgen_fid.distances import frechet
from artgen_fid.features import features
from artgen_fid.inception import open_inception
from artgen_fid.measure import caution, painted_as
from artgen_fid.weights import open_weights
from conftest import FAKE, IMAGES, JOB, REAL, torch_fidelity, write_pictures

RUN = Path("runs/tiny")
DRAW = ["--count", str(FAKE), "--batch", "5"]


@pytest.fixture(scope="module")
def measured(desk: Path, weights: Path) -> dict[str, Any]:
    """What the command tells of the run."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert artgen(["fid", str(desk / RUN), "--weights", str(weights), "--json", *DRAW]) == 0
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_it_agrees_with_torch_fidelity_on_folders_of_the_same_pictures(weights: Path, measured: dict[str, Any]) -> None:
    fakes = RUN / "artifacts" / "images"
    draw = min(REAL, FAKE) * 9 // 10
    with torch_fidelity() as theirs:
        wanted = theirs.calculate_metrics(
            input1="pictures",
            input2=str(fakes),
            feature_extractor_weights_path=str(weights.with_suffix(".pth")),
            fid=True,
            feature_layer_fid="768",  # of 2,048 features its own eigenvalues take more than a minute
            kid=True,
            kid_subset_size=draw,
            samples_shuffle=False,
            cuda=False,
            cache=False,
            verbose=False,
            batch_size=7,
            save_cpu_ram=True,
        )
    assert measured["kid_subset_size"] == draw
    assert measured["kid"] == pytest.approx(wanted["kernel_inception_distance_mean"], rel=1e-3)
    assert measured["kid_std"] == pytest.approx(wanted["kernel_inception_distance_std"], rel=1e-3)
    network = open_inception(open_weights(weights), "cpu", "768")
    seen = [
        features((np.asarray(Image.open(path).convert("RGB")) for path in paths), network, 4, premultiplied=False)
        for paths in (sorted(Path("pictures").glob("*.png")), sorted(fakes.glob("*.png")))
    ]
    assert [len(some) for some in seen] == [REAL, FAKE]
    assert frechet(*seen) == pytest.approx(wanted["frechet_inception_distance"], rel=1e-3)


def test_figures_are_told_and_kept_with_what_they_depend_on(
    desk: Path, weights: Path, measured: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert measured["fid"] > 0
    assert measured["against"] == "the training pictures"
    assert (measured["pictures"], measured["real_pictures"]) == (FAKE, REAL)
    write_pictures(desk / "others", 4, 1)
    assert artgen(["fid", str(RUN), "--weights", str(weights), "--against", "others", *DRAW]) == 0
    told = capsys.readouterr()
    assert "FID " in told.out
    assert "4 real ones (other pictures)" in told.out
    assert "mostly bias" in told.err
    first, second = json.loads((RUN / "fid.json").read_text())
    assert first == measured
    assert second["fid"] != first["fid"]
    assert second["checkpoint"] == first["checkpoint"]


def test_as_an_output_it_measures_the_same(desk: Path, weights: Path, measured: dict[str, Any]) -> None:
    job = f'{JOB}{IMAGES}\n[[outputs]]\ntype = "fid"\ncount = {FAKE}\nbatch = 5\nweights = "{weights}"\n'
    (desk / "job.toml").write_text(job)
    (RUN / "fid.json").unlink()
    assert artgen(["run", "job.toml", "--quiet"]) == 0
    (again,) = json.loads((RUN / "fid.json").read_text())
    assert again == measured
    told = (RUN / "artifacts" / "fid" / "fid.txt").read_text()
    assert told.startswith(f"tiny: FID {measured['fid']:.2f}, KID ")
    assert f"kid_std: {measured['kid_std']}" in told


def test_classes_are_painted_as_often_as_the_real_pictures_have_them(desk: Path, weights: Path) -> None:
    for name, count in (("many", 6), ("few", 1)):
        write_pictures(desk / "in-classes" / name, count, count)
    job = JOB.replace('"pictures"', '"in-classes"\nclasses = true').replace('"tiny"', '"classy"')
    (desk / "classy.toml").write_text(job)
    assert artgen(["run", "classy.toml", "--quiet"]) == 0
    assert artgen(["fid", "runs/classy", "--weights", str(weights), *DRAW]) == 0
    (told,) = json.loads(Path("runs/classy/fid.json").read_text())
    with open_pictures(DataConfig(folder=desk / "in-classes", size=16, classes=True)) as real:
        as_exam = Exam(real.array, labels=real.labels).classes(200)
        assert painted_as(200, real.names, real.classes) == as_exam
    assert told["classes"] == Counter(real.classes[label] for label in as_exam[:FAKE])
    assert as_exam.count(1) > 150
    elsewhere = painted_as(200, ["0.png", "many/1.png"], real.classes)
    assert 70 < elsewhere.count(1) < 130
    assert painted_as(200, real.names, ()) is None


def test_transparent_and_grey_pictures_are_seen_over_white_and_as_three_channels(weights: Path) -> None:
    network = open_inception(open_weights(weights), "cpu", "64")

    def of(picture: np.ndarray, premultiplied: bool = False) -> torch.Tensor:
        return features([picture], network, 1, premultiplied=premultiplied)

    chance = np.random.default_rng(0)
    color = chance.integers(0, 256, (20, 24, 3), np.uint8)
    clear = np.dstack([color, np.full((20, 24), 255, np.uint8)])
    assert torch.equal(of(clear), of(color))
    clear[:10, :, 3] = 0
    white = color.copy()
    white[:10] = 255
    assert torch.equal(of(clear), of(white))
    clear[:10, :, :3] = 0
    assert torch.equal(of(clear, premultiplied=True), of(white))
    assert torch.equal(of(color[:, :, :1]), of(np.repeat(color[:, :, :1], 3, axis=2)))


@pytest.mark.parametrize(
    ("pictures", "real", "says"),
    [(500, 20_000, "mostly bias"), (20_000, 2000, "mostly bias"), (5000, 20_000, "leans upward"), (10_000, 10_000, "")],
)
def test_a_fid_of_few_pictures_is_told_for_what_it_is(pictures: int, real: int, says: str) -> None:
    told = caution({"pictures": pictures, "real_pictures": real})
    assert says in told if says else not told


@pytest.mark.usefixtures("desk")
def test_training_pictures_that_are_gone_are_an_error_that_names_the_way_out(
    weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.move("pictures", "elsewhere")
    try:
        assert artgen(["fid", str(RUN), "--weights", str(weights), *DRAW]) == 3
        assert "--against FOLDER" in capsys.readouterr().err
    finally:
        shutil.move("elsewhere", "pictures")


def test_asking_for_help_imports_nothing_heavy() -> None:
    code = """
import sys
from artgen.cli.group import run
assert run(["fid", "--help"]) == 0
print({"torch", "numpy", "PIL", "torch_fidelity"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"
    assert "--against" in done.stdout
