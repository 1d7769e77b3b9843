"""The command line. Importing it imports click and nothing that computes, checks or plugs in."""

from __future__ import annotations

from artgen.cli.group import main

__all__ = ["main"]
