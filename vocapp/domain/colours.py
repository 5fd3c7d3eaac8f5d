"""Colours that can be read: a brand's own, shaded until it stands out from the paper it is on."""

from __future__ import annotations

from typing import TypeAlias

ENOUGH_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3: text on its ground."""

LIGHT_PAPER, DARK_PAPER = "#ffffff", "#14181d"
"""What pages are printed on by day and by night."""


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    low, high = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))))
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, paper: str) -> str:
    """Return `colour`, moved towards black or white by as little as makes it readable on `paper`."""
    towards = 0 if _luminance(_rgb(paper)) > 0.5 else 255
    rgb = _rgb(colour)
    for step in range(21):
        shade = "#{:02x}{:02x}{:02x}".format(*(round(part + (towards - part) * step / 20) for part in rgb))
        if contrast(shade, paper) >= ENOUGH_CONTRAST:
            return shade
    return "#000000" if towards == 0 else "#ffffff"


_Rgb: TypeAlias = tuple[int, int, int]


def _rgb(colour: str) -> _Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(rgb: _Rgb) -> float:
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
