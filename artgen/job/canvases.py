"""The queue of canvases that a job asks for: every content in every style. Imports no torch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.job.file_names import as_half, distinct_names
from artgen.job.masks import own_masks
from artgen.job.styles import Style, masks_of, pictures_of, styles_of
from artgen.losses.config import StyleConfig

if TYPE_CHECKING:
    from artgen.job.model import Job

_SEEDS = 2**63


@dataclass(frozen=True)
class CanvasPlan:
    """One picture that is to be painted.

    Attributes:
        label: unique in the job, and a file name: ``astronaut--church-at-auvers``, ``texture-1--church-at-auvers``.
        content: what is repainted; None for a texture.
        style: the name of the style; "" where there is none.
        styles: the pictures of the style by the loss's name; several are mixed.
        masks: where a loss counts, by its name; not there where it counts everywhere.
        keep: what of the content stays as it is; None for nothing.
        seed: of its chance.
    """

    label: str
    content: Path | None
    style: str
    styles: Mapping[str, list[Path]]
    masks: Mapping[str, Path]
    keep: Path | None
    seed: int

    def files(self) -> dict[str, list[Path]]:
        """What it is made of, by role: ``content``, ``keep``, a loss's name for its style, ``NAME/mask``."""
        files: dict[str, list[Path]] = {name: list(files) for name, files in self.styles.items()}
        files |= {f"{name}/mask": [file] for name, file in self.masks.items()}
        files |= {"content": [self.content]} if self.content else {}
        return files | ({"keep": [self.keep]} if self.keep else {})


def canvases(job: Job) -> list[CanvasPlan]:
    """Every canvas of a job of canvases; all styles of the first content, then those of the next."""
    styles = styles_of(job.losses) or [Style("", {})]
    contents = pictures_of(job.generator.config.content)
    plans = list(_repaintings(job, contents, styles) if contents else _textures(job, styles))
    labels = distinct_names(plan.label for plan in plans)
    return [replace(plan, label=label) for plan, label in zip(plans, labels, strict=True)]


def still_asked_for(finished: Collection[str], plans: Iterable[CanvasPlan]) -> list[str]:
    """The labels of the finished canvases that a job asks for, in its order.

    All of them where it asks for none, as when the photographs were moved away.
    """
    return [plan.label for plan in plans if plan.label in finished] or list(finished)


def _repaintings(job: Job, contents: list[Path], styles: list[Style]) -> Iterator[CanvasPlan]:
    keep = own_masks(contents, masks_of(job.generator.config.keep))
    named = {loss.name: loss.config.mask for loss in job.losses if isinstance(loss.config, StyleConfig)}
    masks = {name: own_masks(contents, masks_of(mask)) for name, mask in named.items() if mask}
    for index, content in enumerate(contents):
        for style in styles:
            yield CanvasPlan(
                label=_label(content.stem, style),
                content=content,
                style=style.name,
                styles=style.files,
                masks={name: own for name, files in masks.items() if (own := files[index])},
                keep=keep[index],
                seed=job.job.seed,
            )


def _textures(job: Job, styles: list[Style]) -> Iterator[CanvasPlan]:
    """The first texture has the job's seed, the next ones those that follow."""
    for index in range(job.generator.config.textures):
        seed = (job.job.seed + index) % _SEEDS
        for style in styles:
            label = _label(f"texture-{index + 1}", style)
            yield CanvasPlan(label, None, style.name, style.files, {}, None, seed)


def _label(content: str, style: Style) -> str:
    return "--".join(as_half(half) for half in (content, style.name) if half)
