"""What ``artgen --help`` costs: CPU time against ``python -c "import click"``, least of many runs of each.

Alone, and with twenty plugins installed, each with a command of its own, of which five are broken.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.section import write_section

RUNS = 25
PLUGINS = 20
BROKEN = 5
TARGET = 2.5
ROOT = Path(__file__).parents[2]

_GOOD = """\
import artgen


@artgen.hookimpl
def register_losses(register):
    register("loss-{number}", "nowhere:Loss")
"""


def install(site: Path) -> None:
    """Lay twenty distributions into a folder, as pip would."""
    for number in range(PLUGINS):
        name = f"artgen_plugin_{number:02d}"
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
        groups = f"[artgen]\n{name} = {name}\n\n[artgen.commands]\ncommand-{number:02d} = {name}:command\n"
        (info / "entry_points.txt").write_text(groups, encoding="utf-8")
        (info / "RECORD").write_text("", encoding="utf-8")
        text = "import cv2_of_nobody\n" if number < BROKEN else _GOOD.format(number=number)
        (site / f"{name}.py").write_text(text, encoding="utf-8")


def cpu_s(site: Path | None, *arguments: str) -> float:
    """The CPU seconds of one run of this Python, with a folder of plugins on its path or without."""
    path = os.pathsep.join(map(str, filter(None, (site, ROOT))))
    environment = {**os.environ, "PYTHONPATH": path}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure both in turn, and write the section."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        install(site)
        alone, crowded, click = [], [], []
        for _ in range(RUNS):
            click.append(cpu_s(site, "-c", "import click"))
            alone.append(cpu_s(None, "-m", "artgen", "--help"))
            crowded.append(cpu_s(site, "-m", "artgen", "--help"))
    rows = [
        _row("alone", min(alone), min(click)),
        _row(f"with {PLUGINS} plugins, {BROKEN} of them broken", min(crowded), min(click)),
    ]
    write_section(
        "The command",
        f"""
`artgen --help` against `python -c "import click"`: CPU time, the least of {RUNS} runs of each, in turn. It imports none of
the plugins, which have a command each.

| what | `artgen --help` | `import click` | ratio | target |
|---|---|---|---|---|
"""
        + "\n".join(rows),
    )


def _row(what: str, ours: float, theirs: float) -> str:
    return f"| {what} | {1000 * ours:.0f} ms | {1000 * theirs:.0f} ms | **{ours / theirs:.2f}** | at most {TARGET} |"
