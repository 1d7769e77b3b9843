"""Who works on a task: one at a time, whoever is dead is taken over from, and who comes back too late does no harm."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from artgen.errors import InterruptedRun, RunBusyError
from artgen.runs.files import whole_file, write_text
from artgen.runs.metrics import MetricsLog, read_rows
from artgen.runs.ownership import still_ours
from artgen.runs.progress import PlainProgress
from artgen.runs.tasks.attempts import WHOLE_RUN, attempts_of, file_of, last_attempt, numbers_in, place_of
from artgen.runs.tasks.holding import GIVES_OUT_TASKS, held_run, held_task, record_end, take
from artgen.runs.tasks.lease import Lease
from artgen.runs.tasks.reported import ReportedProgress
from artgen.runs.tasks.stop_file import StopRequests, ask_to_stop, forget_stop
from artgen.runs.tasks.watch import Watch


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTGEN_LEASE_S", "0.6")


@pytest.fixture
def gone() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def by_another(folder: Path, task: str, **told: Any) -> Path:
    """What somebody else's attempt looks like, by default of a machine that nobody here can look into."""
    place = place_of(folder, task)
    place.mkdir(parents=True, exist_ok=True)
    file = file_of(place, (numbers_in(place) or [0])[-1] + 1)
    there = {"state": "running", "process": 7, "host": "elsewhere", "machine": "another", "began": "1", "beat": 1}
    file.write_text(json.dumps(there | told), encoding="utf-8")
    return file


def test_a_task_that_somebody_works_on_is_refused_and_it_is_said_who_does(tmp_path: Path) -> None:
    with held_task(tmp_path, "train"):
        with pytest.raises(RunBusyError, match=f"process {os.getpid()} on "):
            take(tmp_path, "train")
        with held_task(tmp_path, "output:images"), held_task(tmp_path, "output:sheet"):
            states = {attempt.task: attempt.state for attempt in attempts_of(tmp_path)}
    assert states == {"train": "running", "output:images": "running", "output:sheet": "running"}
    assert {attempt.state for attempt in attempts_of(tmp_path)} == {"done"}


def test_the_task_of_a_process_that_has_ended_on_this_machine_is_taken_over_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTGEN_LEASE_S", "3600")
    child = f"import os; from pathlib import Path; from artgen.runs.tasks.holding import take; take(Path({str(tmp_path)!r}), 'train'); os._exit(0)"
    subprocess.run([sys.executable, "-c", child], check=True)
    before = last_attempt(tmp_path, "train")
    assert before is not None
    assert (before.number, before.state, before.life()) == (1, "running", "gone")
    with held_task(tmp_path, "train") as lease:
        assert lease.number == 2


def test_a_worker_on_another_machine_lives_while_its_heartbeat_changes_and_is_taken_over_when_it_does_not(
    tmp_path: Path,
) -> None:
    file = by_another(tmp_path, "train")
    watch, beat = Watch(), 1
    lives = None
    for _ in range(40):  # longer than a lease
        beat += 1
        file.write_text(json.dumps(json.loads(file.read_text()) | {"beat": beat}), encoding="utf-8")
        attempt = last_attempt(tmp_path, "train")
        assert attempt is not None
        lives = watch.lives(attempt)
        assert lives is not False
        time.sleep(0.03)
    assert lives is True
    said: list[str] = []
    with held_task(tmp_path, "train", warn=said.append) as lease:
        assert lease.number == 2
    assert "process 7 on elsewhere" in said[0]


def test_a_command_that_had_a_run_to_itself_and_is_not_heard_of_is_taken_over_from_as_a_worker_is(
    tmp_path: Path,
) -> None:
    by_another(tmp_path, WHOLE_RUN, what="command")
    said: list[str] = []
    with held_task(tmp_path, "train", warn=said.append):
        assert "process 7 on elsewhere" in said[0]
    with held_run(tmp_path, "command"), pytest.raises(RunBusyError), held_task(tmp_path, "train"):
        pass
    assert [attempt.state for attempt in attempts_of(tmp_path) if attempt.task == "train"] == ["done"]


