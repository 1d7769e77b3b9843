"""What is asked of every component: that it is there, and that its options can be read, shown and kept."""

from __future__ import annotations

import json

import tomli
import tomli_w
from pydantic import BaseModel

from artgen.config import Config
from artgen.job.fields import fields_of, models_in
from artgen.job.kept.values import plain
from artgen.job.schema import job_schema
from artgen.registry import Registry
from artgen.testing.conformance.imports import heavy_imports
from artgen.testing.conformance.trial import Trial
from artgen.testing.conformance.verdict import NotChecked, Told, Unmet, expect


def can_be_had(trial: Trial) -> Told:
    """Its import string leads somewhere, and it says in a line what it is."""
    component = trial.component
    expect(bool(component.summary), "its summary", expected="a line that says what it is", found="none")
    component.load()
    return Told(component.target)


def config_is_light(trial: Trial) -> Told:
    """Its options are read without torch: jobs are checked, planned and listed in a moment."""
    if not trial.component.config:
        raise NotChecked("it has no options")
    module = trial.component.config.partition(":")[0]
    heavy = heavy_imports(module)
    expect(
        not heavy,
        f"the module {module}",
        expected="imports no torch, numpy, kornia, PIL or imageio",
        found=f"imports {', '.join(heavy)}; move what computes into a module of its own",
    )
    return Told(module)


def config_is_strict(trial: Trial) -> Told:
    """A key that its config model does not know is an error, and no value is taken for one of another type."""
    model = trial.model
    for name in ("extra", "frozen", "strict"):
        found, wanted = model.model_config.get(name), Config.model_config[name]
        expect(found == wanted, f"{name} in its model_config", expected=wanted, found=found)
    return Told(model.__name__)


def options_are_told(trial: Trial) -> Told:
    """Every option says what it does."""
    silent = list(_silent(trial.model, ""))
    expect(not silent, "its options", expected="a docstring under each", found=f"none under {', '.join(silent)}")
    return Told(", ".join(fields_of(trial.model)) or "none")


def options_are_kept(trial: Trial) -> Told:
    """Its options go into the lock and come back, and stand in the schema that editors read."""
    data = plain(trial.config)
    written = tomli.loads(tomli_w.dumps(data))
    try:
        again = trial.model.model_validate_json(json.dumps(written))
    except ValueError as error:
        raise Unmet("its options, out of the lock", expected="legal", found=error) from error
    expect(again == trial.config, "its options, out of the lock", expected=trial.config, found=again)
    schema = json.dumps(job_schema(Registry([*trial.manager.registry.components])))
    expect(trial.component.name in schema, "the schema of jobs", expected="knows its name", found="does not")
    return Told()


def _silent(model: type[BaseModel], place: str) -> list[str]:
    found = []
    for name, field in fields_of(model).items():
        if not field.description:
            found.append(f"{place}{name}")
        for inner in models_in(field.annotation):
            found.extend(_silent(inner, f"{place}{name}."))
    return found
