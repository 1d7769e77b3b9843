"""What a file carries about how it was made: enough to make it again, and never a path or a user name.

`recipe` says what that is, `embed` how each format holds it, `carried` reads it again from any file.
"""

from __future__ import annotations

from artgen.outputs.metadata.embed import XMP_TAG, exif_of, png_text, tiff_tags, xmp_packet
from artgen.outputs.metadata.recipe import (
    alt_text,
    canonical_json,
    file_details,
    recipe_of,
    recipe_of_job,
    told_settings,
    without_paths,
)

__all__ = [
    "XMP_TAG",
    "alt_text",
    "canonical_json",
    "exif_of",
    "file_details",
    "png_text",
    "recipe_of",
    "recipe_of_job",
    "tiff_tags",
    "told_settings",
    "without_paths",
    "xmp_packet",
]
