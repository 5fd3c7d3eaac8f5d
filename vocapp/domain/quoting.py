"""Which three of many verbatims are worth a busy reader's minute: the strongest complaint, a praise, the usual word.

* **negative**: of those that give a reason (SHORTEST_REASON words at least), what the unhappy said: of the lowest score
  first, then the one that the sentiment is most negative of.
* **positive**: of those that give a reason, what the satisfied said: of the highest score first, then the one that the
  sentiment is most positive of.
* **typical**: of all the others, the one that has most in common with the rest: the greatest sum of cosine
  similarities of their words (degree centrality, Erkan and Radev 2004, "LexRank"; words weighted by the logarithm of
  how rare they are, Spärck Jones 1972). Of fewer than FEWEST_TYPICAL there is no usual word.

A score is the person's own word, and a model may misread a text: so what was said with a low score never pleased, and
what was said with a high one displeased only where the model is sure of it (CLEARLY) and nobody unhappy said anything.

A text from which something had to be masked comes after all those of its kind that were whole: what is left of it reads
badly, and no mask is perfect. Ties go to the newer one. Nobody is quoted for a share: three are not a figure.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log, sqrt
from typing import Final, Literal, TypeAlias

from vocapp.domain.sentiment import CLEARLY

Why: TypeAlias = Literal["negative", "positive", "typical"]
Tone: TypeAlias = Literal["detractor", "passive", "promoter"]

SHORTEST_REASON: Final = 5
"""Words: « nul » says nothing that a score does not say."""
LONGEST: Final = 280
"""Characters that are quoted."""
FEWEST_TYPICAL: Final = 5
SURE: Final = 0.3
"""How far from neutral a text is, at least, to be quoted for its side."""
_ORDER: Final = ("promoter", None, "passive", "detractor")
"""From the happiest to the unhappiest; who gave no score stands before who gave a middling one."""
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One verbatim, masked already."""

    id: Hashable
    text: str
    feeling: float
    """p(positive) − p(negative): −1 to 1."""
    at: datetime
    masked: int = 0
    score: float | None = None
    """The worst that was given beside it, from 0 to 1 of its scale."""
    tone: Tone | None = None
    """What the worst of the scores makes of the person."""

    @property
    def gives_a_reason(self) -> bool:
        return len(self.text.split()) >= SHORTEST_REASON


def choose(candidates: Sequence[Candidate]) -> list[tuple[Why, Candidate]]:
    """Return up to three, each with what it stands for; no verbatim twice."""
    left = [one for one in candidates if one.gives_a_reason]
    found: list[tuple[Why, Candidate]] = []
    for why, rank in (("negative", _displeased), ("positive", _pleased)):
        side = [(ranked, one) for one in left if (ranked := rank(one)) is not None]
        if side:
            _, best = max(side, key=lambda pair: (not pair[1].masked, *pair[0], pair[1].at))
            found.append((why, best))  # type: ignore[arg-type]
            left.remove(best)
    if left and len(candidates) >= FEWEST_TYPICAL:
        shared = _in_common(left, [one.text for one in candidates])
        found.append(("typical", max(left, key=lambda one: (not one.masked, shared[one.id], one.at))))
    return found


def _displeased(one: Candidate) -> tuple[float, ...] | None:
    """Return how much something displeased, to be compared: by the score, then by the text; None: it did not."""
    unhappy = one.tone == "detractor" and one.feeling < SURE
    if not unhappy and one.feeling > -(CLEARLY if one.tone == "promoter" else SURE):
        return None
    return _ORDER.index(one.tone), -_of_scale(one), -one.feeling


def _pleased(one: Candidate) -> tuple[float, ...] | None:
    satisfied = one.tone == "promoter" and one.feeling > 0
    if one.tone == "detractor" or not (satisfied or one.feeling >= SURE):
        return None
    return -_ORDER.index(one.tone), one.feeling >= SURE, _of_scale(one), one.feeling


def _of_scale(one: Candidate) -> float:
    return 0.5 if one.score is None else one.score


def cut(text: str, most: int = LONGEST) -> str:
    """Return a text in one line, cut between words where it is longer."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    return line[:most].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def _in_common(some: Sequence[Candidate], texts: Sequence[str]) -> dict[Hashable, float]:
    """Return of each how much it has in common with all texts: the sum of its cosines with them."""
    counted = [Counter(_words(text)) for text in texts]
    within = Counter(word for words in counted for word in words)
    weights = {word: log(len(texts) / n) for word, n in within.items()}
    total: Counter[str] = Counter()
    for words in counted:
        for word, value in _unit(words, weights).items():
            total[word] += value  # type: ignore[assignment]  # a sum of unit vectors
    return {
        one.id: sum(value * total[word] for word, value in _unit(Counter(_words(one.text)), weights).items())
        for one in some
    }


def _unit(words: Counter[str], weights: dict[str, float]) -> dict[str, float]:
    vector = {word: n * weights.get(word, 0.0) for word, n in words.items()}
    length = sqrt(sum(value**2 for value in vector.values()))
    return {word: value / length for word, value in vector.items()} if length else {}


def _words(text: str) -> list[str]:
    bare = unicodedata.normalize("NFD", text.lower())
    return _WORD.findall("".join(one for one in bare if not unicodedata.combining(one)))
