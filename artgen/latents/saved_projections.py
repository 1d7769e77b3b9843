"""Projections of a run, by name: ``RUN/projections/NAME.safetensors`` and, written after it, ``NAME.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from artgen.errors import ArtgenError
from artgen.job.file_names import why_no_file_name
from artgen.runs.files import WHOLE, whole_file, write_text

FOLDER = "projections"
_W = "w"
_NOISE = "noise/"
_AGAIN = "project the picture again"


class Told(BaseModel):
    """What is told of a projection.

    Attributes:
        checkpoint: sha256 of the weights that it was made with; others paint something else from it.
        picture: sha256 of the file that was projected.
        label_name: its class; "" where there are none.
        first: perceptual distance from the picture at the start of the search, 0 to 2.
        last: at its end.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    schema_: Literal[1] = Field(1, alias="schema")
    checkpoint: str
    picture: str
    label_name: str = Field("", alias="class")
    first: Annotated[FiniteFloat, Field(ge=0)]
    last: Annotated[FiniteFloat, Field(ge=0)]


@dataclass(frozen=True, eq=False)
class SavedProjection:
    """Where a picture was found: with `w` and `noise` a point for `Sampler.along`.

    Attributes:
        w: (D,), or (layers, D).
        noise: (1, h, w) by name.
        told: the rest.
    """

    w: Tensor
    noise: Mapping[str, Tensor]
    told: Told

    @property
    def checkpoint(self) -> str:
        """Sha256 of the weights that it was made with."""
        return self.told.checkpoint

    @property
    def label_name(self) -> str:
        """Its class; "" where there are none."""
        return self.told.label_name


def write_projection(run: Path, name: str, found: SavedProjection) -> Path:
    """Keep a projection in a run folder; one of the same name is replaced.

    Raises:
        ArtgenError: the name cannot be a file's, or a file cannot be written.
    """
    path = projection_path(run, name)
    try:
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ArtgenError(f"cannot be written: {error.strerror}", where=str(path.parent)) from error
    tensors = {_W: found.w, **{_NOISE + place: values for place, values in found.noise.items()}}
    with whole_file(path.with_suffix(".safetensors")) as part:
        save_file({key: values.detach().cpu().contiguous() for key, values in tensors.items()}, part)
    write_text(path, found.told.model_dump_json(by_alias=True, indent=1) + "\n")
    return path


def read_projection(run: Path, name: str) -> SavedProjection:
    """A projection that was kept in a run folder.

    Raises:
        ArtgenError: there is none of that name, or its files were damaged.
    """
    path = projection_path(run, name)
    try:
        told = Told.model_validate_json(path.read_bytes())
        tensors = load_file(path.with_suffix(".safetensors"))
    except OSError as error:
        there = sorted(file.stem for file in path.parent.glob(f"{WHOLE}.json"))
        hint = f"there are {', '.join(there)}" if there else f"artgen project {run.name} PICTURE makes one"
        raise ArtgenError("there is no projection of that name", where=str(path), hint=hint) from error
    except (ValidationError, SafetensorError) as error:
        raise ArtgenError("damaged", where=str(path), hint=_AGAIN) from error
    if _W not in tensors or not all(torch.isfinite(values).all() for values in tensors.values()):
        raise ArtgenError("damaged: there is no point in it", where=str(path), hint=_AGAIN)
    noise = {key.removeprefix(_NOISE): values for key, values in tensors.items() if key.startswith(_NOISE)}
    return SavedProjection(tensors[_W], noise, told)


def projection_path(run: Path, name: str) -> Path:
    """Where a projection of this name is kept.

    Raises:
        ArtgenError: the name cannot be a file's.
    """
    if why := why_no_file_name(name):
        raise ArtgenError(f"a projection cannot be called '{name}': the name {why}")
    return run / FOLDER / f"{name}.json"
