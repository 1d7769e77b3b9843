"""Work in the background with bounded memory: pictures are painted while earlier ones are encoded."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

Work = Callable[[], object]


class BackgroundWriter:
    """Threads that do pieces of work in the order they come in; `submit` waits while enough are in hand.

    Leaving the block waits for what is left; leaving it by an exception drops what has not begun. The first exception
    of a piece of work is raised at the next `submit` or at the end of the block, and nothing is begun after it.

    Args:
        threads: 1 keeps the order of the work.
        waiting: how many pieces may wait.
    """

    def __init__(self, threads: int = 1, waiting: int = 16) -> None:
        self._work: queue.Queue[Work | None] = queue.Queue(waiting)
        self._error: BaseException | None = None
        self._dropped = False
        self._threads = [threading.Thread(target=self._run, name="artgen-writer", daemon=True) for _ in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._dropped = error is not None
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.join()
        if error is None:
            self._raise()

    def submit(self, work: Callable[..., object], *arguments: Any) -> None:
        """Have `work(*arguments)` done soon.

        Raises:
            BaseException: what an earlier piece of work raised.
        """
        self._raise()
        self._work.put(lambda: work(*arguments))

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            if self._error is None and not self._dropped:
                try:
                    work()
                except BaseException as error:
                    self._error = error
