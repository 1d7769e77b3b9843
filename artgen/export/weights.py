"""Bare weights: one safetensors file that carries its configuration."""

from __future__ import annotations

from safetensors.torch import save

from artgen.export.exported import Exported
from artgen.outputs.metadata.recipe import canonical_json

KEY = "artgen"
"""The only entry of the metadata: the format keeps no order among several, and the same run is to give the same bytes."""


def weights_file(exported: Exported) -> bytes:
    """The averaged generator as a safetensors file, with what it tells as JSON in the header.

    Raises:
        CheckpointError: the checkpoint is damaged.
    """
    return save(exported.weights(), metadata={KEY: canonical_json(exported.told)})
