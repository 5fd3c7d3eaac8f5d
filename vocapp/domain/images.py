"""What an image is, read from its first bytes: PNG, JPEG and WebP, and how large each is. Nothing is decoded.

Sources: PNG, ISO/IEC 15948, 5.2 and 11.2.2; JPEG, ITU-T T.81, B.1 and B.2.2; WebP, RFC 9649, 2.5 to 2.7.
"""

from __future__ import annotations

from typing import NamedTuple

_PNG = b"\x89PNG\r\n\x1a\n"
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
"""The second bytes of JPEG's markers that begin a frame, which has the size."""


class Image(NamedTuple):
    media_type: str
    width: int
    height: int


def read_image(content: bytes) -> Image | None:
    """Return what an image is; None: it is none of these, or broken off in its head."""
    if content.startswith(_PNG) and content[12:16] == b"IHDR" and len(content) >= 33:
        return _sized("image/png", _big(content[16:20]), _big(content[20:24]))
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg(content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _webp(content)
    return None


def _jpeg(content: bytes) -> Image | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], _big(content[at + 2 : at + 4])
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _FRAMES:
            return _sized("image/jpeg", _big(content[at + 7 : at + 9]), _big(content[at + 5 : at + 7]))
        elif length < 2:
            return None
        else:
            at += 2 + length
    return None


def _webp(content: bytes) -> Image | None:
    if len(content) < 30:
        return None
    kind, body = content[12:16], content[20:]
    if kind == b"VP8X":
        return _sized("image/webp", _little(body[4:7]) + 1, _little(body[7:10]) + 1)
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = _little(body[1:5])
        return _sized("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        return _sized("image/webp", _little(body[6:8]) & 0x3FFF, _little(body[8:10]) & 0x3FFF)
    return None


def _sized(media_type: str, width: int, height: int) -> Image | None:
    return Image(media_type, width, height) if width and height else None


def _big(part: bytes) -> int:
    return int.from_bytes(part, "big")


def _little(part: bytes) -> int:
    return int.from_bytes(part, "little")
