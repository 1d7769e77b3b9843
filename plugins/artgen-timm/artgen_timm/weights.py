"""Weights of timm's networks: a safetensors file, given or fetched once. Pickled files are refused."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
from artgen.data.cache_folder import cache_folder
from artgen.errors import ArtgenError, FetchError
from torch import Tensor, nn

_FILE = "model.safetensors"


@dataclass(frozen=True)
class Weights:
    """Tensors by name, and what they are.

    Attributes:
        source: the name of the file or, where it was fetched, of its place at Hugging Face.
        sha256: of the file.
    """

    tensors: Mapping[str, Tensor]
    source: str
    sha256: str
    where: str


def weights_of(model: Any, name: str, given: Path | None, sha256: str, table: str = "backbone") -> Weights:
    """The weights of a file, or those that timm names for a network.

    Args:
        sha256: what the file must be; "" for anything.
        table: of the job, which names them.

    Raises:
        ArtgenError: they cannot be fetched or read, or are not what they should be.
    """
    if given is not None:
        path, source = given, given.name
    else:
        path, source = _fetched(model.pretrained_cfg or {}, name, table)
    if path.suffix != ".safetensors":
        raise ArtgenError(
            "weights are read from safetensors files alone: others can run code",
            where=str(path),
            hint="load it where you trust it, and save its tensors with safetensors.torch.save_file",
        )
    digest = _sha256(path)
    expected = sha256 or _named_by_hub(path)
    if expected and digest != expected:
        raise ArtgenError(
            f"these are not the weights that are meant: their sha256 is {digest}, not {expected}",
            where=str(path),
            hint=f"give the right file with [{table}] weights"
            + ("" if given else "; without it, it is fetched again once this one is deleted"),
        )
    try:
        return Weights(safetensors.torch.load_file(path), source, digest, str(path))
    except Exception as error:  # whatever a damaged file makes of its reader
        raise ArtgenError(f"these weights cannot be read: {error}", where=str(path)) from error


def load(model: nn.Module, weights: Weights, table: str = "backbone") -> None:
    """Give a network its weights; those of a classifier, which it is built without, are left out.

    Args:
        table: of the job, which names the network.

    Raises:
        ArtgenError: they are of another network.
    """
    own = model.state_dict()
    told: Any = getattr(model, "pretrained_cfg", None) or {}
    named = told.get("classifier") or ()
    classifiers = tuple(f"{one}." for one in ((named,) if isinstance(named, str) else named))
    tensors = {name: t for name, t in weights.tensors.items() if name in own or not name.startswith(classifiers)}
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines()[1:]]
        reason = lines[0][:300] if lines else str(error)
        raise ArtgenError(
            f"these are the weights of another network: {reason}", where=weights.where, hint=f"see [{table}] model"
        ) from error


def _fetched(told: Mapping[str, Any], name: str, table: str) -> tuple[Path, str]:
    """The file in the user's cache folder, downloaded when it is not there, and where it comes from."""
    repository, file = told.get("hf_hub_id"), told.get("hf_hub_filename") or _FILE
    if not repository:
        raise ArtgenError(
            f"timm names no weights for '{name}' that can be fetched as safetensors",
            where=f"[{table}] model",
            hint=f"name a file with [{table}] weights, or weights with the model, as in 'resnet50.a1_in1k'",
        )
    from huggingface_hub import hf_hub_download

    place = cache_folder().with_name("weights") / "timm"
    try:
        try:
            path = hf_hub_download(repository, file, cache_dir=place, local_files_only=True)
        except Exception:  # not there yet
            path = hf_hub_download(repository, file, cache_dir=place)
    except Exception as error:  # no network, no such file, a full disk: each has an error of its own
        address = f"https://huggingface.co/{repository}/resolve/main/{file}"
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise FetchError(
            f"the weights of '{name}' cannot be fetched: {reason}",
            where=f"[{table}] model",
            hint=f'fetch {address} where there is a network, and name the file: [{table}] weights = "{_FILE}"',
        ) from error
    return Path(path), f"{repository}/{file}"


def _named_by_hub(path: Path) -> str:
    """The sha256 that a fetched file is kept by; "" of any other file."""
    name = path.resolve().name
    return name if len(name) == 64 and set(name) <= set("0123456789abcdef") else ""


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ArtgenError(f"cannot be read: {error.strerror}", where=str(path)) from error
