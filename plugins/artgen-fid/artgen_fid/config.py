"""Options of the measurement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from artgen.config import File, Folder, OutputConfig, option

ENOUGH = 10_000
"""Pictures from which on FID hardly leans any more; fewer than Inception has features, and it is mostly lean."""
INCEPTION_FEATURES = 2048


class FidConfig(OutputConfig):
    """Fréchet and kernel distance between the pictures and the real ones, through Inception."""

    paints: ClassVar[frozenset[str]] = frozenset({"latent"})
    trial: ClassVar[Mapping[str, Any]] = {"count": 2, "kid_subsets": 2}

    count: int = option(ENOUGH, ge=2, le=1_000_000)
    """Pictures that are painted and measured, those of the first seeds; below 10,000 FID leans upward."""
    against: Folder | None = option(None)
    """A folder of pictures to compare with; by default those that the run learned from."""
    weights: File | None = option(None)
    """The weights of Inception, .safetensors or .pth; without it they are fetched once, into the user's cache folder."""
    truncation: float = option(1.0, ge=0, le=2)
    """1 for the generator's full variety, as papers measure; toward 0 for ever more typical pictures."""
    batch: int = option(32, ge=1, le=4096)
    """Pictures that Inception looks at together."""
    device: str = option("")
    """Where Inception runs: cpu, mps, cuda or cuda:N; by default where the pictures are painted."""
    kid_subsets: int = option(100, ge=2, le=10_000)
    """Draws of pictures that KID is the mean of; its deviation is the one between them."""
    kid_subset_size: int = option(1000, ge=2, le=100_000)
    """Pictures of a draw; where there are fewer, all but a tenth of them."""
