"""What ``preset:auto`` decided, with the reasons: kept in the lock, so that a run that goes on stays what it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from artgen.job.text.extends import AUTO
from artgen.job.text.merge import merge
from artgen.job.text.tree import Layer, Origin, Source, Table, tree_of


class Decision(BaseModel):
    """One thing that was decided.

    Attributes:
        topic: what it is about, in a word: ``size``, ``network``.
        choice: what was chosen, for people.
        why: the reason, in plain words.
        values: the same as a job file would have it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    topic: str
    choice: str
    why: str
    values: dict[str, Any]

    def keys(self) -> list[str]:
        """Dotted keys of its values."""
        return [".".join(path) for path, _ in _tree(self, Path()).leaves()]

    def overruled(self, sources: Mapping[str, Source]) -> list[str]:
        """Which of its values somebody else states, because something wins over ``preset:auto``."""
        return [key for key in self.keys() if key not in sources or sources[key].place != AUTO]


def decisions_of(locked: Any) -> tuple[Decision, ...]:
    """The decisions that a lock holds; none where somebody edited it so that they make no sense."""
    try:
        return tuple(TypeAdapter(list[Decision]).validate_python(locked))
    except ValidationError:
        return ()


def layer_of(decisions: Sequence[Decision], base: Path) -> Table:
    """What ``preset:auto`` says, each value with its reason. Its lists stand instead of those below it: it chose all.

    Args:
        decisions: of which no two have a value in common.
        base: the folder of the job.
    """
    layer = Table(Origin(Layer("preset", base, name=AUTO)))
    for decision in decisions:
        layer = merge(layer, _tree(decision, base), [])
    for key in ("losses", "augmentations"):
        table = layer.table(key)
        if table is not None:
            table.replaces = True
    return layer


def _tree(decision: Decision, base: Path) -> Table:
    return tree_of(decision.values, Origin(Layer("preset", base, name=AUTO, why=decision.why)), [])
