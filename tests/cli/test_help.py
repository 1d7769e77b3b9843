"""Help is quick, imports nothing that computes, and shows plugins' commands without importing them."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from artgen.cli.group import COMMANDS, WITHOUT_PLUGINS, cli, run

from .conftest import ROOT, Artgen, installed

HEAVY = ("torch", "numpy", "kornia", "PIL", "imageio", "pydantic", "pluggy", "rich")


def test_help_imports_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    installed(tmp_path, "artgen-eager", "[artgen]\neager = eager\n", eager="raise SystemExit('imported')")
    code = (
        "import sys\nfrom artgen.cli.group import run\ncode = run(['--help'])\n"
        f"found = [name for name in {(*HEAVY, 'eager')!r} if name in sys.modules]\nsys.exit(repr(found) if found else code)"
    )
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "check" in done.stdout


def test_help_takes_little_more_than_importing_click() -> None:
    """At most 2.5 times the CPU time, by the best of interleaved runs: other work on the machine only adds."""
    commands = {"click": ["-c", "import click"], "help": ["-m", "artgen", "--help"]}
    best = dict.fromkeys(commands, float("inf"))
    for _ in range(12):
        for name, command in commands.items():
            best[name] = min(best[name], _cpu_seconds([sys.executable, *command]))
    assert best["help"] <= 2.5 * best["click"], best


def _cpu_seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_commands_of_plugins_are_shown_and_work(artgen_command: Artgen, tmp_path: Path) -> None:
    module = "import click\n@click.command()\ndef hello():\n    click.echo('hello from a plugin')\n"
    installed(tmp_path / "site", "artgen-hello", "[artgen.commands]\nhello = hello:hello\n", hello=module)
    path = str(tmp_path / "site")
    assert "hello  From artgen-hello 1.0." in artgen_command("--help", path=path).stdout
    assert artgen_command("hello", path=path).stdout == "hello from a plugin\n"


def test_a_command_that_cannot_be_loaded_says_why(artgen_command: Artgen, tmp_path: Path) -> None:
    installed(tmp_path / "site", "artgen-sad", "[artgen.commands]\nsad = sad:sad\n", sad="import cv3")
    done = artgen_command("sad", "--whatever", "x", path=str(tmp_path / "site"))
    assert done.returncode == 1
    assert done.stderr == (
        "artgen-sad 1.0: this command could not be loaded: ModuleNotFoundError: No module named 'cv3', "
        f"at {tmp_path / 'site' / 'sad.py'}:1\n"
        "  Try: pip install cv3\n"
    )
    told = artgen_command("sad", "--help", path=str(tmp_path / "site")).stdout
    assert "No module named 'cv3'" in " ".join(told.split())


def test_a_command_that_does_not_exist_is_guessed(artgen_command: Artgen) -> None:
    done = artgen_command("chek", "job.toml")
    assert done.returncode == 2
    assert "No such command 'chek'. Did you mean 'check'?" in done.stderr


def _all_commands() -> list[tuple[str, ...]]:
    """Every command of artgen's own, and those of its groups."""

    def below(words: tuple[str, ...], command: click.Command) -> Iterator[tuple[str, ...]]:
        yield words
        for name, inner in sorted(command.commands.items()) if isinstance(command, click.Group) else ():
            yield from below((*words, name), inner)

    context = click.Context(cli)
    found = ((name, cli.get_command(context, name)) for name in COMMANDS)
    return [words for name, command in found if command for words in below((name,), command)]


@pytest.mark.parametrize("words", _all_commands(), ids=" ".join)
def test_every_command_has_help(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*words, "--help"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out.startswith(f"Usage: artgen {' '.join(words)}")
    _usage, about, *_ = told.out.split("\n\n")
    assert about.strip().endswith((".", ":", "?")), f"artgen {' '.join(words)} does not say what it does: {about}"
    assert "--help" in told.out


def test_every_option_says_what_it_is_for() -> None:
    context, mute = click.Context(cli), []
    for words in _all_commands():
        command: click.Command | None = cli
        for word in words:
            assert isinstance(command, click.Group)
            command = command.get_command(context, word)
        assert command is not None
        options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
        mute += [f"{' '.join(words)} --{option.name}" for option in options if not option.help]
    assert mute == []


def test_every_command_that_reads_jobs_or_runs_takes_plugins_of_one_s_own(capsys: pytest.CaptureFixture[str]) -> None:
    for name in COMMANDS:
        assert run([name, "--help"]) == 0
        assert ("--plugin FILE.py" in capsys.readouterr().out) == (name not in WITHOUT_PLUGINS), name


def test_a_mistake_of_ours_is_one_line_and_a_kept_traceback(artgen_command: Artgen, tmp_path: Path) -> None:
    module = "import click\n@click.command()\ndef fall():\n    raise ZeroDivisionError('oh')\n"
    installed(tmp_path / "site", "artgen-fall", "[artgen.commands]\nfall = fall:fall\n", fall=module)
    done = artgen_command("fall", path=str(tmp_path / "site"), TMPDIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("artgen failed: ZeroDivisionError: oh\n")
    assert "Traceback" not in done.stderr
    (log,) = tmp_path.glob("artgen-*.log")
    assert "Traceback" in log.read_text()
    assert "Traceback" in artgen_command("fall", path=str(tmp_path / "site"), ARTGEN_DEBUG="1").stderr


def test_ctrl_c_exits_130(artgen_command: Artgen, tmp_path: Path) -> None:
    module = "import click\n@click.command()\ndef wait():\n    raise KeyboardInterrupt\n"
    installed(tmp_path / "site", "artgen-wait", "[artgen.commands]\nwait = wait:wait\n", wait=module)
    done = artgen_command("wait", path=str(tmp_path / "site"))
    assert (done.returncode, done.stderr.strip()) == (130, "interrupted")


def test_a_reader_that_goes_away_is_no_error() -> None:
    pipe = f"{sys.executable} -m artgen schema | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", pipe], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("{\n0\n", "")


@pytest.mark.parametrize(
    ("said", "spins"), [({}, "1000"), ({"OMP_WAIT_POLICY": "active"}, "None"), ({"GOMP_SPINCOUNT": "7"}, "7")]
)
def test_threads_that_wait_give_their_core_away_unless_somebody_says_how_to_wait(
    said: dict[str, str], spins: str
) -> None:
    plain = {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    code = "import os\nfrom artgen.cli.group import run\nrun(['info'])\nprint(os.environ.get('GOMP_SPINCOUNT'))"
    done = subprocess.run([sys.executable, "-c", code], env=plain | said, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == spins


@pytest.mark.parametrize("command", ["info", "plan gallery/01-emoji-faces/job.toml", "schema"])
def test_a_reader_that_goes_away_is_no_failure(command: str) -> None:
    words = f"{sys.executable} -m artgen {command} | head -n 1 >/dev/null; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", words], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_output_that_is_closed_is_no_failure(tmp_path: Path) -> None:
    """Some who start programs close it; the next file that was opened would stand in its place."""
    words = f"{sys.executable} -m artgen init gan gallery/01-emoji-faces/pictures -o {tmp_path}/job.toml >&- 2>&- <&-"
    done = subprocess.run(["bash", "-c", words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0
    assert "[data]" in (tmp_path / "job.toml").read_text(encoding="utf-8")
