"""What a job does when its files do not say: the lowest layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from artgen.errors import ArtgenError
from artgen.job.file_names import as_file_name
from artgen.job.tree import Layer, Origin, Table, tree_of
from artgen.registry import Registry

BUDGET_KIMG = 100
"""Enough to see whether a folder of pictures trains: minutes on a processor at 64 pixels."""
GAN_LOSSES = ("adversarial",)
GAN_AUGMENTATIONS = ("diffaugment",)
GAN_OUTPUTS = ("sheet", "gallery", "interpolation")


def defaults(file: Path, tree: Table, generator: str, registry: Registry) -> Table:
    """The layer under the job's files.

    Args:
        file: the job file.
        tree: what the files and presets say; a list that they have is taken as it is.
        generator: the type that the job ends up with.
        registry: says what the generator paints from, and whether a discriminator of its name exists.
    """
    data: dict[str, Any] = {
        "job": {"name": default_name(file)},
        "launcher": {"type": "local"},
        "losses": [],
        "augmentations": [],
        "outputs": _entries("gallery"),
        "trackers": [],
    }
    if paints_from(generator, registry) == "latent":
        data["train"] = {"kimg": BUDGET_KIMG}
        data["losses"] = _entries(*GAN_LOSSES)
        data["augmentations"] = _entries(*GAN_AUGMENTATIONS)
        data["outputs"] = _entries(*GAN_OUTPUTS)
        if any(c.name == generator.rpartition(":")[2] for c in registry.of_kind("discriminator")):
            data["discriminator"] = {"type": generator}
    for key in ("losses", "augmentations", "outputs", "trackers"):
        if key in tree.entries:
            del data[key]
    if tree.value("discriminator", "type") is not None:
        data.pop("discriminator", None)
    return tree_of(data, Origin(Layer("default", file.parent, file)), [])


def default_name(file: Path) -> str:
    """The file's name, or its folder's when the file has the usual one."""
    stem = file.name.split(".")[0]
    return as_file_name(file.parent.name if stem == "job" and file.parent.name else stem)


def paints_from(generator: str, registry: Registry) -> str:
    """What a generator paints from, as its config model says; latent vectors when that is not known."""
    try:
        config = registry.get("generator", generator).load_config()
    except (LookupError, ArtgenError):
        return "latent"
    return str(getattr(config, "input", "latent"))


def _entries(*types: str) -> list[dict[str, str]]:
    return [{"type": name} for name in types]
