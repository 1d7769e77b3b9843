"""Looking into config models: which models a field holds, and which of its values name files of the user's."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from artgen.config import InputPath

KeyPath = tuple[str | int, ...]
"""Where a value stands: keys of tables, and numbers of entries."""
Change = Callable[[InputPath, str, KeyPath], str]


def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """A model's fields by their keys in a job file; those that are words of Python, such as `from`, have an alias."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Every config model that a value of this type may be, looking through unions, lists and Annotated."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in models_in(inner)]


def models_at(model: type[BaseModel], path: Sequence[str | int]) -> list[type[BaseModel]]:
    """The models of the table at `path` inside a model's data."""
    models = [model]
    for key in path:
        if isinstance(key, str):
            fields = [fields_of(m)[key] for m in models if key in fields_of(m)]
            models = [inner for field in fields for inner in models_in(field.annotation)]
    return models


def field_at(model: type[BaseModel], path: Sequence[str | int]) -> FieldInfo | None:
    """The field that a value at `path` belongs to."""
    names = [depth for depth, key in enumerate(path) if isinstance(key, str)]
    if not names:
        return None
    last = names[-1]
    owners = models_at(model, path[:last])
    return next((fields_of(m)[str(path[last])] for m in owners if path[last] in fields_of(m)), None)


def change_inputs(model: type[BaseModel], data: dict[str, Any], change: Change, path: KeyPath = ()) -> dict[str, Any]:
    """The data with `change(mark, text, path)` applied to every value that names files."""
    changed = dict(data)
    fields = fields_of(model)
    for key, value in data.items():
        if key in fields:
            field = fields[key]
            marks = (*field.metadata, *_marks_in(field.annotation))
            mark = next((m for m in marks if isinstance(m, InputPath)), None)
            models, words = models_in(field.annotation), _words_in(field.annotation)
            changed[key] = _changed(value, mark, models, words, change, (*path, key))
    return changed


def _changed(
    value: Any,
    mark: InputPath | None,
    models: list[type[BaseModel]],
    words: frozenset[str],
    change: Change,
    path: KeyPath,
) -> Any:
    if isinstance(value, list):
        return [_changed(entry, mark, models, words, change, (*path, index)) for index, entry in enumerate(value)]
    if isinstance(value, dict):
        for model in models:
            value = change_inputs(model, value, change, path)
        return value
    return change(mark, value, path) if mark and isinstance(value, str) and value not in words else value


def _words_in(annotation: Any) -> frozenset[str]:
    """Words that may stand where a path may, such as "none"."""
    if get_origin(annotation) is Literal:
        return frozenset(word for word in get_args(annotation) if isinstance(word, str))
    return frozenset(word for inner in get_args(annotation) for word in _words_in(inner))


def _marks_in(annotation: Any) -> Iterator[Any]:
    """Marks inside a list or an option; those of a nested model are its own."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *marks = get_args(annotation)
        yield from marks
        yield from _marks_in(inner)
    elif origin in (list, tuple, set, frozenset, Union, types.UnionType):
        for inner in get_args(annotation):
            yield from _marks_in(inner)
