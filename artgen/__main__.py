"""``python -m artgen`` is the command."""

from artgen.cli import main

main()
