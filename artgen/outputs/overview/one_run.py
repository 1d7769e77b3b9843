"""What the page over many runs tells of one of them, read from its folder, whatever state it is in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from artgen.distributions import BUILTIN
from artgen.errors import ArtgenError, JobError
from artgen.job import read_lock
from artgen.outputs.overview.state import Kind, blend_of, state_of
from artgen.runs.canvases import FinishedCanvas, finished_canvases
from artgen.runs.checkpoints import Checkpoint, best_checkpoint
from artgen.runs.pages import INDEX
from artgen.runs.progress import duration
from artgen.runs.store import LOCK_NAME, Artifact, Run
from artgen.terminal import harmless

if TYPE_CHECKING:
    from artgen.job.model import Job

_TROUBLE = {"guard": "the guard stepped in", "rollback": "went back", "warning": "warned"}
_PLAYED = {".mp4", ".webm"}
"""What a player plays; all other films are moving pictures."""


@dataclass(frozen=True)
class Picture:
    """A picture that a run left.

    Attributes:
        stem: of its file; the same in another run where it is the same seed, or the same content in the same style.
        name: what people call it.
    """

    stem: str
    name: str
    path: Path


@dataclass(frozen=True)
class Film:
    """A film that a run left."""

    path: Path
    output: str
    poster: Path | None
    seconds: float

    @property
    def name(self) -> str:
        """Of its output, with its length."""
        return f"{self.output}, {self.seconds:g} s" if self.seconds else self.output

    @property
    def plays(self) -> bool:
        """Whether it is for a player."""
        return self.path.suffix in _PLAYED


@dataclass(frozen=True)
class Figure:
    """A measure with its interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3g}"


@dataclass(frozen=True, eq=False)
class OneRun:
    """A run as the page tells it; it equals itself alone.

    Attributes:
        name: with its cell: ``birds@8-hinge``.
        job: the name without it.
        cell: its label in the matrix; "" for none.
        made: when it last learned or painted something.
        page: its own; None while there is none.
        state: what is not as it should be: "" for a run that is finished.
        kind: the same as one of four words.
        facts: what it is, in a few words each.
        kid: kid_vgg of the checkpoint that its pictures are made from.
        trouble: what happened on the way.
        pictures: in their order.
        films: likewise.
        sheet: a picture of many, for runs that have no others yet.
        lock: the job as resolved; empty when it cannot be read.
    """

    folder: Path
    name: str
    job: str
    made: datetime
    cell: str = ""
    page: Path | None = None
    state: str = ""
    kind: Kind = "unfinished"
    facts: Sequence[str] = ()
    kid: Figure | None = None
    trouble: str = ""
    pictures: Sequence[Picture] = ()
    films: Sequence[Film] = ()
    sheet: Path | None = None
    lock: Mapping[str, Any] = field(default_factory=dict)


def read_run(folder: Path) -> OneRun:
    """What there is to tell of a run; where it is damaged, what is wrong stands in its state."""
    try:
        return _read(folder)
    except (ArtgenError, OSError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError) as error:
        if isinstance(error, JobError):  # a page names no folder of whoever made it
            error = ArtgenError(f"{LOCK_NAME}: {error.problems[0].text}")
        said = error.message if isinstance(error, ArtgenError) else f"cannot be read: {type(error).__name__}: {error}"
        state = harmless(said)[:300]
        return OneRun(folder, folder.name, folder.name, _made(folder), page=_page(folder), state=state)


def _read(folder: Path) -> OneRun:
    lock = read_lock(folder / LOCK_NAME)
    run = Run(folder, folder.name, cast("Job", None), lock)  # nothing here looks at the job itself
    rows = run.metrics()
    artifacts = [artifact for artifact in run.artifacts() if _is_inside(folder, artifact.path)]
    canvases = list(finished_canvases(run.canvases).values())
    best = best_checkpoint(run.checkpoints)
    state = state_of(folder, lock, rows, artifacts, canvases)
    sheets = [folder / artifact.path for artifact in artifacts if artifact.kind == "sheet"]
    return OneRun(
        folder=folder,
        name=folder.name,
        job=str(lock["job"]["name"]),
        cell=str(lock.get("lock", {}).get("cell", "")),
        made=_made(folder),
        page=_page(folder),
        state=state.text,
        kind=state.kind,
        facts=tuple(_facts(lock, rows, best, canvases)),
        kid=_kid(run, best),
        trouble=", ".join(_troubles(rows)),
        pictures=_pictures(folder, lock, artifacts),
        films=_films(folder, artifacts),
        sheet=sheets[-1] if sheets else None,
        lock=lock,
    )


