"""One layer over another: tables merge, named lists merge by name, all else replaces."""

from __future__ import annotations

from artgen.distributions import BUILTIN
from artgen.errors import Problem
from artgen.job.text.tree import ENTRY_KINDS, PART_TABLES, Leaf, Table

RIVALS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("train", ("kimg", "steps", "minutes")),
    ("train", ("checkpoint_steps", "checkpoint_kimg")),
)
"""Keys of a table that say the same thing in different units: stating one takes back what lower layers say of it."""


def merge(lower: Table, upper: Table, problems: list[Problem]) -> Table:
    """What a job says when `upper` is laid over `lower`; neither is changed."""
    merged = Table(upper.origin, dict(lower.entries))
    for key, node in upper.entries.items():
        below = lower.entries.get(key)
        if isinstance(node, Table) and key in ENTRY_KINDS:
            merged.entries[key] = _merged_list(key, below if isinstance(below, Table) else None, node, problems)
        elif isinstance(node, Table) and isinstance(below, Table):
            merged.entries[key] = _merged_table(below, node, chooses=key in PART_TABLES)
        else:
            merged.entries[key] = node
    for table, rivals in RIVALS:
        _take_back(merged, upper, table, rivals)
    return merged


def _merged_table(lower: Table, upper: Table, *, chooses: bool = False) -> Table:
    """`chooses`: another `type` makes the options below meaningless."""
    if upper.replaces or (chooses and _other_type(lower, upper)):
        return upper
    merged = Table(upper.origin, dict(lower.entries))
    for key, node in upper.entries.items():
        below = lower.entries.get(key)
        both = isinstance(node, Table) and isinstance(below, Table)
        merged.entries[key] = _merged_table(below, node) if both else node  # type: ignore[arg-type]
    return merged


def _other_type(lower: Table, upper: Table) -> bool:
    types = [str(table.value("type")).removeprefix(f"{BUILTIN}:") for table in (lower, upper)]
    return "type" in lower.entries and "type" in upper.entries and types[0] != types[1]


def _merged_list(key: str, lower: Table | None, upper: Table, problems: list[Problem]) -> Table:
    merged = Table(upper.origin, {} if lower is None or upper.replaces else dict(lower.entries))
    for name, entry in upper.entries.items():
        below = merged.entries.get(name)
        removes = entry.entries.get("remove") if isinstance(entry, Table) else None
        if isinstance(removes, Leaf):
            _remove(key, name, removes, merged, problems)
        elif isinstance(entry, Table) and isinstance(below, Table):
            merged.entries[name] = _merged_table(below, entry, chooses=True)
        else:
            merged.entries[name] = entry
    return merged


def _remove(key: str, name: str, removes: Leaf, merged: Table, problems: list[Problem]) -> None:
    if removes.value is not True:
        problems.append(removes.origin.problem("remove can only be true", f"{key}.{name}"))
    elif merged.entries.pop(name, None) is None:
        there = ", ".join(f"'{other}'" for other in merged.entries) or "none"
        text = f"nothing named '{name}' to remove; what it extends has: {there}"
        problems.append(removes.origin.problem(text, f"{key}.{name}"))


def _take_back(merged: Table, upper: Table, table: str, rivals: tuple[str, ...]) -> None:
    stated = upper.table(table)
    below = merged.table(table)
    if stated is None or below is None or not any(rival in stated.entries for rival in rivals):
        return
    kept = {k: v for k, v in below.entries.items() if k not in rivals or k in stated.entries}
    merged.entries[table] = Table(below.origin, kept, below.replaces)
