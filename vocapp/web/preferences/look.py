"""The look: the survey pages' templates, style sheet and headers, and a second small style sheet of our own."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from vocapp.web import respond
from vocapp.web.respond.brand import Brand, page_headers, style_element

_HERE = Path(__file__).parent
_CSS = re.sub(
    r"\s*\n\s*", "", re.sub(r"/\*.*?\*/", "", (_HERE / "preferences.css").read_text("utf-8"), flags=re.DOTALL)
)
_DIGEST = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()

environment = Environment(
    loader=FileSystemLoader([_HERE / "templates", Path(respond.__path__[0]) / "templates"]),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def style(brand: Brand) -> Markup:
    """Return the style elements of a page in this brand."""
    return style_element(brand.accent) + Markup("<style>" + _CSS + "</style>")  # noqa: S704 - our own file


def headers(brand: Brand) -> dict[str, str]:
    """Return the headers of the survey pages, which let our own style sheet through, too."""
    plain = dict(page_headers(brand))
    policy = plain["Content-Security-Policy"]
    return {**plain, "Content-Security-Policy": policy.replace("style-src ", f"style-src 'sha256-{_DIGEST}' ", 1)}
