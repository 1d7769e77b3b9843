"""Making a film of pictures that are there already."""

from __future__ import annotations

from collections.abc import Sequence

from artgen.latents.sampler import Picture
from artgen.outputs.films.film import Film


def encode_film(film: Film, pictures: Sequence[Picture]) -> None:
    """Encode every segment that is missing and join them."""
    for segment in film.missing():
        with film.encoder(segment) as encoder:
            for index in segment:
                encoder.write(pictures[index])
            encoder.finish()
    film.join()
