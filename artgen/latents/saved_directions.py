"""Directions of a run, by name: ``RUN/directions/NAME.json``, plain numbers that can be looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from artgen.errors import ArtgenError
from artgen.job.file_names import why_no_file_name
from artgen.latents.directions import Directions, Method
from artgen.runs.files import WHOLE, write_text

_FOLDER = "directions"
_TOLERANCE = 1e-4
_AGAIN = "find the directions again"


class _Direction(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1)]
    share: Annotated[FiniteFloat, Field(ge=0)]
    spread: Annotated[FiniteFloat, Field(ge=0)]
    vector: list[FiniteFloat]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    schema_: Literal[1] = Field(1, alias="schema")
    method: Method
    checkpoint: str
    directions: Annotated[list[_Direction], Field(min_length=1)]


def write_directions(run: Path, name: str, directions: Directions, *, checkpoint: str) -> Path:
    """Keep directions in a run folder; those of the same name are replaced.

    Args:
        run: the folder.
        checkpoint: sha256 of the weights that they were found in.

    Raises:
        ArtgenError: the name cannot be a file's, or the file cannot be written.
    """
    path = directions_path(run, name)
    rows = zip(directions.names, directions.shares, directions.spreads, directions.vectors.tolist(), strict=True)
    kept = [_Direction(name=own, share=share, spread=spread, vector=vector) for own, share, spread, vector in rows]
    whole = _File(schema=1, method=directions.method, checkpoint=checkpoint, directions=kept)
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise ArtgenError(f"cannot be made: {error.strerror}", where=str(path.parent)) from error
    write_text(path, whole.model_dump_json(by_alias=True) + "\n")
    return path


def saved_directions(run: Path) -> list[str]:
    """The names under which directions were kept in a run folder."""
    return sorted(file.stem for file in (run / _FOLDER).glob(f"{WHOLE}.json"))


def drop_directions(run: Path, name: str) -> None:
    """Remove directions that were kept in a run folder.

    Raises:
        ArtgenError: there are none of that name.
    """
    read_directions(run, name)
    directions_path(run, name).unlink()


def read_directions(run: Path, name: str) -> Directions:
    """Directions that were kept in a run folder.

    Whoever uses them compares their `checkpoint` with the one in use: after more training others may be better.

    Raises:
        ArtgenError: there are none of that name, or the file was damaged.
    """
    path = directions_path(run, name)
    try:
        found = _File.model_validate_json(path.read_bytes())
    except OSError as error:
        there = saved_directions(run)
        hint = f"there are {', '.join(there)}" if there else "none were saved in this run yet"
        raise ArtgenError("there are no directions of that name", where=str(path), hint=hint) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ArtgenError(f"damaged: {place}: {first['msg']}", where=str(path), hint=_AGAIN) from error
    return _checked(found, path)


def _checked(found: _File, path: Path) -> Directions:
    rows = found.directions
    names = tuple(row.name for row in rows)
    if len({len(row.vector) for row in rows}) > 1 or len(set(names)) < len(names):
        raise ArtgenError("damaged: its directions differ in length or share a name", where=str(path), hint=_AGAIN)
    vectors = torch.tensor([row.vector for row in rows])
    products = vectors @ vectors.t()
    if not torch.allclose(products, torch.eye(len(rows)), atol=_TOLERANCE):
        raise ArtgenError("damaged: its directions are not orthonormal", where=str(path), hint=_AGAIN)
    shares, spreads = tuple(row.share for row in rows), tuple(row.spread for row in rows)
    return Directions(found.method, names, vectors, shares, spreads, found.checkpoint)


def directions_path(run: Path, name: str) -> Path:
    """Where directions of this name are kept.

    Raises:
        ArtgenError: the name cannot be a file's.
    """
    if why := why_no_file_name(name):
        raise ArtgenError(f"directions cannot be called '{name}': the name {why}")
    return run / _FOLDER / f"{name}.json"
