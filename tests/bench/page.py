"""A page of 5,000 pictures in a browser: how soon the first is there, and whether scrolling and sorting ever stall."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.many_pictures import PICTURES, with_many_pictures
from tests.bench.section import write_section
from tests.outputs.browser import Browser

ROUNDS = 5
OBSERVE = """
window.seen = {first: 0, tasks: [], shifts: 0};
new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((one) => one.duration)))
  .observe({type: "longtask", buffered: true});
new PerformanceObserver((list) => list.getEntries().forEach((one) => { seen.shifts += one.value; }))
  .observe({type: "layout-shift", buffered: true});
const look = () => {
  if (document.querySelector("#grid img")?.naturalWidth) seen.first = performance.now();
  else setTimeout(look, 5);
};
look();
"""
SCROLL = """
(async () => {
  seen.tasks.length = 0;
  const frame = () => new Promise(requestAnimationFrame);
  const end = document.documentElement.scrollHeight;
  for (let at = 0; at < end; at += 300) { scrollTo(0, at); await frame(); }
  await new Promise((done) => setTimeout(done, 300));
  return Math.max(0, ...seen.tasks);
})()
"""
SORT = """
(async () => {
  seen.tasks.length = 0;
  const { sort } = document.getElementById("narrow").elements;
  sort.value = "ORDER";
  sort.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((done) => setTimeout(done, 1500));
  return Math.max(0, ...seen.tasks);
})()
"""
"""Each tells its longest task in milliseconds; shorter ones than 50 are not counted."""


def look_at(page: Path) -> dict[str, float]:
    """What a new browser says of the page."""
    with Browser() as browser:
        browser.look(1440, 900)
        browser.call("Page.addScriptToEvaluateOnNewDocument", source=OBSERVE)
        browser.open(page)
        told = {"scroll": browser.ask(SCROLL)}
        seen: dict[str, Any] = browser.ask("seen")
        told |= {"first": seen["first"], "shifts": seen["shifts"]}
        return told | {order: browser.ask(SORT.replace("ORDER", order)) for order in ("colour", "similar")}


def _told(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.0f} ms ({min(values):.0f} to {max(values):.0f})"


def main() -> None:
    """Measure, print and write it down."""
    with tempfile.TemporaryDirectory() as name:
        page = with_many_pictures(Path(name))
        size_mb = page.stat().st_size / 1e6
        rounds = [look_at(page) for _ in range(ROUNDS)]
    seen = {key: [one[key] for one in rounds] for key in rounds[0]}
    write_section(
        f"The page of a run with {PICTURES:,} pictures",
        f"`index.html` of {size_mb:.1f} MB, opened from a disk {ROUNDS} times in a new headless Chromium that draws on the "
        "CPU; median and range by the clock.\n\n"
        "| what | figure | target |\n|---|---|---|\n"
        f"| the first picture is there after | **{_told(seen['first'])}** | under 1000 ms |\n"
        f"| longest task while scrolling through all of it | **{_told(seen['scroll'])}** | at most 200 ms |\n"
        f"| layout shift | {max(seen['shifts']):.4f} | 0 |\n"
        f"| longest task of sorting by colour | {_told(seen['colour'])} | |\n"
        f"| longest task of sorting by similarity | {_told(seen['similar'])} | |\n",
    )


if __name__ == "__main__":
    main()
