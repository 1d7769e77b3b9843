"""What axe-core, the tool that checks pages for people who hear, magnify or use a keyboard, finds on a page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tests.outputs.browser import Browser
from tests.tools import needed

INSIDE = "axe-core/axe.min.js"
RUN = """
axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations.flatMap((one) =>
  one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)}: ${node.failureSummary}`)))
"""


def violations(browser: Browser) -> list[str]:
    """What is wrong on the page that is open, each with the element. Skips the test where axe-core is absent."""
    script = needed(next(filter(Path.is_file, _places()), None), "axe-core")
    browser.ask(f"{script.read_text(encoding='utf-8')}; true")
    return list(browser.ask(RUN))


def _places() -> Iterator[Path]:
    """Where npm puts packages: in and above this folder, and what NODE_PATH names."""
    for folder in Path(__file__).resolve().parents:
        yield folder / "node_modules" / INSIDE
    for name in filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)):
        yield Path(name) / INSIDE
