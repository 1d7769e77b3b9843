"""What is asked of launchers: they start workers and say how they ended, see `artgen.launch.contract`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from artgen.launch.contract import Batch, Ended, TaskCommand
from artgen.testing.conformance.trial import Trial
from artgen.testing.conformance.verdict import Told, Unmet, expect

_TIMEOUT_S = 60.0
_SLEEPS = "import time; print('up', flush=True); time.sleep(600)"


def says_how_they_ended(trial: Trial) -> Told:
    """A worker does its work, what it says is in its log, and its exit code is told."""
    began = time.perf_counter()
    for code in (0, 3):
        command = _command(trial, f"print('hello from the worker'); raise SystemExit({code})")
        launcher = _made(trial)
        ended = _ended(_started(launcher, command))
        launcher.close()
        expect(ended.code == code, "how a worker ended", expected=f"exit code {code}", found=ended)
        log = command.log.read_text(encoding="utf-8")
        expect("hello from the worker" in log, "the log of a worker", expected="what it says", found=repr(log))
    return Told(f"{(time.perf_counter() - began) / 2:.2f} s each")


def hands_on_the_environment(trial: Trial) -> Told:
    """A worker has the variables of its command beside those that are there."""
    done = trial.folder / "done"
    command = _command(
        trial, f"import os; open({str(done)!r}, 'w').write(os.environ['ARTGEN_TRIAL'] + os.environ['PATH'])"
    )
    launcher = _made(trial)
    _ended(_started(launcher, command))
    launcher.close()
    found = done.read_text() if done.exists() else "nothing"
    expect(found.startswith("seen"), "the environment of a worker", expected="command.environment", found=found)
    return Told()


def stops(trial: Trial) -> Told:
    """A worker that is asked to stop ends, and so does one that is killed."""
    for how in ("stop", "kill"):
        launcher = _made(trial)
        command = _command(trial, _SLEEPS)
        worker = _started(launcher, command)
        _until(partial(_is_up, command, worker), "a worker that started")
        getattr(worker, how)()
        ended = _ended(worker)
        expect(ended.code != 0, f"a worker after {how}()", expected="no exit code 0", found=ended)
        launcher.close()
    return Told()


def runs_a_job(trial: Trial) -> Told:
    """A job that names it is run to its end."""
    run = trial.run({"outputs": [{"type": "images", "seeds": "0-1"}], "launcher": trial.entry()})
    found = run.checkpoint.step if run.checkpoint else 0
    expect(found == 2, "a job that it ran", expected="trained to step 2", found=f"at step {found}")
    expect(len(run.artifacts()) > 1, "a job that it ran", expected="its pictures", found=run.artifacts())
    return Told(f"{len(run.artifacts())} files")


def _made(trial: Trial) -> Any:
    launcher = trial.component.load()(trial.config, Batch(1, None, lambda _: None, lambda _: None))
    for name in ("threads", "slots"):
        found = getattr(launcher, name, None)
        expect(isinstance(found, int) and found > 0, f"`{name}` of the launcher", expected="1 or more", found=found)
    return launcher


def _command(trial: Trial, code: str) -> TaskCommand:
    number = len(list(trial.folder.glob("*.log")))
    log = trial.folder / f"{number}.log"
    log.touch()
    return TaskCommand(
        lock=trial.folder / "job.lock.toml",
        task="train",
        run="trial",
        threads=1,
        devices=0,
        gpu=None,
        memory_bytes=0,
        words=(sys.executable, "-c", code),
        environment={"ARTGEN_TRIAL": "seen"},
        log=log,
    )


def _started(launcher: Any, command: TaskCommand) -> Any:
    worker = launcher.start(command)
    expect(worker is not None, "starting the first worker", expected="room for one", found="None: no room")
    return worker


def _ended(worker: Any) -> Ended:
    _until(lambda: worker.poll() is not None, "a worker that ends")
    ended: Ended = worker.poll()
    return ended


def _is_up(command: TaskCommand, worker: Any) -> bool:
    worker.poll()  # as artgen does all the time: it is when some launchers do what they have to
    return command.log.exists() and "up" in command.log.read_text(encoding="utf-8")


def _until(met: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _TIMEOUT_S
    while not met():
        if time.monotonic() > end:
            raise Unmet(what, expected=f"within {_TIMEOUT_S:g} s", found="not yet")
        time.sleep(0.02)
