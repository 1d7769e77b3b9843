"""The page that lies in an exported folder: how to paint with it, and what it is, in numbers."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import artgen
from artgen.distributions import BUILTIN

if TYPE_CHECKING:
    from torch import Tensor

    from artgen.export.exported import Exported

_COLORS = {1: "grey", 3: "RGB", 4: "RGBA"}


def readme(exported: Exported, name: str, weights: Mapping[str, Tensor], preview: str) -> str:
    """The page as Markdown.

    Args:
        name: of the folder.
        weights: of the generator.
        preview: name of the picture beside it.
    """
    repaints = exported.run.job.paints_from == "picture"
    folder = shlex.quote(name)
    lines = [f"# {exported.run.name}", ""]
    lines += ["A network that repaints pictures and films." if repaints else "A generator of pictures."]
    shown = "A drawing in every style" if repaints else "Pictures of seeds 0 to 15"
    lines += ["", f"![{shown}]({preview})"]
    lines += ["", "## Paint with it", "", "```", f"pip install {_packages(exported)}"]
    lines += _repainting(folder) if repaints else _painting(folder)
    lines += ["```", "", _about_painting(exported, repaints), "", "## What it is", "", "| | |", "|---|---|"]
    lines += [f"| {what} | {figure} |" for what, figure in _figures(exported, weights)]
    if exported.credit:
        lines += ["", exported.credit]
    return "\n".join(lines) + "\n"


def _packages(exported: Exported) -> str:
    """What is to be installed: artgen, and the plugin that the generator comes from."""
    component = exported.run.job.generator.component
    others = [] if component.distribution == BUILTIN else [component.distribution]
    return " ".join([f"{BUILTIN}=={artgen.__version__}", *others])


def _painting(folder: str) -> list[str]:
    return [
        f"artgen render {folder} --seeds 0-63",
        f"artgen render {folder} --output sheet --seeds 0-63",
        f"artgen render {folder} --output interpolation --seeds 3,14,15,9",
    ]


def _repainting(folder: str) -> list[str]:
    return [f"artgen render {folder} --pictures holiday/", f"artgen render {folder} --film clip.mp4"]


def _about_painting(exported: Exported, repaints: bool) -> str:
    names = ", ".join(exported.told["classes"])
    if repaints:
        styles = f" Its styles are {names}; `--style NAME` asks for one." if names else ""
        return f"What is painted lies in `artifacts/render`.{styles}"
    classes = f" Its classes are {names}; `--set class=NAME` asks for one." if names else ""
    return f"What is painted lies in `artifacts/render`. A seed is the same picture everywhere.{classes}"


def _figures(exported: Exported, weights: Mapping[str, Tensor]) -> Iterator[tuple[str, str]]:
    told, info = exported.told, exported.checkpoint.info
    if told["shape"]:
        width, height, channels = told["shape"]
        yield "pictures", f"{width}×{height} px, {_COLORS[channels]}"
    numbers = sum(tensor.numel() for tensor in weights.values())
    yield "network", f"{exported.run.job.generator.component.name}, {numbers:,} numbers in {exported.dtype}"
    if info.images:
        yield "learned from", f"{info.images:,} views of its pictures, in {info.step:,} steps"
    measured = exported.run.figures_of(info)
    if "quality/kid_vgg" in measured:
        value, low, high = (measured[f"quality/kid_vgg{end}"] for end in ("", "_low", "_high"))
        painted = f", of {measured['pictures']:,} pictures" if "pictures" in measured else ""
        yield "distance to its pictures", f"kid_vgg {value:.4f} ({low:.4f} to {high:.4f}){painted}"
    yield "checkpoint", f"sha256 {info.sha256}"
    yield "made with", f"artgen {artgen.__version__}, torch {exported.run.lock['lock'].get('torch', '')}"
