"""How our mails are set: the HTML templates, the plain-text twin, single lines."""

from __future__ import annotations

import re
import textwrap
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from vocapp.services.mail_look import PLAIN, Look

LONGEST_SUBJECT = 119
WIDTH = 72


def page(name: str, *, look: Look = PLAIN, **values: Any) -> str:
    """Return an HTML mail; every value is escaped. `look`: of the brand it is from; ours for our own."""
    return _template(name).render(values, look=look)


def prose(*blocks: str) -> str:
    """Return the plain text: blocks apart by an empty line, wrapped; a link keeps its own line, whatever its length."""
    return "\n\n".join("\n".join(_wrapped(line) for line in _printable(block).split("\n")) for block in blocks) + "\n"


def paragraphs(text: str) -> list[list[str]]:
    """Return an author's text as paragraphs of lines: an empty line parts paragraphs, as everywhere else."""
    blocks = re.split(r"\n\s*\n", _printable(text).strip())
    return [[line.strip() for line in block.split("\n")] for block in blocks if block.strip()]


def one_line(text: str) -> str:
    """Return the text as one line without control characters; no-break spaces stay."""
    return re.sub("[ \n]+", " ", _printable(text)).strip()


def subject_line(text: str) -> str:
    """Return a subject of under 120 characters, cut between words if it must be."""
    line = one_line(text)
    return (
        line if len(line) <= LONGEST_SUBJECT else textwrap.shorten(line, LONGEST_SUBJECT, placeholder="…") or line[:80]
    )


def _wrapped(line: str) -> str:
    if line == "-- " or len(line) <= WIDTH:
        return line
    return "\n".join(textwrap.wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False))


def _printable(text: str) -> str:
    """Unix line breaks, tabs as spaces; other control characters, line separators and lone surrogates are gone.

    So are the marks that turn the direction of writing: they could dress one link up as another.
    """
    text = re.sub("\r\n?|[\u0085\u2028\u2029]", "\n", text).replace("\t", " ")
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return _UNPRINTABLE.sub("", text)


_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


@cache
def _template(name: str) -> Template:
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates" / "mail"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
