"""From what a job says to what it means: every table checked against its model, every component found."""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from artgen.config import OPTIONS, Config, input_of
from artgen.data.config import DataConfig
from artgen.engine.config import PaintConfig, TrainConfig
from artgen.errors import ArtgenError, Problem
from artgen.job.auto.decision import Decision, decisions_of
from artgen.job.checks.draft import Draft
from artgen.job.checks.outputs import check_outputs
from artgen.job.checks.parts import STRANGERS, check_parts
from artgen.job.checks.styles import check_styles
from artgen.job.checks.training import check_training
from artgen.job.fields import fields_of, models_in
from artgen.job.file_names import PROGRESS, as_file_name, why_no_file_name
from artgen.job.inputs import found_inputs
from artgen.job.kept.exported import EXPORTED, is_exported, keep_what_paints
from artgen.job.kept.values import sources_of
from artgen.job.kept.whose import whose
from artgen.job.model import SECTIONS, Job, JobInfo, Part
from artgen.job.requires import checked_requires
from artgen.job.text.tree import ENTRY_KINDS, KEYS, PART_TABLES, TABLES, Leaf, Table
from artgen.job.words import MISSING, Homes, explain, shown, unknown_key
from artgen.quality.config import QualityConfig
from artgen.registry import Component, Kind, Registry
from artgen.requirement import pip_line

RESERVED = ("type", "name", "remove")
"""Keys of a component's table that are not its options; the last two are those of a named list."""

_ENTRY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")

C = TypeVar("C", bound=Config)


