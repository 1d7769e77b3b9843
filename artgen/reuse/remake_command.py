"""Pages of many pictures and films are made again by the commands that made them: which those are."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artgen.errors import JobError
from artgen.job.text.overrides import as_toml
from artgen.terminal import harmless

_MOST_LETTERS = 20_000
_OF_NO_SEED = frozenset({"picture", "inputs"})
"""What recipes of repainted photographs and of canvases have; a seed in these is the job's."""
_PAGES_OF_SEEDS, _FILMS_OF_OTHERS = frozenset({"sheet", "morph-strip", "poster"}), frozenset({"timeline"})
"""Pages whose option `seeds` is what their recipe calls so, and films where it is not: they have other options for it."""


def refuse_pages_and_films(recipe: Mapping[str, Any], picture: Path) -> None:
    """Say how pages of many pictures and films are made again: by the commands that made them.

    Args:
        recipe: of any file; anybody may have changed it.
        picture: the file.

    Raises:
        JobError: it is one of these.
    """
    if (_OF_NO_SEED | {"seed"}) & recipe.keys() and not isinstance(recipe.get("page"), dict):
        return
    kind, words = _command(recipe)
    weights = recipe.get("checkpoint")
    digest = weights.get("sha256") if isinstance(weights, dict) else None
    made_by = harmless(f"; RUN is the one whose checkpoint has sha256 {digest}"[:200]) if digest else ""
    command = f"artgen {shlex.join(words)}"
    if len(command) > _MOST_LETTERS:
        command = (
            f"{command[:_MOST_LETTERS]}… It is cut here: artgen show {shlex.quote(picture.name)} tells all options."
        )
    raise JobError(
        f"it is {kind}, which the run makes again{made_by}",
        where=harmless(picture.name),
        hint=harmless(command),
    )


def _command(recipe: Mapping[str, Any]) -> tuple[str, list[str]]:
    """What a page or a film is, and the words behind ``artgen`` that make it again."""
    film, page = recipe.get("film"), recipe.get("page")
    if isinstance(film, dict) and "sha256" in film:
        return "a repainted film", ["render", "RUN", *_repainting(recipe)]
    if "projection" in recipe:
        return "a picture beside what was found of it", ["project", "RUN", "PICTURE"]
    if isinstance(page, dict) and page.get("type") == "directions":
        return "a sheet of directions", ["directions", "RUN", "--sheet", *_options({"--seed": recipe.get("seeds")})]
    kind, output = ("a film", "interpolation") if film else ("a page of several pictures", "sheet")
    told = film if isinstance(film, dict) else page if isinstance(page, dict) else {}
    if not film and (_OF_NO_SEED | {"seed"}) & recipe.keys():
        named = "--".join(str(recipe[key]) for key in ("content", "style") if recipe.get(key))
        kind = f"a picture in the form that the output '{told.get('type', output)}' gives {named or 'it'}"
    return kind, ["render", "RUN", *_rendering(recipe, str(told.get("type", output)), told)]


def _repainting(recipe: Mapping[str, Any]) -> list[str]:
    size = recipe.get("size")
    sides = [side for side in size if isinstance(side, int)] if isinstance(size, list) else []
    told = {"--style": recipe.get("style"), "--size": max(sides, default=None), "--smooth": recipe.get("smooth")}
    return ["--film", "FILM", *_options(told)]


def _rendering(recipe: Mapping[str, Any], output: str, told: Mapping[str, Any]) -> list[str]:
    """An output of the run with the options that it tells."""
    of_seeds = output not in _FILMS_OF_OTHERS if recipe.get("film") else output in _PAGES_OF_SEEDS
    seeds = recipe.get("seeds") if of_seeds else None if _OF_NO_SEED & recipe.keys() else recipe.get("seed")
    options = _options({"--output": output, "--seeds": seeds, "--truncation": recipe.get("truncation")})
    settings = {"class": recipe["class"]} if "class" in recipe else {}
    settings |= {key: value for key, value in told.items() if key != "type"}
    if isinstance(signature := settings.get("signature"), dict):
        settings["signature"] = {key: value for key, value in signature.items() if key != "sha256"}
        settings["signature"]["picture"] = "SIGNATURE"
    if "font" in settings:
        settings["font"] = "FONT"
    if isinstance(recipe.get("sound"), dict):
        settings["sound"] = "SOUND"
    sets = [word for key, value in settings.items() for word in ("--set", f"{key}={as_toml(value)}")]
    return [*options, *sets]


def _options(told: Mapping[str, Any]) -> list[str]:
    return [word for option, value in told.items() if value is not None for word in (option, str(value))]
