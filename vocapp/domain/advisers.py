"""From how many answers on an adviser's name stands beside a figure: below, it would judge a person by chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

LEAST, MOST = 10, 1000
"""No figure is shown under ten answers at all."""


@dataclass(frozen=True, slots=True)
class AdviserSettings:
    """What a workspace sets about figures by adviser: `{"smallest": 10}`."""

    smallest: int = LEAST

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Read settings as JSON; what is not named keeps its default. Raises ValueError that names the key at fault."""
        for key, value in document.items():
            if key != SMALLEST:
                raise ValueError(f"{key}: no such setting; there is {SMALLEST}")
            if isinstance(value, bool) or not isinstance(value, int) or not LEAST <= value <= MOST:
                raise ValueError(f"{key}: a whole number from {LEAST} to {MOST}")
        return cls(**document)


SMALLEST: Final = "smallest"
