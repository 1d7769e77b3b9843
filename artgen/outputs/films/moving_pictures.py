"""Films that are pictures: WebP, GIF, APNG and AVIF, which play for ever.

They are made by ffmpeg frame by frame, since Pillow's writers hold every frame of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.outputs.films.ffmpeg import FFmpeg
from artgen.outputs.films.segments import EXACT, THREADS, vp9_crf

if TYPE_CHECKING:
    from artgen.outputs.films.form import FilmForm

PALETTE = "palette.png"
_PALETTE_FRAMES = 64
_PALETTE_PIXELS = 1 << 22
"""As many are looked at for a palette, so that memory is bounded: ffmpeg counts every colour."""
_WHOLE_FRAME = 0x02
"""The bit of a WebP's frame that says: in place of what was there, not over it."""
_SRGB = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=iec61966-2-1:range=pc"


def make_moving_picture(
    ending: str, source: Sequence[str], form: FilmForm, frames: int, folder: Path, path: Path
) -> None:
    """Encode the joined segments anew.

    Args:
        ending: which format.
        source: of ffmpeg: the segments as its input.
        form: of the film.
        frames: in all segments.
        folder: of the segments; where ffmpeg works.
        path: of the file.

    Raises:
        ArtgenError: ffmpeg failed.
    """
    if ending == "gif":
        _run([*source, *_palette(form, frames), "-f", "image2", "-update", "1", PALETTE], folder)
    _run([*source, *_ENCODINGS[ending](form), *EXACT, "-f", ending, str(path.resolve())], folder)
    if ending == "webp":
        _show_whole_frames(path)


def _run(arguments: Sequence[str], folder: Path) -> None:
    with FFmpeg(arguments, folder=folder) as ffmpeg:
        ffmpeg.wait()


def _enlarged(form: FilmForm) -> str:
    """Of ffmpeg: filters from the frame as painted to that of the film.

    Transparent edges do not take on the colour that nobody sees behind them.
    """
    if not form.transparent:
        return f"{form.scaling},format=rgb24"
    if form.enlarge == "crisp" or form.scale == 1:
        return f"{form.scaling},format=rgba"
    # with 8 bits both of them cut off what is below a level
    return f"format=gbrap16le,premultiply=inplace=1,{form.scaling},unpremultiply=inplace=1,format=rgba"


def _palette(form: FilmForm, frames: int) -> list[str]:
    """One palette for the whole film, of frames evenly spaced over it, in the size that was painted."""
    width, height = form.padded
    count = max(1, min(_PALETTE_FRAMES, _PALETTE_PIXELS // (width * height)))
    chosen = f"select=not(mod(n\\,{-(-frames // count)}))"
    return ["-vf", f"{chosen},palettegen=stats_mode=full:reserve_transparent={form.transparent:d}", "-frames:v", "1"]


def _gif(form: FilmForm) -> list[str]:
    """GIF has delays in hundredths of a second: at 30 frames a second they are 3, 3 and 4, so that the sum is right.

    Players make ten of a single one, so above 50 frames a second it has every second or third frame.
    """
    fewer = f"framestep={form.step('gif')},"
    dither = "paletteuse=dither=sierra2_4a:alpha_threshold=128"
    return ["-i", PALETTE, "-lavfi", f"[0:v]{fewer}{_enlarged(form)}[frames];[frames][1:v]{dither}", "-loop", "0"]


def _apng(form: FilmForm) -> list[str]:
    """Without loss. Level 5 is 4 times as quick as zlib's own and a hundredth larger."""
    return ["-vf", _enlarged(form), "-c:v", "apng", "-pred", "up", "-compression_level", "5", "-plays", "0"]


def _webp(form: FilmForm) -> list[str]:
    """Every frame a picture of its own: the encoder that looks for what has changed holds the whole film."""
    quality = ["-quality", str(100 - form.crf), "-compression_level", "4"]
    return ["-vf", f"{_enlarged(form)},format=bgra", "-c:v", "libwebp", *quality, "-loop", "0"]


def _avif(form: FilmForm) -> list[str]:
    """Tagged as sRGB in full range, as stills are: programs that show pictures take the tags at their word."""
    colours = f"scale=out_range=pc:out_color_matrix=bt709,format=yuv420p,{_SRGB}"
    quality = ["-crf", vp9_crf(form), "-b:v", "0", "-cpu-used", "8", "-row-mt", "1", *THREADS]
    encoder = ["-c:v", "libaom-av1", *quality, "-loop", "0"]
    if not form.transparent:
        return ["-vf", f"{_enlarged(form)},{colours}", *encoder]
    split = f"[0:v]{_enlarged(form)},split[all][alpha]"
    graph = f"{split};[all]format=gbrp,{colours}[seen];[alpha]alphaextract,format=gray,{_SRGB}[behind]"
    return ["-lavfi", graph, "-map", "[seen]", "-map", "[behind]", *encoder]


_ENCODINGS: Mapping[str, Callable[[FilmForm], list[str]]] = {"webp": _webp, "gif": _gif, "apng": _apng, "avif": _avif}


def _show_whole_frames(path: Path) -> None:
    """Have the frames of a WebP replace each other; ffmpeg has transparent ones drawn over those before them."""
    with path.open("r+b") as file:
        file.seek(12)
        while len(header := file.read(8)) == 8:
            size = int.from_bytes(header[4:], "little")
            after = file.tell() + size + size % 2
            if header[:4] == b"ANMF":
                file.seek(15, os.SEEK_CUR)
                (flags,) = file.read(1)
                file.seek(-1, os.SEEK_CUR)
                file.write(bytes([flags | _WHOLE_FRAME]))
            file.seek(after)
