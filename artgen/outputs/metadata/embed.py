"""How each format holds what a picture carries; always the same bytes, so that the same picture is the same file.

A PNG has text before the pixels, where every reader looks: `Software`, `Description` (which is also the alt text) and
`artgen`, one JSON object with sorted keys. JPEG, WebP and AVIF have EXIF, with the JSON as the user's comment; a TIFF
has its tags. All have XMP, which says the same once more for programs that keep only one of the two, and that the
picture was made by a network, in IPTC's words. There is no creation time.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from PIL.Image import Exif
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational, ImageFileDirectory_v2

DESCRIPTION_TAG, SOFTWARE_TAG, XMP_TAG, EXIF_TAG, COMMENT_TAG = 270, 305, 700, 34665, 37510
_ACROSS_TAG, _DOWN_TAG, _UNIT_TAG, _INCH = 282, 283, 296, 2
OWN_TAGS = frozenset({DESCRIPTION_TAG, SOFTWARE_TAG, EXIF_TAG, COMMENT_TAG, _ACROSS_TAG, _DOWN_TAG, _UNIT_TAG})
"""All that artgen writes into EXIF."""
ASCII_COMMENT = b"ASCII\0\0\0"
"""What a user's comment in EXIF begins with to say how it is written."""
XMP_KEYWORD = "XML:com.adobe.xmp"
_TAGS = {DESCRIPTION_TAG: "Description", SOFTWARE_TAG: "Software"}

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "artgen": "urn:artgen",
}
PROPERTIES = {
    "Software": "xmp:CreatorTool",
    "DigitalSourceType": "Iptc4xmpExt:DigitalSourceType",
    "artgen": "artgen:artgen",
}
"""What XMP calls what a picture carries; the description is an element of its own, since it has a language."""


def png_text(details: Mapping[str, str]) -> PngInfo:
    """The details as chunks of a PNG."""
    info = PngInfo()
    for keyword in ("Software", "artgen", "Description"):
        if keyword in details:
            info.add_text(keyword, details[keyword])
    if details:
        info.add_itxt(XMP_KEYWORD, xmp_packet(details).decode())
    return info


def tiff_tags(details: Mapping[str, str]) -> ImageFileDirectory_v2:
    """The details as tags of a TIFF."""
    tags = ImageFileDirectory_v2()
    for tag, keyword in _TAGS.items():
        if keyword in details:
            tags[tag] = details[keyword].encode()
    if details:
        tags[XMP_TAG] = xmp_packet(details)
    return tags


def exif_of(details: Mapping[str, str], dpi: float = 0) -> bytes:
    """The details as EXIF, and how large the picture is printed; empty where there is nothing to say."""
    exif = Exif()
    for tag, keyword in _TAGS.items():
        if keyword in details:
            exif[tag] = details[keyword].encode()
    if "artgen" in details:
        exif[EXIF_TAG] = {COMMENT_TAG: ASCII_COMMENT + details["artgen"].encode("ascii")}
    if dpi:
        exif[_ACROSS_TAG] = exif[_DOWN_TAG] = IFDRational(dpi)
        exif[_UNIT_TAG] = _INCH
    return exif.tobytes() if len(exif) else b""


def xmp_packet(details: Mapping[str, str]) -> bytes:
    """The details as XMP (ISO 16684-1)."""
    spaces = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NAMESPACES.items())
    told = " ".join(f"{name}={quoteattr(details[key])}" for key, name in PROPERTIES.items() if key in details)
    words = escape(details.get("Description", ""))
    described = (
        f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{words}</rdf:li></rdf:Alt></dc:description>'
        if words
        else ""
    )
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{NAMESPACES["rdf"]}">'
        f'<rdf:Description rdf:about="" {spaces} {told}>{described}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="r"?>'
    ).encode()
