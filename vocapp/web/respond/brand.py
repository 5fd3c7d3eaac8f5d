"""A workspace's face on its customers' pages: its name, its one colour where it can be read, its logo; and the style
sheet and security headers that go with them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import urlsplit

from markupsafe import Markup

ENOUGH_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3: text on its ground."""

LIGHT_PAPER, DARK_PAPER = "#ffffff", "#14181d"


@dataclass(frozen=True, slots=True)
class Brand:
    name: str
    accent: str | None = None
    """`#rrggbb`; shaded until it can be read on light and on dark paper. None or anything else: ours."""
    logo_url: str | None = None
    """An https or data URL, or a path of this server; anything else is left out and the name stands alone."""

    @property
    def logo(self) -> str | None:
        """Return the logo's address if it may be shown."""
        url = self.logo_url or ""
        shown = url.startswith(("https://", "data:image/")) or (url.startswith("/") and not url.startswith("//"))
        return url if shown else None


def style_element(accent: str | None) -> Markup:
    """Return the whole `<style>` element of a page whose workspace has this accent."""
    return _style(accent)[0]


_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?")
"""A host with other letters is written in its ASCII form (`xn--…`): headers know no other, and no semicolon."""


@lru_cache(maxsize=256)
def page_headers(brand: Brand | None = None) -> Mapping[str, str]:
    """Return the headers every customer page is sent with: no script, its own style sheet and logo."""
    images = "data:"
    if brand and brand.logo:
        parts = urlsplit(brand.logo)
        if parts.scheme == "https" and _HOST.fullmatch(parts.netloc):
            images += f" https://{parts.netloc}"
        elif not parts.scheme:
            images += " 'self'"
    policy = (
        f"default-src 'none'; style-src 'sha256-{_style(brand.accent if brand else None)[1]}'; img-src {images}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return MappingProxyType(
        {
            "Content-Security-Policy": policy,
            "Content-Type": "text/html; charset=utf-8",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex, nofollow",
        }
    )


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


def _minified(css: str) -> str:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r" ?([{};,]) ?|(?<=:) ", r"\1", css).replace(";}", "}").strip()


_CSS = _minified((Path(__file__).parent / "respond.css").read_text("utf-8"))


@lru_cache(maxsize=256)
def _style(accent: str | None) -> tuple[Markup, str]:
    """Return the element and the base64 SHA-256 of its text, which the content security policy names."""
    css = _CSS
    if accent and re.fullmatch(r"#[0-9a-fA-F]{6}", accent):
        light, dark = readable(accent, LIGHT_PAPER), readable(accent, DARK_PAPER)
        css += f":root{{--accent:{light}}}@media (prefers-color-scheme:dark){{:root{{--accent:{dark}}}}}"
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return Markup("<style>" + css + "</style>"), digest  # noqa: S704 - our own file and a checked colour
