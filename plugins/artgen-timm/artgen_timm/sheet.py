"""The output: a contact sheet in the order of likeness, and the distances it is made by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from artgen.data.cache import open_pictures
from artgen.errors import DataError
from artgen.latents.seeds import parse_seeds
from artgen.outputs.classes import asked_label
from artgen.outputs.config import SheetConfig
from artgen.outputs.stills.sheet import Sheet
from artgen.quality.diversity import distances
from artgen.quality.nearest import nearest, nearest_other
from artgen.runs.files import write_text
from torch import Tensor

from artgen_timm.backbone import Timm
from artgen_timm.config import TimmConfig
from artgen_timm.likeness import in_order, vectors

if TYPE_CHECKING:
    from artgen.latents.sampler import Sampler
    from artgen.runs.store import Artifact, Run

    from artgen_timm.config import LikenessConfig

FILE = "likeness.json"
_MOST_REAL = 2000
"""Training pictures that are looked at, taken evenly."""


class LikenessSheet:
    """Writes ``sheet.png`` and ``likeness.json``.

    Args:
        config: which pictures, which network, how they are laid out.
        name: of the output in the job.
    """

    def __init__(self, config: LikenessConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Sampler, run: Run) -> list[Artifact]:
        """Look at all pictures, put them in order, and fill the sheet.

        Raises:
            InterruptedRun: the user asked to stop.
            ArtgenError: there is no such network, class or layer, or a file cannot be written.
        """
        config, seeds = self.config, list(dict.fromkeys(parse_seeds(self.config.seeds)))
        network = Timm(_of(TimmConfig, config), f"outputs.{self.name}").to(source.device)
        layers = config.layers or list(network.usual[-2:])
        label = asked_label(config, self.name, source)
        seen = vectors(source.at_seeds(seeds, config.truncation, label), network, layers)
        order = [seeds[index] for index in in_order(distances(seen, seen))]
        told = {
            "model": config.model,
            "layers": layers,
            "order": order,
            "pictures": _compared(seeds, seen, run, network, layers),
        }
        write_text(run.artifact_folder(self.name) / FILE, json.dumps(told, indent=1) + "\n")
        sheet = _of(SheetConfig, config).model_copy(update={"seeds": order})
        return Sheet(sheet, self.name).write(source, run)


def _compared(seeds: list[int], seen: Tensor, run: Run, network: Timm, layers: list[str]) -> list[dict[str, Any]]:
    """For each picture which other one is most like it, and how far the nearest training picture is.

    Distances are in units of the training pictures' own mean distance to their nearest, where they are still there.
    """
    real = _of_training(run, network, layers)
    usual = float(nearest_other(real).distance.mean()) if real is not None else 0.0
    unit = usual or 1.0
    told: list[dict[str, Any]] = [{"seed": seed} for seed in seeds]
    if len(seeds) > 1:
        other = nearest_other(seen, copies=True)
        for one, index, distance in zip(told, other.index.tolist(), other.distance.tolist(), strict=True):
            one |= {"most_like": seeds[index], "distance": distance / unit}
    if real is not None:
        for one, distance in zip(told, nearest(seen, real).distance.tolist(), strict=True):
            one["nearest_training"] = distance / unit
    return told


def _of_training(run: Run, network: Timm, layers: list[str]) -> Tensor | None:
    """The vectors of the pictures that the run learned from; None where they are gone."""
    if run.job.data is None:
        return None
    try:
        pictures = open_pictures(run.job.data)
    except DataError:
        return None
    with pictures:
        count = min(len(pictures), _MOST_REAL)
        rows = np.arange(count) * len(pictures) // count
        each = (pictures.read([row])[0] for row in rows.tolist())
        return vectors(each, network, layers, premultiplied=True)


def _of(kind: Any, config: LikenessConfig) -> Any:
    """The part of the options that another config has too."""
    return kind.model_validate(
        {field.alias or name: getattr(config, name) for name, field in kind.model_fields.items()}
    )