def _is_inside(folder: Path, path: Path) -> bool:
    """Whether what a run names is its own: its files may have been written by anybody."""
    return (folder / path).resolve().is_relative_to(folder.resolve())


def _page(folder: Path) -> Path | None:
    page = folder / INDEX
    return page if page.is_file() else None


def _made(folder: Path) -> datetime:
    """When a run last got further; files that later commands write do not count."""
    times = [path for name in ("metrics.jsonl", "canvases", LOCK_NAME) if (path := folder / name).exists()]
    return datetime.fromtimestamp(times[0].stat().st_mtime if times else 0).astimezone()


def _facts(
    lock: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    best: Checkpoint | None,
    canvases: Sequence[FinishedCanvas],
) -> Iterator[str]:
    yield str(lock["generator"]["type"]).removeprefix(f"{BUILTIN}:")
    if blend := blend_of(lock):
        yield f"blended from {blend['coarse']['run']} and {blend['fine']['run']}"
    if canvases:
        yield f"{len(canvases):,} {'picture' if len(canvases) == 1 else 'pictures'}"
        seconds = sum(canvas.seconds for canvas in canvases)
        device = str(canvases[0].made_with.get("device", ""))
    else:
        size = lock.get("data", {}).get("size")
        if size:
            width, height = size if isinstance(size, list) else (size, size)
            yield f"{width} × {height}"
        last: Mapping[str, Any] = next((row for row in reversed(rows) if row.get("seconds")), {})
        if images := last.get("images"):
            yield f"{images / 1000:,.3g} kimg"
        seconds = last.get("seconds", 0)
        device = str(best.state.get("device", "")) if best else ""
    if seconds:
        yield f"{duration(seconds)}{f' on {device}' if device else ''}"


def _kid(run: Run, best: Checkpoint | None) -> Figure | None:
    """The figure of the checkpoint that is painted with."""
    if best is None:
        return None
    told = run.figures_of(best.info)
    values = [told.get(f"quality/kid_vgg{end}") for end in ("", "_low", "_high")]
    return None if None in values else Figure(*map(float, values))  # type: ignore[arg-type]


def _troubles(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for event, what in _TROUBLE.items():
        if times := sum(row.get("event") == event for row in rows):
            yield what if times == 1 else f"{what} {times:,} times"


def _pictures(folder: Path, lock: Mapping[str, Any], artifacts: Sequence[Artifact]) -> list[Picture]:
    """Those of one output, since several may show the same: the page's own, else the first of the job's."""
    kinds = {str(output["name"]): str(output["type"]).removeprefix(f"{BUILTIN}:") for output in lock.get("outputs", ())}
    found: dict[str, list[Artifact]] = {}
    for artifact in artifacts:
        if artifact.kind == "picture":
            found.setdefault(artifact.output, []).append(artifact)
    if not found:
        return []
    best = min(found, key=lambda name: (kinds.get(name) != "gallery", name not in kinds))
    return [Picture(a.path.stem, _name(a.path.stem), folder / a.path) for a in found[best]]


def _name(stem: str) -> str:
    seed = stem.removeprefix("seed-")
    return f"Seed {int(seed)}" if seed != stem and seed.isdecimal() else stem.replace("--", " · ")


def _films(folder: Path, artifacts: Sequence[Artifact]) -> list[Film]:
    """Each in one of its formats: one that a player takes, where there is one."""
    films: dict[str, Film] = {}
    for artifact in artifacts:
        if artifact.kind == "film":
            film = _film(folder, artifact)
            before = films.setdefault(artifact.output, film)
            if film.plays and not before.plays:
                films[artifact.output] = film
    return list(films.values())


def _film(folder: Path, artifact: Artifact) -> Film:
    poster = artifact.details.get("poster")
    there = None
    if isinstance(poster, str) and _is_inside(folder, Path(poster)) and (folder / poster).is_file():
        there = folder / poster
    return Film(folder / artifact.path, artifact.output, there, float(artifact.details.get("seconds") or 0))
