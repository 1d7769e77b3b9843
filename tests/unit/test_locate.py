"""Every key of a TOML text is found on its own line."""

from __future__ import annotations

import string
import textwrap

import tomli
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from artgen.job.text.locate import lines_of_keys


def test_tables_lists_dotted_and_inline_keys_have_their_own_lines() -> None:
    lines = lines_of_keys(
        textwrap.dedent(
            '''\
            # a comment with [brackets] and "quotes"
            top = 1

            [train]
            generator.rate = 1
            text = """
            [not.a.table]
            """
            betas = [ # one
              0.5,
              0.9, # two

              0.1 ]
            ema = { half = 2, ramp = { a = 1 } }

            [[losses]]
            type = "a"
            [losses.options]
            deep = 1
            [[losses]]
            type = "b"
            [[losses.inner]]
            x = 1
            [[losses.inner]]
            x = 2
            '''
        )
    )
    expected = {
        ("top",): 2,
        ("train",): 4,
        ("train", "generator", "rate"): 5,
        ("train", "text"): 6,
        ("train", "betas"): 9,
        ("train", "betas", 0): 10,
        ("train", "betas", 1): 11,
        ("train", "betas", 2): 13,
        ("train", "ema", "half"): 14,
        ("train", "ema", "ramp", "a"): 14,
        ("losses", 0): 16,
        ("losses", 0, "type"): 17,
        ("losses", 0, "options", "deep"): 19,
        ("losses", 1): 20,
        ("losses", 1, "inner", 0, "x"): 23,
        ("losses", 1, "inner", 1, "x"): 25,
    }
    assert {path: lines.get(path) for path in expected} == expected


def test_a_list_entry_after_a_blank_line_is_never_before_its_own_text() -> None:
    lines = lines_of_keys("[[outputs]]\ntypes = [\n  { a = 1 },\n  { a = 2 }\n]\n")
    assert [lines["outputs", 0, "types", index, "a"] for index in (0, 1)] == [3, 4]


def test_brackets_in_texts_and_comments_are_none_and_lists_in_tables_have_their_lines() -> None:
    text = """\
"q#[" = ['a', "b]", \'\'\'c
d\'\'\'\', # no ]
 # [
  {e = [1,
   2], f = "]"}, ]
[[t."x.y"]] # ]
k = {a = [
1, 2,
3]}
[t.b]
c = 1
"""
    lines = lines_of_keys(text)
    assert [lines["q#[", index] for index in range(4)] == [1, 1, 1, 4]
    assert [lines["t", "x.y", 0, "k", "a", index] for index in range(3)] == [8, 8, 9]
    assert lines["t", "b", "c"] == 11


_keys = st.text(string.ascii_letters + string.digits + "-_ .\"'#[]ü", min_size=1, max_size=6)
_scalars = st.one_of(st.integers(-9, 9), st.booleans(), st.text("ab\n\"'\\[]{}#= ", max_size=6))
_values = st.recursive(
    _scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_keys, inner, max_size=3))
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(_keys, _values, max_size=5))
def test_deleting_everything_before_a_key_line_keeps_the_key_and_nothing_is_missed(data: dict[str, object]) -> None:
    """The definition itself: a key is not in the text before its line, and is in the text up to its statement's end."""
    text = tomli_w.dumps(data)
    lines = lines_of_keys(text)
    rows = text.split("\n")
    for path in _paths(tomli.loads(text)):
        line = lines[path]
        before = "\n".join(rows[: line - 1])
        try:
            parsed: object = tomli.loads(before)
        except tomli.TOMLDecodeError:
            continue  # the line is inside a statement that has begun
        assert not _has(parsed, path), (path, line)
        assert any(_has(_parsed("\n".join(rows[:end])), path) for end in range(line, len(rows) + 1))


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for key, inner in pairs for p in ((*path, key), *_paths(inner, (*path, key)))]


def _parsed(text: str) -> object:
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError:
        return {}


def _has(value: object, path: tuple[str | int, ...]) -> bool:
    for key in path:
        if (isinstance(value, dict) and key in value) or (
            isinstance(value, list) and isinstance(key, int) and key < len(value)
        ):
            value = value[key]
        else:
            return False
    return True
