"""As a user meets it: installed, named in a job, run by the command."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from artgen.cli.group import run as artgen

from conftest import MODEL, write_pictures

PLUGIN = Path(__file__).parents[1]

GAN = """
outputs = []

[job]
name = "faces"

[data]
folder = "pictures"
size = 32

[generator]
type = "dcgan"
latent = 8
width = 4

[discriminator]
type = "dcgan"
width = 4

[backbone]
type = "timm"
model = "test_resnet"
weights = "tiny.safetensors"

[[losses]]
type = "adversarial"

[[losses]]
type = "style-moments"
images = ["paintings/0.png"]
layers = ["act1", "layer1"]

[train]
steps = 2
batch = 4
device = "cpu"

[quality]
during = 0
final = 0
"""


@pytest.fixture
def desk(tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with pictures, paintings and weights, in which artgen works."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    write_pictures(tmp_path / "pictures", 8, 32, 0)
    write_pictures(tmp_path / "paintings", 1, 96, 1)
    write_pictures(tmp_path / "photos", 1, 96, 2)
    (tmp_path / "tiny.safetensors").write_bytes(weights.read_bytes())
    return tmp_path


def test_it_is_found_by_its_entry_point_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    found = importlib.metadata.entry_points(group="artgen")
    own = [entry.value for entry in found if entry.dist and entry.dist.name == "artgen-timm"]
    assert own == ["artgen_timm.plugin"]
    assert artgen(["plugins", "show", "timm", "--json"]) == 0
    (component,) = json.loads(capsys.readouterr().out)["components"]
    assert {"model", "weights", "sha256", "background"} <= set(component["options"])


def test_listing_it_and_reading_a_job_import_nothing_heavy() -> None:
    code = """
import sys
from artgen.plugins import plugin_manager
import artgen_timm.config
assert "timm" in plugin_manager().registry.names("backbone")
print({"torch", "numpy", "PIL", "timm", "huggingface_hub"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_job_of_the_readme_paints_the_same_bytes_twice_and_notes_its_weights(desk: Path) -> None:
    job = (PLUGIN / "job.toml").read_text()
    assert job in (PLUGIN / "README.md").read_text()
    (desk / "job.toml").write_text(job)
    toy = [
        "generator.size=64",
        "paint.steps=3",
        "paint.refine_steps=2",
        "paint.device=cpu",
        'backbone.model="test_resnet"',
    ]
    sets = [word for value in (*toy, 'backbone.weights="tiny.safetensors"') for word in ("--set", value)]
    pictures = []
    for out in ("one", "two"):
        assert artgen(["run", "job.toml", "--quiet", "--out", out, *sets]) == 0
        (picture,) = (desk / out / "castle-through-resnet" / "artifacts" / "images").glob("*.png")
        pictures.append(picture.read_bytes())
    assert pictures[0] == pictures[1]
    (noted,) = json.loads((desk / "one" / "castle-through-resnet" / "backbone.json").read_text())
    assert noted["sha256"] == hashlib.sha256((desk / "tiny.safetensors").read_bytes()).hexdigest()
    assert (noted["model"], noted["source"]) == (MODEL, "tiny.safetensors")


def test_a_generator_learns_a_style_through_it(desk: Path) -> None:
    (desk / "job.toml").write_text(GAN)
    assert artgen(["run", "job.toml", "--quiet"]) == 0
    rows = [json.loads(line) for line in (desk / "runs" / "faces" / "metrics.jsonl").read_text().splitlines()]
    assert any(row.get("loss/style-moments/generator", 0) > 0 for row in rows), rows


SHEET = """
[[outputs]]
type = "likeness-sheet"
name = "alike"
model = "test_resnet"
weights = "tiny.safetensors"
layers = ["layer3"]
"""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            ('"test_resnet"', '"test_resnett"'),
            r"{}: \[outputs.alike\] timm has no network 'test_resnett'; Did you mean test_",
        ),
        (('"test_resnet"', '"test_vit"'), r"{}: \[outputs.alike\] a sheet cannot look through 'test_vit'"),
        (("layer3", "layer5"), r"{}: \[outputs.alike\] test_resnet has no layer 'layer5' with feature maps"),
    ],
)
def test_what_a_sheet_cannot_look_through_is_told_where_the_job_is_checked(
    said: tuple[str, str], told: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, _, behind = GAN.replace("outputs = []", "").partition("[backbone]")
    job = f"{before}[train]{behind.partition('[train]')[2]}{SHEET}"
    (desk / "job.toml").write_text(job)
    assert artgen(["check", "job.toml"]) == 0
    wrong = job.replace(*said)
    (desk / "job.toml").write_text(wrong)
    (line,) = (number for number, text in enumerate(wrong.splitlines(), 1) if said[1] in text)
    for command in ("check", "run"):
        capsys.readouterr()
        assert artgen([command, "job.toml"]) == 2
        assert re.search(told.format(f"job.toml:{line}"), capsys.readouterr().err)
    assert not (desk / "runs").exists()


def test_pictures_that_are_all_but_the_same_are_most_like_each_other(desk: Path) -> None:
    job = GAN.replace("outputs = []", "") + SHEET
    (desk / "job.toml").write_text(job + 'seeds = "0-3"\ntruncation = 0.0\n')
    assert artgen(["run", "job.toml", "--quiet"]) == 0
    told = json.loads((desk / "runs" / "faces" / "artifacts" / "alike" / "likeness.json").read_text())
    for one in told["pictures"]:
        assert one["most_like"] != one["seed"]
        assert one["distance"] < 0.01


def test_a_sheet_is_sorted_by_likeness_and_tells_the_distances(desk: Path) -> None:
    sheet = """
[[outputs]]
type = "likeness-sheet"
seeds = "0-11"
model = "test_resnet"
weights = "tiny.safetensors"
"""
    (desk / "job.toml").write_text(GAN.replace("outputs = []", "") + sheet)
    assert artgen(["run", "job.toml", "--quiet"]) == 0
    folder = desk / "runs" / "faces" / "artifacts" / "likeness-sheet"
    told = json.loads((folder / "likeness.json").read_text())
    assert sorted(told["order"]) == list(range(12))
    assert told["order"] != list(range(12))
    assert told["layers"] == ["layer3", "layer4"]
    for one in told["pictures"]:
        assert one["most_like"] != one["seed"]
        assert one["distance"] > 0
        assert one["nearest_training"] > 0
    first = (folder / "sheet.png").read_bytes()
    assert artgen(["show", str(folder / "sheet.png")]) == 0
    assert len(json.loads((desk / "runs" / "faces" / "backbone.json").read_text())) == 1
    (folder / "sheet.png").unlink()
    assert artgen(["run", "job.toml", "--quiet"]) == 0
    assert (folder / "sheet.png").read_bytes() == first


def test_a_layer_that_it_has_not_is_told_before_anything_is_painted(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "job.toml").write_text(GAN.replace('"layer1"', '"relu3_1"'))
    assert artgen(["run", "job.toml", "--quiet"]) == 1
    told = capsys.readouterr().err
    assert re.search(r"test_resnet has no layer 'relu3_1'", told), told
    assert "act1, layer1" in told
