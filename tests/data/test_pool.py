from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from artgen.data import pool


def doubler(settings: int) -> Callable[[int], int]:
    return lambda item: item * settings


def crasher(_settings: None) -> Callable[[int], int]:
    def task(item: int) -> int:
        if item % 10 == 3:
            os.abort()  # as a decoder in C may on a broken picture
        return item

    return task


def talker(_settings: None) -> Callable[[int], int]:
    def task(item: int) -> int:
        print("stray words", flush=True)
        os.write(2, b"libtiff: warning!\n")
        return item

    return task


def raiser(_settings: None) -> Callable[[int], int]:
    def task(_item: int) -> int:
        raise ZeroDivisionError("a mistake in the task")

    return task


@pytest.fixture(autouse=True)
def _importable_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))


@pytest.mark.parametrize("count", [0, 1, 5, 1000])
@pytest.mark.parametrize("workers", [1, 3])
def test_every_item_is_done_once(count: int, workers: int) -> None:
    results = list(pool.run("tests.data.test_pool:doubler", 2, range(count), workers))
    assert sorted(results) == [(index, 2 * index) for index in range(count)]


def test_an_item_that_kills_the_process_costs_only_itself() -> None:
    results = dict(pool.run("tests.data.test_pool:crasher", None, range(24), 2))
    assert results == {item: pool.CRASHED if item % 10 == 3 else item for item in range(24)}


def test_what_libraries_print_is_not_taken_for_a_result(capfd: pytest.CaptureFixture[str]) -> None:
    assert dict(pool.run("tests.data.test_pool:talker", None, range(8), 2)) == {item: item for item in range(8)}
    assert capfd.readouterr() == ("", "")


def test_a_mistake_in_the_task_is_raised_with_its_traceback() -> None:
    with pytest.raises(RuntimeError, match="a mistake in the task"):
        list(pool.run("tests.data.test_pool:raiser", None, range(8), 2))


def test_leaving_early_leaves_no_process() -> None:
    before = set(psutil.Process().children())  # other tests may keep a browser open
    results = pool.run("tests.data.test_pool:doubler", 1, range(100_000), 2)
    next(results)
    assert len(set(psutil.Process().children()) - before) == 2
    results.close()  # type: ignore[attr-defined]
    assert set(psutil.Process().children()) <= before
