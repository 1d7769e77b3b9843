"""The JSON schema of job files, with every installed component's keys, for editors and other tools.

Draft 7, and of it only what editors that know draft 4 pass over without harm. A table that extends another job may
leave out what it inherits, so that required keys are asked only of jobs without `extends`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from artgen.config import OPTIONS
from artgen.distributions import BUILTIN
from artgen.errors import ArtgenError
from artgen.job.fields import fields_of
from artgen.job.model import SECTIONS
from artgen.job.text.tree import ENTRY_KINDS, PART_TABLES
from artgen.registry import Component, Kind, Registry

Schema = dict[str, Any]
Options = Mapping[Component, Schema]
"""The components of a kind, each with the schema of its options."""


def job_schema(registry: Registry, left_out: Callable[[ArtgenError], object] = lambda _why: None) -> Schema:
    """The schema of a job file with all components of a registry.

    Args:
        left_out: told of each component of a plugin whose options cannot be described; it is left out.
    """
    tables = {name: _section(model) for name, model in SECTIONS.items()}
    options: dict[Kind, Options] = {
        kind: dict(_described(kind, registry, left_out)) for kind in (PART_TABLES | ENTRY_KINDS).values()
    }
    parts = {name: _choice(kind, options[kind], registry) for name, kind in (PART_TABLES | ENTRY_KINDS).items()}
    properties: Schema = {
        "extends": {
            "description": 'What this job adds to: "preset:NAME", a file, or a list of these.',
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        },
        "requires": {
            "description": 'Versions that the job needs, such as artgen = ">=0.1".',
            "type": "object",
            "additionalProperties": {"type": "string"},
        },
        **tables,
        **{name: parts[name] for name in PART_TABLES},
        **{name: _list(kind, parts[name]) for name, kind in ENTRY_KINDS.items()},
        "matrix": {
            "description": "A sweep: dotted keys, each with the list of values to try.",
            "type": "object",
            "properties": {
                "label": {"type": "string", "description": 'What the runs are called, such as "b{train.batch}".'},
                "rungs": {
                    "type": "array",
                    "items": {"type": "number", "exclusiveMinimum": 0},
                    "description": "Thousands of pictures at which the best third by kid_vgg goes on.",
                },
                "exclude": {
                    "type": "array",
                    "items": {"type": "object"},
                    "description": "Values of axes; cells that have all of an entry's are dropped.",
                },
                "include": {
                    "type": "array",
                    "items": {"type": "object"},
                    "description": "Keys for the cells that an entry agrees with, or else a cell of its own.",
                },
            },
        },
        "lock": {"description": "Written by artgen into job.lock.toml.", "type": "object"},
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "artgen job",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "if": {"not": {"required": ["extends"]}},
        "then": _required(options, registry),
    }


def _section(model: type[BaseModel]) -> Schema:
    schema = _plain(model)
    _drop_required(schema)
    return schema


def _choice(kind: Kind, options: Options, registry: Registry) -> Schema:
    """A table that names a component by `type`: the keys that are possible follow from it."""
    every: Schema = {}
    branches = []
    for component, described in options.items():
        own = described["properties"]
        every = {**own, **every}
        then = {"properties": {**own, **_names(kind)}, "additionalProperties": False}
        branches.append({"if": _is_type(_spellings(component, registry)), "then": then})
    names = [name for component in options for name in _spellings(component, registry)]
    summaries = "; ".join(f"{c.name}: {c.summary}" for c in options if c.summary)
    schema: Schema = {
        "type": "object",
        "description": summaries,
        "properties": {
            **{key: {"description": value.get("description", "")} for key, value in every.items()},
            **_names(kind),
            "type": {"description": f"Which {kind}. {summaries}", **({"enum": names} if names else {"not": {}})},
        },
        "additionalProperties": False,
    }
    if branches:
        schema["allOf"] = branches
    if kind in ENTRY_KINDS.values():
        schema["anyOf"] = [{"required": ["type"]}, {"required": ["name"]}]
    return schema


def _list(kind: Kind, entry: Schema) -> Schema:
    return {
        "description": f"Every {kind}, each with a name that is its type by default.",
        "type": "array",
        "items": entry,
    }


def _names(kind: Kind) -> Schema:
    if kind in ENTRY_KINDS.values():
        return {
            "type": {},
            "name": {"type": "string", "description": "Unique in the job; by default the type."},
            "remove": {"enum": [True], "description": "Leave out the entry of this name that is inherited."},
        }
    return {"type": {}}


def _required(options: Mapping[Kind, Options], registry: Registry) -> Schema:
    """What a job that extends nothing must say."""
    properties: Schema = {name: {"required": needed} for name, m in SECTIONS.items() if (needed := _needed(m))}
    properties.pop("job", None)  # The name has a default: the file's.
    for name, kind in (PART_TABLES | ENTRY_KINDS).items():
        branches = [
            {"if": _is_type(_spellings(component, registry)), "then": {"required": keys}}
            for component, described in options[kind].items()
            if (keys := described.get("required"))
        ]
        entry: Schema = {"allOf": branches} if branches else {}
        if name in ENTRY_KINDS:
            entry["required"] = ["type"]
            properties[name] = {"items": entry}
        elif name == "generator":
            properties[name] = {**entry, "required": ["type"]}
        elif entry:
            properties[name] = entry
    return {"properties": properties, "required": ["generator"]}


def _needed(model: type[BaseModel]) -> list[str]:
    return [key for key, field in fields_of(model).items() if field.is_required()]


def _is_type(names: list[str]) -> Schema:
    return {"properties": {"type": {"enum": names}}, "required": ["type"]}


def _spellings(component: Component, registry: Registry) -> list[str]:
    """What may be written as `type` for a component: its bare name only where that is clear."""
    try:
        bare = registry.get(component.kind, component.name) is component
    except LookupError:
        bare = False
    return [component.name, component.qualified] if bare else [component.qualified]


def _described(
    kind: Kind, registry: Registry, left_out: Callable[[ArtgenError], object]
) -> Iterator[tuple[Component, Schema]]:
    for component in registry.of_kind(kind):
        try:
            model = component.load_config() or OPTIONS[kind]
        except ArtgenError as error:
            if component.distribution == BUILTIN:
                raise
            left_out(error)
            continue
        yield component, _plain(model)


def _plain(model: type[BaseModel]) -> Schema:
    """A model's schema without null (TOML has none), references, titles, and words newer than draft 7."""
    schema = model.model_json_schema(schema_generator=GenerateJsonSchema)
    plain: Schema = _simplified(schema, schema.get("$defs", {}))
    plain.setdefault("properties", {})
    return plain


