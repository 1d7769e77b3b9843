"""The output `timeline`, with the pictures of a list in place of their numbers in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from artgen.errors import ArtgenError
from artgen.reuse.selection import Selection, read_selection

if TYPE_CHECKING:
    from artgen.outputs.films.config import Keyframe, TimelineConfig
    from artgen.outputs.films.timeline import Timeline


def timeline(config: TimelineConfig, name: str) -> Timeline:
    """The output; outputs know nothing of lists.

    Raises:
        JobError: the list cannot be read.
        ArtgenError: it has not the pictures that the keyframes name.
    """
    from artgen.outputs.films.timeline import Timeline

    keyframes = keyframes_of(config, name)
    return Timeline(config.model_copy(update={"keyframes": keyframes, "selection": None}), name)


def keyframes_of(config: TimelineConfig, name: str) -> list[Keyframe]:
    """The keyframes, those that name a picture of the list by its seed.

    Raises:
        JobError: the list cannot be read.
        ArtgenError: it has not the pictures that the keyframes name.
    """
    if config.selection is None:
        return list(config.keyframes)
    chosen = read_selection(config.selection)
    return [
        _of_list(keyframe, chosen, f"outputs.{name}.keyframes.{index}.picture")
        for index, keyframe in enumerate(config.keyframes)
    ]


def _of_list(keyframe: Keyframe, chosen: Selection, where: str) -> Keyframe:
    """A keyframe that names its seed."""
    if not keyframe.picture:
        return keyframe
    if not chosen.seeds:
        raise ArtgenError("the list has names of pictures, and a film goes from seed to seed", where=where)
    if keyframe.picture > len(chosen.pictures):
        raise ArtgenError(
            f"the list has {len(chosen.pictures)} pictures, and this is number {keyframe.picture}", where=where
        )
    picked = chosen.pictures[keyframe.picture - 1]
    found: dict[str, Any] = {"seed": picked.seed, "picture": 0, "class_": keyframe.class_ or picked.class_}
    if keyframe.truncation is None and chosen.truncation != 1:  # as it is in lists that say nothing of it
        found["truncation"] = chosen.truncation
    return keyframe.model_copy(update=found)
