"""A list of chosen pictures, as the page of a run saves it or a person writes it, and what it means for a run."""

from __future__ import annotations

import copy
import difflib
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import from_json

from artgen.errors import JobError
from artgen.job import read_job
from artgen.job.words import explain, some_of
from artgen.latents.seeds import LARGEST_SEED, class_of
from artgen.runs.checkpoints import Checkpoint, checkpoint_to_read
from artgen.runs.store import LOCK_NAME
from artgen.terminal import harmless

if TYPE_CHECKING:
    from artgen.outputs.source import Source
    from artgen.runs.store import Run

_LARGEST_BYTES = 4 * 2**20
"""Ten thousand pictures, the most that a page has, take a tenth of it."""
_LONGEST_NAME = 255
_JSON = ("{", "[")
"""How it begins where it is no list of lines."""
_MOST_NAMED = 5
_SECONDS_EACH = 2.0
_FORM = "The page of a run saves such a list; by hand it is one seed or one name of a picture in a line."


class Picked(BaseModel):
    """One picture: by its seed, or by the name of its file without the ending."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    seed: Annotated[int, Field(ge=0, le=LARGEST_SEED)] | None = None
    stem: Annotated[str, Field(max_length=_LONGEST_NAME)] = ""
    class_: str = Field("", alias="class")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.seed is None) == (not self.stem):
            raise ValueError("a picture has a seed or a stem")
        return self


class Selection(BaseModel):
    """The pictures in the order in which they were chosen, and what they were chosen from, where the list says so."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    artgen: str = ""
    run: str = ""
    checkpoint: str | None = None
    truncation: Annotated[float, Field(ge=0, le=2)] = 1.0
    pictures: Annotated[list[Picked], Field(min_length=1)]
    _lines: tuple[str, ...] = ()
    """Of a list that is one of lines: a number in it may be a seed or the name of a picture."""

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        if len({picked.seed is None for picked in self.pictures}) > 1:
            raise ValueError("some pictures have a seed and some a stem")
        return self

    @property
    def seeds(self) -> list[int]:
        """Those of the pictures; empty when they go by names."""
        return [picked.seed for picked in self.pictures if picked.seed is not None]

    @property
    def stems(self) -> list[str]:
        """The names of the pictures; empty when they go by seeds."""
        return [picked.stem for picked in self.pictures if picked.stem]

    @property
    def ambiguous(self) -> bool:
        """Whether its seeds may as well be names."""
        return bool(self.seeds and self._lines)

    def by_names(self) -> Selection:
        """The same lines, each as a name."""
        return Selection(pictures=[Picked(stem=line) for line in self._lines])


def selection_for(file: Path, run: Path) -> Selection:
    """The list in a file as a run folder means it: where its pictures have names, a line with a number is one.

    Raises:
        JobError: there is no such file, it holds something else, or the run's lock cannot be read.
    """
    selection = read_selection(file)
    if selection.ambiguous:
        (job,) = read_job(run / LOCK_NAME, sets=["outputs=[]"], inputs_needed=False)
        if job.paints_from != "latent":
            return selection.by_names()
    return selection


def read_selection(file: Path) -> Selection:
    """The list in a file: JSON as the page saves it, or text with one seed or one name in a line.

    Raises:
        JobError: there is no such file, or it holds something else.
    """
    where = harmless(str(file))
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST_BYTES + 1)
        if len(data) > _LARGEST_BYTES:
            raise JobError("this is too large for a list of pictures", where=where, hint=_FORM)
        text = data.decode("utf-8-sig").strip()
        return Selection.model_validate_json(text) if text.startswith(_JSON) else _of_lines(text)
    except OSError as error:
        raise JobError(f"the list cannot be read: {error.strerror or error}", where=where) from error
    except UnicodeDecodeError as error:
        raise JobError("this is no list of pictures: it is no text", where=where, hint=_FORM) from error
    except ValidationError as error:
        why = harmless(_why_not(text, error)[:300])
        raise JobError(f"this is no list of pictures: {why}", where=where, hint=_FORM) from error


def _why_not(text: str, error: ValidationError) -> str:
    """The first thing that is wrong with a list."""
    if not text:
        return "it is empty"
    if not text.startswith(_JSON):
        wrong = error.errors()[0]
        if "seed" in wrong["loc"]:
            return f"{wrong['input']} is no seed: they go from 0 to {LARGEST_SEED}"
        return f"a name in it has more than {_LONGEST_NAME} letters"
    try:
        data = from_json(text)
    except ValueError as broken:
        return f"it is no JSON: {broken}"
    path, why = explain(Selection, data, error)[0]
    last = max((depth for depth, key in enumerate(path) if isinstance(key, str)), default=0)
    return ": ".join(filter(None, (".".join(map(str, path[:last])), why)))


def _of_lines(text: str) -> Selection:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    seeds = all(line.isdecimal() and len(line) <= len(str(LARGEST_SEED)) for line in lines)
    selection = Selection(pictures=[Picked(seed=int(line)) if seeds else Picked(stem=line) for line in lines])
    selection._lines = tuple(lines)
    return selection


