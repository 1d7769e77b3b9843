"""What the outputs of a job cannot do beside its generator: else it would be seen when all is trained or painted."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

from artgen.config import OutputConfig, input_of, painted_shape
from artgen.distributions import BUILTIN
from artgen.errors import DataError, Problem
from artgen.job.checks.draft import Draft
from artgen.job.model import Part
from artgen.job.text.tree import Table
from artgen.latents.seeds import parse_seeds
from artgen.outputs.config import ImagesConfig, PaintedConfig
from artgen.outputs.films.config import FilmConfig, InterpolationConfig, TimelineConfig
from artgen.outputs.fitting import (
    ALL_SHOWN,
    EDGES,
    NO_MAPPING,
    NO_REPAINT,
    NOT_LETTERED,
    OF_SEEDS,
    ONE_W,
    ONLY_CANVASES,
    SMALLER,
    TEXTURES,
    depth_of,
    misfit,
    seeded_options,
    too_deep,
    too_large,
    unwritten,
)
from artgen.outputs.stills.config import PosterConfig, TileConfig, WalkGridConfig
from artgen.outputs.stills.poster.layout import layout_of

_CAN_LISTEN = importlib.util.find_spec("imageio_ffmpeg") is not None
"""Where there is nothing but what reads jobs, nothing is listened to."""


def check_outputs(tree: Table, draft: Draft) -> Iterator[Problem]:
    """Every option of artgen's own outputs that the generator's pictures cannot have; those of plugins are theirs.

    What all films have is looked at in all of them.
    """
    if draft.generator is None:
        return
    for output in draft.outputs:
        if why := _why_mute(output.config):
            yield tree.origin_of(("outputs", output.name, "sound")).problem(f"sound: {why}", f"outputs.{output.name}")
        if output.component.distribution == BUILTIN and isinstance(output.config, PaintedConfig):
            for option, text in _misplaced(output.config, draft.generator):
                yield tree.origin_of(("outputs", output.name, option)).problem(text, f"outputs.{output.name}")
            for option, text in _of_latents(output.config, draft):
                yield tree.origin_of(("outputs", output.name, option)).problem(text, f"outputs.{output.name}")


def _of_latents(config: PaintedConfig, draft: Draft) -> Iterator[tuple[str, str]]:
    """The same of what is known only of pictures that are painted from seeds, all of one size."""
    generator = draft.generator
    if generator is None or input_of(generator.config) != "latent":
        return
    shape = painted_shape(generator.config, draft.data.shape if draft.data else None)
    mapped = "mapping" in getattr(generator.config, "provides", ())
    if isinstance(config, PosterConfig) and shape:
        layout = layout_of(config, [(shape.width, shape.height)] * len(parse_seeds(config.seeds)))
        option, why, mend = misfit(config, layout)
        if why:
            yield option or "type", f"{option}{': ' if option else ''}{why}. {mend}"
    if isinstance(config, InterpolationConfig | TimelineConfig) and shape:
        scale = config.scale or 1
        if why := too_large((shape.width * scale, shape.height * scale)):
            yield "scale", f"scale: {why}. {SMALLER}"
    if isinstance(config, TimelineConfig) and not mapped and any(keyframe.mix for keyframe in config.keyframes):
        yield "keyframes", f"keyframes: {ONE_W}; '{generator.component.name}' has none"
    if isinstance(config, WalkGridConfig) and not mapped:
        for option in ("across", "down"):
            if getattr(config, option).startswith("pca"):
                yield option, f"{option}: {NO_MAPPING}. Write '1' or 'closed-form 1'."


def _why_mute(config: OutputConfig) -> str:
    """Why nobody would hear the sound of a film; "" of all else."""
    if not isinstance(config, FilmConfig) or not config.sound or not _CAN_LISTEN:
        return ""
    from artgen.outputs.films.sound import why_mute

    return why_mute(config.sound)


def _misplaced(config: PaintedConfig, generator: Part) -> Iterator[tuple[str, str]]:
    """An option, or its type where it is the whole output, and what is wrong with it."""
    source = input_of(generator.config)
    if source not in config.paints:
        return  # of which something else complains
    if source != "latent":
        for option in seeded_options(config):
            yield option, f"{option} {OF_SEEDS}. {ALL_SHOWN}"
        if isinstance(config, TileConfig) and not getattr(generator.config, "wrap", False):
            yield "type", f"{EDGES}. {TEXTURES}"
    if isinstance(config, ImagesConfig) and (deep := too_deep(config, depth_of(source))):
        yield "depth", f"depth: {deep}. Leave it out."
    if isinstance(config, PosterConfig) and config.enlarge == "repaint" and source != "canvas":
        yield "enlarge", f"enlarge: {ONLY_CANVASES}. {NO_REPAINT}"
    if isinstance(config, PosterConfig):
        yield from _unwritten(config)


def _unwritten(config: PosterConfig) -> Iterator[tuple[str, str]]:
    """What is to stand on a poster and cannot be written."""
    if config.font and not config.font.is_file():
        return  # of which something else complains
    try:
        for option, why in unwritten(config):
            yield option, f"{option}: {why}. {NOT_LETTERED}"
    except DataError as error:
        yield "font", f"font: {error.message}: {error.hint}"
