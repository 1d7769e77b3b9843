"""How a picture was made, as plain data: the resolved job, the weights, the seed, the versions."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PIL import __version__ as pillow_version

import artgen

if TYPE_CHECKING:
    from artgen.engine.stylist import Stylist
    from artgen.latents.sampler import Sampler
    from artgen.outputs.config import Metadata
    from artgen.runs.store import Run

_PATH_KEYS = frozenset(
    {"checkpoint_path", "content", "cwd", "extends", "file", "files", "folder", "from", "host", "images_from", "out"}
    | {"path", "paths", "source", "user"}
)
_LOOKS_LIKE_A_PATH = re.compile(
    r"[/\\]|^~|^[A-Za-z]:|\.(png|jpe?g|webp|gif|tiff?|avif|bmp|toml|safetensors|mp4)$", re.I
)
_ASIDE = ("launcher", "trackers")
"""Tables of parts that have no hand in the pictures."""
_TOLD_OF_THE_JOB = (
    "job",
    "data",
    "generator",
    "discriminator",
    "backbone",
    "losses",
    "augmentations",
    "train",
    "quality",
    "paint",
)
"""Tables of a lock that decide how pictures come to be; trackers and launchers may name machines."""

_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOURCE_TYPES = {
    "drawn": f"{_IPTC}algorithmicMedia",
    "generated": f"{_IPTC}trainedAlgorithmicMedia",
    "repainted": f"{_IPTC}compositeWithTrainedAlgorithmicMedia",
}
"""IPTC's words for a picture of a network that no picture taught, of a trained one, and for one made of a photograph."""


def canonical_json(value: Any) -> str:
    """JSON that is equal for equal values: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, default=str)


def without_paths(value: Any) -> Any:
    """A copy of plain data in which nothing names a file, a folder or a person."""
    if isinstance(value, Mapping):
        kept = {str(key): without_paths(item) for key, item in value.items() if key not in _PATH_KEYS}
        return {key: item for key, item in kept.items() if item is not None}
    if isinstance(value, str):
        return None if _LOOKS_LIKE_A_PATH.search(value) else value
    if isinstance(value, Sequence):
        return [item for item in map(without_paths, value) if item is not None]
    return value if isinstance(value, bool | int | float) else None


def recipe_of(source: Sampler | Stylist, run: Run, **settings: Any) -> dict[str, Any]:
    """How pictures of a run are made: the job, the weights, the versions, and an output's own settings."""
    import torch

    from artgen.latents.sampler import Sampler

    network = source.generator if isinstance(source, Sampler) else source.network
    recipe: dict[str, Any] = {
        **recipe_of_job(run),
        "shape": [source.shape.width, source.shape.height, source.shape.channels],
        "device": source.device.type,
        "dtype": str(next(network.parameters()).dtype).removeprefix("torch."),
        "made": "repainted" if not isinstance(source, Sampler) else "generated" if _was_trained(run) else "drawn",
    }
    if source.device.type == "cpu":
        recipe["threads"] = torch.get_num_threads()  # they decide the order of sums, and so the last bits
    if run.checkpoint:
        recipe["checkpoint"] = {
            "sha256": run.checkpoint.sha256,
            "step": run.checkpoint.step,
            "images": run.checkpoint.images,
        }
    told: dict[str, Any] = without_paths({**recipe, **source.recipe})
    return {**told, **settings}


def recipe_of_job(run: Run) -> dict[str, Any]:
    """What all pictures of a run have in common: the job and the versions."""
    told: dict[str, Any] = without_paths(
        {
            "artgen": artgen.__version__,
            "job": run.name,
            "versions": {"torch": _torch_version(), "pillow": pillow_version, **_plugins(run.lock)},
            "made": "repainted" if run.lock.get("generator", {}).get("content") else "generated",
        }
    )
    return {**told, "settings": told_settings(run.lock)}


def told_settings(lock: Mapping[str, Any]) -> dict[str, Any]:
    """The job of a lock as pictures carry it."""
    told: dict[str, Any] = without_paths({key: lock[key] for key in _TOLD_OF_THE_JOB if key in lock})
    return told


def _plugins(lock: Mapping[str, Any]) -> dict[str, str]:
    """Versions of the plugins that had a hand in the pictures; who only starts workers or looks on had none."""
    versions: Mapping[str, str] = lock.get("lock", {}).get("plugins", {})
    hands = {_owner(part) for table, told in lock.items() if table not in _ASIDE for part in _parts(told)}
    aside = {_owner(part) for table in _ASIDE for part in _parts(lock.get(table, {}))}
    return {name: version for name, version in versions.items() if name not in aside - hands}


def _parts(told: Any) -> list[Mapping[str, Any]]:
    return told if isinstance(told, list) else [told]


def _owner(part: Mapping[str, Any]) -> str:
    return str(part.get("type", "")).rpartition(":")[0]


def _torch_version() -> str:
    import torch

    return torch.__version__


def alt_text(run: Run, seed: int, class_name: str = "") -> str:
    """What a picture is, in words: for those who cannot see it and for search."""
    trained = f" after {run.checkpoint.images:,} training pictures" if run.checkpoint and _was_trained(run) else ""
    of_class = f", class {class_name}" if class_name else ""
    return f"Generated picture, seed {seed}{of_class}, from {run.name}{trained}"


def _was_trained(run: Run) -> bool:
    return run.checkpoint is None or run.checkpoint.images > 0


def file_details(metadata: Metadata, recipe: Mapping[str, Any], description: str) -> dict[str, str]:
    """Keyword and text of what a file is to carry.

    Args:
        metadata: full; the seed alone, and that a network made it; or none.
        recipe: of the file; "seed" keeps its `seed` or `seeds`.
        description: the alt text.
    """
    if metadata == "none":
        return {}
    told = recipe if metadata == "full" else {key: recipe[key] for key in ("seed", "seeds") if key in recipe}
    texts = {
        "Software": f"artgen {artgen.__version__}",
        "artgen": canonical_json(told),
        "DigitalSourceType": SOURCE_TYPES[recipe.get("made", "generated")],
    }
    return {**texts, "Description": _plain(description)} if metadata == "full" else texts


def _plain(text: str) -> str:
    """Text that every format can hold: names of files may have bytes that are no text, and XML has no control marks."""
    return "".join("\ufffd" if unicodedata.category(one) in {"Cc", "Cs"} else one for one in text)
