"""What a file carries about how it was made, read from any file: it may be foreign, broken or hostile."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree as ET

from PIL.Image import Exif

from artgen.data.decode import PictureError, open_picture, plain_reasons
from artgen.data.headers import told_of
from artgen.errors import DataError
from artgen.outputs.containers import ContainerError, Piece, take_apart
from artgen.outputs.containers.pieces import MOST_TEXT_BYTES
from artgen.outputs.metadata.embed import (
    ASCII_COMMENT,
    COMMENT_TAG,
    DESCRIPTION_TAG,
    EXIF_TAG,
    NAMESPACES,
    OWN_TAGS,
    PROPERTIES,
    SOFTWARE_TAG,
)
from artgen.terminal import harmless

FILMS = frozenset({".mp4", ".webm"})
MOVING_PICTURES = frozenset({".webp", ".gif", ".apng", ".avif"})
_MOST_DEPTH = 32
_GPS_TAG = 34853
_OWN_KEYWORDS = frozenset({"Software", "artgen", "Description", "ImageDescription"})
_OWN_SOFTWARE = "artgen "
_ENTITIES = re.compile("<!(DOCTYPE|ENTITY)")
"""They could make a few bytes grow without end."""


@dataclass(frozen=True)
class Carried:
    """What a file says.

    Attributes:
        format: of the file.
        size: width and height in pixels; None for a film.
        description: what it shows, in words.
        software: what wrote it.
        source_type: IPTC's address for how it came to be.
        recipe: what artgen wrote of how it was made; None where there is nothing of artgen's, or it cannot be read.
        trouble: why it cannot be read.
        also: what else is in it that only tells of the picture, in words.
    """

    format: str
    size: tuple[int, int] | None = None
    description: str = ""
    software: str = ""
    source_type: str = ""
    recipe: Mapping[str, Any] | None = None
    trouble: str = ""
    also: Sequence[str] = ()


@dataclass
class _Told:
    """What the pieces of a file say, collected.

    Attributes:
        own: texts by artgen's keywords; the first place that has one counts.
        recipes: every text that may be a recipe.
        also: pieces by others.
    """

    own: dict[str, str] = field(default_factory=dict)
    recipes: list[bytes] = field(default_factory=list)
    also: list[str] = field(default_factory=list)


def read_carried(path: Path) -> Carried:
    """What a picture or a film carries.

    Raises:
        DataError: it cannot be read, or is no picture of a format that carries anything.
    """
    if path.suffix.lower() in FILMS:
        return _of_film(path)
    beside = _beside_moving_picture(path)
    try:
        told = _of_still(path)
    except DataError:
        if beside is None:
            raise
        return beside
    return told if told.recipe or beside is None else beside


def _beside_moving_picture(path: Path) -> Carried | None:
    """What a film says that is a moving picture: such a file carries nothing itself, what it is stands beside it."""
    beside = path.with_suffix(".json")
    if path.suffix.lower() not in MOVING_PICTURES or not (path.is_file() and beside.is_file()):
        return None
    with told_of(beside):
        told = _carried(path.suffix[1:].upper(), None, _Told(recipes=[beside.read_bytes()]))
    return told if told.recipe and "film" in told.recipe else None


def _of_still(path: Path) -> Carried:
    with told_of(path):
        data = path.read_bytes()
    try:
        name, apart = take_apart(data)
        with plain_reasons():
            size = open_picture(io.BytesIO(apart.rest)).size  # without what could harm
    except (ContainerError, PictureError) as error:
        raise DataError(str(error), where=harmless(str(path))) from error
    told = _Told()
    for piece in apart.pieces:
        _READERS[piece.kind](piece, told)
    return _carried(name, size, told)


def _of_film(path: Path) -> Carried:
    """Films carry the recipe as a comment, and beside them for whoever takes comments away."""
    from artgen.outputs.metadata.film_tags import film_tags

    if not path.is_file():
        raise DataError("there is no such film", where=harmless(str(path)))
    beside = path.with_suffix(".json")
    tags = film_tags(path)
    told = _Told({"Description": tags["title"]} if "title" in tags else {})
    told.recipes = [text.encode() for key, text in tags.items() if key == "comment" and text.startswith("{")]
    if not told.recipes and beside.is_file():
        with told_of(beside):
            told.recipes = [beside.read_bytes()]
    return _carried(path.suffix[1:].upper(), None, told)


def _carried(form: str, size: tuple[int, int] | None, told: _Told) -> Carried:
    recipe, trouble = None, ""
    for text in told.recipes:
        try:
            recipe, trouble = _parsed(text), ""
            break
        except ValueError as error:
            trouble = str(error)
    return Carried(
        form,
        size,
        told.own.get("Description", ""),
        told.own.get("Software", ""),
        told.own.get("DigitalSourceType", ""),
        recipe,
        trouble,
        told.also,
    )


def _parsed(text: bytes) -> dict[str, Any]:
    """A recipe.

    Raises:
        ValueError: it is none; the text says why.
    """
    if len(text) > MOST_TEXT_BYTES:
        raise ValueError(f"it is longer than {MOST_TEXT_BYTES >> 20} MB")
    try:
        recipe = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except ValueError as error:
        raise ValueError(f"it is no JSON: {harmless(str(error))}") from error
    if not isinstance(recipe, dict):
        raise ValueError("it is no JSON object")
    level = [recipe]
    for _ in range(_MOST_DEPTH):
        level = [inner for one in level for inner in _inside(one)]
    if level:
        raise ValueError("it is nested too deep")
    return recipe


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _read_text(piece: Piece, told: _Told) -> None:
    if piece.name == "artgen":
        told.recipes.append(piece.data)
    elif piece.name in _OWN_KEYWORDS and len(piece.data) <= MOST_TEXT_BYTES:
        key = piece.name.removeprefix("Image")
        told.own.setdefault(key, piece.data.decode("utf-8", "replace"))
    else:
        told.also.append(f"text '{piece.name}', {len(piece.data):,} bytes")


def _read_xmp(piece: Piece, told: _Told) -> None:
    properties = _properties(piece.data)
    if recipe := properties.pop("artgen", None):
        told.recipes.append(recipe.encode())
    else:
        told.also.append(f"XMP, {len(piece.data):,} bytes")
    for key, text in properties.items():
        told.own.setdefault(key, text)


def _properties(packet: bytes) -> dict[str, str]:
    """What XMP says in artgen's and IPTC's words, as attributes or as elements; nothing where it is no XMP."""
    try:
        text = packet.decode("utf-8-sig")
        if len(packet) > MOST_TEXT_BYTES or _ENTITIES.search(text):
            return {}
        root = ET.fromstring(text)  # noqa: S314 - there are no entities in it
    except (ValueError, ET.ParseError, RecursionError):
        return {}
    found = {}
    for key, name in PROPERTIES.items():
        prefix, _, local = name.partition(":")
        full = f"{{{NAMESPACES[prefix]}}}{local}"
        said = (element.get(full) or (element.text if element.tag == full else "") for element in root.iter())
        if value := next(filter(None, said), None):
            found[key] = value
    words = root.find(".//dc:description//rdf:li", NAMESPACES)
    return found | ({"Description": words.text} if words is not None and words.text else {})


def _read_exif(piece: Piece, told: _Told) -> None:
    exif = Exif()
    try:
        exif.load(piece.data)
        more = {**exif.get_ifd(EXIF_TAG)}
        tags = {**exif}
    except Exception:  # damaged EXIF raises anything
        told.also.append(f"EXIF that cannot be read, {len(piece.data):,} bytes")
        return
    software = _plain(tags.get(SOFTWARE_TAG))
    comment = more.get(COMMENT_TAG)
    own = software.startswith(_OWN_SOFTWARE)
    if own and isinstance(comment, bytes):
        told.recipes.append(comment[len(ASCII_COMMENT) :])
    if others := {*tags, *more} - (OWN_TAGS if own else set()):
        place = ", with the place (GPS)" if _GPS_TAG in others else ""
        told.also.append(f"EXIF, {len(others)} tags{place}")
    for key, text in (("Software", software), ("Description", _plain(tags.get(DESCRIPTION_TAG)))):
        if text:
            told.own.setdefault(key, text)


def _plain(value: Any) -> str:
    """A text of EXIF, which Pillow reads as Latin-1 though it is UTF-8 more often than not."""
    if not isinstance(value, str):
        return ""
    try:
        return value.encode("latin-1").decode()
    except ValueError:
        return value


def _read_other(piece: Piece, told: _Told) -> None:
    told.also.append(f"{piece.name}, {len(piece.data):,} bytes" if piece.data else piece.name)


_READERS: Mapping[str, Callable[[Piece, _Told], None]] = {
    "text": _read_text,
    "xmp": _read_xmp,
    "exif": _read_exif,
    "other": _read_other,
}
