"""One component under test, and the jobs and parts that it is tried in."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomli_w
import torch

from artgen.config import OPTIONS
from artgen.contracts import PictureShape
from artgen.job import Job, Part, read_job
from artgen.job.words import explain
from artgen.plugins import PluginManager
from artgen.registry import Component
from artgen.runs.store import Run
from artgen.testing.conformance.verdict import NotChecked, Unmet
from artgen.testing.running import run_job

NAME = "trial"
"""What the component is called in the jobs that it is tried in."""
SEED = 7
SHAPES = tuple(
    PictureShape(width, height, channels)
    for width, height in ((32, 32), (48, 32), (64, 64), (128, 128))
    for channels in (3, 4, 1)
)
"""What networks are tried with: those of these that they take, the smallest first."""
_COLORS = {1: "gray", 3: "rgb", 4: "rgba"}


@dataclass(frozen=True)
class Trial:
    """A component, its options, and a folder to write into."""

    manager: PluginManager
    component: Component
    options: Mapping[str, Any]
    folder: Path

    @functools.cached_property
    def model(self) -> Any:
        """Its config model; that of its kind where it registered none."""
        return self.component.load_config() or OPTIONS[self.component.kind]

    @functools.cached_property
    def config(self) -> Any:
        """Its options, checked.

        Raises:
            Unmet: they are not right.
            NotChecked: some must be given and nobody gave them.
        """
        from pydantic import ValidationError

        try:
            return self.model.model_validate_json(json.dumps(self.options))
        except ValidationError as error:
            if missing := [str(e["loc"][0]) for e in error.errors() if e["type"] == "missing"]:
                raise NotChecked(
                    f"{', '.join(missing)} must be given: say what to try it with in `trial` of {self.model.__name__}"
                ) from None
            told = "; ".join(text for _, text in explain(self.model, dict(self.options), error))
            raise Unmet("its options", expected="those that it is tried with are legal", found=told) from None

    @property
    def part(self) -> Part:
        """As a job has it."""
        component = self.component
        return Part(component.kind, component.qualified, NAME, self.config, component)

    def entry(self) -> dict[str, Any]:
        """As a job file has it; raises what `config` does."""
        _ = self.config
        return {"type": self.component.qualified, **self.options}

    def shapes(self) -> Iterator[PictureShape]:
        """The shapes of pictures that a network takes, as its config says without building it."""
        check = getattr(self.config, "check_shape", None)
        for shape in SHAPES:
            try:
                if check:
                    check(shape)
            except ValueError:
                continue
            yield shape

    @property
    def shape(self) -> PictureShape:
        """The smallest shape that it takes.

        Raises:
            Unmet: it takes none of those that are tried.
        """
        for shape in self.shapes():
            return shape
        raise Unmet("the pictures that it takes", expected=f"one of {', '.join(map(str, SHAPES))}", found="none")

    def job_data(self, tables: Mapping[str, Any]) -> dict[str, Any]:
        """A small job as plain data: two tiny networks that play against each other.

        Args:
            tables: instead of those; None leaves a table out.
        """
        data = {
            "job": {"name": NAME, "seed": SEED},
            "data": {"folder": "pictures", "size": 32},
            "generator": {"type": "dcgan", "latent": 8, "width": 4},
            "discriminator": {"type": "dcgan", "width": 4},
            "losses": [{"type": "adversarial"}],
            "augmentations": [],
            "train": {"steps": 2, "batch": 4, "device": "cpu", "precision": "fp32", "checkpoint_steps": 1},
            "quality": {"during": 0, "final": 0},
            "outputs": [],
            **tables,
        }
        return {key: value for key, value in data.items() if value is not None}

    def read(self, tables: Mapping[str, Any]) -> Job:
        """A small job with the component in it, read and checked."""
        from artgen.testing.pictures import copy_pictures

        copy_pictures(self.folder / "pictures")
        file = self.folder / "job.toml"
        file.write_text(tomli_w.dumps(self.job_data(tables)), encoding="utf-8")
        (job,) = read_job(file, manager=self.manager)
        return job

    def run(self, tables: Mapping[str, Any], *sets: str, into: str = "") -> Run:
        """A small job with the component in it, run to its end.

        Args:
            into: a folder of this name, so that two runs do not know of each other.
        """
        folder = self.folder / into if into else self.folder
        folder.mkdir(exist_ok=True)
        return run_job(tomli_w.dumps(self.job_data(tables)), folder, self.manager, *sets)

    def in_folder(self, name: str) -> Trial:
        """The same with a folder of its own."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return replace(self, folder=folder)


def data_of(shape: PictureShape) -> dict[str, Any]:
    """``[data]`` for pictures of a shape."""
    return {"folder": "pictures", "size": [shape.width, shape.height], "colors": _COLORS[shape.channels]}


def devices() -> list[torch.device]:
    """Every kind of device that this machine has."""
    found = [torch.device("cpu")]
    if torch.cuda.is_available():
        found.append(torch.device("cuda"))
    if torch.backends.mps.is_available():
        found.append(torch.device("mps"))
    return found


@contextmanager
def one_thread() -> Iterator[None]:
    """Tiny networks gain nothing from more, and processes of tests would wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
