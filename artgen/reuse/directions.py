"""Finding, naming and showing directions of a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen.errors import ArtgenError
from artgen.reuse.latent import label_named, latent_run
from artgen.runs.progress import Progress
from artgen.terminal import harmless

if TYPE_CHECKING:
    from artgen.latents.directions import Directions


@dataclass(frozen=True)
class DirectionOptions:
    """How directions are found.

    Attributes:
        method: ``pca`` or ``closed-form``; "" takes what suits the generator.
        name: to save them under; "" is the method.
        count: at most so many.
        layers: only what these layers listen to, such as ``coarse`` or ``0-3``; "" is all.
        of_class: look only at this class.
        sheet: whether to draw what they do.
        seed: of the picture on the sheet.
        device: instead of the job's.
    """

    method: str = ""
    name: str = ""
    count: int = 10
    layers: str = ""
    of_class: str = ""
    sheet: bool = False
    seed: int = 0
    device: str | None = None


def find_and_save(folder: Path, options: DirectionOptions, progress: Progress) -> list[Path]:
    """Find directions and keep them in the run; those of the same name are replaced, but what is the same keeps its name.

    Returns:
        The file of the directions, and the sheet where one is wanted.

    Raises:
        ArtgenError: the generator has no such directions, or a file cannot be written.
    """
    from artgen.latents.saved_directions import directions_path, write_directions

    if options.name:
        directions_path(folder, options.name)
    with latent_run(folder, progress, options.device) as (run, sampler):
        from artgen.latents.axes import find_directions
        from artgen.latents.mixing import layers_of

        more: dict[str, Any] = {}
        if options.layers:
            if options.method == "pca":
                raise ArtgenError("principal components are of w, which all layers share", where="--layers")
            more["layers"] = layers_of(sampler, options.layers, "--layers")
        method = "closed-form" if options.layers else options.method
        label = label_named(sampler, options.of_class)
        found = find_directions(sampler, method, count=options.count, label=label, **more)
        name = options.name or found.method.replace(" ", "-")
        checkpoint = run.checkpoint.sha256 if run.checkpoint else ""
        found = _named_as_before(found, run.folder, name)
        written = [write_directions(run.folder, name, found, checkpoint=checkpoint)]
        for line in described(found):
            progress.say(line)
        if options.sheet:
            from artgen.outputs.stills.direction_sheet import write_direction_sheet

            written.append(write_direction_sheet(sampler, run, name, found, options.seed, label))
        return written


def _named_as_before(found: Directions, folder: Path, name: str) -> Directions:
    """With the names that somebody gave to those that are the same as before."""
    from artgen.latents.saved_directions import read_directions, saved_directions

    if name not in saved_directions(folder):
        return found
    try:
        before = read_directions(folder, name)
    except ArtgenError:  # damaged: it is replaced
        return found
    named = dict(zip((vector.numpy().tobytes() for vector in before.vectors), before.names, strict=True))
    names = tuple(
        named.get(vector.numpy().tobytes(), own) for vector, own in zip(found.vectors, found.names, strict=True)
    )
    return replace(found, names=names) if len(set(names)) == len(names) else found


def draw_saved(folder: Path, name: str, seed: int, progress: Progress, device: str | None = None) -> Path:
    """Draw what saved directions do, under the names that they have by now.

    Raises:
        ArtgenError: there are none of that name, or a file cannot be written.
    """
    with latent_run(folder, progress, device) as (run, sampler):
        from artgen.latents.saved_directions import read_directions
        from artgen.outputs.stills.direction_sheet import write_direction_sheet

        found = read_directions(run.folder, name)
        if run.checkpoint and found.checkpoint != run.checkpoint.sha256:
            progress.warn(f"{name} was found in other weights than those of step {run.checkpoint.step}")
        return write_direction_sheet(sampler, run, name, found, seed, None)


def rename(folder: Path, name: str, old: str, new: str) -> None:
    """Give one of some saved directions another name.

    Raises:
        ArtgenError: there is none of that name, or another one has the new one.
    """
    from artgen.latents.saved_directions import read_directions, write_directions

    found = read_directions(folder, name)
    write_directions(folder, name, found.renamed(old, new), checkpoint=found.checkpoint)


def described(found: Directions) -> list[str]:
    """A line for each direction: its name and how much it accounts for."""
    what = "of the variance of w" if found.method == "pca" else "of what the layers listen to"
    names = list(map(harmless, found.names))
    wide = max(map(len, names))
    return [f"{name:<{wide}}  {share:6.1%} {what}" for name, share in zip(names, found.shares, strict=True)]
