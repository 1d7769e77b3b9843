"""Weights that come with artgen."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.errors import ArtgenError

if TYPE_CHECKING:
    from torch import Tensor

REINSTALL = "install again: pip install --force-reinstall --no-deps artgen-toolkit"


def read_shipped(path: Path, sha256: str, whose: str) -> dict[str, Tensor]:
    """The tensors of a file by name, once it is seen to be the one that was shipped.

    Args:
        path: the file.
        sha256: of its bytes.
        whose: the weights', for errors.

    Raises:
        ArtgenError: the file is missing or is not what it should be.
    """
    import safetensors.torch

    try:
        data = path.read_bytes()
    except OSError as error:
        raise ArtgenError(
            f"the weights of {whose} cannot be read: {error.strerror}", where=str(path), hint=REINSTALL
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ArtgenError(
            f"the weights of {whose} are damaged: their sha256 is another", where=str(path), hint=REINSTALL
        )
    return safetensors.torch.load(data)
