"""Verbatims that say something similar: those that share the most telling words.

Texts are vectors of their stems, each weighing tf-idf: (1 + ln of how often it stands there) × ln((N + 1) / (n + ½)),
n of N texts holding it; how similar two are is the cosine of the angle between them (Salton and Buckley 1988,
"Term-weighting approaches in automatic text retrieval"). n is reckoned from the newest texts that its reader may see:
that a word is rare elsewhere would tell what is said there. Only texts that share a rare word are compared: what it
costs is bounded, however many there are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import select

from vocapp.models import Verbatim, db
from vocapp.models.verbatims import asked_anew, says_any
from vocapp.services.staff import Scope
from vocapp.services.verbatims.filters import VerbatimFilter, conditions

SHOWN: Final = 6
LEAST: Final = 0.15
"""Below this cosine, what two texts share is chance."""
SAMPLED: Final = 2000
COMPARED: Final = 1500
MOST_WORDS: Final = 8
"""By which others are looked up: the rarest."""
_SHORTEST: Final = 3


def list_similar(*, scope: Scope, row: Verbatim, limit: int = SHOWN) -> list[Verbatim]:
    """Return the verbatims within the scope that are most similar to one, the most similar first."""
    own = _counts(row.stems)
    if not own:
        return []
    newest = (Verbatim.answered_at.desc(), Verbatim.number.desc())
    with asked_anew():
        sample = db.session.scalars(
            select(Verbatim.stems).where(*conditions(scope, VerbatimFilter())).order_by(*newest).limit(SAMPLED)
        ).all()
        held = Counter(word for stems in sample for word in set(stems.split()))
        looked_up = sorted(own, key=lambda word: (held[word], -len(word), word))[:MOST_WORDS]
        candidates = db.session.execute(
            select(Verbatim.number, Verbatim.stems)
            .where(
                *conditions(scope, VerbatimFilter()), says_any(_rare(looked_up, held)), Verbatim.number != row.number
            )
            .order_by(*newest)
            .limit(COMPARED)
        ).all()
    mine = _weights(own, held, len(sample))
    near = sorted(
        ((cosine(mine, _weights(_counts(stems), held, len(sample))), number) for number, stems in candidates),
        reverse=True,
    )
    numbers = [number for likeness, number in near[:limit] if likeness >= LEAST]
    rows = db.session.scalars(select(Verbatim).where(Verbatim.number.in_(numbers)))
    return sorted(rows, key=lambda one: numbers.index(one.number))


def cosine(left: Mapping[str, float], right: Mapping[str, float]) -> float:
    """Return the cosine between two texts: 0 where they share nothing, 1 where they are the same."""
    shared = sum(weight * right[word] for word, weight in left.items() if word in right)
    lengths = math.sqrt(sum(w * w for w in left.values()) * sum(w * w for w in right.values()))
    return shared / lengths if lengths else 0.0


def _counts(stems: str) -> Counter[str]:
    return Counter(word for word in stems.split() if len(word) >= _SHORTEST)


def _rare(words: Sequence[str], held: Mapping[str, int]) -> list[str]:
    """Return the words by which to look others up: as long as what they hold can be compared, and one at least."""
    found, many = [words[0]], held[words[0]]
    for word in words[1:]:
        many += held[word]
        if many > SAMPLED // 2:
            break
        found.append(word)
    return found


def _weights(counts: Mapping[str, int], held: Mapping[str, int], texts: int) -> dict[str, float]:
    return {
        word: (1 + math.log(n)) * math.log((max(texts, held[word]) + 1) / (held[word] + 0.5))
        for word, n in counts.items()
    }
