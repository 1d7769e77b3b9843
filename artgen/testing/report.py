"""``python -m artgen.testing.report FILE DISTRIBUTION SECONDS``: the checks of one plugin, a line for each.

A process of its own, because a plugin may hang, end the process or crash it. What it is at stands in the file before it
begins, so that whoever waits knows what it was at when it is heard no more.
"""

from __future__ import annotations

import faulthandler
import json
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from artgen.errors import ArtgenError

Tell = Callable[..., None]
_OURS = str(Path(__file__).parents[1])


def main(file: Path, distribution: str, seconds: float) -> None:
    """Check a distribution and write into the file what comes of it."""
    # Says where it hangs, before whoever waits ends it.
    faulthandler.enable()
    faulthandler.dump_traceback_later(max(0.1, seconds * 0.95), exit=False)
    sys.addaudithook(_refuse_network)
    with file.open("a", encoding="utf-8") as stream:

        def tell(**row: Any) -> None:
            stream.write(json.dumps(row) + "\n")
            stream.flush()

        tell(at="import")
        if _imported(distribution, tell):
            _check(distribution, tell)
        tell(over=True)


def _imported(distribution: str, tell: Tell) -> bool:
    """Whether its modules can be imported; torch and the kit come later, and count not as its time."""
    from artgen.testing.loading import plugins_of

    began = time.perf_counter()
    try:
        plugins_of(distribution)
    except ArtgenError as error:
        tell(name="plugin", check="loads", result="failed", text=str(error))
        return False
    tell(name="plugin", check="loads", result="passed", text=f"in {(time.perf_counter() - began) * 1000:.0f} ms")
    return True


def _check(distribution: str, tell: Tell) -> None:
    from artgen.testing.conformance import NotChecked, Unmet, cases_of

    for case in cases_of(distribution):
        tell(at=str(case))
        folder = Path(tempfile.mkdtemp(prefix="artgen-check-"))
        result, text = "passed", ""
        try:
            text = case.run(folder).note
        except NotChecked as reason:
            result, text = "skipped", str(reason)
        except Unmet as unmet:
            result, text = "failed", str(unmet)
        except (Exception, SystemExit) as error:
            result, text = "failed", f"{type(error).__name__}: {error}{_place(error)}"
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        tell(name=case.name, check=case.check, result=result, text=text)


def _place(error: BaseException) -> str:
    """The innermost line that is not artgen's or a library's."""
    import sysconfig
    import traceback

    libraries = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib"))
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith((_OURS, "<", *libraries))]
    return f"\n  at {own[-1].filename}:{own[-1].lineno}" if own else ""


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """A check fetches nothing and sends nothing."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg") and arguments[0].family != getattr(
        socket, "AF_UNIX", None
    ):
        raise OSError("plugins are checked without a network")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="artgen-check-cache-") as cache:
        os.environ.setdefault("ARTGEN_CACHE", cache)
        main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
