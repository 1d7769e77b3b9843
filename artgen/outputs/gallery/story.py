"""What the metrics of a run tell: its curves, its figures, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from artgen.outputs.gallery.curves import Level, Line, Mark, chart
from artgen.runs.progress import duration

Row = Mapping[str, Any]

_EVENT_NAMES = {
    "guard": "Guard",
    "rollback": "Went back",
    "resumed": "Resumed",
    "interrupted": "Interrupted",
    "finished": "Finished",
    "warning": "Warning",
}


_MARKED = ("guard", "rollback", "resumed")
_ALARMING = ("guard", "rollback", "warning")
_LINES_AT_MOST = 3
_SIGN_TARGET = 0.6


def curves(rows: Sequence[Row]) -> list[tuple[str, str, Markup]]:
    """(heading, what it means, drawing) of every curve that there are numbers for.

    The Fréchet distance is not among them: it leans on how many pictures are measured, which changes along the way.
    """
    marks = [
        Mark(images_at(rows, row["step"]) / 1000, _EVENT_NAMES[row["event"]], row.get("text") or "")
        for kind in _MARKED
        for row in rows
        if row.get("event") == kind and row["step"]
    ]
    rows = _not_undone(rows)
    real = Level(1, "real")
    game = any(key.startswith("loss/") and key.endswith("discriminator") for row in rows for key in row)
    alone = ("Penalties and other aims", "losses of one network alone") if game else ("One by one", "without weights")
    drawings: list[tuple[str, str, list[Line], Level | None]] = [
        (
            "Distance to the real pictures",
            "kid_vgg with its interval; lower is better",
            [_measured(rows, "kid_vgg")],
            None,
        ),
        (
            "Precision and recall",
            "the share of painted pictures that lie among the real ones, and of real ones that lie among the painted",
            [_measured(rows, "precision"), _measured(rows, "recall")],
            None,
        ),
        (
            "Variety and copies",
            "the mean distance between painted pictures, and to the nearest training picture; training pictures have "
            "1, copies are 0 away",
            [_measured(rows, "diversity"), _measured(rows, "nearest")],
            real,
        ),
        (
            "Losses",
            "the two networks hold each other in balance; neither is meant to reach zero"
            if game
            else "all that the job asks for together, each by its weight; lower is better",
            [Line(name, _points(rows, f"loss/{name}")) for name in ("generator", "discriminator")],
            None,
        ),
        *((*alone, lines, None) for lines in _one_sided(rows)),
        (
            "What the discriminator says",
            "the mean sign of its answers, 1 for always real, and its lead, 1 for never mistaken between two; real far "
            "above the target means that it knows the folder by heart",
            [
                Line("real", _points(rows, "discriminator/sign_real")),
                Line("painted", _points(rows, "discriminator/sign_fake")),
                Line("lead", _points(rows, "guard/ahead")),
            ],
            Level(_SIGN_TARGET, "target"),
        ),
        (
            "Augmentation",
            "how strongly pictures are changed before the discriminator sees them",
            [
                Line(name, _points(rows, key))
                for key, name in _named(rows, "augmentation/", "/strength")[:_LINES_AT_MOST]
            ],
            None,
        ),
        (
            "Variety within a batch",
            "how much painted pictures differ, as a share of the real ones; near 0 all are one picture",
            [Line("painted", _points(rows, "guard/diversity"))],
            real,
        ),
        ("Speed", "training pictures per second", [Line("pictures per second", _points(rows, "rate_img_s"))], None),
    ]
    drawn = [(title, note, chart(title, lines, marks=marks, level=level)) for title, note, lines, level in drawings]
    return [entry for entry in drawn if entry[2]]


def _not_undone(rows: Sequence[Row]) -> list[Row]:
    """The numbers that led to where the run stands: those of steps that it went back behind are left out."""
    kept: list[Row] = []
    for row in reversed(rows):
        if "event" not in row and (not kept or row["step"] <= kept[-1]["step"]):
            kept.append(row)
    return kept[::-1]


def _measured(rows: Sequence[Row], name: str) -> Line:
    return Line(name, _points(rows, f"quality/{name}"), _interval(rows, f"quality/{name}"), dots=True)


def _one_sided(rows: Sequence[Row]) -> list[list[Line]]:
    """The losses that speak to one network only, a few to a chart: what plays the game speaks to both."""
    keys = {phase: dict(_named(rows, "loss/", f"/{phase}")) for phase in ("discriminator", "generator")}
    shared = set(keys["discriminator"].values()) & set(keys["generator"].values())
    alone = [(key, name) for named in keys.values() for key, name in named.items() if name not in shared]
    lines = [Line(name, _points(rows, key)) for key, name in alone]
    return [lines[first : first + _LINES_AT_MOST] for first in range(0, len(lines), _LINES_AT_MOST)]


def _named(rows: Sequence[Row], before: str, after: str) -> list[tuple[str, str]]:
    """(key, NAME) of every key like ``beforeNAMEafter``, in the order they first appear."""
    keys = dict.fromkeys(key for row in rows for key in row if key.startswith(before) and key.endswith(after))
    return [(key, name) for key in keys if (name := key[len(before) : -len(after)])]


def figures(rows: Sequence[Row], final: Row) -> list[tuple[str, str]]:
    """Name and value of what is worth telling in a line.

    Args:
        rows: of the metrics.
        final: the figures of the checkpoint that the pictures are made from; without them the last in the rows count.
    """
    numbers = [row for row in rows if "event" not in row]
    if not numbers:
        return []
    told = []
    images, step, seconds = (_last(numbers, key) for key in ("images", "step", "seconds"))
    if images is not None and step is not None:
        told.append(("Training pictures shown", f"{images:,.0f} in {step:,.0f} steps"))
    if seconds:
        told.append(("Training time", duration(seconds)))
    rates = [rate for _, rate in _points(rows, "rate_img_s") if rate > 0]
    if rates:
        told.append(("Speed", f"{sorted(rates)[len(rates) // 2]:,.0f} pictures a second"))
    measured = final or next((row for row in reversed(numbers) if "quality/kid_vgg" in row), {})
    count = measured.get("pictures", measured.get("quality/pictures"))
    if count:
        told.append(("Pictures measured", f"{count:,} of step {measured['step']:,}"))
    for name, title in _MEASURES.items():
        value, low, high = (measured.get(f"quality/{name}{end}") for end in ("", "_low", "_high"))
        if value is not None:
            between = f" ({low:.3g} to {high:.3g})" if low is not None and high is not None else ""
            told.append((title.format(count=count), f"{value:.3g}{between}"))
    return told


def painting_figures(seconds: Sequence[float]) -> list[tuple[str, str]]:
    """The same of pictures that were painted one by one, by how long each took; empty where nobody knows."""
    if not seconds:
        return []
    shortest, longest = duration(min(seconds)), duration(max(seconds))
    each = shortest if shortest == longest else f"{shortest} to {longest}"
    return [
        ("Pictures", f"{len(seconds):,}"),
        ("Painting time", duration(sum(seconds))),
        ("A picture took", each),
    ]


_MEASURES = {
    "kid_vgg": "Distance to real pictures (kid_vgg)",
    "fd_vgg": "Fréchet distance of {count:,} pictures",
    "swd": "Sliced Wasserstein distance",
    "precision": "Precision (painted among the real)",
    "recall": "Recall (real among the painted)",
    "diversity": "Diversity (training pictures: 1)",
    "nearest": "Nearest training picture (copies: 0)",
}


def happenings(rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    """(what, when, in words) of every event."""
    return [
        (_EVENT_NAMES.get(row["event"], str(row["event"]).capitalize()), f"step {row['step']:,}", row.get("text") or "")
        for row in rows
        if "event" in row
    ]


def warnings(rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    """Those events that say that something went wrong, or nearly."""
    return happenings([row for row in rows if row.get("event") in _ALARMING])


def images_at(rows: Sequence[Row], step: int) -> float:
    """Training pictures shown by a step."""
    for row in reversed(rows):
        if row.get("images") and row["step"]:
            return float(row["images"]) / float(row["step"]) * step
    return 0.0


def _points(rows: Sequence[Row], key: str) -> list[tuple[float, float]]:
    """By thousands of training pictures; what was done anew replaces what was before."""
    return list(
        {row["images"] / 1000: row[key] for row in rows if row.get(key) is not None and "images" in row}.items()
    )


def _interval(rows: Sequence[Row], key: str) -> list[tuple[float, float, float]]:
    lows, highs = dict(_points(rows, f"{key}_low")), dict(_points(rows, f"{key}_high"))
    return [(x, lows[x], highs[x]) for x in lows if x in highs]


def _last(rows: Sequence[Row], key: str) -> float | None:
    return next((float(row[key]) for row in reversed(rows) if row.get(key) is not None), None)
