"""How a brand looks at the head of its mails: its logo where one can be shown, and its colour where it can be read.

A logo stands at a public address that is the same in every mail, named after what it holds: who looks at it tells
nobody who they are (docs/decisions/022-logos-in-mails.md). Without pictures its name stands in its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from vocapp.domain.colours import readable

ACCENT_LIGHT, ACCENT_DARK = "#3546b8", "#9aa8ff"
"""Ours, where a company has none."""
WIDEST, HIGHEST = 220, 40
"""Of a logo in a mail, in CSS pixels: the height of the line that its name takes without pictures."""
NOT_EVERYWHERE: Final = frozenset({"image/webp", "image/svg+xml"})
"""Kinds of images that Outlook for Windows, which sets mails as Word does, shows as a broken one."""

_WASH, _DARK_PAPER = "#f6f7f9", "#1b2027"
"""The less contrasting of the two papers of a mail, by day and by night."""
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Picture:
    """A logo as a mail shows it."""

    url: str
    """Absolute."""
    width: int | None = None
    """In CSS pixels; None: by its height."""
    height: int = HIGHEST


@dataclass(frozen=True, slots=True)
class Look:
    logo: Picture | None = None
    light: str = ACCENT_LIGHT
    """Of links and buttons, `#rrggbb`; readable on the mail's papers, and so is white on it."""
    dark: str = ACCENT_DARK


PLAIN: Final = Look()


def look_of(settings: Mapping[str, Any], public_url: str) -> Look:
    """Return the look of a workspace's mails, or of the brand that its settings were cut to (`brands.branded`)."""
    brand = settings.get("brand") or {}
    accent = brand.get("accent") or ""
    if not _COLOUR.fullmatch(accent):
        return Look(picture_of(brand, public_url))
    return Look(picture_of(brand, public_url), readable(accent, _WASH), readable(accent, _DARK_PAPER))


def picture_of(brand: Mapping[str, Any], public_url: str) -> Picture | None:
    """Return the logo as a mail shows it; None: there is none that every reader's mail program could show."""
    url, box = brand.get("logo_url") or "", brand.get("logo") or {}
    if box.get("type") in NOT_EVERYWHERE or url.lower().partition("?")[0].endswith((".svg", ".webp")):
        return None
    if url.startswith("/") and not url.startswith("//"):
        url = f"{public_url}{url}"
    if not url.startswith(("https://", "http://")):
        return None  # a data address: Gmail and Outlook leave it out
    width, height = box.get("width"), box.get("height")
    if not width or not height:
        return Picture(url)
    scale = min(1.0, WIDEST / width, HIGHEST / height)
    return Picture(url, max(1, round(width * scale)), max(1, round(height * scale)))
