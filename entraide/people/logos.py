"""Which pictures can be a logo: PNG, JPEG and WebP, whole, and of a size that a page bears. Pure.

No SVG: it is a document that can carry scripts and links, and what cleans it today is outwitted tomorrow.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

LARGEST_BYTES = 512 * 1024
LARGEST_SIDE = 2000
# Frames of JPEG that say how large it is: all but tables (C4, C8, CC).
_JPEG_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class NotALogo(ValueError):
    """The file is no picture of these kinds, is damaged, or too large; `reason` is "kind", "bytes" or "side"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Logo:
    """What a picture is, by its own bytes."""

    mime: str
    width: int
    height: int


def read_logo(content: bytes) -> Logo:
    """Return what this picture is. Raises NotALogo."""
    if len(content) > LARGEST_BYTES:
        raise NotALogo("bytes")
    try:
        found = _png(content) or _jpeg(content) or _webp(content)
    except (struct.error, IndexError) as error:
        raise NotALogo("kind") from error
    if found is None or not (found.width and found.height):
        raise NotALogo("kind")
    if max(found.width, found.height) > LARGEST_SIDE:
        raise NotALogo("side")
    return found


def _png(content: bytes) -> Logo | None:
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or content[12:16] != b"IHDR" or b"IEND" not in content[-16:]:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return Logo("image/png", width, height)


def _jpeg(content: bytes) -> Logo | None:
    if not content.startswith(b"\xff\xd8\xff") or b"\xff\xd9" not in content[-64:]:
        return None
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])[0]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return Logo("image/jpeg", width, height)
        at += 2 + length
    return None


def _webp(content: bytes) -> Logo | None:
    if (
        content[:4] != b"RIFF"
        or content[8:12] != b"WEBP"
        or struct.unpack("<I", content[4:8])[0] + 8 > len(content) + 1
    ):
        return None
    match content[12:16]:
        case b"VP8 " if content[23:26] == b"\x9d\x01\x2a":
            width, height = struct.unpack("<HH", content[26:30])
            return Logo("image/webp", width & 0x3FFF, height & 0x3FFF)
        case b"VP8L" if content[20] == 0x2F:
            bits = struct.unpack("<I", content[21:25])[0]
            return Logo("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case b"VP8X":
            width = int.from_bytes(content[24:27], "little") + 1
            return Logo("image/webp", width, int.from_bytes(content[27:30], "little") + 1)
    return None
