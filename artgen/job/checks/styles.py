"""What must fit together where pictures are repainted: contents, styles, masks and the layers that losses look at."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from artgen.backbones.config import VGGConfig, stride_of
from artgen.config import input_of
from artgen.distributions import BUILTIN
from artgen.errors import DataError, Problem
from artgen.generators.config import CanvasConfig
from artgen.job.checks.draft import Draft
from artgen.job.inputs import files_of
from artgen.job.kept.exported import is_exported
from artgen.job.masks import doubts, own_masks
from artgen.job.model import Part
from artgen.job.styles import masks_of, pictures_of
from artgen.job.text.tree import Table
from artgen.job.words import did_you_mean, shown
from artgen.losses.config import ContentConfig, StyleConfig

_CAN_READ = importlib.util.find_spec("PIL") is not None
"""Where there is nothing but what reads jobs, no picture is opened."""


def check_styles(tree: Table, draft: Draft, inputs_needed: bool) -> Iterator[Problem]:
    """Every way in which contents, styles and masks do not fit each other.

    Args:
        inputs_needed: whether something is still to be learned or painted, so that the pictures must be there, and can
            be counted.
    """
    losses = draft.losses or ()
    yield from _layers(tree, draft.backbone, losses)
    if draft.generator is None or draft.losses is None:
        return
    canvas = draft.generator.config if isinstance(draft.generator.config, CanvasConfig) else None
    source = input_of(draft.generator.config)
    if source != "latent" and not is_exported(tree) and not any(map(_guides, losses)):
        text = 'no loss says what to paint: add one of type "content", "gram-style" or "style-moments"'
        yield tree.origin_of(("losses",)).problem(text, "losses")
    styles = {loss.name: loss.config for loss in losses if isinstance(loss.config, StyleConfig)}
    if canvas is None:
        yield from _masks_without_canvas(tree, styles)
    elif canvas.content:
        yield from _with_content(tree, canvas, styles)
    else:
        yield from _without_content(tree, canvas, losses, styles)
    if inputs_needed:
        yield from _style_pictures(tree, styles)
        if source == "latent":
            yield from _several_styles(tree, draft.generator, styles)
        else:
            yield from _different_counts(tree, styles)
        if canvas is not None:
            yield from _lazy_losses(tree, losses)
            if canvas.content:
                yield from _content_pictures(tree, canvas, styles)
                yield from _all_too_narrow(tree, canvas, draft.backbone, losses)


def _layers(tree: Table, backbone: Part | None, losses: Sequence[Part]) -> Iterator[Problem]:
    """Layers that the backbone does not have."""
    known: Sequence[str] = backbone.config.layer_names if backbone else ()
    for loss in losses:
        if backbone is None or not known or not getattr(loss.config, "looks", False):
            continue
        for index, layer in enumerate(getattr(loss.config, "layers", ())):
            if layer not in known:
                text = f"backbone '{backbone.component.name}' has no layer {shown(layer)}"
                text += did_you_mean(layer, known) or "."
                origin = tree.origin_of(("losses", loss.name, "layers", index))
                yield origin.problem(f"{text} There are: {', '.join(known)}", f"losses.{loss.name}")


def _guides(loss: Part) -> bool:
    """Whether a loss gives pictures something to become; a third party's is believed to."""
    return isinstance(loss.config, ContentConfig | StyleConfig) or loss.component.distribution != BUILTIN


def _masks_without_canvas(tree: Table, styles: Mapping[str, StyleConfig]) -> Iterator[Problem]:
    for name, config in styles.items():
        if config.mask:
            text = "mask is laid over the contents of canvases, and this job has none"
            yield tree.origin_of(("losses", name, "mask")).problem(text, f"losses.{name}")


