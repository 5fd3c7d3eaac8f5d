"""From a template and the facts to a text. Never raises: an invitation is not lost over a missing first name."""

from __future__ import annotations

import re
from functools import lru_cache

from liquid import BoundTemplate, Markup, escape
from liquid.exceptions import LiquidError

from vocapp.domain.personalisation.checking import is_safe
from vocapp.domain.personalisation.language import LAX
from vocapp.domain.rules import Facts


def render(source: str, facts: Facts, *, html: bool) -> str:
    """Return the text for these facts (shaped as for `rules.holds`).

    With `html`, everything in it is escaped, the author's own words too, and the outcome is marked as safe.
    """
    text = _text(source, facts) if "{" in source else source
    return Markup(escape(text)) if html else text


def _text(source: str, facts: Facts) -> str:
    template = _compiled(source)
    if template is not None:
        try:
            return template.render(facts)
        except (LiquidError, RecursionError, ArithmeticError, LookupError, TypeError, ValueError):
            pass  # what follows is the same as for a template that cannot be compiled
    return _LIQUID.sub("", source)


@lru_cache(maxsize=2048)
def _compiled(source: str) -> BoundTemplate | None:
    return LAX.from_string(source) if is_safe(source) else None


_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
