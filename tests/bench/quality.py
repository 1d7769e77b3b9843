"""`preset:auto` and the DCGAN job of the gallery against the frozen reference: the same folders, the same minutes, the same machine.

``python -m tests.bench.quality [--folders NAME ...] [--who NAME ...] [--minutes 6|20] [--seeds 1,2,3]
[--stop-after MINUTES]`` does what is missing, run by run, and goes on where it stopped: each finished run is a line of
``docs/quality.jsonl``, and ``docs/quality.md`` is written from these lines after each. A whole table takes about six hours.

The first call measures, turn by turn, how many pictures a second each contender trains on; from then on a run of six
minutes is as many pictures as that makes in six minutes. So a machine that has other work meanwhile changes nothing.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import math
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from artgen.data.cache import open_pictures
from artgen.engine.painting import open_sampler
from artgen.job import read_job
from artgen.quality.exam import Exam
from artgen.quality.kid import kernel_distance
from artgen.runs.checkpoints import Checkpoint, best_checkpoint
from tests.bench.__main__ import where_and_when

HERE = Path(__file__).parents[2]
WORK = HERE / ".quality"
LINES = HERE / "docs" / "quality.jsonl"
PAGE = HERE / "docs" / "quality.md"
PICTURES = 1000
SIZE_PX = 64
FOLDERS = {
    "faces": "gallery/01-emoji-faces/pictures",
    "emoji": "gallery/02-emoji/pictures",
    "paintings": "gallery/03-lightweight/pictures",
}
UNMIRRORED = "unmirrored"
BASES = {
    "auto": "preset:auto",
    "dcgan": (HERE / "gallery" / "01-emoji-faces" / "job.toml").as_posix(),
    UNMIRRORED: "preset:auto",
}
REFERENCE = "reference"
REFERENCE_BATCH = 32
PACES = WORK / "paces.json"
TURN_MINUTES = 0.5
PLAN = [(minutes, seed) for minutes, seeds in ((6, (1, 2, 3)), (20, (1,))) for seed in seeds]
FIGURES = ("kid_vgg", "fd_vgg", "swd", "diversity", "nearest", "precision", "recall")

JOB = """
extends = "{base}"
[job]
name = "{name}"
seed = {seed}
[data]
folder = "{folder}"
size = {size}
{mirror}
[train]
{budget}
[quality]
during = 0
final = 0
"""


@dataclass(frozen=True)
class Entry:
    """One run of the table."""

    folder: str
    minutes: int
    seed: int
    who: str

    @property
    def name(self) -> str:
        """Names its run folder."""
        return f"{self.folder}-{self.minutes}-{self.seed}-{self.who}"


def main() -> None:
    """Do what is missing, then write the table."""
    asked = _asked()
    WORK.mkdir(exist_ok=True)
    began = time.monotonic()
    for entry in _missing(asked):
        left = asked.stop_after - (time.monotonic() - began) / 60
        if left < entry.minutes + 2:
            print(f"{entry.name} would take too long now; the next call goes on with it")
            break
        print(f"{entry.name} …", flush=True)
        figures = _reference(entry) if entry.who == REFERENCE else _artgen(entry)
        line = {**entry.__dict__, "pace": _pace(entry.who), **figures, "where": where_and_when()}
        with LINES.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(line) + "\n")
        print(json.dumps({key: figures[key] for key in ("kimg", "kid_vgg", "swd", "diversity")}), flush=True)
        PAGE.write_text(_page(_lines()), encoding="utf-8")
    PAGE.write_text(_page(_lines()), encoding="utf-8")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folders", nargs="+", choices=FOLDERS, default=list(FOLDERS))
    parser.add_argument("--who", nargs="+", choices=_WHO, default=list(_WHO))
    parser.add_argument("--minutes", type=int, choices=sorted({minutes for minutes, _ in PLAN}))
    parser.add_argument("--seeds", type=lambda text: [int(seed) for seed in text.split(",")])
    parser.add_argument("--stop-after", type=float, default=float("inf"), help="minutes")
    return parser.parse_args()


def _missing(asked: argparse.Namespace) -> Iterator[Entry]:
    done = {(line["folder"], line["minutes"], line["seed"], line["who"]) for line in _lines()}
    for minutes, seed in PLAN:
        if asked.minutes not in (None, minutes) or (asked.seeds and seed not in asked.seeds):
            continue
        for folder in asked.folders:
            for who in asked.who:
                if (folder, minutes, seed, who) not in done:
                    yield Entry(folder, minutes, seed, who)


def _lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in LINES.read_text().splitlines()] if LINES.exists() else []


def _pace(who: str) -> float:
    """Training pictures per second; mirroring half of them costs nothing."""
    return _paces()["auto" if who == UNMIRRORED else who]


@functools.cache
def _paces() -> dict[str, float]:
    """Training pictures per second of each contender, the best of three turns; measured once on this machine."""
    if PACES.exists():
        known: dict[str, float] = json.loads(PACES.read_text())
        return known
    paces = dict.fromkeys(_PACED, 0.0)
    for turn, who in itertools.product(range(3), _PACED):
        entry = Entry("faces", 0, turn, who)
        if who == REFERENCE:
            pace = float(_run_reference(entry, [], TURN_MINUTES).split()[0])
        else:
            pace = _train(entry, f"minutes = {TURN_MINUTES}").info.kimg * 1000 / (TURN_MINUTES * 60)
        paces[who] = max(paces[who], pace)
    PACES.write_text(json.dumps(paces))
    print(paces, flush=True)
    return paces


def _artgen(entry: Entry) -> dict[str, Any]:
    checkpoint = _train(entry, f"kimg = {_pace(entry.who) * entry.minutes * 60 / 1000:.3f}")
    run = WORK / entry.name
    (read,) = read_job(run / "job.lock.toml")
    pictures = np.stack(list(open_sampler(read, checkpoint).at_seeds(range(PICTURES))))
    events = [json.loads(line).get("event") for line in (run / "metrics.jsonl").read_text().splitlines()]
    return {
        "kimg": checkpoint.info.kimg,
        "went_back": sum(event in ("rollback", "guard") for event in events),
        **_measured(entry, pictures),
    }


def _train(entry: Entry, budget: str) -> Checkpoint:
    job = WORK / f"{entry.name}.toml"
    folder = (HERE / FOLDERS[entry.folder]).as_posix()
    text = JOB.format(
        base=BASES[entry.who],
        name=entry.name,
        seed=entry.seed,
        folder=folder,
        size=SIZE_PX,
        mirror="" if entry.who == UNMIRRORED else "mirror = true",
        budget=budget,
    )
    job.write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "artgen", "run", str(job), "--out", str(WORK), "--set", "outputs=[]", "--fresh"]
    subprocess.run(words, check=True)
    checkpoint = best_checkpoint(WORK / entry.name / "checkpoints")
    assert checkpoint is not None
    return checkpoint


def _reference(entry: Entry) -> dict[str, Any]:
    step_seconds = REFERENCE_BATCH / _pace(REFERENCE)
    told = _run_reference(entry, ["-m", "tests.bench.paced", str(step_seconds)], entry.minutes)
    pictures = np.stack([np.asarray(Image.open(path)) for path in sorted((WORK / entry.name).glob("*.png"))])
    steps = int(told.split(",")[1].split()[0])
    return {"kimg": steps * REFERENCE_BATCH / 1000, **_measured(entry, pictures)}


def _run_reference(entry: Entry, by: list[str], minutes: float) -> str:
    """What the reference says when it is done: ``… img/s, … steps``."""
    out = WORK / entry.name
    shutil.rmtree(out, ignore_errors=True)
    script = Path(__file__).with_name("reference_dcgan.py")
    words = [*by, script, HERE / FOLDERS[entry.folder], SIZE_PX, minutes, out, 24, PICTURES, entry.seed]
    return subprocess.run([sys.executable, *map(str, words)], check=True, capture_output=True, text=True).stdout


def _measured(entry: Entry, pictures: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> dict[str, Any]:
    exam, floor, exact = _exam(entry.folder)
    measured = exam.measure(pictures)
    return {
        "floor": floor,
        "exact": exact,
        **{name: [measured[name].value, measured[name].low, measured[name].high] for name in FIGURES},
    }


def _exam(folder: str) -> tuple[Exam, float, float]:
    """The exam of a folder, what one random half of its pictures scores against the other half, and an exact generator.

    All learn from mirrored pictures too. Whoever painted these and the others alike, and nothing else, would be a quarter
    as far from the folder as its mirror image is: the squared distance of a mixture of halves.
    """
    job = WORK / f"{folder}.toml"
    path = (HERE / FOLDERS[folder]).as_posix()
    budget = "minutes = 1"
    text = JOB.format(
        base="preset:small-folder", name=folder, seed=1, folder=path, size=SIZE_PX, mirror="", budget=budget
    )
    job.write_text(text, encoding="utf-8")
    (read,) = read_job(job)
    assert read.data is not None
    pictures = np.asarray(open_pictures(read.data).array)
    exam = Exam(pictures, cache=WORK / f"{folder}.safetensors")
    vectors = exam.real_vectors
    halves = []
    for seed in range(10):
        order = torch.randperm(len(vectors), generator=torch.Generator().manual_seed(seed))
        half = len(vectors) // 2
        halves.append(kernel_distance(vectors[order[:half]], vectors[order[half:]]).value)
    mirrored = Exam(np.ascontiguousarray(pictures[:, :, ::-1]), cache=WORK / f"{folder}-mirrored.safetensors")
    return exam, float(np.mean(halves)), kernel_distance(vectors, mirrored.real_vectors).value / 4


def _page(lines: list[dict[str, Any]]) -> str:
    ordered = sorted(lines, key=lambda line: (list(FOLDERS).index(line["folder"]), line["minutes"], line["seed"]))
    rows = [
        f"| {line['folder']} | {line['minutes']} | {line['seed']} | {line['who']} | {line['kimg']:.0f} "
        f"| {line['kid_vgg'][0]:.4f} [{line['kid_vgg'][1]:.4f}, {line['kid_vgg'][2]:.4f}] | {line['fd_vgg'][0]:.3f} "
        f"| {line['swd'][0]:.1f} | {line['diversity'][0]:.2f} | {line['nearest'][0]:.2f} "
        f"| {line['precision'][0]:.2f} | {line['recall'][0]:.2f} |"
        for line in ordered
    ]
    latest = {line["who"]: line["pace"] for line in lines if line["who"] in _PACED}
    paces = ", ".join(f"{who} {pace:.0f}/s" for who, pace in latest.items())
    where = _places(sorted({line["where"] for line in lines}))
    return _TEXT.format(
        rows="\n".join(rows),
        summary=_summary(lines),
        where=where,
        pictures=PICTURES,
        paces=paces,
        unmirrored=_OF_UNMIRRORED if any(line["who"] == UNMIRRORED for line in lines) else "",
    )


def _places(wheres: Iterable[str]) -> str:
    """What `where_and_when` said of each run, with the commits of one machine and day behind one another."""
    commits: dict[str, list[str]] = {}
    for where in wheres:
        place, _, commit = where.rpartition(", commit ")
        commits.setdefault(place, []).append(commit)
    return "; ".join(f"{place}, commits {', '.join(these)}" for place, these in commits.items())


def _summary(lines: list[dict[str, Any]]) -> str:
    """A row for each folder and time, with a column for each contender that has run."""
    whos = [who for who in _WHO if any(line["who"] == who for line in lines)]
    pairs = [
        (f"{figure} {who} / {other}", who, other, figure)
        for figure in ("kid", "swd")
        for who, other in (("auto", REFERENCE), ("auto", "dcgan"), (UNMIRRORED, REFERENCE))
        if who in whos
    ]
    titles = [
        "folder",
        "minutes",
        "seeds",
        "floor",
        "exact",
        *(f"kid {who}" for who in whos),
        *(pair[0] for pair in pairs),
    ]
    rows = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for folder in FOLDERS:
        of_folder = [line for line in lines if line["folder"] == folder]
        for minutes in sorted({line["minutes"] for line in of_folder}):
            chosen = [line for line in of_folder if line["minutes"] == minutes]
            by_who = {who: [line for line in chosen if line["who"] == who] for who in whos}
            rows.append(f"| {folder} | {minutes} | {_compared(by_who, [pair[1:] for pair in pairs])} |")
    return "\n".join(rows)


def _compared(by_who: dict[str, list[dict[str, Any]]], pairs: Iterable[tuple[str, str, str]]) -> str:
    """Seeds, floor, exact, means and ratios of one folder and time, from the seeds that all who ran it have in common."""
    here = {who: lines for who, lines in by_who.items() if lines}
    shared = set.intersection(*({line["seed"] for line in lines} for lines in here.values()))
    floor, exact = (
        float(np.mean([line[name] for lines in here.values() for line in lines])) for name in ("floor", "exact")
    )

    def mean(who: str, figure: str, less: float = 0.0) -> float:
        values = [line[figure][0] for line in here.get(who, ()) if line["seed"] in shared]
        return float(np.mean(values)) - less if values else math.nan

    kids = [f"{mean(who, 'kid_vgg'):.4f}" for who in by_who]
    figures = {"kid": ("kid_vgg", floor), "swd": ("swd", 0.0)}
    ratios = [f"{mean(who, *figures[figure]) / mean(other, *figures[figure]):.2f}" for who, other, figure in pairs]
    return " | ".join([str(len(shared)), f"{floor:.4f}", f"{exact:.4f}", *kids, *ratios]).replace("nan", "–")


_WHO = (*BASES, REFERENCE)
_PACED = tuple(who for who in _WHO if who != UNMIRRORED)
_OF_UNMIRRORED = """- **unmirrored**: `preset:auto` as it is where a job says nothing of mirrored pictures: it does not learn from any.
"""
_TEXT = """# Quality

    nox -s quality