def _with_content(tree: Table, canvas: CanvasConfig, styles: Mapping[str, StyleConfig]) -> Iterator[Problem]:
    if canvas.start == "style" and not styles:
        text = 'start = "style" needs a style: add a loss with images, or start from "content" or "noise"'
        yield tree.origin_of(("generator", "start")).problem(text, "generator")
    if canvas.textures != 1:
        text = "textures are painted where there is no content: leave textures or content out"
        yield tree.origin_of(("generator", "textures")).problem(text, "generator")
    if canvas.wrap:
        text = "wrap is about textures, which are painted where there is no content: leave wrap or content out"
        yield tree.origin_of(("generator", "wrap")).problem(text, "generator")


def _without_content(
    tree: Table, canvas: CanvasConfig, losses: Sequence[Part], styles: Mapping[str, StyleConfig]
) -> Iterator[Problem]:
    """A texture has nothing to stay like, so that it needs a style."""
    missing = "there is no content: name pictures in [generator] content"
    for key in ("keep", "keep_colors"):
        if getattr(canvas, key) not in ([], "none"):
            yield tree.origin_of(("generator", key)).problem(f"{key} is about the content, and {missing}", "generator")
    for loss in losses:
        if isinstance(loss.config, ContentConfig):
            origin = tree.origin_of(("losses", loss.name))
            yield origin.problem(f"loss '{loss.name}' holds on to the content, and {missing}", f"losses.{loss.name}")
    for name, config in styles.items():
        if config.mask:
            origin = tree.origin_of(("losses", name, "mask"))
            yield origin.problem(f"mask is laid over the content, and {missing}", f"losses.{name}")
    if not styles:
        text = "a canvas without content is a texture of a style: name content, or add a loss with images"
        yield tree.origin_of(("generator", "type")).problem(text, "generator")


def _lazy_losses(tree: Table, losses: Sequence[Part]) -> Iterator[Problem]:
    """Losses that would be computed at some steps only: no step of a canvas can do without the slope of one."""
    for loss in losses:
        if loss.config.every > 1:
            text = "every must be 1: a canvas is held against each loss at every step"
            yield tree.origin_of(("losses", loss.name, "every")).problem(text, f"losses.{loss.name}")


def _style_pictures(tree: Table, styles: Mapping[str, StyleConfig]) -> Iterator[Problem]:
    """Pictures large enough to show a style; weights are those of the pictures that are mixed."""
    for name, config in styles.items():
        place = ("losses", name, "images")
        yield from _no_pictures(tree, place, config.images)
        yield from _unfit(tree, place, config.images)
        count = len(pictures_of(config.images))
        if config.weights and len(config.weights) != count:
            text = f"weights has {len(config.weights)} numbers for {count} images"
            yield tree.origin_of(("losses", name, "weights")).problem(text, f"losses.{name}")
        elif config.weights and not any(config.weights):
            yield tree.origin_of(("losses", name, "weights")).problem("weights are all 0", f"losses.{name}")


def _several_styles(tree: Table, generator: Part, styles: Mapping[str, StyleConfig]) -> Iterator[Problem]:
    """A network that paints from chance has one style."""
    for name, count in _counts(styles).items():
        text = (
            f"images are {count} pictures, and '{generator.component.name}' learns one style: name one, "
            "or write mix = true to learn all of them as one"
        )
        yield tree.origin_of(("losses", name, "images")).problem(text, f"losses.{name}")


def _different_counts(tree: Table, styles: Mapping[str, StyleConfig]) -> Iterator[Problem]:
    """Losses name equally many styles, or one for all."""
    counts = _counts(styles)
    first = next(iter(counts), "")
    for name, count in counts.items():
        if count != counts[first]:
            text = (
                f"images are {count} pictures, and those of '{first}' are {counts[first]}: name as many, "
                "one for all, or write mix = true"
            )
            yield tree.origin_of(("losses", name, "images")).problem(text, f"losses.{name}")


def _counts(styles: Mapping[str, StyleConfig]) -> dict[str, int]:
    """How many styles each loss names that names several."""
    counts = {name: len(pictures_of(config.images)) for name, config in styles.items() if not config.mix}
    return {name: count for name, count in counts.items() if count > 1}


