"""The lock of an exported generator: it tells the whole job, as pictures do, and asks only for what paints.

So whoever renders from it needs the plugin of the generator, if it is one's, but none of the losses it learned by.
"""

from __future__ import annotations

from artgen.job.text.tree import Table

EXPORTED = "exported"
"""The table in ``[lock]`` that only such a lock has."""

_PAINTS = ("lock", "job", "data", "generator", "outputs", "launcher")


def is_exported(tree: Table) -> bool:
    """Whether a file is the lock of an exported generator."""
    return tree.table("lock", EXPORTED) is not None


def keep_what_paints(tree: Table) -> None:
    """Take out all tables that only say how the generator learned."""
    for key in [key for key in tree.entries if key not in _PAINTS]:
        del tree.entries[key]
