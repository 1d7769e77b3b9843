"""What artgen is told of this plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen import hookimpl

if TYPE_CHECKING:
    from artgen.registry import Register


@hookimpl
def register_outputs(register: Register) -> None:
    register(
        "audio-film",
        "artgen_audio.film:AudioFilm",
        config="artgen_audio.config:AudioFilmConfig",
        summary="A film that moves to a sound: speed, truncation and noise follow its beats, loudness and bands",
    )
