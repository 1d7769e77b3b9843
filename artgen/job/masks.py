"""Which mask is laid over which content: by their names where these say it, and else in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from artgen.job.words import some_of

_MOST_NAMED = 3


def own_masks(contents: Sequence[Path], masks: Sequence[Path]) -> list[Path | None]:
    """The mask of each content; one mask alone is for all.

    ``img10-mask.png`` goes with ``img10.jpg`` and not with ``img1.jpg``. Where no mask is called after a content they go
    in order, as do those of which one is named twice. None where a content has none, as may be when files are gone and
    nothing is painted.
    """
    if len(masks) == 1:
        return [masks[0]] * len(contents)
    named = _named(contents, masks)
    if not any(named.values()):
        return [masks[index] if index < len(masks) else None for index in range(len(contents))]
    waiting: dict[str, list[Path]] = {}
    for mask, stems in named.items():
        if len(stems) == 1:
            waiting.setdefault(stems[0], []).append(mask)
    own = [waiting.get(_folded(content), []) for content in contents]
    return [of_stem.pop(0) if of_stem else None for of_stem in own]


def doubts(contents: Sequence[Path], masks: Sequence[Path]) -> Iterator[str]:
    """Why it cannot be told which mask is whose, where there is one for each content."""
    named = _named(contents, masks)
    if len(masks) == 1 or not any(named.values()):
        return
    advice = (
        "Call each mask after its content alone, as fox-mask.png after fox.jpg, or none of them: then they go in order"
    )
    if nameless := [mask.name for mask, stems in named.items() if not stems]:
        yield f"other masks are called after contents, but not {some_of(nameless, _MOST_NAMED)}. {advice}"
    for mask, stems in named.items():
        if len(stems) > 1:
            yield f"{mask.name} is called after several contents, {some_of(stems, _MOST_NAMED)}. {advice}"
    stems_of_contents = [_folded(content) for content in contents]
    for stem in dict.fromkeys(stems_of_contents):
        called = [mask.name for mask, stems in named.items() if stems == [stem]]
        if len(called) > stems_of_contents.count(stem):
            yield f"{some_of(called, _MOST_NAMED)} are called after one content, {stem}. {advice}"


def _named(contents: Sequence[Path], masks: Sequence[Path]) -> dict[Path, list[str]]:
    """The stems of the contents that each mask is called after; none where one mask is named twice."""
    if len(set(masks)) < len(masks):
        return {}
    stems = list(dict.fromkeys(map(_folded, contents)))
    return {mask: _called_after(_folded(mask), stems) for mask in masks}


def _called_after(name: str, stems: Sequence[str]) -> list[str]:
    """The stems that a name has in it as whole words and whole numbers, but for those that are part of another."""
    said = [stem for stem in stems if stem in name and _stands_in(stem, name)]
    return [stem for stem in said if not any(stem != other and _stands_in(stem, other) for other in said)]


def _stands_in(stem: str, name: str) -> bool:
    """Whether a stem ends, on both sides, where a word or a number does: img1 in img1-mask and in img1b, not in img10."""
    before, after = (
        "" if not edge.isalnum() else r"\d" if edge.isdigit() else r"[^\W\d_]" for edge in (stem[:1], stem[-1:])
    )
    pattern = (f"(?<!{before})" if before else "") + re.escape(stem) + (f"(?!{after})" if after else "")
    return re.search(pattern, name) is not None


def _folded(file: Path) -> str:
    return file.stem.casefold()
