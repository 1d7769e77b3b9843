"""What ``preset:auto`` chose, in ``artgen plan``: once where it is the same in all runs of a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from artgen.cli.plan_tables import MOST_NAMES

if TYPE_CHECKING:
    from artgen.job import Job

Told = dict[str, Any]
"""A decision as ``artgen plan --json`` has it."""


def decisions_told(job: Job) -> list[Told]:
    """What preset:auto decided and nothing overrules, with the reasons."""
    decisions = []
    for decision in job.auto:
        stated = decision.overruled(job.sources)
        if not stated or len(stated) < len(decision.keys()):
            told = {"topic": decision.topic, "choice": decision.choice, "why": decision.why}
            # A type that the job states is the one that was gone by.
            decisions.append(told | {"overruled": [key for key in stated if not key.endswith(".type")]})
    return decisions


def print_decisions(cells: Sequence[dict[str, Any]]) -> None:
    """Print what was decided for all runs, and under their names what was for some."""
    shared = [told for told in cells[0]["auto"] if all(told in cell["auto"] for cell in cells)]
    _print("what preset:auto chose and why", shared)
    groups: list[tuple[list[Told], list[str]]] = []
    for cell in cells:
        own = [told for told in cell["auto"] if told not in shared]
        names = next((names for told, names in groups if told == own), None)
        if names is None:
            groups.append((own, [cell["name"]]))
        else:
            names.append(cell["name"])
    for own, names in groups:
        more = ", …" if len(names) > MOST_NAMES else ""
        _print(f"what preset:auto chose and why in {', '.join(names[:MOST_NAMES])}{more}", own)


def _print(title: str, decisions: Sequence[Told]) -> None:
    if not decisions:
        return
    click.echo(title)
    width = max(len(decision["topic"]) for decision in decisions)
    for decision in decisions:
        but = f" (the job itself says {', '.join(decision['overruled'])})" if decision["overruled"] else ""
        click.echo(f"  {decision['topic']:{width}}  {decision['choice']}: {decision['why']}{but}")
    click.echo()