def _content_pictures(tree: Table, canvas: CanvasConfig, styles: Mapping[str, StyleConfig]) -> Iterator[Problem]:
    """Masks are as many as contents, or one for all, called after them or none, and each as large as its content."""
    yield from _no_pictures(tree, ("generator", "content"), canvas.content)
    contents = pictures_of(canvas.content)
    named: dict[tuple[str, ...], list[str]] = {("generator", "keep"): canvas.keep}
    named |= {("losses", name, "mask"): config.mask for name, config in styles.items()}
    for place, patterns in named.items():
        yield from _no_pictures(tree, place, patterns)
        masks = masks_of(patterns)
        if contents and len(masks) not in (0, 1, len(contents)):
            of_contents = f"{len(contents)} content{'' if len(contents) == 1 else 's'}"
            text = f"{place[-1]} has {len(masks)} pictures for {of_contents}: name one for each, or one for all"
            yield tree.origin_of(place).problem(text, ".".join(place[:-1]))
        elif contents and masks:
            for text in (*doubts(contents, masks), *_unlike(contents, own_masks(contents, masks))):
                yield tree.origin_of(place).problem(f"{place[-1]}: {text}", ".".join(place[:-1]))


def _all_too_narrow(
    tree: Table, canvas: CanvasConfig, backbone: Part | None, losses: Sequence[Part]
) -> Iterator[Problem]:
    """Contents so narrow that no canvas can be painted; one beside others stops its own only, when its turn comes."""
    if not _CAN_READ or backbone is None or not isinstance(backbone.config, VGGConfig):
        return
    from artgen.data.headers import check_content, picture_size

    looks = [getattr(loss.config, "layers", ()) for loss in losses if getattr(loss.config, "looks", False)]
    least_px = max(
        (stride_of(layer) for layers in looks for layer in layers if layer in backbone.config.layer_names), default=1
    )
    told = []
    for content in pictures_of(canvas.content):
        try:
            picture_size(content)
        except DataError:
            continue  # nobody knows its size
        try:
            check_content(content, canvas.size, least_px)
        except DataError as error:
            told.append(f"{content.name}: {error.message}. {error.hint}")
        else:
            return
    for text in told:
        yield tree.origin_of(("generator", "content")).problem(f"content: {text}", "generator")


def _no_pictures(tree: Table, place: tuple[str, ...], patterns: Sequence[str]) -> Iterator[Problem]:
    """Patterns that match files, but none that looks like a picture."""
    stated: Any = tree.value(*place)
    for index, pattern in enumerate(patterns):
        if files_of(pattern) and not pictures_of([pattern]):
            text = f"{place[-1]}: no file that '{stated[index]}' matches is a picture"
            yield tree.origin_of((*place, index)).problem(text, ".".join(place[:-1]))


def _unfit(tree: Table, place: tuple[str, ...], patterns: Sequence[str]) -> Iterator[Problem]:
    """Pictures that cannot show a style, by their headers."""
    if not _CAN_READ:
        return
    from artgen.data.headers import check_style

    for index, pattern in enumerate(patterns):
        for file in pictures_of([pattern]):
            try:
                check_style(file)
            except DataError as error:
                text = f"{place[-1]}: {file.name}: {error.message}. {error.hint}"
                yield tree.origin_of((*place, index)).problem(text, ".".join(place[:-1]))


def _unlike(contents: Sequence[Path], masks: Sequence[Path | None]) -> Iterator[str]:
    """What is wrong with masks that do not lie on their contents, by their headers."""
    if not _CAN_READ:
        return
    from artgen.data.headers import check_mask, picture_size

    for content, mask in zip(contents, masks, strict=True):
        if mask is None:
            continue
        try:
            size = picture_size(content)
        except DataError:
            continue  # stops its own canvases only, when their turn comes
        try:
            check_mask(mask, content.name, size)
        except DataError as error:
            yield f"{mask.name}: {error.message}. {error.hint}"
