"""Strokes as SVG in millimetres, and as a picture to look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from artgen_halftone.lines import Stroke, Tone

_SHARPER = 3
"""How much larger a preview is drawn before it is made smaller, so that lines have no steps."""
_PREVIEW_PX = 1400


def svg_of(
    strokes: Iterable[Stroke], tone: Tone, *, pen: float, margin: float, ink: str, details: Mapping[str, str]
) -> str:
    """A page of SVG 1.1 whose unit is the millimetre."""
    width, height = tone.width + 2 * margin, tone.height + 2 * margin
    told = details.get("artgen", "")
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.2f}mm" height="{height:.2f}mm" '
        f'viewBox="0 0 {width:.2f} {height:.2f}">\n'
    )
    words = [f"<title>{escape(details['Description'])}</title>\n"] if "Description" in details else []
    carried = [f"<metadata>{escape(told)}</metadata>\n"] if told else []
    group = f'<g fill="none" stroke={quoteattr(ink)} stroke-width="{pen:g}" stroke-linecap="round" stroke-linejoin="round">\n'
    return "".join((head, *words, *carried, group, *_elements(strokes, margin, ink), "</g>\n</svg>\n"))


def _elements(strokes: Iterable[Stroke], margin: float, ink: str) -> Iterator[str]:
    for stroke in strokes:
        points = [f"{x + margin:.2f} {y + margin:.2f}" for x, y in stroke.points.tolist()]
        if stroke.radius:
            x, y = points[0].split()
            yield f'<circle cx="{x}" cy="{y}" r="{stroke.radius:.3f}" fill={quoteattr(ink)} stroke="none"/>\n'
        elif len(points) == 1:
            yield f'<path d="M{points[0]}h0"/>\n'  # a line of no length is a dot where ends are round
        else:
            yield f'<path d="M{points[0]}L{" ".join(points[1:])}"/>\n'


def drawn(strokes: Iterable[Stroke], tone: Tone, *, pen: float, margin: float, ink: str, paper: str) -> Image.Image:
    """What it looks like on paper."""
    width, height = tone.width + 2 * margin, tone.height + 2 * margin
    scale = _PREVIEW_PX * _SHARPER / max(width, height)
    image = Image.new("RGB", (max(1, round(width * scale)), max(1, round(height * scale))), paper)
    draw, thick = ImageDraw.Draw(image), pen * scale
    for stroke in strokes:
        points = [((x + margin) * scale, (y + margin) * scale) for x, y in stroke.points.tolist()]
        if len(points) == 1:
            draw.circle(points[0], (stroke.radius * scale) or thick / 2, fill=ink)
        else:
            draw.line(points, fill=ink, width=max(1, round(thick)), joint="curve")
    return image.resize((image.width // _SHARPER or 1, image.height // _SHARPER or 1), Image.Resampling.BOX)
