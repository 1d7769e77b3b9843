"""What the training pictures look like to VGG-16, where the exam of the training left it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from artgen.data.cache_folder import cache_folder
from artgen.quality.nearest import nearest_other

if TYPE_CHECKING:
    from artgen.runs.store import Run

_FEWEST = 2
_SHOWN_OF_FINGERPRINT = 16


@dataclass(frozen=True)
class Training:
    """The training pictures.

    Attributes:
        vectors: (N, 3840), see `artgen.quality.features`.
        usual: their own mean distance to their nearest.
    """

    vectors: Tensor
    usual: float


def training_of(run: Run) -> Training | None:
    """None where nobody measured them, or the cache has been emptied since."""
    fingerprint = str(run.lock.get("lock", {}).get("pictures", ""))[:_SHOWN_OF_FINGERPRINT]
    files = cache_folder().glob(f"*-{fingerprint}.safetensors") if fingerprint else ()
    for file in sorted(files):
        try:
            (vectors,) = safetensors.torch.load_file(file).values()
        except (OSError, SafetensorError, ValueError):
            continue
        if len(vectors) >= _FEWEST and (usual := nearest_other(vectors).distance.mean().item()):
            return Training(vectors, usual)
    return None