def _simplified(node: Any, definitions: Mapping[str, Any], *, names: bool = False) -> Any:
    """`names`: the keys of this object are a model's fields, not the schema's words."""
    if isinstance(node, list):
        return [_simplified(entry, definitions) for entry in node]
    if not isinstance(node, Mapping):
        return node
    if names:
        return {key: _simplified(inner, definitions) for key, inner in node.items()}
    if "$ref" in node:
        own = {key: inner for key, inner in node.items() if key != "$ref"}
        meant = node["$ref"].rpartition("/")[2]
        others = {name: inner for name, inner in definitions.items() if name != meant}  # anything in itself, or no end
        return _simplified({**definitions.get(meant, {}), **own}, others)
    simple: Schema = {}
    for key, inner in node.items():
        if key in ("$defs", "title", "change") or (key == "default" and inner is None):
            continue
        if key == "const":
            simple["enum"] = [inner]
        elif key == "prefixItems":
            simple["items"] = _simplified(inner, definitions)
        elif key == "anyOf":
            choices = [_simplified(choice, definitions) for choice in inner if choice != {"type": "null"}]
            simple.update(choices[0] if len(choices) == 1 else {"anyOf": choices})
        else:
            simple[key] = _simplified(inner, definitions, names=key == "properties")
    return simple


def _drop_required(schema: Schema) -> None:
    schema.pop("required", None)
    for inner in schema.get("properties", {}).values():
        _drop_required(inner)