def test_clocks_of_other_machines_do_not_matter(tmp_path: Path) -> None:
    """One that is a year ahead is as dead as one that is a year behind."""
    for year in (1971, 2099):
        file = by_another(
            tmp_path, "train", since=f"{year}-01-01T00:00:00+00:00", changed=f"{year}-01-01T00:00:00+00:00"
        )
        os.utime(file, (31536000 * (year - 1970),) * 2)
        with held_task(tmp_path, "train"):
            pass
    assert numbers_in(place_of(tmp_path, "train")) == [1, 2, 3, 4]


def test_who_was_taken_over_from_writes_nothing_any_more(tmp_path: Path) -> None:
    with pytest.raises(RunBusyError, match="was taken over by process 7 on elsewhere"):
        _go_on_too_late(tmp_path)
    assert [row["step"] for row in read_rows(tmp_path / "metrics.jsonl")] == [5]
    assert last_attempt(tmp_path, "train").state == "done"  # type: ignore[union-attr]
    assert {path.name for path in tmp_path.iterdir()} == {"metrics.jsonl", "tasks"}
    still_ours()  # nothing is left behind in this process


def test_whatever_goes_wrong_for_who_was_taken_over_from_it_is_told_that_he_was(tmp_path: Path) -> None:
    def stumble() -> None:
        with held_task(tmp_path, "train"):
            by_another(tmp_path, "train")
            raise FileNotFoundError("a checkpoint that is gone")

    with pytest.raises(RunBusyError, match="train was taken over by process 7 on elsewhere"):
        stumble()
    attempt = last_attempt(tmp_path, "train")
    assert attempt
    assert (attempt.number, attempt.state) == (2, "running")


def test_who_works_in_a_run_folder_that_is_moved_away_is_told_so_and_makes_no_other(tmp_path: Path) -> None:
    run, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    run.mkdir()

    def work() -> None:
        with held_task(run, "train"):
            run.rename(elsewhere)
            still_ours()

    with pytest.raises(RunBusyError, match="this run folder is not there any more: it was moved or deleted"):
        work()
    assert not run.exists()


def _go_on_too_late(folder: Path) -> None:
    """Work, be stopped while others take over and end, and work on."""
    numbers = folder / "metrics.jsonl"
    with held_task(folder, "train") as lease:
        log = MetricsLog(numbers, step=0)
        log.row(1, {"loss": 1.0})
        with pytest.raises(RunBusyError):
            _write_slowly(folder / "sheet.webp", numbers)
        with pytest.raises(RunBusyError):
            log.row(2, {"loss": 2.0})
        log._stream.write(json.dumps({"step": 2}) + "\n")  # what was on its way to the disk
        log.close()
        with pytest.raises(RunBusyError):
            write_text(folder / "quality.json", "{}")
        assert not lease.holds()


def _write_slowly(file: Path, numbers: Path) -> None:
    with whole_file(file) as part:
        part.write_text("half", encoding="utf-8")
        by_another(file.parent, "train", state="done")
        _begin_the_log_anew(numbers)


def _begin_the_log_anew(numbers: Path) -> None:
    """As the one that takes over does, in its own process."""
    child = (
        f"from pathlib import Path; from artgen.runs.metrics import MetricsLog; "
        f"log = MetricsLog(Path({str(numbers)!r}), step=0); log.row(5, {{'loss': 0.5}}); log.close()"
    )
    subprocess.run([sys.executable, "-c", child], check=True)


def test_of_many_that_come_at_once_one_gets_the_task(tmp_path: Path) -> None:
    by_another(tmp_path, "train", state="stopped")
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as pool:
        got = pool.starmap(_try_to_take, [(str(tmp_path),)] * 12, chunksize=1)
    numbers = [number for number in got if number]
    assert numbers
    assert len(numbers) == len(set(numbers))
    assert numbers_in(place_of(tmp_path, "train"))[-1] == len(numbers) + 1


def _try_to_take(folder: str) -> int:
    try:
        with held_task(Path(folder), "train") as lease:
            time.sleep(0.05)
            assert lease.holds()
            return lease.number
    except RunBusyError:
        return 0


