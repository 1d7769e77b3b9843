"""Where in a TOML text each key and each list entry stands. No parser gives lines for values, so we ask one for prefixes.

TOML is made of statements (a header, or ``key = value``) that begin on a line of their own, and a statement that has
begun is not legal TOML before its last line. Growing a piece line by line until it parses therefore finds every
statement exactly, whatever strings, comments and brackets it holds. Only the error path pays for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tomli

from artgen.job.fields import KeyPath


def lines_of_keys(text: str) -> dict[KeyPath, int]:
    """The 1-based line on which each table, key and list entry first appears; the text must be legal TOML."""
    found: dict[KeyPath, int] = {(): 1}
    entries: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for first, lines in _statements(text):
        data = tomli.loads("\n".join(lines))
        if lines[0].lstrip().startswith("["):
            table = _opened_table(data, entries)
            for length in range(1, len(table) + 1):
                found.setdefault(table[:length], first)
            continue
        for path in _paths(data):
            found.setdefault(table + path, first)
        if len(lines) > 1:
            _locate_entries(first, lines, table, data, found)
    return found


def _statements(text: str) -> Iterator[tuple[int, list[str]]]:
    pending: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        pending.append(line)
        if _parses("\n".join(pending)):
            if tomli.loads("\n".join(pending)):
                yield number - len(pending) + 1, pending
            pending = []


def _parses(text: str) -> bool:
    try:
        tomli.loads(text)
    except tomli.TOMLDecodeError:
        return False
    return True


def _opened_table(header: dict[str, Any], entries: dict[KeyPath, int]) -> KeyPath:
    """The path that a parsed header opens; `entries` counts the entries of each list of tables so far."""
    path: KeyPath = ()
    node: Any = header
    while node:
        key, node = next(iter(node.items()))
        path += (key,)
        if isinstance(node, list):
            entries[path] = entries.get(path, -1) + 1
            return (*path, entries[path])
        if path in entries and node:
            path += (entries[path],)
    return path


def _paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from _paths(inner, (*path, key))


def _locate_entries(
    first: int, lines: list[str], table: KeyPath, data: dict[str, Any], found: dict[KeyPath, int]
) -> None:
    """Give the entries of a list that goes over several lines their own lines."""
    key: KeyPath = ()
    value: Any = data
    while isinstance(value, dict) and len(value) == 1:
        name, value = next(iter(value.items()))
        key += (name,)
    if not isinstance(value, list):
        return
    known, begins = 0, 0
    for index in range(len(lines) - 1):
        piece = "\n".join(lines[: index + 1]) + "\n]"
        if not _parses(piece):
            continue
        seen: Any = tomli.loads(piece)
        for name in key:
            seen = seen[name]
        for entry in range(known, len(seen)):
            for path in _paths(value[entry], (*key, entry)):
                found[table + path] = first + begins
        known, begins = len(seen), index + 1
    for entry in range(known, len(value)):
        for path in _paths(value[entry], (*key, entry)):
            found[table + path] = first + begins
