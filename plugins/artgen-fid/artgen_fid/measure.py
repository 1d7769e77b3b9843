"""FID and KID of a run: what is measured, what is told of it, where it is kept."""

from __future__ import annotations

import importlib.metadata
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen.data.classes import class_of
from artgen.engine.precision import choose_device
from artgen.errors import InterruptedRun
from artgen.latents.seeds import class_among
from artgen.runs.files import write_text

from artgen_fid.config import ENOUGH, INCEPTION_FEATURES
from artgen_fid.distances import frechet, kernel
from artgen_fid.features import features
from artgen_fid.inception import open_inception
from artgen_fid.real import open_real, real_features
from artgen_fid.weights import open_weights

if TYPE_CHECKING:
    from artgen.latents.sampler import Sampler
    from artgen.runs.store import Run

    from artgen_fid.config import FidConfig

FILE = "fid.json"
"""In the run folder: one entry for each checkpoint, folder and way to measure."""

Far = Callable[[str, float, float], object]
"""Told (what is looked at, how many of it are done, of how many)."""

_SAME = (
    "checkpoint",
    "against",
    "pictures",
    "real_pictures",
    "classes",
    "truncation",
    "weights",
    "kid_subsets",
    "kid_subset_size",
)
"""What an entry is of; another measurement of the same replaces it."""


def measure(sampler: Sampler, run: Run, config: FidConfig, far: Far = lambda *_: None) -> dict[str, Any]:
    """Measure the pictures of a run, keep the figures in the run, and return them.

    Raises:
        InterruptedRun: the user asked to stop.
        ArtgenError: there are no weights, no real pictures, or no such device.
    """
    weights = open_weights(config.weights)
    network = open_inception(weights, choose_device(config.device) if config.device else sampler.device)

    def tell(what: str, of: int) -> Callable[[int], None]:
        def told(done: int) -> None:
            if run.interrupted():
                raise InterruptedRun("interrupted; measure it again", where=run.name)
            far(what, done, of)

        return told

    with open_real(run.job, config.against, sampler.shape) as pictures:
        real = real_features(pictures, network, weights.sha256, config.batch, tell("real pictures", len(pictures)))
        fingerprint = pictures.fingerprint
        names = pictures.names
    labels = painted_as(config.count, names, sampler.classes)
    painted = sampler.at_seeds(range(config.count), config.truncation, labels)
    fake = features(painted, network, config.batch, premultiplied=False, tell=tell("painted pictures", config.count))
    kid = kernel(real, fake, subsets=config.kid_subsets, subset_size=config.kid_subset_size)
    own = fingerprint == run.lock.get("lock", {}).get("pictures")
    figures = {
        "fid": frechet(real, fake),
        "kid": kid.mean,
        "kid_std": kid.std,
        "kid_subsets": kid.subsets,
        "kid_subset_size": kid.subset_size,
        "pictures": len(fake),
        "real_pictures": len(real),
        "against": "the training pictures" if own else "other pictures",
        "fingerprint": fingerprint,
        "classes": {sampler.classes[label]: count for label, count in sorted(Counter(labels or ()).items())},
        "checkpoint": run.checkpoint.sha256 if run.checkpoint else "",
        "step": run.checkpoint.step if run.checkpoint else 0,
        "truncation": config.truncation,
        "weights": weights.sha256,
        "torch_fidelity": importlib.metadata.version("torch-fidelity"),
    }
    _keep(run.folder / FILE, figures)
    return figures


def painted_as(count: int, names: Sequence[str], classes: Sequence[str]) -> list[int] | None:
    """The classes that the first seeds are painted as; None where a generator has none.

    Each is as often as among the real pictures, as `kid_vgg` has it; where these are in no such classes, all are as often.

    Args:
        count: of the seeds.
        names: of the real pictures, in their folder.
        classes: of the generator.
    """
    if not classes:
        return None
    number_of = {name: number for number, name in enumerate(classes)}
    found = [number_of.get(class_of(name), -1) for name in names]
    labels = range(len(classes)) if -1 in found else sorted(found)
    return [class_among(seed, labels) for seed in range(count)]


def in_words(figures: dict[str, Any]) -> str:
    """The figures as papers write them."""
    against = f"{figures['real_pictures']:,} real ones ({figures['against']})"
    return (
        f"FID {figures['fid']:.2f}, KID {1000 * figures['kid']:.3f} ± {1000 * figures['kid_std']:.3f} (thousandths; "
        f"{figures['kid_subsets']} draws of {figures['kid_subset_size']:,}): {figures['pictures']:,} pictures of step "
        f"{figures['step']} against {against}"
    )


def caution(figures: dict[str, Any]) -> str:
    """What to think of a FID of so few pictures; empty for one of enough."""
    fewest = min(figures["pictures"], figures["real_pictures"])
    if fewest >= ENOUGH:
        return ""
    if fewest < INCEPTION_FEATURES:
        return (
            f"FID of {fewest:,} pictures is mostly bias: Inception has {INCEPTION_FEATURES:,} features, and fewer "
            "pictures do not span them. Compare it only with FID of as many pictures; KID has no such bias"
        )
    return (
        f"FID of {fewest:,} pictures leans upward; papers take {ENOUGH:,} to 50,000. Compare it only with FID of as many "
        "pictures; KID has no such bias"
    )


def _keep(file: Path, figures: dict[str, Any]) -> None:
    entries: list[dict[str, Any]] = []
    if file.exists():
        try:
            entries = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:  # damaged: measured anew
            entries = []
    others = [entry for entry in entries if any(entry.get(key) != figures[key] for key in (*_SAME, "fingerprint"))]
    write_text(file, json.dumps([*others, figures], indent=1) + "\n")
