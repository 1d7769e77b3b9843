"""Pages that need nothing but their folder: one file with style, script and data inside, and a policy that allows no more.

A page is a Jinja template that extends ``document.html``. It works from a USB stick: no server, no network, and where
scripts are switched off whatever its template wrote as plain links still works.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_HERE = Path(__file__).parent
BASE_STYLE = _HERE / "base.css"
"""Colours in light and dark, type, and how plain elements look: what all pages begin with."""


def render_page(
    template: Path, folder: Path, *, styles: Sequence[Path | str], scripts: Sequence[Path], data: Any, **values: Any
) -> str:
    """A page as HTML.

    Args:
        template: extends ``document.html`` and fills its blocks ``title`` and ``body``.
        folder: where the page will lie; in the template ``PATH | url`` is a link from there.
        styles: files, and rules as text, in their order; begin with `BASE_STYLE`.
        scripts: files of one classic script, joined in their order. It runs before the body is there, so that a page
            never changes its face after it was seen.
        data: what the script finds as JSON in the element ``data``.
        values: what the template is given.
    """
    environment = Environment(
        loader=FileSystemLoader([template.parent, _HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["url"] = lambda path: relative_url(folder, path)
    style = "\n".join(part if isinstance(part, str) else part.read_text(encoding="utf-8") for part in styles)
    script = '"use strict";\n' + "\n".join(file.read_text(encoding="utf-8") for file in scripts)
    page = environment.get_template(template.name).render(
        style=Markup(style),  # noqa: S704 - ours
        script=Markup(script),  # noqa: S704 - ours
        policy=security_policy(style, script),
        data=inline_json(data),
        **values,
    )
    return page.encode(errors="replace").decode()  # names of files may have bytes that are no text


def security_policy(style: str, script: str) -> str:
    """Nothing from anywhere but this folder, and no style or script but our own two."""
    own = {"style": style, "script": script}
    hashes = {name: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for name, text in own.items()}
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        "img-src 'self' file: data:; media-src 'self' file:; "
        f"style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'"
    )


def relative_url(folder: Path, path: Path) -> str:
    """A link from a page in `folder` to a file below it, whatever its name holds."""
    inside = str(path).removeprefix(f"{folder}{os.sep}")
    return quote(inside.replace(os.sep, "/"), errors="surrogateescape")


def inline_json(data: Any) -> Markup:
    """JSON that no text in it can end early, whatever names it holds."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - what HTML could take for its own is escaped
