"""``python -m artgen`` is the command."""

import sys
from pathlib import Path

from artgen.cli import main

# With -m Python looks for modules in the folder that it is started in, and so for plugins: what lies beside a job that
# somebody was sent would run.
if not sys.flags.safe_path and sys.path and sys.path[0] in ("", str(Path.cwd())):
    del sys.path[0]

main()
