"""Links with one letter changed, as somebody who guesses would try them; and pages without their links' tokens."""

from __future__ import annotations

import re


def one_letter_off(link: str, at: int = -1) -> str:
    """Return `link` with the letter at `at` changed to another one: never, by chance, the same link again."""
    at %= len(link)
    return link[:at] + ("A" if link[at] != "A" else "B") + link[at + 1 :]


def without_tokens(page: str) -> str:
    """Return a page without what is drawn by lot: in one of thousands a short name stands in a token."""
    return re.sub(r"[\w-]{20,}", "", page, flags=re.ASCII)
