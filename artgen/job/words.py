"""pydantic's errors in plain words, each with the right word where it can be guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from artgen.job.fields import KeyPath, field_at, fields_of, models_at
from artgen.nearest import nearest

Homes = Mapping[str, Sequence[str]]
"""By key: the tables of a job that have it."""

_WANTED = {
    "bool_type": "true or false",
    "dict_type": "a table",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a table",
    "none_required": "left out",
    "path_type": "a path in quotes",
    "string_type": "text in quotes",
    "tuple_type": "a list",
}
"""What a value of another type should have been."""

MISSING = "missing key"

SYNONYMS = {
    "epochs": "kimg",
    "image_size": "size",
    "iterations": "steps",
    "learning_rate": "rate",
    "lr": "rate",
    "resolution": "size",
    "z_dim": "latent",
}
"""What others call a key, and what it is called here."""

_VERY_NEAR = 0.8
"""How alike a key of the same table must be to be meant rather than the very key of another."""

_LIMITS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than": lambda ctx: f"above {_number(ctx['gt'])}",
    "greater_than_equal": lambda ctx: f"at least {_number(ctx['ge'])}",
    "less_than": lambda ctx: f"below {_number(ctx['lt'])}",
    "less_than_equal": lambda ctx: f"at most {_number(ctx['le'])}",
    "multiple_of": lambda ctx: f"a multiple of {_number(ctx['multiple_of'])}",
    "finite_number": lambda _ctx: "a finite number",
}


def some_of(names: Sequence[str], most: int) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """`` Did you mean 'x'?`` with a leading full stop, or nothing."""
    close = nearest(word, words)
    return f". Did you mean '{close}'?" if close else ""


def explain(
    model: type[BaseModel],
    data: Mapping[str, Any],
    error: ValidationError,
    *,
    missing: bool = True,
    homes: Homes = MappingProxyType({}),
) -> list[tuple[KeyPath, str]]:
    """What is wrong, as (place in the data, text); alternatives of one value are told as one.

    Args:
        missing: whether to tell of keys that are not there; one that is there and misspelt is told as that alone.
        homes: the keys of other tables.
    """
    groups: dict[KeyPath, list[tuple[KeyPath, ErrorDetails]]] = {}
    found = error.errors(include_url=False)
    meant = {
        (*path, nearest(str(key), _known(model, path)))
        for *path, key in (detail["loc"] for detail in found if detail["type"] == "extra_forbidden")
    }
    for detail in found:
        if detail["type"] == "missing" and (not missing or detail["loc"] in meant):
            continue
        path, union_at = _place(data, detail)
        groups.setdefault(path if union_at is None else path[:union_at], []).append((path, detail))
    told: list[tuple[KeyPath, str]] = []
    for at, details in groups.items():
        # An error deeper inside comes from the alternative whose type was met.
        deeper = [d for d in details if len(d[0]) > len(at)]
        wrong_type = [d for _, d in details if _wanted(d)]
        if deeper or len(wrong_type) < len(details):
            chosen = deeper or [d for d in details if not _wanted(d[1])]
            told.extend((path, _text(model, data, path, [detail], homes)) for path, detail in chosen)
        else:
            told.append((at, _text(model, data, at, wrong_type, homes)))
    return told


def _place(data: Any, detail: ErrorDetails) -> tuple[KeyPath, int | None]:
    """Where in the data an error is; pydantic's own names of a union's alternatives are no keys.

    Returns:
        The path and, for an alternative of a union, how much of the path leads to the union.
    """
    path: KeyPath = ()
    union_at: int | None = None
    node = data
    for index, key in enumerate(detail["loc"]):
        last = index == len(detail["loc"]) - 1
        if isinstance(node, Mapping) and (key in node or (last and detail["type"] == "missing")):
            node = node.get(key)
        elif isinstance(node, list) and isinstance(key, int) and key < len(node):
            node = node[key]
        else:
            union_at = len(path) if union_at is None else union_at
            continue
        path += (key,)
    return path, union_at


def _value_at(data: Any, path: KeyPath) -> Any:
    for key in path:
        data = data[key]
    return data


def _holds_text(field: FieldInfo | None) -> bool:
    """Whether a field is a list of texts or files."""

    def types_in(annotation: Any) -> Iterator[Any]:
        yield annotation
        for inner in get_args(annotation):
            yield from types_in(inner)

    return field is not None and any(one in (str, Path) for one in types_in(field.annotation))


def _wanted(detail: ErrorDetails) -> str:
    if detail["type"] == "literal_error":
        words = _literals(detail)
        return words[0] if len(words) == 1 else f"one of {', '.join(words)}"
    return _WANTED.get(detail["type"], "")


def _literals(detail: ErrorDetails) -> list[str]:
    return re.findall(r"'[^']*'|[\d.]+", str(detail["ctx"]["expected"]))


def _text(model: type[BaseModel], data: Any, path: KeyPath, details: list[ErrorDetails], homes: Homes) -> str:
    detail = details[0]
    name = _named(path)
    if detail["type"] == "extra_forbidden":
        return unknown_key(str(path[-1]), _known(model, path[:-1]), homes)
    if detail["type"] == "missing":
        return f"{MISSING} '{path[-1]}'"
    wanted = list(dict.fromkeys(filter(None, map(_wanted, details))))
    if wanted:
        words = [word.strip("'") for d in details if d["type"] == "literal_error" for word in _literals(d)]
        value = _value_at(data, path)
        guess = did_you_mean(value, words) if isinstance(value, str) else ""
        if wanted == [_WANTED["list_type"]] and isinstance(value, str) and _holds_text(field_at(model, path)):
            guess = f": write [{json.dumps(value, ensure_ascii=False)}]"
        return f"{name} must be {' or '.join(wanted)}, not {shown(value)}{guess}"
    if detail["type"] in ("value_error", "assertion_error"):
        said = str(detail["ctx"]["error"]) if "error" in detail.get("ctx", {}) else detail["msg"]
        return f"{name}: {said}" if path else said
    return f"{name} {_limit(model, path, detail)}"


def _known(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The keys that a table has."""
    return [key for m in models_at(model, tuple(path)) for key in fields_of(m)]


