"""``--until``: until when a batch may go on, as people say it: ``07:00``, ``2026-12-01 07:00``, ``8h30m``."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from artgen.errors import JobError

MARGIN_S = 60.0
"""What runs is asked to save and end so long before the time, so that it is over by then."""
MARGIN_SHARE = 0.05
"""At most this share of the time that there is."""
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[dhms])+")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


def time_of(text: str, now: datetime | None = None) -> float:
    """When to ask what runs to end, in seconds as of `time.time`.

    Args:
        text: a time of day, which is the next one; a local date and time; or a duration from now.
        now: the local time.

    Raises:
        JobError: it is none of these, or lies in the past.
    """
    now = (now or datetime.now()).astimezone()
    until = _moment(text.strip(), now)
    if until is None:
        hint = "Write 07:00, 2026-12-01 07:00, or how long, such as 8h or 90m."
        raise JobError(f"'{text}' is no time", where="--until", hint=hint)
    span_s = (until - now).total_seconds()
    if span_s <= 0:
        raise JobError(f"{until:%Y-%m-%d %H:%M} is over", where="--until", hint="Name a time that is to come.")
    return until.timestamp() - min(MARGIN_S, MARGIN_SHARE * span_s)


def _moment(text: str, now: datetime) -> datetime | None:
    if _DURATION.fullmatch(text):
        pieces = re.findall(r"([\d.]+)([dhms])", text)
        try:
            return now + sum((timedelta(**{_UNITS[unit]: float(number)}) for number, unit in pieces), timedelta())
        except OverflowError:  # after the year 9999
            return None
    if clock := _CLOCK.fullmatch(text):
        hour, minute = map(int, clock.groups())
        if hour > 23 or minute > 59:
            return None
        day = now.replace(hour=hour, minute=minute, second=0, microsecond=0, tzinfo=None)
        # Through the local clock, so that a night in which it is put forward or back ends when the clock says so.
        at = day.astimezone()
        return at if at > now else (day + timedelta(days=1)).astimezone()
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        return None
