"""As a user meets it: installed, named in a job, run by the command."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from artgen.cli.group import run as artgen

from conftest import Probe
from synthetic import drum_loop, write_wav

Check = Callable[[str], list[str]]

JOB = """
[job]
name = "tiny"

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
steps = 2
batch = 4
device = "cpu"

[quality]
during = 0
final = 0

[[outputs]]
type = "audio-film"
sound = "song.wav"
"""


@pytest.fixture
def desk(desk: Path) -> Path:
    """A folder with pictures and a sound, in which artgen works."""
    write_wav(desk / "song.wav", drum_loop(1)[0])
    return desk


@pytest.fixture
def check(desk: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """What `artgen check` says of the job with another output."""

    def said(output: str) -> list[str]:
        (desk / "job.toml").write_text(JOB[: JOB.index("[[outputs]]")] + textwrap.dedent(output))
        code = artgen(["check", "job.toml"])
        told = capsys.readouterr()
        assert code == (2 if told.err else 0)
        return told.err.splitlines()

    return said


def test_it_is_found_by_its_entry_point() -> None:
    found = importlib.metadata.entry_points(group="artgen")
    assert [(entry.name, entry.value) for entry in found if entry.dist and entry.dist.name == "artgen-audio"] == [
        ("audio", "artgen_audio.plugin")
    ]


def test_artgen_lists_it_and_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert artgen(["plugins", "list", "--json"]) == 0
    (own,) = [told for told in json.loads(capsys.readouterr().out) if told["distribution"] == "artgen-audio"]
    assert own["provides"] == {"outputs": ["audio-film"]}
    assert own["failure"] is None
    assert artgen(["plugins", "show", "audio-film", "--json"]) == 0
    (component,) = json.loads(capsys.readouterr().out)["components"]
    assert {"sound", "speed", "psi", "noise", "ending"} <= {option.partition(".")[0] for option in component["options"]}


def test_listing_it_and_reading_a_job_import_nothing_heavy(desk: Path) -> None:
    (desk / "job.toml").write_text(JOB)
    code = """
        import sys
        from pathlib import Path
        from artgen.plugins import plugin_manager
        import artgen_audio.config
        plugin_manager()
        print({"torch", "numpy", "PIL", "imageio"} & set(sys.modules))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_two_keys_are_a_whole_film(desk: Path, probe: Probe, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "job.toml").write_text(JOB)
    assert artgen(["run", "job.toml"]) == 0
    film = desk / "runs" / "tiny" / "artifacts" / "audio-film" / "film.mp4"
    told = probe(film)
    assert int(told["video"]["nb_read_frames"]) == 60
    assert told["audio"]["codec_name"] == "aac"
    first = film.read_bytes()
    assert artgen(["run", "job.toml"]) == 0
    assert film.read_bytes() == first
    # what follows what may change, the training stays
    (desk / "job.toml").write_text(JOB + "[outputs.psi]\namount = 0.2\n")
    assert artgen(["run", "job.toml"]) == 0
    assert film.read_bytes() != first
    capsys.readouterr()
    assert artgen(["show", str(film), "--json"]) == 0
    assert "artgen-audio" in capsys.readouterr().out
    assert "[outputs.noise]" in (desk / "runs" / "tiny" / "job.lock.toml").read_text()


def test_a_job_of_readable_tables_is_understood(check: Check) -> None:
    output = """
        [[outputs]]
        type = "audio-film"
        sound = "song.wav"
        [outputs.speed]
        follows = "low"
        amount = 2.0
        [outputs.psi]
        follows = "level"
        release = 0.5
        [outputs.noise]
        follows = "high"
        layers = "fine"
    """
    assert check(output) == []


@pytest.mark.parametrize(
    ("output", "problem"),
    [
        (
            'sound = "sing.wav"',
            r"job\.toml:29: \[outputs\.audio-film\] .*'sing\.wav' does not exist.*Did you mean 'song\.wav'",
        ),
        ("", r"job\.toml:27: \[outputs\.audio-film\] missing key 'sound'"),
        (
            'sound = "song.wav"\n[outputs.speed]\nfollows = "lo"',
            r"job\.toml:31: \[outputs\.audio-film\.speed\] follows must be .*Did you mean 'low'\?",
        ),
        (
            'sound = "song.wav"\n[outputs.psi]\namount = 1\nrelaese = 2',
            r"job\.toml:32: \[outputs\.audio-film\.psi\] unknown key 'relaese'\. Did you mean 'release'\?",
        ),
        ('sound = "pictures/chelsea.png"', r"job\.toml:29: \[outputs\.audio-film\] sound: there is no sound in it"),
    ],
)
def test_a_mistake_is_told_with_its_line(output: str, problem: str, check: Check) -> None:
    told = check(f'[[outputs]]\ntype = "audio-film"\n{output}\n')
    assert re.match(problem, told[0]), told


def test_the_job_of_the_readme_is_understood(check: Check, desk: Path) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    write_wav(desk / "song.mp3", drum_loop(1)[0])  # ffmpeg goes by what is in a file
    assert examples
    for example in examples:
        assert check(example) == []
