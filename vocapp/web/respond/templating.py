"""The Jinja environment of the customer's pages: apart from Flask's, so that a page can be made and measured alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup


def template(name: str) -> Template:
    """Return the compiled template `respond/NAME`; compiled once in a process."""
    return _environment.get_template(f"respond/{name}")


def own_language(*, page: str, words: str) -> Markup:
    """Return the `lang` attribute of our own words, empty where they are in the page's language already."""
    if page.split("-", maxsplit=1)[0].lower() == words:
        return Markup("")
    return Markup(' lang="{}"').format(words)


def reads_leftwards(language: str) -> bool:
    """Say whether the language is written from right to left."""
    return language.split("-", maxsplit=1)[0].lower() in {"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"}


class _Loader(FileSystemLoader):
    """Reads templates without their indentation and blank lines: a phone pays for every byte."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, up_to_date = super().get_source(environment, template)
        return re.sub(r"\s*\n\s*", "\n", source).strip(), path, up_to_date


_environment = Environment(
    loader=_Loader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
    cache_size=-1,
)