`preset:auto` and artgen's own DCGAN job (`gallery/01-emoji-faces`, with other pictures) against the frozen reference
(`tests/bench/reference_dcgan.py`, the smallest DCGAN with differentiable augmentation that works on a small folder):
the same folders at 64×64, the same minutes of training, mirrored pictures where
nothing else is said, one machine. {pictures} pictures each. The
minutes are quiet ones: how many pictures a second each trains on was measured turn by turn, the best of three
({paces}), and a run is as many pictures as that makes in its minutes. The call goes on
where the last one stopped; runs that are missing here have not been done.

The pace of auto is that without `adaptive`, which `preset:auto` adds where each picture is shown more than 600 times (20
minutes of faces or paintings): a step takes somewhat longer there.

- **faces**: 110 emoji faces. **emoji**: all 1,871 emoji. **paintings**: 96 pieces of eight paintings by Van Gogh.
- **floor**: kid_vgg of one random half of the real pictures against the other half, mean of ten; it is taken off both
  sides of each kid ratio.
- **exact**: kid_vgg of a generator that painted the folder and its mirror image exactly, half of each, as all learn from
  mirrored pictures: a quarter of kid_vgg between the two. It is not taken off.
{unmirrored}
{summary}

Wanted: kid auto / reference at most 0.5, all other ratios at most 1.

## Every run

| folder | minutes | seed | who | kimg | kid_vgg [95 %] | fd_vgg | swd | diversity | nearest | precision | recall |
|---|---|---|---|---|---|---|---|---|---|---|---|
{rows}

Measured on: {where}.

- **kid_vgg**: kernel distance to the real pictures on VGG-16 features, lower is better. **fd_vgg**: Fréchet distance on
  the same features.
- **swd**: sliced Wasserstein distance on patches of a Laplacian pyramid, which looks at no network; lower is better.
- **diversity**: mean distance between pictures over the real pictures' own; 1 is as varied as they.
- **nearest**: mean distance to the nearest training picture over the real pictures' own leave-one-out distance; copies
  of the training pictures have 0.
- **precision**, **recall**: share of the painted pictures within reach of the real ones, and the other way round (k = 3).
"""


if __name__ == "__main__":
    main()
