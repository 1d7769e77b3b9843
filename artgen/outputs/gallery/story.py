"""What the metrics of a run tell: its curves, its figures, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from artgen.outputs.gallery.curves import Line, chart

Row = Mapping[str, Any]

_EVENT_NAMES = {
    "rollback": "Went back",
    "resumed": "Resumed",
    "interrupted": "Interrupted",
    "finished": "Finished",
    "warning": "Warning",
}


def curves(rows: Sequence[Row]) -> list[tuple[str, str, Markup]]:
    """(heading, what it means, drawing) of every curve that there are numbers for."""
    marks = [(kimg, row["text"]) for row in rows if row.get("event") in ("rollback", "resumed")
             if (kimg := images_at(rows, row["step"]) / 1000)]  # fmt: skip
    quality = Line("kid_vgg", _points(rows, "quality/kid_vgg"), _interval(rows, "quality/kid_vgg"), dots=True)
    losses = [
        Line("generator", _points(rows, "loss/generator")),
        Line("discriminator", _points(rows, "loss/discriminator")),
    ]
    rate = Line("pictures per second", _points(rows, "rate_img_s"))
    drawings = [
        ("Distance to the real pictures", "kid_vgg with its interval; lower is better", [quality]),
        ("Losses", "the two networks hold each other in balance; neither is meant to reach zero", losses),
        ("Speed", "training pictures per second", [rate]),
    ]
    axis = "thousand training pictures"
    drawn = [(title, note, chart(title, lines, x_label=axis, marks=marks)) for title, note, lines in drawings]
    return [entry for entry in drawn if entry[2]]


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
    if final:
        told.append(("Pictures measured", f"{final['pictures']:,} of step {final['step']:,}"))
    for name, title in _MEASURES.items():
        value, low, high = (_last([*numbers, final], f"quality/{name}{end}") for end in ("", "_low", "_high"))
        if value is not None:
            between = f" ({low:.3g} to {high:.3g})" if low is not None and high is not None else ""
            told.append((title, f"{value:.3g}{between}"))
    return told


_MEASURES = {
    "kid_vgg": "Distance to the real pictures (kid_vgg)",
    "fd_vgg": "Fréchet distance (fd_vgg)",
    "swd": "Sliced Wasserstein distance",
    "diversity": "Diversity (the training pictures have 1)",
    "nearest": "To the nearest training picture (copies have 0)",
}


def happenings(rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    """(what, when, in words) of every event."""
    return [
        (_EVENT_NAMES.get(row["event"], str(row["event"]).capitalize()), f"step {row['step']:,}", row.get("text") or "")
        for row in rows
        if "event" in row
    ]


def images_at(rows: Sequence[Row], step: int) -> float:
    """Training pictures shown by a step."""
    for row in reversed(rows):
        if row.get("images") and row["step"]:
            return float(row["images"]) / float(row["step"]) * step
    return 0.0


def duration(seconds: float) -> str:
    """A length of time as it is spoken: "12 s", "5 min 3 s", "2 h 10 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _points(rows: Sequence[Row], key: str) -> list[tuple[float, float]]:
    return [(row["images"] / 1000, row[key]) for row in rows if row.get(key) is not None and "images" in row]


def _interval(rows: Sequence[Row], key: str) -> list[tuple[float, float, float]]:
    ends = (f"{key}_low", f"{key}_high")
    measured = [row for row in rows if "images" in row and all(row.get(end) is not None for end in ends)]
    return [(row["images"] / 1000, row[ends[0]], row[ends[1]]) for row in measured]


def _last(rows: Sequence[Row], key: str) -> float | None:
    return next((float(row[key]) for row in reversed(rows) if row.get(key) is not None), None)
