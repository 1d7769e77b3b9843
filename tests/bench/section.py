"""Sections of ``docs/benchmarks.md`` that benchmarks write themselves."""

from __future__ import annotations

import re
from pathlib import Path

from tests.bench.__main__ import where_and_when

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def write_section(title: str, text: str) -> None:
    """Print a section and put it in the place of the one with this title, or at the end."""
    section = f"## {title}\n\n{text.strip()}\n\nMeasured on {where_and_when()}.\n"
    print(section)
    page = PAGE.read_text(encoding="utf-8")
    old = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    page, replaced = old.subn(lambda _found: f"{section}\n", page)
    if not replaced:
        page = f"{page.rstrip()}\n\n{section}"
    PAGE.write_text(f"{page.rstrip()}\n", encoding="utf-8")
