"""What a file carries about how it was made: enough to make it again, and never a path or a user name.

PNG text is written before the pixels, where every reader looks: `Software`, `Description` (which is also the alt text)
and `artgen`, one JSON object with sorted keys. There is no creation time, so that the same picture is the same file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PIL import __version__ as pillow_version
from PIL.PngImagePlugin import PngInfo

import artgen

if TYPE_CHECKING:
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
_TOLD_OF_THE_JOB = ("generator", "discriminator", "losses", "augmentations", "train")


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


def recipe_of(source: Sampler, run: Run, **settings: Any) -> dict[str, Any]:
    """How pictures of a run are made: the job, the weights, the versions, and an output's own settings."""
    recipe: dict[str, Any] = {
        "artgen": artgen.__version__,
        "job": run.name,
        "shape": [source.shape.width, source.shape.height, source.shape.channels],
        "versions": {"torch": _torch_version(), "pillow": pillow_version},
        "device": source.device.type,
        "settings": {key: run.lock[key] for key in _TOLD_OF_THE_JOB if key in run.lock},
    }
    if run.checkpoint:
        recipe["checkpoint"] = {
            "sha256": run.checkpoint.sha256,
            "step": run.checkpoint.step,
            "images": run.checkpoint.images,
        }
    told: dict[str, Any] = without_paths({**recipe, **source.recipe})
    return {**told, **settings}


def _torch_version() -> str:
    import torch

    return torch.__version__


def alt_text(run: Run, seed: int, class_name: str = "") -> str:
    """What a picture is, in words: for those who cannot see it and for search."""
    trained = f" after {run.checkpoint.images:,} training pictures" if run.checkpoint else ""
    of_class = f", class {class_name}" if class_name else ""
    return f"Generated picture, seed {seed}{of_class}, from {run.name}{trained}"


def file_details(metadata: Metadata, recipe: Mapping[str, Any], description: str) -> dict[str, str]:
    """Keyword and text of what a file is to carry.

    Args:
        metadata: full, the seed alone, or none.
        recipe: of the file; "seed" keeps its `seed` or `seeds`.
        description: the alt text.
    """
    if metadata == "none":
        return {}
    told = recipe if metadata == "full" else {key: recipe[key] for key in ("seed", "seeds") if key in recipe}
    texts = {"Software": f"artgen {artgen.__version__}", "artgen": canonical_json(told)}
    return {**texts, "Description": description} if metadata == "full" else texts


def png_text(details: Mapping[str, str]) -> PngInfo:
    """The same as chunks of a PNG."""
    info = PngInfo()
    for keyword, text in details.items():
        info.add_text(keyword, text)
    return info
