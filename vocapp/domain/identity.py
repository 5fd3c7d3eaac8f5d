"""Things that are made once and never changed afterwards, compared by being the very same object.

What is worked out from them (a compiled rule, a laid-out page) is kept beside them, and found without a look inside.
"""

from __future__ import annotations

from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class Same(Generic[Kept]):
    """A key for a cache: equal only to the key of the same object, which it keeps alive."""

    __slots__ = ("it",)

    def __init__(self, it: Kept) -> None:
        self.it = it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.it is other.it

    def __hash__(self) -> int:
        return id(self.it)
