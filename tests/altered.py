"""Links with one letter changed, as somebody who guesses would try them."""

from __future__ import annotations


def one_letter_off(link: str, at: int = -1) -> str:
    """Return `link` with the letter at `at` changed to another one: never, by chance, the same link again."""
    at %= len(link)
    return link[:at] + ("A" if link[at] != "A" else "B") + link[at + 1 :]
