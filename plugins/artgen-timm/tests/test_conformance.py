"""What artgen asks of every component, of timm's smallest network with weights by chance."""

from __future__ import annotations

import tempfile
from pathlib import Path

from artgen.testing import conformance

from conftest import MODEL, write_weights

NETWORK = {"model": MODEL, "weights": str(write_weights(Path(tempfile.mkdtemp()) / "tiny.safetensors"))}

test_conformance = conformance.of(
    "artgen-timm", {"backbone:timm": NETWORK, "output:likeness-sheet": {**NETWORK, "seeds": "0-3"}}
)
