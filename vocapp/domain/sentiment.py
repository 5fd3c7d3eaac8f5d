"""What a verbatim says, as numbers: the text made ready for the model, its language, the answer read off probabilities.

The model itself is an adapter (`adapters/sentiment/`); everything here is pure.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Label: TypeAlias = Literal["negative", "neutral", "positive"]
Reason: TypeAlias = Literal["empty", "language_not_supported"]

Span: TypeAlias = tuple[int, int]
"""From, to: characters of a text as it was written."""

LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")
SUPPORTED = frozenset({"fr", "en", "es", "de", "it", "pt"})
"""The languages that the packaged model was trained on."""

MOST_CHARACTERS = 5000
"""Characters read of one text: the longest answer that a free-text question takes."""

CLEARLY = 0.7
"""An alert follows from a clearly negative text, so it must be right: at 0.7 the model's card gives 85 % of the answers
right on customers' texts (77 % at 0.5; at 0.8 only half of the texts are left). Measured on 1,200 airline tweets: of
316 taken for clearly negative, people had called 301 so, 14 neutral and 1 positive."""

UNSURE = 0.5
"""Below this top probability an answer is to be shown as unsure (the model's own calibration suggests it)."""

ENOUGH_LETTERS = 16
"""Shorter texts are too short to tell a language by: "SAV nul" passes for Romanian, "Trop de bugs" for Dutch."""

CERTAIN = 0.9
"""A text is taken for a foreign one only above this probability. Measured on 12,860 real remarks in the six languages,
of any length: only one passed it, and that was Dutch; hand-written Dutch, Polish, Turkish and Nordic ones all did."""

WORTH_NAMING = 0.3
"""Without a hint, a language of the model's is named only when its share among them is at least this: nobody can say
which language "ok" or "super" is in. The text is judged all the same."""

HINT_WEIGHT = 20.0
"""How much more likely the survey's own language is, before reading the answer."""


@dataclass(frozen=True, slots=True)
class Sentiment:
    """What one text says. `label` and `score` are None where it was not judged, and `reason` says why."""

    label: Label | None
    score: float | None
    """p(positive) − p(negative): −1 to 1, four decimals."""
    probabilities: Mapping[Label, float] = field(default_factory=dict)
    language: str | None = None
    """ISO 639-1; "und" for a script that we do not know, None where the text has no word."""
    model: str = ""
    reason: Reason | None = None
    hurts: tuple[tuple[Span, ...], ...] = ()
    """Of each text that was judged together, the passages that are negative."""

    @property
    def unsure(self) -> bool:
        """Whether a person should look twice: no label, or one with a low probability."""
        return self.label is None or self.probabilities[self.label] < UNSURE


def judged(probabilities: Sequence[float], *, language: str | None, model: str) -> Sentiment:
    """Read label and score off the probabilities of negative, neutral, positive."""
    negative, neutral, positive = (round(float(share), 4) for share in probabilities)
    named: dict[Label, float] = {"negative": negative, "neutral": neutral, "positive": positive}
    label = max(LABELS, key=lambda each: named[each])
    score = round(float(probabilities[2]) - float(probabilities[0]), 4)
    return Sentiment(label, score, named, language, model)


def not_judged(reason: Reason, *, language: str | None, model: str) -> Sentiment:
    """Say that a text has no sentiment of ours, and why."""
    return Sentiment(None, None, {}, language, model, reason)


def clearly_negative(sentiment: Sentiment | None) -> bool:
    """Say whether somebody should hear about this text even though the score beside it is good."""
    return sentiment is not None and sentiment.label == "negative" and sentiment.probabilities["negative"] >= CLEARLY


def document(sentiment: Sentiment) -> dict[str, Any]:
    """Give the JSON object of one sentiment, with its reason only where it has one."""
    shown: dict[str, Any] = {
        "label": sentiment.label,
        "score": sentiment.score,
        "probabilities": dict(sentiment.probabilities),
        "language": sentiment.language,
        "model": sentiment.model,
    }
    if any(sentiment.hurts):
        shown["hurts"] = [[list(span) for span in spans] for spans in sentiment.hurts]
    return shown if sentiment.reason is None else {**shown, "reason": sentiment.reason}


def normalise(text: str) -> str:
    """Write a text the way the model was trained to read it (steps 1 to 6 of its card, in their order)."""
    text = html.unescape(text)
    text = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)
    text = _well_formed(text)
    text = _LINK.sub("http", text)
    text = _MENTION.sub("@user", text)
    text = _WHITE.sub(" ", text).strip()
    letters = [each for each in words(text) if each.isalpha()]
    if len(letters) >= 4 and sum(each.isupper() for each in letters) >= 0.7 * len(letters):
        text = text.lower()
    return text


