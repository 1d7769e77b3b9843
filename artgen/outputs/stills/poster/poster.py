"""Paper for the wall: pictures at a size in mm or inches, with what printers and collectors ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from artgen.colours import rgb_of
from artgen.data.srgb import srgb_profile
from artgen.errors import ArtgenError, InterruptedRun
from artgen.latents.seeds import parse_seeds
from artgen.outputs.files import keep_only
from artgen.outputs.fitting import NO_REPAINT, NOT_LETTERED, ONLY_CANVASES, misfit, unwritten
from artgen.outputs.metadata import file_details
from artgen.outputs.source import works_of
from artgen.outputs.stills.images import eight_bits, save_picture
from artgen.outputs.stills.light import to_bytes, to_light
from artgen.outputs.stills.poster.ink import crop_marks, write_line, write_on_pictures
from artgen.outputs.stills.poster.layout import PosterLayout, Rect, layout_of
from artgen.outputs.stills.resample import Box, squares, strips
from artgen.outputs.works import Pixels, Work, Works
from artgen.runs.checkpoints import sha256_of

if TYPE_CHECKING:
    from pathlib import Path

    from artgen.outputs.source import Source
    from artgen.outputs.stills.config import PosterConfig
    from artgen.runs.store import Artifact, Run

Page = NDArray[np.uint8]
Larger = Callable[["Run", str, int, "Path"], Pixels]
"""Paints a canvas of a run again: its label, its long side in pixels, a folder to keep it in."""


class Poster:
    """Writes ``poster.png``, or as TIFF or JPEG.

    Args:
        config: what is on it and how large it is.
        name: of the output in the job.
        larger: paints canvases again.
    """

    def __init__(self, config: PosterConfig, name: str, larger: Larger) -> None:
        self.config = config
        self.name = name
        self._larger = larger

    def write(self, source: Source, run: Run) -> list[Artifact]:
        """Make the poster, unless it is there already.

        Raises:
            InterruptedRun: the user asked to stop.
            ArtgenError: there is no such class or picture, the line does not fit or has letters that artgen does not, or
                the file cannot be written.
        """
        config = self.config
        self._check_letters()
        works = works_of(source, parse_seeds(config.seeds), config, self.name, run)
        shown = self._shown(works)
        layout = layout_of(config, [(work.width, work.height) for work in shown])
        width, height = layout.size
        option, why, hint = misfit(config, layout)
        if why:
            raise ArtgenError(why, where=f"outputs.{self.name}{'.' if option else ''}{option}", hint=hint)
        if config.enlarge == "repaint" and run.job.paints_from != "canvas":
            raise ArtgenError(ONLY_CANVASES, where=f"outputs.{self.name}.enlarge", hint=NO_REPAINT)
        recipe = self._recipe(works, shown)
        path = run.artifact_folder(self.name) / f"poster.{config.format}"
        keep_only(path.parent, {"recipe": recipe, "works": works.identity, "metadata": config.metadata}, "poster.*")
        if not path.exists():
            page = self._page(works, shown, layout, run)
            details = file_details(config.metadata, recipe, f"Poster of {works.about}")
            save_picture(page, path, details, quality=config.quality, dpi=config.dpi, icc=srgb_profile())
        return [run.record("sheet", path, self.name, **works.told, width=width, height=height)]

    def _check_letters(self) -> None:
        for option, why in unwritten(self.config):
            raise ArtgenError(why, where=f"outputs.{self.name}.{option}", hint=NOT_LETTERED)

    def _shown(self, works: Works) -> Sequence[Work]:
        if not self.config.pictures:
            return works.works
        known = {work.stem: work for work in works.works}
        for name in self.config.pictures:
            if name not in known:
                raise ArtgenError(
                    f"there is no picture '{name}'",
                    where=f"outputs.{self.name}.pictures",
                    hint=f"There are: {', '.join(list(known)[:40])}",
                )
        return [known[name] for name in self.config.pictures]

    def _recipe(self, works: Works, shown: Sequence[Work]) -> dict[str, Any]:
        """How it is made; the font and the signature by their digests."""
        left_out = {"seeds", "truncation", "metadata", "class_", "font", "signature"}
        page = {"type": "poster", **self.config.model_dump(mode="json", exclude=left_out, exclude_defaults=True)}
        if self.config.font:
            page["font"] = {"sha256": sha256_of(self.config.font)}
        if self.config.signature != "none":
            told = self.config.signature.model_dump(mode="json", exclude={"picture"})
            page["signature"] = {**told, "sha256": sha256_of(self.config.signature.picture)}
        own: dict[str, Any] = {} if works.numbered else {"pictures": [dict(work.recipe) for work in shown]}
        return {**works.recipe, **works.told, **own, "page": page}

    def _page(self, works: Works, shown: Sequence[Work], layout: PosterLayout, run: Run) -> Page:
        width, height = layout.size
        page = np.full((height, width, 3), 255, np.uint8)
        paper = layout.trim.grown(layout.bleed)
        page[paper.upper : paper.lower, paper.left : paper.right] = rgb_of(self.config.background)
        pictures = self._pictures(works, shown, layout, run)
        for pixels, place in zip(pictures, layout.pictures, strict=True):
            if run.interrupted():
                raise InterruptedRun("stopped before the poster was full", hint="The same command makes it anew.")
            self._put(page, pixels, place)
        write_line(page, layout, self.config, self.name)
        write_on_pictures(page, layout, self.config, self.name)
        if self.config.crop_marks:
            crop_marks(page, layout, self.config.dpi)
        return page

    def _pictures(self, works: Works, shown: Sequence[Work], layout: PosterLayout, run: Run) -> Iterator[Pixels]:
        if self.config.enlarge != "repaint":
            yield from works.pixels(shown)
            return
        for work, place in zip(shown, layout.pictures, strict=True):
            factor = max(place.size[0] / work.width, place.size[1] / work.height)
            long_side = round(max(work.width, work.height) * factor)
            yield self._larger(run, work.stem, long_side, run.artifact_folder(self.name) / "painted")

    def _put(self, page: Page, pixels: Pixels, place: Rect) -> None:
        """A picture into its place, over the colour of the paper."""
        into = page[place.upper : place.lower, place.left : place.right]
        box = _seen(pixels.shape[1], pixels.shape[0], place.size, crop=self.config.fit == "cover")
        background = np.asarray(rgb_of(self.config.background), np.uint8)
        if self.config.enlarge == "crisp":
            into[:] = to_bytes(_opaque(squares(pixels, place.size, box), background))
            return
        if pixels.shape[2] == 3 and pixels.shape[1::-1] == place.size:
            into[:] = eight_bits(pixels)
            return
        for first, strip in strips(_opaque(pixels, background), place.size, box):
            into[first : first + len(strip)] = to_bytes(strip)


def _seen(width: int, height: int, size: tuple[int, int], *, crop: bool) -> Box:
    """What of a picture is seen in a place of a size; its middle where it is cropped."""
    if not crop:
        return 0.0, 0.0, float(width), float(height)
    factor = max(size[0] / width, size[1] / height)
    beside, above = (width - size[0] / factor) / 2, (height - size[1] / factor) / 2
    return beside, above, width - beside, height - above


def _opaque(pixels: Pixels, background: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Light of three channels, with the paper where a picture is transparent."""
    light = to_light(pixels[..., :3])
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3:].astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)
        light = light * alpha + to_light(background) * (1 - alpha)
    return np.broadcast_to(light, (*light.shape[:2], 3))
