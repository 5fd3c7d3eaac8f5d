"""What a consent is for: purposes under the names other tools give them, and the legal bases one may stand on."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias, get_args

LegalBasis: TypeAlias = Literal["consent", "legitimate_interest", "contract"]

LEGAL_BASES: Final[tuple[str, ...]] = get_args(LegalBasis)

SURVEYS: Final = "surveys"
"""The purpose of every invitation."""

CALLS: Final = "calls"
"""Being called about what one has said: who refuses it is not called."""

_SAME_AS_SURVEYS: Final = frozenset(
    {
        "survey",
        "surveys",
        "survey_invitation",
        "survey_invitations",
        "feedback",
        "customer_feedback",
        "satisfaction",
        "satisfaction_survey",
        "satisfaction_surveys",
        "customer_satisfaction",
        "voice_of_customer",
        "voice_of_the_customer",
        "voc",
        "nps",
        "research",
        "customer_research",
        "enquete",
        "enquetes",
        "enquête",
        "enquêtes",
    }
)


def kind_purpose(survey_key: str) -> str:
    """Return the purpose under which a customer refuses one survey and no other: a part of `surveys`."""
    return purpose(f"{SURVEYS}:{survey_key}")


def purpose(name: str) -> str:
    """Return the one name of a purpose: `Customer-Feedback` and `NPS` are `surveys`; others in snake_case."""
    plain = re.sub(r"[\s\-.]+", "_", name.strip().casefold())
    return SURVEYS if plain in _SAME_AS_SURVEYS else plain
