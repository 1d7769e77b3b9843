"""What a job does when its files do not say: the lowest layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from artgen.config import input_of, untrained
from artgen.contracts import Input
from artgen.errors import ArtgenError
from artgen.job.file_names import as_file_name
from artgen.job.text.tree import Layer, Origin, Table, tree_of
from artgen.registry import Registry

BUDGET_KIMG = 100
"""Enough to see whether a folder of pictures trains: minutes on a processor at 64 pixels."""
GAN_LOSSES = ("adversarial",)
GAN_AUGMENTATIONS = ("diffaugment",)
GAN_OUTPUTS = ("sheet", "gallery", "interpolation")
STYLIZER_DATA = {"size": 256, "zoom": 2.5, "mirror": True, "recolor": 0.5}
STYLIZER_TRAIN = {
    "kimg": 3,
    "batch": 2,
    "cooldown": 0.4,
    "generator": {"rate": 0.005, "betas": [0.9, 0.999]},
    "ema": {"half_life_kimg": 0.1},
}
"""A style is learned from few pictures, at rates at which no two networks would hold each other in balance."""
STYLIZER_QUALITY = {"during": 0, "final": 0}
"""Pictures that are repainted are not meant to be like the real ones."""
STYLIZER_OUTPUTS = ("sheet", "gallery")
CANVAS_OUTPUTS = ("images", "sheet", "gallery")
BACKBONE = {"type": "vgg16"}
"""What losses look through where the job does not say."""


def defaults(file: Path, tree: Table, stated: Table, registry: Registry) -> Table:
    """The layer under the job's files.

    Args:
        file: the job file.
        tree: what the files and presets say; a list that they have is taken as it is.
        stated: all that the job ends up with but for these defaults.
        registry: says what the generator paints from, whether a discriminator of its name exists, which losses look.
    """
    generator = generator_of(stated)
    source = paints_from(generator, registry)
    data: dict[str, Any] = {
        "job": {"name": default_name(file)},
        "launcher": {"type": "local"},
        "losses": [],
        "augmentations": [],
        "outputs": [],
        "trackers": [],
    }
    if source == "canvas":
        data["outputs"] = _entries(*CANVAS_OUTPUTS)
    elif source == "picture":
        data |= {"train": STYLIZER_TRAIN, "quality": STYLIZER_QUALITY, "outputs": _entries(*STYLIZER_OUTPUTS)}
        if "data" in stated.entries:  # else that it is missing would not be seen
            data["data"] = STYLIZER_DATA
    else:
        data |= _of_latents(generator, stated, registry)
    if any(_looks(loss, registry) for loss in _losses(stated)):
        data["backbone"] = BACKBONE
    for key in ("losses", "augmentations", "outputs", "trackers"):
        if key in tree.entries:
            del data[key]
    if tree.value("discriminator", "type") is not None:
        data.pop("discriminator", None)
    return tree_of(data, Origin(Layer("default", file.parent, file)), [])


def _of_latents(generator: str, stated: Table, registry: Registry) -> dict[str, Any]:
    """Of a game between two networks; without pictures, of one that paints untrained."""
    data: dict[str, Any] = {"outputs": _entries(*GAN_OUTPUTS)}
    if "data" not in stated.entries and paints_untrained(generator, registry):
        return data
    data |= {
        "train": {"kimg": BUDGET_KIMG},
        "losses": _entries(*GAN_LOSSES),
        "augmentations": _entries(*GAN_AUGMENTATIONS),
    }
    if any(c.name == generator.rpartition(":")[2] for c in registry.of_kind("discriminator")):
        data["discriminator"] = {"type": generator}
    return data


def default_name(file: Path) -> str:
    """The file's name, or its folder's when the file has the usual one."""
    stem = file.name.removesuffix(".toml")
    return as_file_name(file.parent.name if stem == "job" and file.parent.name else stem)


def paints_from(generator: str, registry: Registry) -> Input:
    """What a generator paints from, as its config model says; latent vectors when that is not known."""
    try:
        return input_of(registry.get("generator", generator).load_config())
    except (LookupError, ArtgenError):
        return "latent"


def paints_untrained(generator: str, registry: Registry) -> bool:
    """Whether a generator paints as it is drawn, as its config model says; not so when that is not known."""
    try:
        return untrained(registry.get("generator", generator).load_config())
    except (LookupError, ArtgenError):
        return False


def generator_of(tree: Table) -> str:
    """The type of a job's generator; "" where it says none."""
    generator = tree.value("generator", "type")
    return generator if isinstance(generator, str) else ""


def _losses(tree: Table) -> list[str]:
    losses = tree.table("losses")
    types = [losses.value(name, "type") for name in losses.entries] if losses else []
    return [name for name in types if isinstance(name, str)]


def _looks(loss: str, registry: Registry) -> bool:
    try:
        config = registry.get("loss", loss).load_config()
    except (LookupError, ArtgenError):
        return False
    return bool(getattr(config, "looks", False))


def _entries(*types: str) -> list[dict[str, str]]:
    return [{"type": name} for name in types]
