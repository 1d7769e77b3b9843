"""The weights of the original Inception, as torch-fidelity publishes them.

It is published as a pickled file. That is read as tensors alone, checked by its sha256, and kept as safetensors; no
code in it is ever run.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from artgen.backbones.published import PublishedFile
from artgen.errors import ArtgenError
from artgen.runs.files import whole_file
from safetensors import safe_open
from torch import Tensor

VARIABLE = "ARTGEN_FID_WEIGHTS"

PUBLISHED = PublishedFile(
    "weights-inception-2015-12-05-6726825d.pth",
    "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
    "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
    95_628_359,
    otherwise=f"or name where you have it: artgen fid --weights FILE, weights = FILE in the output, or {VARIABLE}",
)

_HINT = f"Inception takes {PUBLISHED.name}, or a .safetensors file with its tensors"


@dataclass(frozen=True)
class Weights:
    """Tensors by name, and the sha256 of the file that they are of."""

    tensors: Mapping[str, Tensor]
    sha256: str
    where: str


def open_weights(given: Path | None) -> Weights:
    """The weights of a file, of the one that ``ARTGEN_FID_WEIGHTS`` names, or the published ones.

    Raises:
        ArtgenError: they cannot be fetched or read, or are not what they should be.
    """
    named = given or (Path(os.environ[VARIABLE]).expanduser() if os.environ.get(VARIABLE) else None)
    if named is None:
        return _published()
    if named.name == PUBLISHED.name:
        PUBLISHED.check(named)
    return Weights(_read(named), _sha256(named), str(named))


def _published() -> Weights:
    """From the cache, fetched and converted where it is not there."""
    kept = PUBLISHED.place.with_suffix(".safetensors")
    if not kept.exists():
        fetched = PUBLISHED.fetched()
        tensors = {name: tensor.contiguous() for name, tensor in _read(fetched).items()}
        with whole_file(kept) as part:
            safetensors.torch.save_file(tensors, part, metadata={"sha256": _digest(tensors)})
        fetched.unlink()
    tensors = _read(kept)
    with safe_open(kept, "pt") as file:
        known = (file.metadata() or {}).get("sha256")
    if known != _digest(tensors):
        raise ArtgenError("these weights are damaged", where=str(kept), hint="delete the file; it is fetched again")
    return Weights(tensors, PUBLISHED.sha256, str(kept))


def _read(path: Path) -> dict[str, Tensor]:
    tensors: Any
    try:
        if path.suffix == ".safetensors":
            tensors = safetensors.torch.load_file(path)
        else:
            tensors = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a damaged file makes of its reader
        raise ArtgenError(f"these weights cannot be read: {error}", where=str(path), hint=_HINT) from error
    if not isinstance(tensors, Mapping) or not all(isinstance(tensor, Tensor) for tensor in tensors.values()):
        raise ArtgenError("there are no named tensors in this file", where=str(path), hint=_HINT)
    return dict(tensors)


def _digest(tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode() + tensors[name].contiguous().numpy().tobytes())
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
