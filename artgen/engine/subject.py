"""What a training is about: how its pictures are shaped, and which classes or styles it tells apart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from artgen.job.styles import styles_of

if TYPE_CHECKING:
    from artgen.contracts import PictureShape
    from artgen.data.pictures import Pictures
    from artgen.job.model import Job


def shape_painted(job: Job, pictures: Pictures) -> PictureShape:
    """Of what is painted: crops are smaller than the pictures that they are taken from."""
    shape = job.data.shape if job.data else pictures.shape
    return replace(shape, classes=len(classes_learned(job, pictures)))


def classes_learned(job: Job, pictures: Pictures) -> tuple[str, ...]:
    """Names of the pictures' classes or, where they are repainted, of the styles; none where there are none."""
    if job.paints_from == "latent":
        return pictures.classes
    return tuple(style.name for style in styles_of(job.losses))
