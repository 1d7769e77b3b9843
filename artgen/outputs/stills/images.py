"""A file for each picture."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, features

from artgen.errors import ArtgenError, InterruptedRun
from artgen.latents.seeds import parse_seeds
from artgen.outputs.containers.png_write import png_bytes
from artgen.outputs.files import folder_of_shards, is_of, keep_only
from artgen.outputs.fitting import too_deep
from artgen.outputs.metadata import exif_of, file_details, png_text, tiff_tags, xmp_packet
from artgen.outputs.source import works_of
from artgen.outputs.stills.deep import save_deep
from artgen.outputs.works import Pixels, Work, Works
from artgen.outputs.writing import BackgroundWriter
from artgen.runs.files import whole_file

if TYPE_CHECKING:
    from artgen.outputs.config import ImagesConfig, Metadata
    from artgen.outputs.source import Source
    from artgen.runs.store import Artifact, Run
    from artgen.shards import Shard

_MOST_THREADS = 4
_MOST_WAITING = 16
_IN_HAND_BYTES = 512 * 2**20
_LOSSY: dict[str, dict[str, Any]] = {
    "jpeg": {"subsampling": "4:4:4", "optimize": True},
    "webp": {"method": 4},
    "avif": {"subsampling": "4:4:4", "speed": 6},
}
"""Formats that do not keep every pixel, and how they are written; all of them keep colours at full resolution, but for
WebP, which cannot."""
_LONGEST_PX = {"jpeg": 65_500, "webp": 16_383}
"""Sides that these formats have room for."""
_FORMATS = {".png": "png", ".tif": "tiff", ".tiff": "tiff", ".jpg": "jpeg", ".jpeg": "jpeg"} | {
    ".webp": "webp",
    ".avif": "avif",
}
ENDINGS = frozenset(_FORMATS)
"""Of names of files that `save_picture` writes."""

Writer = Callable[[Pixels, Path, Mapping[str, str]], None]
"""Writes a picture and what it carries to a file, whole or not at all; called in a thread."""


class Images:
    """Writes ``seed-000007.png`` for every seed, or ``CONTENT--STYLE.png``; those that are there already stay.

    Args:
        config: which seeds, how truncated, and the form of the files.
        name: of the output in the job.
    """

    def __init__(self, config: ImagesConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Source, run: Run, shard: Shard | None = None) -> list[Artifact]:
        """Make what is missing, or what is missing of a shard.

        Raises:
            InterruptedRun: the user asked to stop; finished pictures stay.
            ArtgenError: the source has no such class or depth, or a file cannot be written.
        """
        works = works_of(source, parse_seeds(self.config.seeds), self.config, self.name, run)
        if deep := too_deep(self.config, works.depth):
            raise ArtgenError(deep, where=f"outputs.{self.name}.depth", hint="Leave it out.")
        decisive = {"format", "depth", "dpi"} | ({"quality"} if self.config.format in _LOSSY else set())
        form = self.config.model_dump(include=decisive)
        folder = run.artifact_folder(self.name)
        files = write_pictures(
            works,
            folder,
            self.config.metadata,
            run,
            self._writer(works),
            ending=self.config.format,
            form=form,
            shard=shard,
        )
        return [] if shard else [run.record("picture", path, self.name, **work.details) for work, path in files]

    def _writer(self, works: Works) -> Writer:
        config = self.config
        dpi = {work.stem: config.dpi or work.dpi for work in works.works}

        def write(pixels: Pixels, path: Path, details: Mapping[str, str]) -> None:
            levels = pixels.astype(np.uint16, copy=False) if config.depth == 16 else eight_bits(pixels)
            save_picture(levels, path, details, quality=config.quality, dpi=dpi[path.stem], icc=works.icc)

        return write


def write_pictures(
    works: Works,
    folder: Path,
    metadata: Metadata,
    run: Run,
    write: Writer,
    *,
    ending: str = "png",
    form: Mapping[str, Any] | None = None,
    beside: Sequence[str] = (),
    shard: Shard | None = None,
) -> list[tuple[Work, Path]]:
    """Make a file for every work that has none of this recipe yet.

    Args:
        works: whose files are missing.
        folder: of the output.
        metadata: what the files carry.
        run: asked whether to stop, and told how far it is.
        write: makes a file.
        ending: of the files.
        form: what else decides what is in the files.
        beside: patterns of other files that are made with them, and go where those do.
        shard: which works are made, in the folder of shards; None for all.

    Returns:
        Every work and its file, or every one of the shard, in their order.

    Raises:
        InterruptedRun: the user asked to stop; finished pictures stay.
        ArtgenError: a file cannot be written.
    """
    made = {"recipe": works.recipe, "works": works.identity, "metadata": metadata, "form": form or {}}
    files = [(work, folder / f"{work.stem}.{ending}") for work in works.works]
    if shard:
        of_shards, begun = folder_of_shards(folder, made), is_of(folder, made)
        files = [(work, path if begun and path.exists() else of_shards / path.name) for work, path in shard.of(files)]
    else:
        keep_only(folder, made, *(f"*.{ending}" for ending in ("png", "tiff", *_LOSSY)), *beside)
    missing = [(work, path) for work, path in files if not path.exists()]
    waiting = _waiting([work for work, _ in missing])
    stopped = False
    with BackgroundWriter(threads=min(_MOST_THREADS, os.cpu_count() or 1, waiting), waiting=waiting) as writer:
        pictures = works.pixels([work for work, _ in missing])
        painted = itertools.count(len(files) - len(missing) + 1)
        for (work, path), pixels in zip(missing, pictures, strict=True):
            if stopped := run.interrupted():
                break  # what is painted is still written
            details = file_details(metadata, {**works.recipe, **work.recipe}, work.alt)
            writer.submit(write, pixels, path, details)
            run.on_progress(f"painting {folder.name}", next(painted), len(files))
    if stopped:
        raise InterruptedRun("stopped between two pictures", hint="The same command goes on from here.")
    return files


def refuse_shared_names(works: Works, beside: Callable[[Path], Iterable[Path]], where: str) -> None:
    """Let no file that is made beside a PNG have the name of another one.

    Args:
        beside: the other files of a picture's.
        where: the output.

    Raises:
        ArtgenError: one would.
    """
    names = {f"{work.stem}.png" for work in works.works}
    for name in sorted(names):
        for path in beside(Path(name)):
            if path.name in names:
                raise ArtgenError(
                    f"{path.name} would be the name of a picture and of what is made beside {name}",
                    where=where,
                    hint="Give one of the files that they are named after another name.",
                )


def _waiting(works: list[Work]) -> int:
    """How many pictures may wait to be written, so that large ones do not fill the memory."""
    largest = max((work.width * work.height * work.channels * 2 for work in works), default=1)
    return max(1, min(_MOST_WAITING, _IN_HAND_BYTES // largest))


def save_picture(
    pixels: Pixels, path: Path, details: Mapping[str, str], *, quality: int = 92, dpi: float = 0, icc: bytes = b""
) -> None:
    """Write a picture in the format that its name ends in, whole or not at all.

    Args:
        pixels: of 8 bits or, in PNG and TIFF alone, of 16.
        path: of the file; its ending is one of `ENDINGS`.
        details: keyword and text of what it carries.
        quality: of formats that do not keep every pixel.
        dpi: how large it is printed; 0 says nothing of that.
        icc: the colour profile of what is not grey; empty for none.

    Raises:
        ArtgenError: the file cannot be written.
    """
    form = _FORMATS[path.suffix.lower()]
    profile = {"icc_profile": icc} if icc and pixels.shape[2] > 1 else {}  # it is one of three channels
    printed = {"dpi": (dpi, dpi)} if dpi else {}
    if pixels.dtype == np.uint16:
        save_deep(pixels.astype(np.uint16, copy=False), path, details, dpi=dpi or None)
    elif form == "png":
        save_png(pixels, path, details, dpi=dpi, icc_profile=icc)
    elif form == "tiff":
        save_tiff(pixels, path, details, **printed, **profile)
    else:
        image = as_image(on_white(pixels) if form == "jpeg" and pixels.shape[2] == 4 else pixels)
        told = {"xmp": xmp_packet(details) if details else b"", "exif": exif_of(details, dpi)}
        carried = {key: data for key, data in told.items() if data}
        _save_lossy(image, path, quality=quality, **_LOSSY[form], **printed, **profile, **carried)


def _save_lossy(image: Image.Image, path: Path, **options: Any) -> None:
    if path.suffix.lower() == ".avif" and not features.check("avif"):
        raise ArtgenError("Pillow was built without AVIF here", where=str(path), hint="Write format = 'webp'.")
    form = _FORMATS[path.suffix.lower()]
    longest = _LONGEST_PX.get(form, max(image.size))
    if max(image.size) > longest:
        raise ArtgenError(
            f"{image.width}×{image.height} pixels are too many: {form} has room for {longest} on a side",
            where=str(path),
            hint="Write format = 'png' or 'tiff'.",
        )
    try:
        with whole_file(path) as part:
            image.save(part, **options)
    except ValueError as error:  # a JPEG has 64 kB for each
        raise ArtgenError(
            f"what it is to carry does not fit: {error}",
            where=str(path),
            hint="Write format = 'webp', or metadata = 'seed'.",
        ) from error


def save_png(
    picture: Pixels, path: Path, details: Mapping[str, str], *, dpi: float = 0, icc_profile: bytes = b""
) -> None:
    """Write one PNG of 8 bits, whole or not at all.

    Args:
        picture: (H, W, C) with 1, 3 or 4 channels.
        path: of the file.
        details: keyword and text of what it carries.
        dpi: how large it is printed; 0 says nothing of that.
        icc_profile: of what is not grey; empty for none.

    Raises:
        ArtgenError: the file cannot be written.
    """
    chunks = [(kind, data) for kind, data, *_ in png_text(details).chunks]
    profile = icc_profile if picture.shape[2] > 1 else b""  # it is one of three channels
    data = png_bytes(eight_bits(picture), chunks, icc=profile, dpi=dpi)
    with whole_file(path) as part:
        part.write_bytes(data)


def save_tiff(picture: Pixels, path: Path, details: Mapping[str, str], **options: Any) -> None:
    """Write one TIFF of 8 bits, compressed without loss; as `save_png`."""
    with whole_file(path) as part:
        image = as_image(picture)
        image.save(part, "TIFF", compression="tiff_adobe_deflate", tiffinfo=tiff_tags(details), **options)


def as_image(picture: Pixels) -> Image.Image:
    """A Pillow picture of 8 bits: L, RGB or RGBA."""
    eight = eight_bits(picture)
    return Image.fromarray(eight[:, :, 0] if eight.shape[2] == 1 else eight)


def on_white(picture: Pixels) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """How a picture looks on white: (H, W, 3) of 8 bits."""
    image = as_image(picture).convert("RGBA")
    return np.asarray(Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB"), np.uint8)


def eight_bits(picture: Pixels) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The nearest picture of 8 bits: ``round(v / 257)``, without a wider type, as pictures may be large."""
    if picture.dtype == np.uint8:
        return picture.astype(np.uint8, copy=False)
    return (picture // 257 + (picture % 257 > 128)).astype(np.uint8)
