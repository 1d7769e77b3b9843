"""A script by a clock that moves on by the same time at each look: as many looks in its minutes on any machine, busy or not.

``python -m tests.bench.paced SECONDS SCRIPT [ARGUMENT ...]``
"""

from __future__ import annotations

import itertools
import runpy
import sys
import time
from unittest import mock


def main() -> None:
    """Run the script as if it had been called itself."""
    seconds, *sys.argv = sys.argv[1:]
    with mock.patch.object(time, "time", map(float(seconds).__mul__, itertools.count()).__next__):
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
