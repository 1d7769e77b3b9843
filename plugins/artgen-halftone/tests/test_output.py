"""As a user meets it: named in a job, run by the command."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from artgen.cli.group import run as artgen
from PIL import Image

from artgen_halftone.output import covered

LATENT = """
[job]
name = "tiny"
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
[train]
steps = 1
batch = 4
device = "cpu"
[quality]
during = 0
final = 0
"""
CANVAS = """
[job]
name = "tiny"
[generator]
type = "canvas"
size = 64
[[losses]]
type = "gram-style"
images = ["pictures/church-at-auvers.png"]
[paint]
steps = 1
smallest = 64
device = "cpu"
"""
PRINT = """
[[outputs]]
type = "halftone"
width_mm = 20
dpi = 150
lpi = 20
"""


def folder(desk: Path) -> Path:
    return desk / "runs" / "tiny" / "artifacts" / "halftone"


def test_listing_it_imports_nothing_heavy() -> None:
    code = "import sys, artgen_halftone.plugin, artgen_halftone.config; print({'torch', 'numpy', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_plates_have_one_bit_and_their_size_in_print(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "job.toml").write_text(LATENT + PRINT + 'seeds = "3,5"\n')
    assert artgen(["run", "job.toml"]) == 0
    made = sorted(path.name for path in folder(desk).glob("seed*"))
    plates = [f"seed-00000{seed}-{ink}.png" for seed in (3, 5) for ink in ("black", "cyan", "magenta", "yellow")]
    assert made == sorted([*plates, "seed-000003.png", "seed-000005.png"])
    with Image.open(folder(desk) / "seed-000003-cyan.png") as plate:
        assert (plate.mode, plate.size) == ("1", (118, 118))
        assert plate.info["dpi"] == pytest.approx((150, 150), abs=0.1)
    capsys.readouterr()
    assert artgen(["show", str(folder(desk) / "seed-000003-cyan.png"), "--json"]) == 0
    told = capsys.readouterr().out
    assert '"lpi"' in told
    assert str(desk) not in told
    # what is there stays, what is missing is the same bytes
    times = {path.name: path.stat().st_mtime_ns for path in folder(desk).glob("*.png")}
    lost = folder(desk) / "seed-000005.png"
    before = lost.read_bytes(), (folder(desk) / "seed-000005-black.png").read_bytes()
    lost.unlink()
    assert artgen(["run", "job.toml"]) == 0
    assert (lost.read_bytes(), (folder(desk) / "seed-000005-black.png").read_bytes()) == before
    assert (folder(desk) / "seed-000003.png").stat().st_mtime_ns == times["seed-000003.png"]
    # another form takes the place of the old one
    assert artgen(["run", "job.toml", "--set", 'outputs.halftone.format="tiff"']) == 0
    with Image.open(folder(desk) / "seed-000003-black.tiff") as plate:
        assert (plate.mode, plate.info["compression"], plate.info["dpi"]) == ("1", "group4", (150, 150))
    assert not list(folder(desk).glob("*-cyan.png"))


def test_a_run_of_canvases_is_drawn_with_a_pen(desk: Path) -> None:
    (desk / "job.toml").write_text(f'{CANVAS}\n[[outputs]]\ntype = "halftone"\nmethod = "hatch"\nwidth_mm = 40\n')
    assert artgen(["run", "job.toml"]) == 0
    (drawing,) = folder(desk).glob("*.svg")
    page = ET.parse(drawing).getroot()
    assert page.get("width") == "60.00mm"
    told = json.loads(page.findtext("{http://www.w3.org/2000/svg}metadata") or "")
    assert told["page"]["method"] == "hatch"
    assert str(desk) not in drawing.read_text()
    assert drawing.with_suffix(".png").exists()


def test_of_a_canvas_it_is_said_too_how_it_is_made_again(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "job.toml").write_text(f"{CANVAS}{PRINT}")
    assert artgen(["run", "job.toml", "--set", "job.seed=5"]) == 0
    (plate,) = folder(desk).glob("*-cyan.png")
    capsys.readouterr()
    assert artgen(["remake", str(plate)]) == 2
    said = capsys.readouterr().err
    assert "the output 'halftone' gives church-at-auvers, which the run makes again" in said
    command = shlex.split(said.partition("artgen render RUN ")[2])
    assert artgen(["render", str(desk / "runs" / "tiny"), *command]) == 0
    made_in = Path(capsys.readouterr().out.splitlines()[-1])
    assert (made_in / plate.name).read_bytes() == plate.read_bytes()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('method = "dots"', r"method.*Did you mean 'dot'\?"),
        ('inks = ["teel"]', r"Did you mean 'teal'\?"),
        ("width = 10", r"unknown key 'width'. Did you mean 'width_mm'\?"),
    ],
)
def test_a_mistake_is_told_with_its_line(
    line: str, problem: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "job.toml").write_text(f'{LATENT}\n[[outputs]]\ntype = "halftone"\n{line}\n')
    assert artgen(["check", "job.toml"]) == 2
    told = capsys.readouterr().err
    assert re.match(r"job\.toml:24: \[outputs\.halftone\]", told), told
    assert re.search(problem, told), told


def test_the_outputs_of_the_readme_run_as_written(desk: Path) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    outputs = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    assert len(outputs) == 3
    (desk / "job.toml").write_text(LATENT + "\n".join(outputs))
    small = [
        f"outputs.{name}.{key}"
        for name in ("halftone", "riso", "plot")
        for key in ('seeds="1"', "width_mm=20", "dpi=100", "lpi=12")
    ]
    assert artgen(["run", "job.toml", *(word for one in small for word in ("--set", one))]) == 0
    made = {path.name for path in (desk / "runs" / "tiny" / "artifacts").rglob("seed-000001*")}
    assert {"seed-000001-cyan.png", "seed-000001-ink-2.tiff", "seed-000001.svg", "seed-000001.png"} <= made


def test_an_ink_that_cannot_be_seen_on_its_paper_is_told(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "job.toml").write_text(f'{LATENT}{PRINT}inks = ["silver"]\npaper = "navy"\n')
    assert artgen(["check", "job.toml"]) == 2
    assert (
        "[outputs.halftone] silver cannot be seen on navy paper: inks of a press are darker" in capsys.readouterr().err
    )


def test_plates_that_no_memory_holds_are_told_before_the_training(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "job.toml").write_text(f'{LATENT}\n[[outputs]]\ntype = "halftone"\nwidth_mm = 5000\ndpi = 4800\n')
    assert artgen(["check", "job.toml"]) == 2
    assert "4 plates of 944,882×944,882 dots take 24998 GB; the limit is 4" in capsys.readouterr().err
    pen = ["--set", 'outputs.halftone.method="hatch"', "--set", "outputs.halftone.spacing_mm=6"]
    assert artgen(["check", "job.toml", *pen]) == 0


def test_a_drawing_that_is_too_fine_is_told_before_the_training(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fine = '[[outputs]]\ntype = "halftone"\nmethod = "spiral"\nwidth_mm = 1000\nspacing_mm = 0.05\n'
    for job in (LATENT, CANVAS):
        (desk / "job.toml").write_text(f"{job}\n{fine}")
        for method, told in (("spiral", "million points"), ("hatch", "million points"), ("circles", "million circles")):
            assert artgen(["check", "job.toml", "--set", f'outputs.halftone.method="{method}"']) == 2
            said = capsys.readouterr().err
            assert f"{method} of 1000×1000 mm with 0.05 mm between takes" in said
            assert told in said
            assert "larger spacing_mm" in said
            usual = ["--set", f'outputs.halftone.method="{method}"', "--set", "outputs.halftone.spacing_mm=1.2"]
            assert artgen(["check", "job.toml", *usual]) == 0
            capsys.readouterr()


def test_a_light_pen_draws_what_is_light_on_dark_paper(desk: Path) -> None:
    night = 'method = "hatch"\nwidth_mm = 40\ninks = ["silver", "white"]\npaper = "black"\n'
    (desk / "job.toml").write_text(f'{CANVAS}\n[[outputs]]\ntype = "halftone"\n{night}')
    assert artgen(["run", "job.toml"]) == 0
    (drawing,) = folder(desk).glob("*.svg")
    assert 'stroke="#ffffff"' in drawing.read_text()
    assert drawing.read_text().count("<path") > 10
    ramp = np.linspace(0, 255, 256).astype(np.uint8)[None, :, None].repeat(3, 2)
    light = covered(ramp, "black", "#ffffff")[0]
    assert (light[0], light[-1]) == pytest.approx((0, 1), abs=1e-3)
    assert (np.diff(light) >= 0).all()
    assert np.allclose(light, 1 - covered(ramp, "white", "#000000")[0], atol=1e-3)


def test_remade_it_is_said_how_it_is_made_again(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "job.toml").write_text(LATENT + PRINT + 'seeds = "3"\n')
    assert artgen(["run", "job.toml"]) == 0
    capsys.readouterr()
    assert artgen(["remake", str(folder(desk) / "seed-000003-cyan.png")]) == 2
    said = capsys.readouterr().err
    assert "it is a picture in the form that the output 'halftone' gives it, which the run makes again" in said
    assert "artgen render RUN --output halftone --seeds 3 " in said
    assert "--set lpi=20" in said


def test_drawings_of_another_form_are_gone(desk: Path) -> None:
    drawn = f'{LATENT}\n[[outputs]]\ntype = "halftone"\nmethod = "hatch"\nwidth_mm = 20\nseeds = "0-2"\n'
    (desk / "job.toml").write_text(drawn)
    assert artgen(["run", "job.toml"]) == 0
    assert len(list(folder(desk).glob("*.svg"))) == 3
    (desk / "job.toml").write_text(drawn.replace("width_mm = 20", "width_mm = 30").replace("0-2", "0-1"))
    assert artgen(["run", "job.toml"]) == 0
    assert {ET.parse(drawing).getroot().get("width") for drawing in folder(desk).glob("*.svg")} == {"50.00mm"}
    assert len(list(folder(desk).glob("*.svg"))) == 2


def test_a_plate_has_no_name_that_another_picture_has(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "inks").mkdir()
    for name in ("ink", "ink-black"):
        shutil.copy(desk / "pictures" / "church-at-auvers.png", desk / "inks" / f"{name}.png")
    job = CANVAS.replace("pictures/church-at-auvers.png", "inks/*.png")
    (desk / "job.toml").write_text(f'{job}\n[[outputs]]\ntype = "halftone"\ninks = "black"\nwidth_mm = 20\n')
    assert artgen(["run", "job.toml"]) == 1
    assert "ink-black.png would be the name of a picture and of what is made beside" in capsys.readouterr().err
