"""The tags of a film, such as its title and comment, as ffmpeg tells them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from artgen.outputs.films.ffmpeg import FFmpeg

_MOST_BYTES = 4 << 20
_LINE = re.compile(r"((?:[^\\\n]|\\.)*+)\n", re.DOTALL)
"""A backslash stands before each newline that does not end it. Nothing is looked at twice: anybody may have written it."""
_NAME = re.compile(r"((?:[^\\=]|\\.)++)=", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def film_tags(path: Path) -> dict[str, str]:
    """Text by name, of the film as a whole; empty where ffmpeg reads no film."""
    source = ["-protocol_whitelist", "file", "-i", f"file:{path.resolve()}"]
    with FFmpeg([*source, "-f", "ffmetadata", "pipe:1"], gives=True) as ffmpeg:
        told = ffmpeg.output.read(_MOST_BYTES).decode("utf-8", "replace")
    return dict(_tags(told))


def _tags(told: str) -> Iterator[tuple[str, str]]:
    """Names in small letters and texts, up to those of the film's streams."""
    _, _, lines = told.partition("\n")  # which says what this is
    for line in _lines(lines):
        if line.startswith("["):
            return
        if name := _NAME.match(line):
            yield _plain(name[1]).lower(), _plain(line[name.end() :])


def _lines(text: str) -> Iterator[str]:
    at = 0
    while line := _LINE.match(text, at):
        yield line[1]
        at = line.end()


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