def test_a_number_that_others_are_past_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looked, was stopped, and goes on when others have come and cleared away what they had done."""
    by_another(tmp_path, "train", state="done")
    real, looked = os.open, []

    def opened_late(path: Any, *words: Any, **more: Any) -> int:
        if str(path).endswith("000002.json") and not looked:
            looked.append(path)
            for _ in range(7):
                with held_task(tmp_path, "train"):
                    pass
        return real(path, *words, **more)

    monkeypatch.setattr(os, "open", opened_late)
    with held_task(tmp_path, "train") as lease:
        assert lease.number == 9
    assert 2 not in numbers_in(place_of(tmp_path, "train"))


def test_a_folder_that_goes_with_the_last_who_was_in_it_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, gone_once = os.open, []

    def opened_late(path: Any, *words: Any, **more: Any) -> int:
        if str(path).endswith("000001.json") and not gone_once:
            gone_once.append(path)
            place_of(tmp_path, "train").rmdir()
        return real(path, *words, **more)

    monkeypatch.setattr(os, "open", opened_late)
    with held_task(tmp_path, "train") as lease:
        assert lease.number == 1


def test_how_a_task_ended_is_what_its_last_attempt_says(tmp_path: Path) -> None:
    with pytest.raises(InterruptedRun), held_task(tmp_path, "train"):
        raise InterruptedRun("stopped")
    assert last_attempt(tmp_path, "train").state == "stopped"  # type: ignore[union-attr]
    with pytest.raises(ZeroDivisionError), held_task(tmp_path, "train"):
        print(1 / 0)
    failed = last_attempt(tmp_path, "train")
    assert failed is not None
    assert (failed.state, failed.error) == ("failed", "ZeroDivisionError: division by zero")
    record_end(tmp_path, "train", "failed", "its worker was killed")
    assert last_attempt(tmp_path, "train").error == "its worker was killed"  # type: ignore[union-attr]


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Lease]:
    with held_task(tmp_path, "train") as lease:
        yield lease


def test_how_far_it_is_is_told_of_what_it_does_now(training: Lease) -> None:
    progress = ReportedProgress(PlainProgress(sys.stdout), training)
    for task, done in (("reading pictures", 8), ("train", 1)):
        progress.update(task, done, 8)
        told = last_attempt(training.folder, "train").progress  # type: ignore[union-attr]
        assert (told["what"], told["done"]) == (task, done)


def test_a_command_that_wants_a_run_to_itself_waits_for_no_training(training: Lease) -> None:
    with pytest.raises(RunBusyError, match=f"process {os.getpid()}"), held_run(training.folder, "render"):
        pass
    with held_run(training.folder, GIVES_OUT_TASKS):
        pass


def test_a_worker_waits_for_no_command_and_leaves_no_trace_then(tmp_path: Path) -> None:
    with held_run(tmp_path, "clean"):
        with pytest.raises(RunBusyError), held_task(tmp_path, "train"):
            pass
        assert numbers_in(place_of(tmp_path, "train")) == []
    assert list(tmp_path.iterdir()) == [], "a command that ended well leaves nothing behind"


def test_a_command_that_took_over_leaves_its_number_so_that_nobody_gets_it_again(tmp_path: Path, gone: int) -> None:
    from artgen.runs.processes import machine

    by_another(tmp_path, WHOLE_RUN, process=gone, machine=machine())
    with held_run(tmp_path, "clean") as lease:
        assert lease.number == 2
    assert numbers_in(place_of(tmp_path, WHOLE_RUN)) == [1, 2]
    with held_run(tmp_path, "clean") as lease:
        assert lease.number == 3


def test_whoever_is_asked_to_stop_sees_it_with_the_next_heartbeat(training: Lease) -> None:
    stop = StopRequests(training, lambda: False)
    assert not stop.requested()
    ask_to_stop(training.folder)
    end = time.monotonic() + 20
    while not stop.requested():
        assert time.monotonic() < end
        time.sleep(0.02)
    forget_stop(training.folder)
    assert not StopRequests(training, lambda: False).requested()


def test_a_worker_whose_parent_has_gone_stops(training: Lease, gone: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTGEN_PARENT", str(gone))
    assert StopRequests(training, lambda: False).requested()
    monkeypatch.setenv("ARTGEN_PARENT", str(os.getppid()))
    assert not StopRequests(training, lambda: False).requested()
