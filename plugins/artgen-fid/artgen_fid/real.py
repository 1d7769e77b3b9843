"""The real pictures that painted ones are compared with, and what Inception sees in them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import safetensors.torch
from artgen.data.cache import open_pictures
from artgen.data.cache_folder import SLOT_LENGTH, cache_folder
from artgen.data.config import CHANNELS, DataConfig
from artgen.errors import ArtgenError, DataError
from artgen.runs.files import whole_file
from safetensors import SafetensorError
from torch import Tensor, nn

from artgen_fid.features import Told, features

if TYPE_CHECKING:
    from artgen.contracts import PictureShape
    from artgen.data.pictures import Pictures
    from artgen.job.model import Job

MOST = 50_000
"""Pictures that are looked at; of larger folders as many, taken evenly."""
_FEWEST = 2


@contextlib.contextmanager
def open_real(job: Job, against: Path | None, shape: PictureShape) -> Iterator[Pictures]:
    """The pictures of a folder, or those that a job learns from, decoded as the job has them.

    Args:
        against: the folder.
        shape: of the painted pictures.

    Raises:
        ArtgenError: there are none.
    """
    if job.data is not None:
        changed = {} if against is None else {"folder": against.absolute(), "classes": False}
        config = job.data.model_copy(update=changed)
    elif against is not None:
        colors = next(name for name, channels in CHANNELS.items() if channels == shape.channels)
        config = DataConfig.model_validate(
            {"folder": against.absolute(), "size": [shape.width, shape.height], "colors": colors}
        )
    else:
        raise ArtgenError("this run learned from no pictures", hint="name some to compare with: --against FOLDER")
    try:
        pictures = open_pictures(config)
    except DataError as error:
        if against is not None:
            raise
        hint = "put the pictures back, or name others to compare with: --against FOLDER"
        raise DataError(error.message, where=error.where, hint=hint) from error
    with pictures:
        yield pictures


def real_features(pictures: Pictures, network: nn.Module, sha256: str, batch: int, tell: Told) -> Tensor:
    """What Inception sees in them, computed once and kept beside the decoded pictures.

    Args:
        sha256: of the network's weights.

    Shape:
        (N, d), N at most `MOST`
    """
    count = min(len(pictures), MOST)
    if count < _FEWEST:
        raise DataError("a distance needs at least 2 real pictures", where=str(pictures.path))
    kept = cache_folder() / f"{pictures.fingerprint[:SLOT_LENGTH]}-inception-{sha256[:8]}.safetensors"
    with contextlib.suppress(OSError, SafetensorError, KeyError):
        found = safetensors.torch.load_file(kept)["features"]
        if len(found) == count:
            return found
    rows = np.arange(count) * len(pictures) // count
    each = (picture for some in np.array_split(rows, -(-count // batch)) for picture in pictures.read(some))
    found = features(each, network, batch, premultiplied=True, tell=tell)
    with contextlib.suppress(ArtgenError), whole_file(kept) as part:  # a full disk: computed again the next time
        safetensors.torch.save_file({"features": found}, part)
    return found
