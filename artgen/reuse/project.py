"""Finding the latents that paint pictures of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.errors import ArtgenError, InterruptedRun
from artgen.job.file_names import as_file_name, distinct_names
from artgen.reuse.beside import numbered
from artgen.reuse.latent import label_named, latent_run
from artgen.runs.checkpoints import sha256_of
from artgen.runs.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor

    from artgen.contracts import PictureShape
    from artgen.data.config import DataConfig
    from artgen.latents.sampler import Sampler
    from artgen.runs.store import Run


@dataclass(frozen=True)
class ProjectOptions:
    """How pictures are looked for.

    Attributes:
        name: to keep the only picture under; "" is its file's.
        of_class: paint it as this class.
        steps: of the search.
        seed: of its chance.
        device: instead of the job's.
    """

    name: str = ""
    of_class: str = ""
    steps: int = 400
    seed: int = 0
    device: str | None = None


def project_pictures(folder: Path, pictures: Sequence[Path], options: ProjectOptions, progress: Progress) -> list[Path]:
    """Find each picture in the latent space of a run, and keep where it was found.

    Returns:
        For each a picture of it beside what the generator paints from there.

    Raises:
        DataError: a file gives no picture.
        InterruptedRun: the user asked to stop; those that were found are kept.
        ArtgenError: the generator cannot paint it, or a file cannot be written.
    """
    from artgen.latents.saved_projections import projection_path

    if options.name and len(pictures) > 1:
        raise ArtgenError(f"{len(pictures)} pictures cannot have one name", where="--name", hint="Leave it out.")
    names = [options.name] if options.name else distinct_names(as_file_name(path.stem) for path in pictures)
    for name in names:  # before anybody waits for a search
        projection_path(folder, name)
    written = []
    with latent_run(folder, progress, options.device) as (run, sampler):
        label = label_named(sampler, options.of_class)
        for name, path in zip(names, pictures, strict=True):
            written.append(_projected(run, sampler, path, name, label, options, progress))
    return written


def _free(folder: Path, name: str, sha256: str) -> str:
    """The name, with a number where another picture was kept under it."""
    from artgen.latents.saved_projections import projection_path, read_projection

    def takes(found: str) -> bool:
        if not projection_path(folder, found).exists():
            return True
        try:
            return read_projection(folder, found).told.picture == sha256
        except ArtgenError:  # damaged: it is replaced
            return True

    return next(filter(takes, numbered(name)))


def _projected(
    run: Run,
    sampler: Sampler,
    path: Path,
    name: str,
    label: int | None,
    options: ProjectOptions,
    progress: Progress,
) -> Path:
    from artgen.latents.projection import project
    from artgen.latents.saved_projections import SavedProjection, Told, write_projection
    from artgen.outputs.stills.before_after import write_before_after

    def watch(step: int) -> None:
        progress.update(name, step, options.steps)
        if run.interrupted():
            raise InterruptedRun("stopped in the middle of a search; those that were found are kept")

    picture, sha256 = _as_painted(path, run.job.data, sampler.shape), sha256_of(path)
    name = options.name or _free(run.folder, name, sha256)
    found = project(sampler, picture, label=label, steps=options.steps, seed=options.seed, watch=watch)
    progress.finish(name)
    first, last = found.distances[0], found.distances[-1]
    told = Told(
        checkpoint=run.checkpoint.sha256 if run.checkpoint else "",
        picture=sha256,
        label_name="" if label is None else sampler.classes[label],
        first=first,
        last=last,
    )
    shown = write_projection(run.folder, name, SavedProjection(found.w, found.noise, told)).with_suffix(".png")
    write_before_after(shown, picture, found, sampler, run, sha256)
    of_first = f", {last / first:.0%} of the mean picture's" if first else ""
    progress.say(f"{name}: perceptual distance {last:.3f}{of_first}")
    return shown


def _as_painted(path: Path, learned: DataConfig | None, shape: PictureShape) -> Tensor:
    """A picture as the generator would paint it, (C, H, W) in [-1, 1], RGBA premultiplied.

    Args:
        learned: says how pictures are brought to one shape; None where nothing was learned.
        shape: of what is painted, which may be larger than what was learned from.
    """
    import torch

    from artgen.data.config import CHANNELS, DataConfig
    from artgen.data.decode import Recipe, decode
    from artgen.data.headers import told_of

    colors = next(name for name, channels in CHANNELS.items() if channels == shape.channels)
    config = learned or DataConfig.model_validate({"folder": path.parent.absolute(), "colors": colors})
    recipe = replace(Recipe.of(config), width=shape.width, height=shape.height)
    with told_of(path), path.open("rb") as file:
        pixels = torch.frombuffer(bytearray(decode(file, recipe)), dtype=torch.uint8)
    return pixels.view(recipe.height, recipe.width, -1).permute(2, 0, 1) / 127.5 - 1
