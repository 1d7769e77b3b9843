"""How frames become a film: its size, its speed, and what is done to every frame on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from artgen.latents.sampler import Picture

_MOST_GIF_FPS = 50
_SCALER = {"smooth": "lanczos", "crisp": "neighbor"}


@dataclass(frozen=True)
class FilmForm:
    """How frames become a film.

    Attributes:
        width: of the frames as painted.
        height: of the frames as painted.
        fps: frames per second, such as 25 or 30000/1001.
        scale: whole-number enlargement.
        enlarge: by Lanczos, or to hard squares.
        crf: x264's constant rate factor; other encoders have it in their own measure.
        background: (R, G, B) behind transparent frames.
        transparent: whether formats that can show what is behind them do so; the others have the background.
    """

    width: int
    height: int
    fps: int | Fraction = 30
    scale: int = 1
    enlarge: Literal["smooth", "crisp"] = "smooth"
    crf: int = 17
    background: tuple[int, int, int] = (255, 255, 255)
    transparent: bool = False

    @property
    def padded(self) -> tuple[int, int]:
        """Width and height of a frame in the pipe: one more where the film's side would be odd."""
        return tuple(side + side * self.scale % 2 for side in (self.width, self.height))  # type: ignore[return-value]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the film, both even."""
        width, height = self.padded
        return width * self.scale, height * self.scale

    @property
    def scaling(self) -> str:
        """Of ffmpeg: the filter that enlarges; the same on every machine."""
        width, height = self.size
        flags = f"{_SCALER[self.enlarge]}+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"
        return f"scale={width}:{height}:flags={flags}"

    def step(self, ending: str) -> int:
        """Of how many frames the film in a format shows one: a GIF plays no more than 50 a second."""
        return math.ceil(self.fps / _MOST_GIF_FPS) if ending == "gif" else 1

    def opaque(self, picture: Picture) -> Picture:
        """A picture over the background: RGB, even sides by repeating the edge.

        Shape:
            (H, W, 1 | 3 | 4) -> (H', W', 3), contiguous.
        """
        channels = picture.shape[2]
        if channels == 4:
            alpha = picture[:, :, 3:].astype(np.uint32)
            behind = np.asarray(self.background, np.uint32) * (255 - alpha)
            picture = ((picture[:, :, :3] * alpha + behind + 127) // 255).astype(np.uint8)
        elif channels == 1:
            picture = np.repeat(picture, 3, axis=2)
        return self._even(picture)

    def see_through(self, picture: Picture) -> Picture:
        """A picture with its transparency, else as `opaque`.

        Shape:
            (H, W, 1 | 3 | 4) -> (H', W', 4), contiguous, straight alpha.
        """
        if picture.shape[2] != 4:
            picture = np.dstack((self.opaque(picture), np.full(self.padded[::-1], 255, np.uint8)))
        return self._even(picture)

    def _even(self, picture: Picture) -> Picture:
        width, height = self.padded
        missing = ((0, height - picture.shape[0]), (0, width - picture.shape[1]), (0, 0))
        return np.ascontiguousarray(np.pad(picture, missing, mode="edge") if any(map(any, missing)) else picture)
