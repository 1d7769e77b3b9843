"""From frames that are painted one after the other to the missing segments of a film."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from artgen.errors import InterruptedRun
from artgen.outputs.films.film import Film
from artgen.outputs.writing import BackgroundWriter

if TYPE_CHECKING:
    from artgen.latents.sampler import Picture

_WAITING_BYTES = 64 * 2**20


def encode_missing(
    film: Film,
    frames: Callable[[range], Iterable[Picture]],
    interrupted: Callable[[], bool],
    name: str,
    segments: Sequence[range],
) -> None:
    """Paint here while a thread feeds ffmpeg; the frames between them are few, whatever the length.

    Args:
        film: whose segments are made.
        frames: paints those of a segment.
        interrupted: asked before every frame.
        name: of the film, for people.
        segments: those that are wanted and missing.

    Raises:
        InterruptedRun: the user asked to stop; whole segments stay.
        ArtgenError: ffmpeg failed, or a frame could not be painted.
    """
    width, height = film.form.padded
    waiting = max(2, min(64, _WAITING_BYTES // (3 * width * height)))
    with contextlib.ExitStack() as encoders, BackgroundWriter(waiting=waiting) as writer:
        for segment in segments:
            encoder = encoders.enter_context(film.encoder(segment))
            for _, picture in zip(segment, frames(segment), strict=True):
                if interrupted():
                    break  # what is painted is still encoded, so that a segment that is whole counts
                writer.submit(encoder.write, picture)
            else:
                writer.submit(encoder.finish)
                continue
            break
    if missing := sum(len(segment) for segment in film.missing() if segment in segments):
        raise InterruptedRun(
            f"stopped in the film '{name}' with {film.frames - missing} of {film.frames} frames kept",
            hint="The same command goes on from here.",
        )
