"""Which heavy packages come along when a module is imported, seen in a process of its own with the path of this one."""

from __future__ import annotations

import functools
import json
import subprocess
import sys

HEAVY = ("torch", "numpy", "kornia", "PIL", "imageio")
_TIMEOUT_S = 120
_LOOK = """
import sys
sys.path[:] = {path!r}
import importlib, json
heavy = {heavy!r}
try:
    importlib.import_module({module!r})
finally:
    print("\\n" + json.dumps([name for name in heavy if name in sys.modules]))
"""


@functools.cache
def heavy_imports(module: str) -> tuple[str, ...]:
    """Those of `HEAVY` that an import brings.

    Raises:
        ImportError: it cannot be imported; the last line of what Python said.
    """
    look = _LOOK.format(heavy=HEAVY, module=module, path=sys.path)
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-P", "-c", look], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit {done.returncode}"]
        raise ImportError(f"{module}: {lines[-1]}")
    return tuple(json.loads(done.stdout.splitlines()[-1]))
