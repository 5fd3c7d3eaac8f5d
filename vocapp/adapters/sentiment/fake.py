"""The fake that tests use: answers at once, the same each time, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Mapping

from vocapp.domain.sentiment import Label, Sentiment, judged, normalise, not_judged, says_nothing

_SHARES: Mapping[Label, tuple[float, float, float]] = {
    "negative": (0.9, 0.06, 0.04),
    "neutral": (0.1, 0.8, 0.1),
    "positive": (0.04, 0.06, 0.9),
}


class FakeSentiment:
    """Gives the label of the first fragment that a text contains (any case), `otherwise` for the rest."""

    name = "fake"

    def __init__(
        self, labels: Mapping[str, Label] | None = None, *, otherwise: Label = "neutral", language: str = "fr"
    ) -> None:
        self._labels: Mapping[str, Label] = labels or {}
        self._otherwise: Label = otherwise
        self._language = language
        self.asked: list[str] = []

    def score(self, text: str, *, hint: str | None = None) -> Sentiment:
        self.asked.append(text)
        if says_nothing(normalise(text)):
            return not_judged("empty", language=None, model=self.name)
        found = (label for part, label in self._labels.items() if part.lower() in text.lower())
        label: Label = next(found, self._otherwise)
        return judged(_SHARES[label], language=hint or self._language, model=self.name)
