"""Where in a TOML text each key and each list entry stands.

No parser gives lines for values, so each statement is parsed alone. TOML is made of statements (a header, or
``key = value``) that begin on a line of their own. One ends where a line does outside of brackets and strings, and to see
those it is enough to know strings and comments.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import tomli

from artgen.job.fields import KeyPath

_TOKENS = re.compile(
    r"""
    \"{3} (?: \\. | [^\\] )*? \"{3,5} | '{3} .*? '{3,5}   # texts of several lines, which may end in quotes
    | " (?: \\. | [^"\\\n] )* " | ' [^'\n]* '            # of one
    | \# [^\n]*
    | [\[\]{},\n]
    """,
    re.VERBOSE | re.DOTALL,
)
_NOTHING = re.compile(r"(?: \s | \# [^\n]* )*", re.VERBOSE)


def lines_of_keys(text: str) -> dict[KeyPath, int]:
    """The 1-based line on which each table, key and list entry first appears; the text must be legal TOML."""
    found: dict[KeyPath, int] = {(): 1}
    entries: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for first, statement, begins in _statements(text):
        data = tomli.loads(statement)
        if statement.startswith("["):
            table = _opened_table(data, entries)
            for length in range(1, len(table) + 1):
                found.setdefault(table[:length], first)
            continue
        for path in _paths(data):
            found.setdefault(table + path, first)
        _locate_entries(begins, table, data, found)
    return found


def _statements(text: str) -> Iterator[tuple[int, str, Sequence[int]]]:
    """Each with its first line, and the lines on which the entries of its first list begin, if it has one."""
    text += "\n"
    line = _Lines(text)
    begins, depth, of_list = 0, 0, 0
    entries: list[int] = []
    for token in _TOKENS.finditer(text):
        mark, after = token[0], token.end()
        if mark == "\n" and depth == 0:
            begins = _past_nothing(text, begins, after)
            if begins < token.start():
                yield line.of(begins), text[begins : token.start()], [line.of(entry) for entry in entries]
            begins, of_list, entries = after, 0, []
        elif mark in ("[", "{"):
            depth += 1
            if mark == "[" and not of_list:
                of_list = depth
                entries.append(_past_nothing(text, after))
        elif mark in ("]", "}"):
            depth -= 1
        elif mark == "," and depth == of_list > 0:
            entries.append(_past_nothing(text, after))


def _past_nothing(text: str, position: int, end: int = sys.maxsize) -> int:
    """The next position where there is more than space and comments."""
    found = _NOTHING.match(text, position, end)
    return found.end() if found else position


class _Lines:
    """The 1-based line of positions that are asked for in their order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at, self._line = 0, 1

    def of(self, position: int) -> int:
        self._line += self._text.count("\n", self._at, position)
        self._at = position
        return self._line


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


def _locate_entries(begins: Sequence[int], table: KeyPath, data: dict[str, Any], found: dict[KeyPath, int]) -> None:
    """Give the entries of a list that goes over several lines their own lines."""
    key: KeyPath = ()
    value: Any = data
    while isinstance(value, dict) and len(value) == 1:
        name, value = next(iter(value.items()))
        key += (name,)
    for entry, line in zip(range(len(value) if isinstance(value, list) else 0), begins, strict=False):
        for path in _paths(value[entry], (*key, entry)):
            found[table + path] = line