@dataclass
class Resolver:
    """Turns one tree into a job; whatever is wrong goes into `problems`, and nothing stops at the first."""

    tree: Table
    registry: Registry
    problems: list[Problem]
    inputs_needed: bool = True
    whole: bool = True
    """Whether all that the job extends could be read; else it is not told what seems to be missing."""
    auto: tuple[Decision, ...] = ()
    left: Callable[[], Mapping[str, Any]] = dict
    """The lock of the run that this job has left, if it has."""
    begun: Callable[[], bool] = bool
    """Whether that run goes on."""
    plugin_files: Mapping[str, str] = field(default_factory=dict)

    def resolve(self, file: Path, cell: str) -> Job | None:
        """The job, or None when there were problems."""
        self._check_tables()
        if is_exported(self.tree):
            keep_what_paints(self.tree)
            if self.inputs_needed:
                text = "an exported generator learns no more; it paints: artgen render FOLDER"
                self.problems.append(self.tree.origin_of(("lock", EXPORTED)).problem(text))
                return None
        draft = Draft(
            info=self._section("job", JobInfo),
            data=self._section("data", DataConfig) if "data" in self.tree.entries else None,
            train=self._section("train", TrainConfig),
            paint=self._section("paint", PaintConfig),
            generator=self._part("generator", "generator"),
            discriminator=self._part("discriminator", "discriminator"),
            backbone=self._part("backbone", "backbone"),
            losses=self._losses(),
            outputs=self._parts("outputs"),
        )
        quality = self._section("quality", QualityConfig)
        launcher = self._part("launcher", "launcher")
        augmentations, trackers = self._parts("augmentations"), self._parts("trackers")
        requires = checked_requires(self.tree.table("requires") or Table(self.tree.origin), self.problems)
        if self.whole:
            self.problems.extend(check_parts(self.tree, draft, self.registry))
            self.problems.extend(check_styles(self.tree, draft, self.inputs_needed))
            if self.inputs_needed:  # else it is finished, and the output tells it at once
                self.problems.extend(check_training(self.tree, draft))
                self.problems.extend(check_outputs(self.tree, draft))
        if self.problems:
            return None
        if not (draft.info and draft.train and draft.paint and quality and draft.generator and launcher) or (
            draft.losses is None
        ):
            raise AssertionError("a table is missing and nothing was said of it")
        job = Job(
            job=draft.info,
            file=file,
            cell=cell or self._locked_cell(),
            requires=requires,
            data=draft.data,
            train=draft.train,
            paint=draft.paint,
            quality=quality,
            generator=draft.generator,
            discriminator=draft.discriminator,
            backbone=draft.backbone,
            losses=draft.losses,
            augmentations=augmentations,
            outputs=draft.outputs,
            trackers=trackers,
            launcher=launcher,
            sources={},
            auto=self.auto or decisions_of(self.tree.value("lock", "auto")),
            plugin_files=self.plugin_files,
        )
        return replace(job, sources=sources_of(job, self.tree))

    def _losses(self) -> tuple[Part, ...] | None:
        """The losses; None when one of them is wrong, so that nobody can say what they are good for together."""
        losses = self._parts("losses")
        return None if any(p.table.partition(".")[0] == "losses" for p in self.problems) else losses

    def _locked_cell(self) -> str:
        """The cell that a lock is of; it becomes part of a folder's name, whoever wrote it."""
        cell = self.tree.value("lock", "cell")
        return as_file_name(cell) if isinstance(cell, str) and cell else ""

    def _check_tables(self) -> None:
        for key, node in list(self.tree.entries.items()):
            if key == "extends":  # those of files were followed and are gone
                text = "extends is followed before anything else is known: write it in the job file"
                self.problems.append(node.origin.problem(text))
            elif key not in TABLES:
                self.problems.append(node.origin.problem(unknown_key(key, KEYS, self._homes())))
            elif isinstance(node, Leaf):
                text = f"{key} must be a table under a header [{key}], not {shown(node.value)}"
                self.problems.append(node.origin.problem(text))
                del self.tree.entries[key]

    def _section(self, key: str, model: type[C]) -> C | None:
        table = self.tree.table(key) or Table(self.tree.origin)
        return self._checked(model, table, key)

    def _parts(self, key: str) -> tuple[Part, ...]:
        table = self.tree.table(key)
        found = []
        for name, entry in (table.entries if table else {}).items():
            place = f"{key}.{name}"
            if not isinstance(entry, Table):
                self.problems.append(entry.origin.problem("must be a table", place))
                continue
            if not _ENTRY_NAME.fullmatch(name):
                text = f"'{name}' is no name: letters, digits, - and _ only, at most 60 (it becomes a folder)"
                self.problems.append(entry.origin_of(("name",)).problem(text, key))
            elif key == "outputs" and name == PROGRESS:
                text = f"'{name}' cannot be its name: the sheets that a training makes of itself are called so"
                self.problems.append(entry.origin_of(("name",)).problem(text, key))
            elif why := why_no_file_name(name):
                text = f"'{name}' cannot be its name, which becomes a folder: it {why}"
                self.problems.append(entry.origin_of(("name",)).problem(text, key))
            part = self._part(ENTRY_KINDS[key], key, name)
            if part:
                found.append(part)
        return tuple(found)

    def _part(self, kind: Kind, *path: str) -> Part | None:
        table = self.tree.table(*path)
        if table is None:
            return None
        place = ".".join(path)
        component = self._component(kind, table, place)
        model = self._model(component, table, place) if component else None
        if component is None or model is None:
            return None
        config = self._checked(model, table, place, RESERVED if path[0] in ENTRY_KINDS else RESERVED[:1])
        name = path[1] if len(path) > 1 else component.name
        return Part(kind, component.qualified, name, config, component) if config else None

    def _component(self, kind: Kind, table: Table, place: str) -> Component | None:
        name = table.value("type")
        if name is None and not self.whole:
            return None
        if not isinstance(name, str):
            there = ", ".join(self.registry.names(kind))
            text = f"type must be text in quotes, not {shown(name)}" if name is not None else "missing key 'type'"
            self.problems.append(table.origin_of(("type",)).problem(f"{text}. There are: {there}", place))
            return None
        try:
            return self.registry.get(kind, name, self._whose)
        except LookupError as error:
            self.problems.append(table.origin_of(("type",)).problem(str(error.args[0]), place))
            return None

    def _whose(self, kind: Kind, name: str) -> tuple[str, str]:
        """Whose a name was: as the job itself says, which may be a lock, or the lock of its run."""
        said = whose(self.tree.plain(), kind, name)
        return said if all(said) else whose(self.left(), kind, name)

    def _model(self, component: Component, table: Table, place: str) -> type[Config] | None:
        origin = table.origin_of(("type",))
        if missing := component.missing:
            text = f"{component.kind} '{component.name}' of {component.distribution} needs {' and '.join(missing)}"
            text += f", which {'is' if len(missing) == 1 else 'are'} not installed. Try: {pip_line(*missing)}"
            self.problems.append(origin.problem(text, place))
        try:
            model: type[Config] = component.load_config() or OPTIONS[component.kind]
        except ArtgenError as error:
            hint = f". {error.hint}" if error.hint else ""
            self.problems.append(origin.problem(f"{error.where}: {error.message}{hint}", place))
            return None
        return model

    def _homes(self) -> Homes:
        """In which tables of this job each key means something."""
        models: dict[str, type[Config]] = {}
        for key, kind in PART_TABLES.items():
            name = self.tree.value(key, "type")
            with contextlib.suppress(LookupError, ArtgenError):  # which is told where the table itself is looked at
                component = self.registry.get(kind, name, self._whose) if isinstance(name, str) else None
                if component and (model := component.load_config()):
                    models[key] = model
        strangers = STRANGERS.get(input_of(models.get("generator")), {})
        tables = {key: model for key, model in {**SECTIONS, **models}.items() if key not in strangers}
        homes: dict[str, list[str]] = {}
        for table, model in _with_inner(tables.items()):
            for key in fields_of(model):
                homes.setdefault(key, []).append(table)
        return homes

    def _checked(self, model: type[C], table: Table, place: str, reserved: tuple[str, ...] = ()) -> C | None:
        """The table as its model; None when it is wrong. Files that are not there are told, but wrong no type."""
        data = {key: value for key, value in table.plain().items() if key not in reserved}
        for path, value in _leaves(data):
            if text := _why_no_value(value):
                self.problems.append(table.origin_of(path).problem(f"{path[-1]} {text}", place))
        found = found_inputs(model, data, table, place, self.problems if self.inputs_needed else [], self.begun)
        try:
            # JSON mode, because TOML has JSON's types: a list may become a tuple, text a path, and nothing else bends.
            return model.model_validate_json(json.dumps(found, default=str))
        except ValidationError as error:
            self.problems.extend(self._told(model, data, table, place, error))
            return None

    def _told(
        self, model: type[BaseModel], data: dict[str, Any], table: Table, place: str, error: ValidationError
    ) -> Iterator[Problem]:
        for path, text in explain(model, data, error, missing=self.whole, homes=self._homes()):
            last = max((depth for depth, key in enumerate(path) if isinstance(key, str)), default=0)
            nested = ".".join((place, *map(str, path[:last])))
            origin = table.origin_of(path)
            if origin.layer.kind == "preset" and text.startswith(MISSING):
                origin = self.tree.origin  # which a preset leaves to the job
            yield origin.problem(text, nested)


def _with_inner(tables: Iterable[tuple[str, type[BaseModel]]]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Tables, and those that stand in them, by their headers."""
    for header, model in tables:
        yield header, model
        fields = [(key, field) for key, field in fields_of(model).items() if isinstance(field.default, BaseModel)]
        yield from _with_inner((f"{header}.{key}", inner) for key, f in fields for inner in models_in(f.annotation))


def _why_no_value(value: Any) -> str:
    """What is wrong with a value that TOML has and no option of a job is; "" where nothing is."""
    if isinstance(value, float) and not math.isfinite(value):
        return "must be a finite number"
    if isinstance(value, (date, time)):
        return f'is a date or a time where it stands without quotes: write "{value}"'
    return ""


def _leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value in tables and lists, with its path."""
    if not isinstance(value, (dict, list)):
        yield path, value
        return
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _leaves(inner, (*path, key))
