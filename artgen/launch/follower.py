"""A process that trains along with another one on the same machine: ``python -m artgen.launch.follower``.

What to do is a line of JSON on stdin. The pipe stays open as long as the process that started this one lives: when it
ends, however it ends, so does this one. Torch is imported only after all that.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading


def main() -> int:
    """Train along, to the end."""
    for number in (signal.SIGINT, signal.SIGTERM):  # who started us is told, and tells us
        signal.signal(number, signal.SIG_IGN)
    start = json.loads(_line())
    threading.Thread(target=_end_with_the_pipe, name="artgen-pipe", daemon=True).start()
    from artgen.engine.team.following import follow_here

    return follow_here(start)


def _line() -> bytes:
    """The first line, read byte by byte so that nothing behind it is waited for."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            os._exit(1)
        line += byte
    return line


def _end_with_the_pipe() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
