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
from urllib.parse import urlsplit

from markupsafe import Markup

from vocapp.domain.colours import DARK_PAPER, LIGHT_PAPER, readable


@dataclass(frozen=True, slots=True)
class Brand:
    name: str
    accent: str | None = None
    """`#rrggbb`; shaded until it can be read on light and on dark paper. None or anything else: ours."""
    logo_url: str | None = None
    """An https or data URL, or a path of this server; anything else is left out and the name stands alone."""
    informal: bool = False
    """It says « tu » where a language has the choice."""

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
def page_headers(brand: Brand | None = None, *, visit: bool = False) -> Mapping[str, str]:
    """Return the headers every customer page is sent with: its own style sheet and logo, and no script.

    `visit`: but for `VISIT_ELEMENT`, which stands on it.
    """
    images = "data:"
    if brand and brand.logo:
        parts = urlsplit(brand.logo)
        if parts.scheme == "https" and _HOST.fullmatch(parts.netloc):
            images += f" https://{parts.netloc}"
        elif not parts.scheme:
            images += " 'self'"
    policy = (
        f"default-src 'none'; style-src 'sha256-{_style(brand.accent if brand else None)[1]}'; img-src {images}; "
        + (f"script-src 'sha256-{_digest(_VISIT)}'; connect-src 'self'; " if visit else "")
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
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


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _minified(css: str) -> str:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r" ?([{};,]) ?|(?<=:) ", r"\1", css).replace(";}", "}").strip()


_CSS = _minified((Path(__file__).parent / "respond.css").read_text("utf-8"))
_VISIT = re.sub(r"/\*.*?\*/|\n *", "", (Path(__file__).parent / "visit.js").read_text("utf-8"))
VISIT_ELEMENT = Markup("<script>" + _VISIT + "</script>")  # noqa: S704 - our own file
"""What tells of a gesture on the page; an answer needs it not."""


@lru_cache(maxsize=256)
def _style(accent: str | None) -> tuple[Markup, str]:
    """Return the element and the base64 SHA-256 of its text, which the content security policy names."""
    css = _CSS
    if accent and re.fullmatch(r"#[0-9a-fA-F]{6}", accent):
        light, dark = readable(accent, LIGHT_PAPER), readable(accent, DARK_PAPER)
        css += f":root{{--accent:{light}}}@media (prefers-color-scheme:dark){{:root{{--accent:{dark}}}}}"
    return Markup("<style>" + css + "</style>"), _digest(css)  # noqa: S704 - our own file and a checked colour
