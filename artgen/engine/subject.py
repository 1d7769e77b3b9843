"""What a training is about: its pictures, how they are shaped, and which classes or styles it tells apart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from artgen.data.sample import Stream
from artgen.job.styles import styles_of

if TYPE_CHECKING:
    import torch

    from artgen.contracts import PictureShape
    from artgen.data.pictures import Pictures
    from artgen.job.model import Job


def open_stream(job: Job, pictures: Pictures, device: torch.device) -> Stream:
    """The pictures as a job wants to learn from them; without ``[data]``, as they are."""
    shape, data = shape_painted(job, pictures), job.data
    if data is None:
        return Stream(pictures, job.job.seed, False, device, shape=shape)
    return Stream(pictures, job.job.seed, data.mirror, device, shape=shape, recolor=data.recolor)


def shape_painted(job: Job, pictures: Pictures) -> PictureShape:
    """Of what is painted: crops are smaller than the pictures that they are taken from."""
    shape = job.data.shape if job.data else pictures.shape
    return replace(shape, classes=len(classes_learned(job, pictures)))


def classes_learned(job: Job, pictures: Pictures) -> tuple[str, ...]:
    """Names of the pictures' classes or, where they are repainted, of the styles; none where there are none."""
    if job.paints_from == "latent":
        return pictures.classes
    return tuple(style.name for style in styles_of(job.losses))
