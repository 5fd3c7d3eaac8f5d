"""Pages with the look of the survey pages and a second small style sheet of their own."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from vocapp.web.respond.brand import Brand, page_headers, style_element

_HERE = Path(__file__).parent


class Sheet:
    """The templates and the style sheet of one package; its templates may extend those of the survey pages."""

    def __init__(self, folder: Path, css: str) -> None:
        text = re.sub(r"/\*.*?\*/", "", (folder / css).read_text("utf-8"), flags=re.DOTALL)
        self._css = re.sub(r"\s*\n\s*", "", text)
        self._digest = base64.b64encode(hashlib.sha256(self._css.encode()).digest()).decode()
        self.environment = Environment(
            loader=FileSystemLoader([folder / "templates", _HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def style(self, brand: Brand) -> Markup:
        """Return the style elements of a page in this brand."""
        return style_element(brand.accent) + Markup("<style>" + self._css + "</style>")  # noqa: S704 - our own file

    def headers(self, brand: Brand) -> dict[str, str]:
        """Return the headers of the survey pages, which let our own style sheet through, too."""
        plain = dict(page_headers(brand))
        policy = plain["Content-Security-Policy"]
        allowed = policy.replace("style-src ", f"style-src 'sha256-{self._digest}' ", 1)
        return {**plain, "Content-Security-Policy": allowed}
