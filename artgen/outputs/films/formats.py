"""What ffmpeg needs to have been built with for each format of films."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from artgen.errors import ArtgenError
from artgen.outputs.films.ffmpeg import encoders

if TYPE_CHECKING:
    from artgen.outputs.films.config import FilmFormat

_NEEDS: Mapping[FilmFormat, Sequence[str]] = {
    "mp4": ("libx264",),
    "webm": ("libvpx-vp9",),
    "webp": ("ffv1", "libwebp"),
    "gif": ("ffv1", "gif"),
    "apng": ("ffv1", "apng"),
    "avif": ("ffv1", "libaom-av1"),
}
_NEEDS_FOR_SOUND: Mapping[FilmFormat, Sequence[str]] = {"mp4": ("aac",), "webm": ("libopus",)}


def require_encoders(formats: Sequence[FilmFormat], *, with_sound: bool, where: str) -> None:
    """Before anything is painted: whether this ffmpeg can write these formats.

    Args:
        formats: of the films.
        with_sound: whether there is something to be heard.
        where: the place that names the formats.

    Raises:
        ArtgenError: it cannot.
    """
    for ending in formats:
        needed = {*_NEEDS[ending], *(_NEEDS_FOR_SOUND.get(ending, ()) if with_sound else ())}
        if lacking := sorted(needed - encoders()):
            raise ArtgenError(
                f"this ffmpeg cannot write '{ending}': it was built without {' and '.join(lacking)}",
                where=where,
                hint="Leave it out, or name an ffmpeg that can in IMAGEIO_FFMPEG_EXE.",
            )
