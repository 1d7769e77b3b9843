"""The pictures that a job learns from, and whether they do."""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from artgen.errors import DataError
from artgen.job.styles import styles_of
from artgen.outputs.classes import number_of
from artgen.outputs.films.config import TimelineConfig
from artgen.reuse.timeline import keyframes_of
from artgen.runs.checkpoints import sha256_of

if TYPE_CHECKING:
    from artgen.data.pictures import Pictures
    from artgen.job.model import Job
    from artgen.runs.progress import Progress


def opened_pictures(job: Job, progress: Progress) -> Pictures | None:
    """The pictures of a job, read if that was not done before; None where it has none.

    Raises:
        DataError: they are wrong, or too few.
    """
    if job.data is None:
        return None
    from artgen.data.cache import open_pictures

    pictures = open_pictures(job.data, progress=lambda done, total: progress.update("reading pictures", done, total))
    progress.finish("reading pictures")
    for skipped in pictures.skipped:
        progress.warn(f"{skipped.name} is left out: {skipped.reason}")
    progress.say(f"{job.name}: {len(pictures)} pictures, {pictures.shape}")
    _check_batch(job, len(pictures))
    _check_classes(job, pictures.classes)
    return pictures


def check_files(jobs: Sequence[Job]) -> None:
    """See by the names of the files what would end runs before they begin; no picture is opened, no folder read twice.

    Raises:
        DataError: there are too few pictures, or none of a class.
        ArtgenError: an output is to be of a class that there is not, or of a list that is none.
    """
    from artgen.data.classes import class_counts
    from artgen.data.listed import FEWEST_PICTURES, listed_files, too_few

    listed = functools.cache(listed_files)
    for job in jobs:
        if job.data is None:
            _check_classes(job, [])
            continue
        files, unseen = listed(job.data.folder, job.data.classes)
        if len(files) < FEWEST_PICTURES:
            raise too_few(job.data.folder, len(files), unseen)
        names = [file.name for file in files]
        _check_batch(job, len(names))
        _check_classes(job, list(class_counts(names)) if job.data.classes else [])


def fingerprints_of(job: Job, pictures: Pictures | None) -> Mapping[str, str]:
    """What a network learns from, by the keys that the lock has for it; nothing where it learns nothing."""
    return {"pictures": pictures.fingerprint, "styles": _of_styles(job)} if pictures else {}


def _of_styles(job: Job) -> str:
    """A hash of the styles that a network learns, by what is in their files; "" where it learns none."""
    from artgen.data.headers import told_of

    hashes = []
    for style in styles_of(job.losses):
        for file in itertools.chain.from_iterable(style.files.values()):
            with told_of(file):
                hashes.append(sha256_of(file))
    return hashlib.sha256("".join(hashes).encode()).hexdigest() if hashes else ""


def _check_classes(job: Job, classes: Sequence[str]) -> None:
    """Classes, and pictures of lists, that outputs are to show: else it would only be seen once the training is over."""
    if job.paints_from != "latent":
        return
    for part in job.outputs:
        named = {"": part.config}
        if isinstance(part.config, TimelineConfig):
            keyframes = keyframes_of(part.config, part.name)
            named |= {f"keyframes.{index}.": keyframe for index, keyframe in enumerate(keyframes)}
        for place, config in named.items():
            if name := getattr(config, "class_", ""):
                number_of(name, classes, f"outputs.{part.name}.{place}class")


def _check_batch(job: Job, pictures: int) -> None:
    """A batch with one picture twice would teach the discriminator that twins are real."""
    if job.discriminator and pictures < job.train.batch:
        raise DataError(
            f"there are {pictures} pictures, and a batch takes {job.train.batch}",
            where=job.name,
            hint=f"add pictures, or write [train] batch = {1 << (pictures.bit_length() - 1)}",
        )