def options_of(selection: Selection, run: Path, kind: str, warn: Callable[[str], object]) -> dict[str, Any]:
    """What a list means as options of an output of a generator that paints from seeds; nothing for names.

    Args:
        selection: the list.
        run: the run folder that is to paint.
        kind: of the output; a film takes as long as it has pictures to pass.
        warn: told when the list is of another checkpoint, where the same seeds are other pictures.

    Raises:
        JobError: the list asks for classes that the run has not, or for several that no one output paints.
    """
    best = checkpoint_to_read(run / "checkpoints")
    if selection.checkpoint and best and selection.checkpoint != best.info.sha256:
        warn(_other_checkpoint(selection, best))
    if not selection.seeds:
        return {}
    if kind == "timeline":
        return {"keyframes": _keyframes(selection)}
    options: dict[str, Any] = {"seeds": selection.seeds}
    if selection.truncation != 1:
        options["truncation"] = selection.truncation
    classes = best.state.get("classes", []) if best else []
    if of_class := _class_for_all(selection, classes, str(run)):
        options["class"] = of_class
    if kind in ("interpolation", "zoom"):
        options["seconds"] = _SECONDS_EACH * len(selection.seeds)
    return options


def _keyframes(selection: Selection) -> list[dict[str, Any]]:
    """One for each picture, at the pace of other films."""
    truncation = {"truncation": selection.truncation} if selection.truncation != 1 else {}
    return [
        {
            "at": index * _SECONDS_EACH,
            "seed": picked.seed,
            **truncation,
            **({"class": picked.class_} if picked.class_ else {}),
        }
        for index, picked in enumerate(selection.pictures)
    ]


def _other_checkpoint(selection: Selection, best: Checkpoint) -> str:
    of_run = f" of '{harmless(selection.run[:80])}'" if selection.run else ""
    return (
        f"the list was chosen from another checkpoint{of_run} (sha256 {harmless(selection.checkpoint or '')[:12]}…); "
        f"this run paints with step {best.step} ({best.info.sha256[:12]}…), where the same seeds are other pictures. "
        "Name the run that they were chosen from to have the same ones"
    )


def _class_for_all(selection: Selection, classes: Sequence[str], where: str) -> str:
    """The class to ask for; "" where each seed is to be of its own."""
    wanted = {picked.class_ for picked in selection.pictures} - {""}
    if unknown := sorted(wanted - set(classes)):
        there = f"There are: {', '.join(classes)}" if classes else "Its generator knows no classes."
        raise JobError(
            f"the list asks for class '{harmless(unknown[0][:80])}', which this run has not", where=where, hint=there
        )
    if all(picked.class_ in ("", _own_class(picked, classes)) for picked in selection.pictures):
        return ""
    if len(wanted) > 1 or any(not picked.class_ for picked in selection.pictures):
        raise JobError(
            "the list asks for pictures of several classes that are not their seeds' own",
            where=where,
            hint="Make a list for each class.",
        )
    return wanted.pop()


def _own_class(picked: Picked, classes: Sequence[str]) -> str:
    return classes[class_of(cast(int, picked.seed), len(classes))] if classes else ""


def chosen(selection: Selection, source: Source, run: Run) -> Source:
    """The pictures of a list among those of a run, in the order of the list; a generator paints whatever it is asked.

    Raises:
        JobError: the list is of another run, or names pictures that are not there.
    """
    from artgen.outputs.works import Works

    if isinstance(source, Works) == bool(selection.seeds):
        listed, painted = ("seeds", "have names") if selection.seeds else ("names", "are painted from seeds")
        raise JobError(
            f"the list has {listed} of pictures, and those of this run {painted}",
            where=run.name,
            hint=_of_its_own_run(selection),
        )
    if not isinstance(source, Works):
        return source
    if selection.run and selection.run != run.name:
        raise JobError(
            f"the list is of another run, '{harmless(selection.run[:80])}'",
            where=run.name,
            hint=_of_its_own_run(selection),
        )
    there = {work.stem: work for work in source.works}
    if missing := [stem for stem in selection.stems if stem not in there]:
        raise JobError(_not_there(missing, list(there)), where=run.name, hint=f"It has {_some(list(there))}.")
    some = copy.copy(source)
    some.works = [there[stem] for stem in dict.fromkeys(selection.stems)]
    some.about = f"{len(some.works)} chosen pictures from {run.name}"
    some.identity = {**source.identity, "chosen": "\n".join(selection.stems)}
    return some


def _of_its_own_run(selection: Selection) -> str:
    if not selection.run:
        return ""
    folder = shlex.quote(f"runs/{selection.run[:80]}")  # anybody may have written the list
    return harmless(f"Name the folder of its own run: artgen render {folder} --selection LIST")


def _not_there(missing: Sequence[str], there: Sequence[str]) -> str:
    close = difflib.get_close_matches(missing[0][:200], there, 1)
    meant = f"; did you mean '{close[0]}'?" if close else ""
    return f"this run has no picture {harmless(_some(missing))}{meant}"


def _some(names: Sequence[str]) -> str:
    return some_of([f"'{name[:80]}'" for name in names], _MOST_NAMED)
