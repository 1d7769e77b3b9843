"""torch-fidelity's Inception: the network of 2015 that FID is defined by, with its own way of resizing."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch
from artgen.errors import ArtgenError
from torch import nn

from artgen_fid.weights import Weights

_PACKAGE = "torch_fidelity"
_MODULE = f"{_PACKAGE}.feature_extractor_inceptionv3"

LAYER = "2048"
"""The pooled features that FID and KID are of."""


def open_inception(weights: Weights, device: torch.device | str, layer: str = LAYER) -> nn.Module:
    """The network, frozen: uint8 (B, 3, H, W) of any size to a tuple of one (B, d), float32.

    Args:
        layer: 64, 192, 768 or 2048, which is its d too.

    Raises:
        ArtgenError: torch-fidelity is not there, or these are weights of another network.
    """
    module = _inception_module()
    # The class loads its weights by unpickling, unless it downloads them: it is handed them as if it did.
    module.load_state_dict_from_url = lambda *_, **__: dict(weights.tensors)
    try:
        network: nn.Module = module.FeatureExtractorInceptionV3("inception-v3-compat", [layer], verbose=False)
    except (RuntimeError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise ArtgenError(f"these are not the weights of Inception: {reason}", where=weights.where) from error
    return network.to(device)


def _inception_module() -> Any:
    """A copy of torch-fidelity's module of our own.

    Only its file is run, not the package around it: that imports torchvision for its other networks, which need not be
    there, and is not there for every torch.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None:
        raise ArtgenError("torch-fidelity is not installed", hint="try: pip install torch-fidelity")
    with _without_modules():
        sys.modules[_PACKAGE] = importlib.util.module_from_spec(spec)
        return importlib.import_module(_MODULE)


@contextmanager
def _without_modules() -> Iterator[None]:
    """As if torch-fidelity had not been imported; afterwards it is again as it was."""
    before = _taken_out()
    try:
        yield
    finally:
        _taken_out()
        sys.modules.update(before)


def _taken_out() -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name.partition(".")[0] == _PACKAGE]
    return {name: sys.modules.pop(name) for name in names}
