"""What the READMEs of the gallery say, as HTML: the little Markdown that they are written in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup, escape

_INLINE = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<strong>.+?)\*\*|\[(?P<link>[^\]]+)\]\((?P<to>[^)]+)\)|!\[[^\]]*\]\([^)]+\)"
)


@dataclass(frozen=True)
class Readme:
    """A README in its parts.

    Attributes:
        title: the heading.
        lead: the first paragraph.
        command: the first block of code.
        more: the paragraphs and lists behind it, up to the next heading; paragraphs that hold nothing but pictures are
            left out.
    """

    title: str
    lead: Markup
    command: str
    more: list[Markup]


def read_readme(file: Path) -> Readme:
    """The beginning of a README, up to its second heading."""
    text = file.read_text(encoding="utf-8")
    title, _, body = text.removeprefix("# ").partition("\n")
    body = re.split(r"^## ", body, maxsplit=1, flags=re.M)[0]
    code = re.search(r"^```\n(.*?)\n```$", body, re.M | re.S)
    before, after = (body[: code.start()], body[code.end() :]) if code else (body, "")
    blocks = [block for block in re.split(r"\n{2,}", after.strip()) if block and not block.startswith(("|", "!"))]
    return Readme(title, _inline(before.strip().split("\n\n")[0]), code[1] if code else "", [_block(b) for b in blocks])


def _block(text: str) -> Markup:
    if text.startswith("- "):
        items = re.split(r"^- ", text, flags=re.M)[1:]
        return Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(_inline(i)) for i in items))
    return Markup("<p>{}</p>").format(_inline(text))


def _inline(text: str) -> Markup:
    """Code, strong words and links; where a link leads inside the repository, its words alone."""
    parts, end = [], 0
    for match in _INLINE.finditer(text := " ".join(text.split())):
        parts.append(escape(text[end : match.start()]))
        parts.append(_marked(match))
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])


def _marked(match: re.Match[str]) -> Markup:
    if match["code"]:
        return Markup("<code>{}</code>").format(match["code"])
    if match["strong"]:
        return Markup("<strong>{}</strong>").format(_inline(match["strong"]))
    if match["link"]:
        outside = match["to"].startswith("https://")
        return Markup('<a href="{}">{}</a>').format(match["to"], match["link"]) if outside else escape(match["link"])
    return Markup("")