def unknown_key(key: str, known: Iterable[str], homes: Homes = MappingProxyType({})) -> str:
    """What to say of a key that means nothing where it stands.

    Args:
        known: the keys that the table has.
        homes: the tables in which other keys mean something.
    """
    known = list(dict.fromkeys(known))
    ours = SYNONYMS.get(key.casefold(), key)
    if ours in known:
        guess = f". Did you mean '{ours}'?"
    elif ours in homes and not _nearly(key, known):
        tables = " or ".join(f"[{table}]" for table in homes[ours])
        guess = f". It belongs in {tables}" if ours == key else f". Did you mean '{ours}'? It belongs in {tables}"
    else:
        guess = did_you_mean(key, known)
    if not guess and known:
        guess = f". There {'is' if len(known) == 1 else 'are'}: {', '.join(known)}"
    return f"unknown key '{key}'{guess}"


def _nearly(key: str, known: Iterable[str]) -> bool:
    """Whether a key is surely one of a table's own, misspelt or without its unit (width for width_mm)."""
    return any(one.startswith(f"{key}_") for one in known) or bool(nearest(key, known, near=_VERY_NEAR))


def _limit(model: type[BaseModel], path: KeyPath, detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    value = shown(detail["input"])
    if detail["type"] in _LIMITS:
        return f"must be {_LIMITS[detail['type']](context)}, not {value}"
    if detail["type"] in ("too_short", "too_long"):
        least = context.get("min_length")
        bound = f"at least {least}" if least is not None else f"at most {context.get('max_length')}"
        many = least if least is not None else context.get("max_length")
        return f"must have {bound} {'entry' if many == 1 else 'entries'}, not {context.get('actual_length')}"
    if detail["type"] == "string_pattern_mismatch":
        return _pattern(model, path, detail)
    return f"is wrong ({detail['msg'][:1].lower()}{detail['msg'][1:]}): {value}"


def _pattern(model: type[BaseModel], path: KeyPath, detail: ErrorDetails) -> str:
    words = re.findall(r"[a-z]{2,}", str(detail["ctx"]["pattern"]))
    field = field_at(model, path)
    meaning = (field.description or "").rstrip(".") if field else ""
    guess = did_you_mean(str(detail["input"]), words)
    return f"cannot be {shown(detail['input'])}{guess}" + (f" ({meaning})" if meaning else "")


def _named(path: KeyPath) -> str:
    name = ""
    for key in path:
        name = f"{name}[{key}]" if isinstance(key, int) else str(key)
    return name or "this table"


def shown(value: Any) -> str:
    """A value as the job file would have it; tables and long ones shortened."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 60 else f"'{value[:57]}...'"
    if isinstance(value, (list, tuple)) and any(isinstance(entry, Mapping) for entry in value):
        return f"a list of {len(value)}"
    if isinstance(value, (list, tuple)):
        text = f"[{', '.join(shown(entry) for entry in value)}]"
        return text if len(text) <= 60 else f"a list of {len(value)}"
    return str(value)


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
