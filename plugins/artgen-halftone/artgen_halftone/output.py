"""The output: plates and a preview for each picture, or lines for a pen."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from artgen.colours import rgb_of
from artgen.errors import ArtgenError
from artgen.latents.seeds import parse_seeds
from artgen.outputs.metadata import canonical_json, png_text, tiff_tags
from artgen.outputs.source import works_of
from artgen.outputs.stills.images import as_image, refuse_shared_names, save_png, write_pictures
from artgen.runs.files import whole_file, write_text
from numpy.typing import NDArray
from PIL import Image

from artgen_halftone.config import DRAWINGS, columns_of, smaller, too_much
from artgen_halftone.diffusion import diffused
from artgen_halftone.inks import composed, encoded, inks_of, linear, separated
from artgen_halftone.lines import Tone, strokes
from artgen_halftone.screens import bayer, blue_noise, screen
from artgen_halftone.svg import drawn, svg_of
from artgen_halftone.travel import in_order

if TYPE_CHECKING:
    from artgen.outputs.source import Source
    from artgen.outputs.works import Pixels
    from artgen.runs.store import Artifact, Run

    from artgen_halftone.config import HalftoneConfig
    from artgen_halftone.inks import Ink

_PREVIEW_PX = 1600
_TONE_PX = 1200
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_OF_THE_PICTURE = ("seeds", "truncation", "class_", "metadata")


class Halftone:
    """Writes ``seed-000007.png``, how it looks, and beside it ``seed-000007-cyan.png`` … or ``seed-000007.svg``.

    Args:
        config: which seeds, which inks, how they are screened or drawn.
        name: of the output in the job.
    """

    def __init__(self, config: HalftoneConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Source, run: Run) -> list[Artifact]:
        """Make what is missing.

        Raises:
            InterruptedRun: the user asked to stop; finished pictures stay.
            ArtgenError: there is no such class, or a file cannot be written.
        """
        config = self.config
        works = works_of(source, parse_seeds(config.seeds), config, self.name, run)
        form = config.model_dump(mode="json", exclude=set(_OF_THE_PICTURE))
        folder = run.artifact_folder(self.name)
        if config.method not in DRAWINGS:
            refuse_shared_names(works, self._plates_beside, f"outputs.{self.name}")
        files = write_pictures(works, folder, config.metadata, run, self._write, form=form, beside=["*.svg"])
        artifacts = []
        for work, path in files:
            artifacts.append(run.record("picture", path, self.name, **work.details))
            beside = [path.with_suffix(".svg")] if config.method in DRAWINGS else self._plates_beside(path)
            artifacts += [run.record("picture", one, self.name, **work.details) for one in beside if _is_raster(one)]
        return artifacts

    def _write(self, pixels: Pixels, path: Path, details: Mapping[str, str]) -> None:
        """The preview is written last: where it is there, so is all else."""
        told = self._told(details)
        picture = np.asarray(_on_paper(as_image(pixels), self.config.paper))
        if why := too_much(self.config, picture.shape[1], picture.shape[0]):
            raise ArtgenError(why, where=f"outputs.{self.name}.width_mm", hint=smaller(self.config))
        if self.config.method in DRAWINGS:
            self._draw(picture, path, told)
        else:
            self._print(picture, path, told)

    def _draw(self, picture: NDArray[np.uint8], path: Path, details: Mapping[str, str]) -> None:
        config = self.config
        shrunk = _resized(picture, min(1.0, _TONE_PX / max(picture.shape)))
        height_mm = config.width_mm * len(picture) / picture.shape[1]
        ink = pen_of(config)
        tone = Tone(covered(shrunk, config.paper, ink), config.width_mm, height_mm)
        lines = in_order(strokes(tone, config, _seed_of(path.stem)))
        svg = svg_of(lines, tone, pen=config.pen_mm, margin=config.margin_mm, ink=ink, details=details)
        write_text(path.with_suffix(".svg"), svg)
        image = drawn(lines, tone, pen=config.pen_mm, margin=config.margin_mm, ink=ink, paper=_hex(config.paper))
        save_png(np.asarray(image), path, details)

    def _print(self, picture: NDArray[np.uint8], path: Path, details: Mapping[str, str]) -> None:
        config = self.config
        inks = inks_of(config)
        plates = plates_of(picture, inks, config, _seed_of(path.stem))
        for ink, plate, file in zip(inks, plates, self._plates_beside(path), strict=True):
            carried = (
                {**details, "Description": f"{details['Description']}, {ink.name}"}
                if "Description" in details
                else details
            )
            _save_plate(plate, file, carried, config.dpi)
        looks = composed(plates, inks, config.paper)
        times = max(1, math.ceil(max(looks.shape) / _PREVIEW_PX))
        height, width = (side // times * times for side in looks.shape[:2])
        blocks = looks[:height, :width].reshape(height // times, times, width // times, times, 3)
        preview = (encoded(blocks.mean((1, 3))) * 255).round().astype(np.uint8)
        save_png(preview, path, details, dpi=round(config.dpi / times))

    def _plates_beside(self, path: Path) -> list[Path]:
        names = [ink.name for ink in inks_of(self.config)]
        return [path.with_name(f"{path.stem}-{name}.{self.config.format}") for name in names]

    def _told(self, details: Mapping[str, str]) -> dict[str, str]:
        """What the files carry: how they were screened too, where they carry all of it."""
        if self.config.metadata != "full" or "artgen" not in details:
            return dict(details)
        own = self.config.model_dump(mode="json", exclude=set(_OF_THE_PICTURE), exclude_defaults=True)
        page: dict[str, Any] = {"type": "halftone", **own}
        return {**details, "artgen": canonical_json({**json.loads(details["artgen"]), "page": page})}


def plates_of(picture: NDArray[np.uint8], inks: list[Ink], config: HalftoneConfig, seed: int = 0) -> NDArray[np.bool_]:
    """Where each ink goes.

    Args:
        picture: (H, W, 3) of sRGB.
        seed: of what is left to chance.

    Shape:
        to (inks, height, width) at the job's width in mm and dots to an inch
    """
    columns = columns_of(config)
    covers = separated(_resized(picture, columns / picture.shape[1]), inks, config)
    if config.method in ("floyd-steinberg", "atkinson"):
        return diffused(covers, config.method, seed)
    height, width = covers.shape[1:]
    plates = np.empty(covers.shape, bool)
    for number, ink in enumerate(inks):
        if config.method == "bayer":
            # the plainest for black, which is seen most
            threshold = bayer(height, width, len(inks) - 1 - number)
        elif config.method == "blue-noise":
            threshold = blue_noise(height, width, number)
        else:
            threshold = screen(config.method, height, width, config.dpi / config.lpi, ink.angle)
        plates[number] = covers[number] > threshold
    return plates


def covered(picture: NDArray[np.uint8], paper: str, ink: str) -> NDArray[np.float32]:
    """How much of the paper a pen is to cover, 0…1, as the eye sees it, since it can never cover a shadow whole.

    With an ink that is darker than the paper what is dark, from the paper's own lightness on; with a lighter one what is
    light.

    Shape:
        (H, W, 3) of sRGB to (H, W)
    """
    light = linear(picture.astype(np.float32) / 255) @ _LUMINANCE
    white = lightness(paper)
    if lightness(ink) < white:
        return np.clip(1 - encoded(light / max(white, 1e-4)), 0, 1)
    return np.clip(encoded((light - white) / max(1 - white, 1e-4)), 0, 1)


def lightness(colour: str) -> float:
    """Luminance of a colour, 0…1."""
    return float(linear(np.array(rgb_of(colour), np.float32) / 255) @ _LUMINANCE)


def _save_plate(plate: NDArray[np.bool_], path: Path, details: Mapping[str, str], dpi: int) -> None:
    """One bit a pixel; black is ink, as on film."""
    image = Image.fromarray(~plate)
    with whole_file(path) as part:
        if path.suffix == ".tiff":
            image.save(part, "TIFF", compression="group4", tiffinfo=tiff_tags(details), dpi=(dpi, dpi))
        else:
            image.save(part, "PNG", pnginfo=png_text(details), dpi=(dpi, dpi), optimize=True)


def _resized(picture: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    size = (max(8, round(picture.shape[1] * factor)), max(8, round(picture.shape[0] * factor)))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def _on_paper(image: Image.Image, paper: str) -> Image.Image:
    if image.mode != "RGBA":
        return image.convert("RGB")
    return Image.alpha_composite(Image.new("RGBA", image.size, _hex(paper)), image).convert("RGB")


def _hex(colour: str) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb_of(colour))


def pen_of(config: HalftoneConfig) -> str:
    """The ink that is furthest from the paper: the darkest on a light one, the lightest where all are lighter than it."""
    colours = ["black"] if isinstance(config.inks, str) else config.inks
    paper = lightness(config.paper)
    darker = [colour for colour in colours if lightness(colour) < paper]
    return _hex(min(darker, key=lightness) if darker else max(colours, key=lightness))


def _seed_of(stem: str) -> int:
    """Chance that is a picture's own, whatever is made beside it."""
    number = re.search(r"\d+$", stem)
    return int(number[0]) if number else sum(stem.encode())


def _is_raster(path: Path) -> bool:
    return path.suffix != ".svg"