def words(normalised: str) -> str:
    """Take the stand-ins for people and links out of a normalised text."""
    return normalised.replace("@user", "").replace("http", "")


def says_nothing(normalised: str) -> bool:
    """Tell a text with nothing to judge: empty, or one mark repeated ("-", "...", "???")."""
    said = words(normalised).replace(" ", "")
    return len(set(said)) < 2 and not any(unicodedata.category(each)[0] in "LNS" for each in said)


def sentences(text: str) -> list[str]:
    """Cut a raw text after its sentences and at its line ends."""
    return [each for each in (part.strip() for part in _SENTENCE_END.split(text)) if each]


def spans(text: str) -> list[Span]:
    """Return where the sentences of a raw text stand."""
    found, at = [], 0
    for sentence in sentences(text):
        at = text.index(sentence, at)
        found.append((at, at + len(sentence)))
        at += len(sentence)
    return found


def marked(text: str, hurts: Iterable[Span]) -> list[tuple[str, bool]]:
    """Cut a text into what is negative and what is not, in order; spans that do not fit it are passed over."""
    parts, at = [], 0
    for start, end in sorted(hurts):
        if at <= start < end <= len(text):
            parts += [(text[at:start], False), (text[start:end], True)]
            at = end
    return [(part, hurt) for part, hurt in [*parts, (text[at:], False)] if part]


def mean(weighted: Iterable[tuple[float, Sequence[float]]]) -> list[float]:
    """Average probabilities by weight: of (weight > 0, [negative, neutral, positive]) the mean of the three."""
    rows = list(weighted)
    total = sum(weight for weight, _ in rows)
    return [sum(weight * shares[at] for weight, shares in rows) / total for at in range(len(LABELS))]


def spoken(
    normalised: str, likely: Mapping[str, float], *, hint: str | None, languages: frozenset[str] = SUPPORTED
) -> str | None:
    """Decide the language of a text.

    `likely` is how probable each language is (summing to 1), `hint` the survey's language (any BCP 47 tag),
    `languages` those that the model reads. A script tells by itself; few letters take the hint; otherwise a foreign
    language must be certain, or the text goes to the likeliest of the model's own: better a doubtful label than a
    French remark left out. None: it has no word, or too few to tell.
    """
    expected = hint.replace("_", "-").split("-")[0].lower() if hint else None
    letters, scripts = _letters_by_script(words(normalised))
    weighed = {each: share * (HINT_WEIGHT if each == expected else 1.0) for each, share in likely.items()}
    if letters and scripts.get("LATIN", 0) * 2 < letters and letters >= 2:
        possible = [each for script in scripts for each in _WRITTEN_IN.get(script, ())]
        return max(possible, key=lambda each: weighed.get(each, 0.0), default="und")
    if letters < ENOUGH_LETTERS and expected:
        return expected
    foreign = {each: share for each, share in weighed.items() if each not in languages}
    own = {each: share for each, share in weighed.items() if each in languages}
    if letters >= ENOUGH_LETTERS and sum(foreign.values()) >= CERTAIN * sum(weighed.values()):
        return max(foreign, key=lambda each: foreign[each])
    best = max(own, key=lambda each: own[each], default=None)
    if letters == 0 or best is None or own[best] < WORTH_NAMING * sum(own.values()):
        return None
    return best


_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_LINK = re.compile(r"https?://\S+|\bhttp\b")
_MENTION = re.compile(r"@\w+")
_WHITE = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|[\r\n]+")

_WRITTEN_IN: Mapping[str, tuple[str, ...]] = {
    "CYRILLIC": ("ru", "uk"),
    "ARABIC": ("ar", "fa"),
    "HEBREW": ("he",),
    "GREEK": ("el",),
    "CJK": ("zh", "ja"),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "HANGUL": ("ko",),
    "DEVANAGARI": ("hi",),
    "THAI": ("th",),
}


def _well_formed(text: str) -> str:
    """Join surrogate pairs, and replace what no tokenizer takes: lone surrogates and NUL. Other texts stay the same."""
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\0", " ")


def _letters_by_script(text: str) -> tuple[int, dict[str, int]]:
    # NFKC folds the styled letters of social networks (bold, circled, full-width) into plain ones.
    scripts: dict[str, int] = {}
    for each in unicodedata.normalize("NFKC", text):
        if each.isalpha():
            script = unicodedata.name(each, "UNKNOWN").split(maxsplit=1)[0]
            scripts[script] = scripts.get(script, 0) + 1
    return sum(scripts.values()), scripts
