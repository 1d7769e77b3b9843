"""What a file carries about how it was made: enough to make it again, and never a path or a user name.

PNG text is written before the pixels, where every reader looks: `Software`, `Description` (which is also the alt text)
and `artgen`, one JSON object with sorted keys. A TIFF has tags for the first two, and all three as XMP. There is no
creation time, so that the same picture is the same file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from PIL import __version__ as pillow_version
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import ImageFileDirectory_v2

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
_TOLD_OF_THE_JOB = ("generator", "discriminator", "backbone", "losses", "augmentations", "train", "paint")


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
    recipe: dict[str, Any] = {
        **recipe_of_job(run),
        "shape": [source.shape.width, source.shape.height, source.shape.channels],
        "device": source.device.type,
    }
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
            "versions": {"torch": _torch_version(), "pillow": pillow_version},
            "settings": {key: run.lock[key] for key in _TOLD_OF_THE_JOB if key in run.lock},
        }
    )
    return told


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


_DESCRIPTION_TAG, _SOFTWARE_TAG, XMP_TAG = 270, 305, 700


def tiff_tags(details: Mapping[str, str]) -> ImageFileDirectory_v2:
    """The same as tags of a TIFF."""
    tags = ImageFileDirectory_v2()
    for tag, keyword in ((_DESCRIPTION_TAG, "Description"), (_SOFTWARE_TAG, "Software")):
        if keyword in details:
            tags[tag] = details[keyword].encode()
    if details:
        tags[XMP_TAG] = xmp_packet(details)
    return tags


def xmp_packet(details: Mapping[str, str]) -> bytes:
    """The details as properties in a namespace of our own: XMP is the only text of a TIFF that may be anything."""
    told = " ".join(f"artgen:{keyword}={quoteattr(text)}" for keyword, text in details.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:artgen="urn:artgen" {told}/></rdf:RDF></x:xmpmeta>'
    ).encode()
