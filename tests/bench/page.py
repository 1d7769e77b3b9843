"""A page of 5,000 pictures in a browser: how soon the first is there, and whether scrolling and sorting ever stall."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.many_pictures import PICTURES, with_many_pictures
from tests.bench.section import write_section
from tests.outputs.browser import NAMES as BROWSERS
from tests.outputs.browser import Browser

ROUNDS = 5
OBSERVE = """
window.seen = {first: 0, shifts: 0};
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
  const frame = () => new Promise(requestAnimationFrame);
  const end = document.documentElement.scrollHeight;
  for (let at = 0; at < end; at += 300) { scrollTo(0, at); await frame(); }
  await new Promise((done) => setTimeout(done, 300));
})()
"""
SORT = """
(async () => {
  const { sort } = document.getElementById("narrow").elements;
  sort.value = "ORDER";
  sort.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((done) => setTimeout(done, 1500));
})()
"""


def longest_task(browser: Browser, expression: str) -> tuple[float, float]:
    """Of the page's own thread meanwhile, in milliseconds: of its work, and of any by the clock.

    By the clock a task also waits for whatever else the machine does.
    """
    browser.events.clear()
    events = browser.trace(expression)
    names = [one for one in events if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"]
    threads = {(one["pid"], one["tid"]) for one in names}
    tasks = [one for one in events if "tdur" in one and (one["pid"], one["tid"]) in threads]
    return max(one["tdur"] for one in tasks) / 1000, max(one["dur"] for one in tasks) / 1000


def look_at(page: Path) -> dict[str, float]:
    """What a new browser says of the page."""
    with Browser() as browser:
        browser.look(1440, 900)
        browser.call("Page.addScriptToEvaluateOnNewDocument", source=OBSERVE)
        browser.open(page)
        told = {}
        actions = {"scroll": SCROLL, **{order: SORT.replace("ORDER", order) for order in ("colour", "similar")}}
        for name, action in actions.items():
            told[name], told[f"{name} by the clock"] = longest_task(browser, action)
        return told | dict(browser.ask("seen"))


def _told(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.0f} ms ({min(values):.0f} to {max(values):.0f})"


def main() -> None:
    """Measure, print and write it down, where there is a browser."""
    if not any(map(shutil.which, BROWSERS)):
        print(f"there is no {BROWSERS[0]} on this machine")
        return
    with tempfile.TemporaryDirectory() as name:
        page = with_many_pictures(Path(name))
        size_mb = page.stat().st_size / 1e6
        rounds = [look_at(page) for _ in range(ROUNDS)]
    seen = {key: [one[key] for one in rounds] for key in rounds[0]}
    tasks = {
        "scrolling through all of it": ("scroll", "at most 200 ms"),
        "sorting by colour": ("colour", ""),
        "sorting by similarity": ("similar", ""),
    }
    write_section(
        f"The page of a run with {PICTURES:,} pictures",
        f"`index.html` of {size_mb:.1f} MB, opened from a disk {ROUNDS} times in a new headless Chromium that draws on the\n"
        "CPU; median and range. The length of a task is the processor time of the page's thread; by the clock it also waits\n"
        "for what else a shared machine does.\n\n"
        "| what | figure | target | by the clock |\n|---|---|---|---|\n"
        f"| the first picture is there after | | under 1000 ms | **{_told(seen['first'])}** |\n"
        + "".join(
            f"| longest task while {what} | **{_told(seen[name])}** | {target} | {_told(seen[f'{name} by the clock'])} |\n"
            for what, (name, target) in tasks.items()
        )
        + f"| layout shift | {max(seen['shifts']):.4f} | 0 | |\n",
    )


if __name__ == "__main__":
    main()
