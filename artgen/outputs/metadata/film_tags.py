"""The tags of a film, such as its title and comment, as ffmpeg tells them."""

from __future__ import annotations

import re
from pathlib import Path

from artgen.outputs.films.ffmpeg import FFmpeg

_MOST_BYTES = 4 << 20
_TAG = re.compile(r"((?:[^\\=\n]|\\.)+)=((?:[^\\\n]|\\.)*)\n", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def film_tags(path: Path) -> dict[str, str]:
    """Text by name, of the film as a whole; empty where ffmpeg reads no film."""
    source = ["-protocol_whitelist", "file", "-i", f"file:{path.resolve()}"]
    with FFmpeg([*source, "-f", "ffmetadata", "pipe:1"], gives=True) as ffmpeg:
        told = ffmpeg.output.read(_MOST_BYTES).decode("utf-8", "replace")
    of_all, *_ = re.split(r"^\[", told, maxsplit=1, flags=re.MULTILINE)  # before those of its streams
    _, _, lines = of_all.partition("\n")  # which says what this is
    return {_plain(name).lower(): _plain(text) for name, text in _TAG.findall(lines)}


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
