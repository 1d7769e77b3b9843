"""What artgen is told of this plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from artgen import hookimpl
from artgen.errors import ArtgenError, Problem

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


@hookimpl
def job_checked(job: Any) -> list[Problem]:
    """A file that has no sound is told before anything is trained."""
    from artgen_audio.config import AudioFilmConfig

    mute = ((part.name, _why_mute(part.config)) for part in job.outputs if isinstance(part.config, AudioFilmConfig))
    return [_problem(job, name, why) for name, why in mute if why]


def _why_mute(config: Any) -> str:
    """What is wrong with the file of a film; nothing of one that is not there, which artgen itself tells where it matters."""
    from artgen_audio.listening import require_sound

    if not config.sound.is_file():
        return ""
    try:
        require_sound(config.sound)
    except ArtgenError as error:
        return f"sound: {error.message}"
    return ""


def _problem(job: Any, name: str, text: str) -> Problem:
    place = f"outputs.{name}"
    return Problem(text, origin=str(job.sources[f"{place}.sound"]), table=place)
