"""What is no TOML, in the words of people who have never read its grammar."""

from __future__ import annotations

import re

_TWICE = re.compile(r"cannot declare \((.*)\) twice", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]*)"')
_HEADER = re.compile(r"\s*\[[^=]*\]\s*(#.*)?$")
_SMALL = {"True": "true", "False": "false"}
_UNEQUAL = "A key, an equals sign and a value make a line, such as size = 64"
_NO_END = "A quote is not closed"
_UNCLOSED = "A bracket above is not closed"


def told(message: str, line: str, column: int) -> str:
    """What tomli says of a line, and what to write instead where that can be guessed.

    Args:
        column: where it stumbled, from 1.
    """
    if declared := _TWICE.match(message):
        header = ".".join(re.findall(r"'([^']*)'", declared[1]))
        return f"[{header}] is there already. Put all that it says under one header"
    rest = line[column - 1 :].partition("#")[0].strip()
    hint = _hint(message, line, rest)
    return f"{message[:1].lower()}{message[1:]}{f'. {hint}' if hint else ''}"


def _hint(message: str, line: str, rest: str) -> str:
    if message.startswith("Invalid value"):
        return _UNCLOSED if _HEADER.match(line) else _in_place_of(rest)
    if message.startswith(("Unescaped '\\'", "Invalid hex value")):
        return _without_escapes(line)
    if message.startswith("Cannot overwrite"):
        return "This key is there already: keep one of the two"
    if message.startswith("Expected '=' after a key"):
        return _UNEQUAL
    if message.startswith("Illegal character '\\n'"):
        return _NO_END
    if message.startswith("Expected newline"):
        return "A value ends the line, and text stands in quotes"
    return ""


def _in_place_of(value: str) -> str:
    if not value:
        return "Behind the equals sign stands a value"
    if value in _SMALL:
        return f"Write {_SMALL[value]}"
    text = re.split(r"[,\]}]", value)[0].strip("“”„‘’'\" ")
    return f"Text stands in straight quotes: {_quoted(text)}"


def _quoted(text: str) -> str:
    return f"'{text}'" if "\\" in text else f'"{text}"'


def _without_escapes(line: str) -> str:
    paths = [text for text in _QUOTED.findall(line) if "\\" in text]
    text = paths[0] if paths else r"C:\photos"
    return f"""Write "{text.replace(chr(92), "/")}" or '{text}'"""
