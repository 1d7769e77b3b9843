"""A draft: small variants of a job of canvases on one sheet, each with the words that make it at full size."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen.errors import ArtgenError, InterruptedRun, JobError, seen_from_here
from artgen.job.kept.lock import lock_data, locked_value
from artgen.job.masks import own_masks
from artgen.job.styles import masks_of, pictures_of
from artgen.job.sweep.cell_names import identity_of
from artgen.job.text.overrides import dotted_key
from artgen.launch.options import RunOptions
from artgen.launch.tasks import PAINT, do_task
from artgen.losses.config import ContentConfig, StyleConfig
from artgen.runs.canvases import finished_canvases
from artgen.runs.files import whole_file
from artgen.runs.open import open_run, run_folder
from artgen.runs.progress import Progress
from artgen.runs.tasks.stop import StopSignals

if TYPE_CHECKING:
    from PIL.Image import Image

    from artgen.job.model import Job, Part
    from artgen.plugins import PluginManager

DRAFT_PX = 192
DRAFT_STEPS = 80
DRAFT_REFINE_STEPS = 25
FACTORS = (1 / 16, 1 / 4, 1.0, 4.0, 16.0)
"""Of the weight of the content beside all else, where a job has no `[matrix]`."""
_OF_A_DRAFT = "-draft"
_VARIANT = re.compile(r"variant-[0-9a-f]{12}")


@dataclass(frozen=True)
class Variant:
    """One tile of a draft.

    Attributes:
        job: as it would be run.
        sets: what makes it of the job as it stands, by dotted key.
        given: what was set by hand beside that, as it was typed.
    """

    job: Job
    sets: Mapping[str, Any]
    given: Sequence[str] = ()

    @property
    def words(self) -> str:
        """What to add to ``artgen run JOB`` in a shell."""
        given = [text for text in self.given if ".".join(dotted_key(text.partition("=")[0]) or ()) not in self.sets]
        own = [f"{key}={_as_toml(value)}" for key, value in self.sets.items()]
        return " ".join(f"--set {shlex.quote(text)}" for text in (*given, *own))


def paint_draft(
    cells: Sequence[Job], options: RunOptions, progress: Progress, plugins: PluginManager, *, given: Sequence[str] = ()
) -> Path:
    """Paint small variants of a job, and a sheet of them.

    Variants that an earlier draft painted, and that are what they were, are not painted again.

    Args:
        cells: of one job file; without a matrix, variants of the weights are made of the one there is.
        given: the ``--set`` words that the job was read with; each label repeats them.

    Returns:
        The sheet, ``runs/NAME-draft/draft.png``.

    Raises:
        JobError: the job is not of canvases.
        ArtgenError: no variant could be painted.
        InterruptedRun: the user asked to stop; the same command goes on.
    """
    first = cells[0]
    if first.paints_from != "canvas":
        raise JobError("only canvases have drafts", where=seen_from_here(first.file))
    folder = run_folder(replace(first, cell=""), options)
    folder = folder.with_name(f"{folder.name}{_OF_A_DRAFT}")
    found = [_cell(job) for job in cells] if first.axes else _weighed(first)
    variants = [replace(variant, given=given) for variant in found]
    tiles: list[tuple[Image, str]] = []
    with StopSignals(progress.warn) as signals:
        for number, variant in enumerate(variants, 1):
            progress.say(f"{number} of {len(variants)}: {variant.words}")
            try:
                tile = _painted(variant, f"variant {number}", folder, signals, progress, plugins)
                tiles.append((tile, variant.words))
            except InterruptedRun:
                raise
            except ArtgenError as error:
                progress.warn(f"{variant.words}: {error}")
    if not tiles:
        raise ArtgenError("no variant could be painted, see above", where=first.name)
    return _written(tiles, first, folder, progress)


def is_variant(run: Path) -> bool:
    """Whether a run folder is that of a tile of a draft, which nobody looks for among the runs."""
    return run.parent.name.endswith(_OF_A_DRAFT) and _VARIANT.fullmatch(run.name) is not None


def _cell(job: Job) -> Variant:
    """A cell of the matrix; paths are told from here, as ``--set`` takes them."""
    lock = lock_data(job, Path.cwd())
    return Variant(job, {axis: locked_value(lock, axis.split(".")) for axis in job.axes})


def _weighed(job: Job) -> Iterator[Variant]:
    """The job with less and more weight on what is kept or, where that is nothing, on how it is painted.

    On one of the two only: pictures with the same ratio look alike, and a loss alone paints the same at any weight.
    """
    contents, styles = (
        [loss for loss in job.losses if isinstance(loss.config, kind)] for kind in (ContentConfig, StyleConfig)
    )
    weighed = contents or styles
    for factor in FACTORS if len(weighed) < len(job.losses) else (1.0,):
        weights = {loss.name: float(f"{loss.config.weight * factor:.4g}") for loss in weighed}
        losses = tuple(_with(loss, weight=weights.get(loss.name, loss.config.weight)) for loss in job.losses)
        yield Variant(
            replace(job, losses=losses), {f"losses.{name}.weight": weight for name, weight in weights.items()}
        )


def _painted(
    variant: Variant, name: str, folder: Path, signals: StopSignals, progress: Progress, plugins: PluginManager
) -> Image:
    """The first canvas of a variant, small.

    Args:
        name: that people know it by while it is painted.
    """
    from artgen.outputs.stills.images import as_image

    job = _small(variant.job)
    with open_run(job, RunOptions(folder), fingerprints={}, plugins=plugins, warn=progress.warn) as run:
        run.name, run.interrupted = name, signals.requested
        do_task(PAINT, run, None, progress, plugins)
        (canvas,) = finished_canvases(run.canvases).values()
        return as_image(canvas.pixels())


def _small(job: Job) -> Job:
    """The job with its first content and style only, in few steps; named after all that it is, so that none meets another."""
    config, paint = job.generator.config, job.paint
    contents = pictures_of(config.content)
    keep = _of_first(contents, config.keep)
    generator = _with(job.generator, size=min(config.size, DRAFT_PX), content=_first(contents), keep=keep, textures=1)
    quick = {
        "steps": min(paint.steps, DRAFT_STEPS),
        "refine_steps": min(paint.refine_steps, DRAFT_REFINE_STEPS),
    }
    small = replace(
        job,
        cell="",
        generator=generator,
        losses=tuple(_of_one_style(loss, contents) for loss in job.losses),
        paint=paint.model_copy(update=quick),
        outputs=(),
        trackers=(),
    )
    told = {key: value for key, value in lock_data(small, job.file.parent).items() if key != "lock"}
    return replace(small, job=job.job.model_copy(update={"name": f"variant-{identity_of(told)[:12]}"}))


def _of_one_style(loss: Part, contents: Sequence[Path]) -> Part:
    if not isinstance(loss.config, StyleConfig):
        return loss
    images = loss.config.images if loss.config.mix else _first(pictures_of(loss.config.images))
    return _with(loss, images=images, mask=_of_first(contents, loss.config.mask))


def _of_first(contents: Sequence[Path], masks: Sequence[str]) -> list[str]:
    """The mask of the first content."""
    return [str(mask) for mask in own_masks(contents, masks_of(masks))[:1] if mask]


def _first(files: Sequence[Path]) -> list[str]:
    return [str(file) for file in files[:1]]


def _with(part: Part, **changes: Any) -> Part:
    return replace(part, config=part.config.model_copy(update=changes))


def title_of(job: Job) -> str:
    """What stands above a draft: the command that the words of each variant are added to, for a shell."""
    return f"{job.job.name}: artgen run {shlex.quote(job.file.name)} …"


def _written(tiles: Sequence[tuple[Image, str]], job: Job, folder: Path, progress: Progress) -> Path:
    from artgen.outputs.stills.labelled import labelled_sheet

    sheet = labelled_sheet(tiles, title_of(job))
    path = folder / "draft.png"
    with whole_file(path) as part:
        sheet.save(part)
    progress.say(f"{job.job.name}: {path}")
    return path


def _as_toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key} = {_as_toml(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_as_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
