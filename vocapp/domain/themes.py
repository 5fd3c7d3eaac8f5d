"""Themes: what a verbatim is about, found by words, each with the sentiment of the passages that mention it.

| in a file                     | finds, without regard to case and accents                            |
| ----------------------------- | -------------------------------------------------------------------- |
| `colis`, `cheval`             | the whole word and its simple plural: colis, chevaux                 |
| `rembours*`                   | every word that begins so                                            |
| `service client`              | these words in a row                                                 |
| `except: boutique en ligne`   | what is no mention of the theme, though words of it stand there      |

A passage is a sentence. One that mentions several themes is cut further, at its commas and contrasts: of « Livraison
rapide, mais produit cassé » each half is judged by itself. Alone, a plain account is easily misread: « Le vendeur m’a
montré trois lampes. Parfait. » is praise, and its first sentence passes for a complaint at 0.57. So what turns its text
around must be as sure as an alert has to be (CLEARLY); else it is judged together with the text. Read by hand in French
reviews: of the passages against their text the first sixteen above that were right, of nineteen below nine were not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeAlias

from vocapp.domain.definitions import DefinitionRefused
from vocapp.domain.definitions.fields import TAG, Fields
from vocapp.domain.rules import escaped, quoted
from vocapp.domain.sentiment import CLEARLY, Sentiment, judged, mean, spans
from vocapp.domain.survey import Text
from vocapp.domain.urgent_words import LONGEST, SHORTEST_BEGINNING, fault_of, tokens

Judge: TypeAlias = Callable[[str], Sentiment]
"""Asks the model about one passage."""

MOST_THEMES: Final = 60
MOST_WORDS: Final = 500
"""Of one theme and language."""
MOST_PASSAGES: Final = 12
"""Sentences of one text that are judged by themselves; what stands below them is judged as the text is."""
FEWEST_WORDS: Final = 2
"""Words of three letters and more that a clause must have to be judged alone."""


@dataclass(frozen=True, slots=True)
class Theme:
    key: str
    name: Text
    words: Mapping[str, tuple[str, ...]]
    """Language → entries."""
    no_mention: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class ThemeSet:
    """The themes of one workspace, ready to be looked for; made once, and kept."""

    themes: tuple[Theme, ...]

    def find(self, text: str, language: str | None) -> tuple[str, ...]:
        """Return the keys of the themes that a text mentions, in the order of the set.

        By the words of its language (`fr-CA` falls to `fr`); where that is not known, by those of all languages.
        """
        said = tokens(text)
        found = {key for words in self._words_of(language) for key in words.find(said)}
        return tuple(theme.key for theme in self.themes if theme.key in found)

    def with_own(self, own: ThemeSet) -> ThemeSet:
        """Return these themes and a workspace's own, which replace those of the same key; one without words goes."""
        replaced = {theme.key: theme for theme in own.themes}
        kept = [replaced.pop(theme.key, theme) for theme in self.themes]
        return ThemeSet(tuple(theme for theme in (*kept, *replaced.values()) if any(theme.words.values())))

    def names(self) -> dict[str, Text]:
        """Return by key what the themes are called."""
        return {theme.key: theme.name for theme in self.themes}

    def _words_of(self, language: str | None) -> Iterable[_Words]:
        if language is None:
            return self._words.values()
        found = self._words.get(language.replace("_", "-").split("-")[0].lower())
        return () if found is None else (found,)

    @cached_property
    def _words(self) -> dict[str, _Words]:
        languages = {tag for theme in self.themes for tag in theme.words}
        return {tag: _Words.of(self.themes, tag) for tag in sorted(languages)}


class Mention(NamedTuple):
    """What one text says of one theme."""

    theme: str
    shares: tuple[float, ...]
    """Probabilities of negative, neutral, positive."""
    weight: int
    """Characters of the passages that mention it."""

    def document(self) -> dict[str, Any]:
        """Return `{key, label, score}`, label and score as of a text."""
        told = judged(self.shares, language=None, model="")
        return {"key": self.theme, "label": told.label, "score": told.score}


def read(document: Any) -> ThemeSet:
    """Return the themes that a document defines. Raises DefinitionRefused, and nothing else, with every fault."""
    reader = _ThemeReader()
    found = reader.theme_set(document) if reader.fits(document) else None
    if found is None or reader.faults:
        raise DefinitionRefused(reader.faults)
    return found


def mentions(text: str, told: Sentiment, *, themes: ThemeSet, judge: Judge) -> list[Mention]:
    """Return what a text says of each theme that it mentions.

    `told` is the sentiment of the whole text, which `judge` is not asked for again; a text that has none mentions
    nothing.
    """
    if told.label is None:
        return []
    sentences = spans(text)
    by_theme: dict[str, list[tuple[int, Sequence[float]]]] = {}
    for place, (start, end) in enumerate(sentences):
        sentence = text[start:end]
        for passage, keys in _passages(sentence, themes, told.language):
            whole = place >= MOST_PASSAGES or (len(sentences) == 1 and passage == sentence)
            shares = _shares(told if whole else judge(passage), told)
            for key in keys:
                by_theme.setdefault(key, []).append((len(passage), shares))
    return [
        Mention(theme.key, _mean(by_theme[theme.key]), sum(weight for weight, _ in by_theme[theme.key]))
        for theme in themes.themes
        if theme.key in by_theme
    ]


def merged(mentioned: Iterable[Mention]) -> list[Mention]:
    """Put together what several texts of one person say of each theme, by the lengths of the passages."""
    by_theme: dict[str, list[Mention]] = {}
    for one in mentioned:
        by_theme.setdefault(one.theme, []).append(one)
    return [
        Mention(key, _mean([(one.weight, one.shares) for one in found]), sum(one.weight for one in found))
        for key, found in by_theme.items()
    ]


def _shares(said: Sentiment, told: Sentiment) -> tuple[float, ...]:
    """Return how a passage speaks: where it would turn its text around and is not sure of it, both together."""
    alone, whole = tuple(said.probabilities.values()), tuple(told.probabilities.values())
    if said.label is None:
        return whole
    against = {said.label, told.label} == {"negative", "positive"}
    return _mean([(1, alone), (1, whole)]) if against and said.probabilities[said.label] < CLEARLY else alone


def _mean(weighted: Sequence[tuple[int, Sequence[float]]]) -> tuple[float, ...]:
    return tuple(mean((float(weight), shares) for weight, shares in weighted))


def _passages(sentence: str, themes: ThemeSet, language: str | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield (passage, the themes that it mentions) of a sentence: itself, or its clauses."""
    found = themes.find(sentence, language)
    if len(found) > 1:
        clauses = [(clause, themes.find(clause, language)) for clause in _clauses(sentence)]
        # a mention may lie across a comma, and then nothing is cut
        if {key for _, keys in clauses for key in keys} == set(found):
            yield from ((clause, keys) for clause, keys in clauses if keys)
            return
    if found:
        yield sentence, found


def _clauses(sentence: str) -> list[str]:
    """Cut a sentence at its contrasts and commas; what says nothing alone stays with what comes before it."""
    clauses: list[str] = []
    for part in _CUT.split(sentence):
        if clauses and (_refers_back(part) or min(_weight(part), _weight(clauses[-1])) < FEWEST_WORDS):
            clauses[-1] = f"{clauses[-1]}, {part}"
        else:
            clauses.append(part)
    return [each for each in (clause.strip() for clause in clauses) if each]


def _weight(part: str) -> int:
    return sum(len(word) > 2 and word not in _LITTLE for word in tokens(part))


def _refers_back(part: str) -> bool:
    return not _AS_BEFORE.isdisjoint(tokens(part))


class _Entry(NamedTuple):
    theme: str
    words: tuple[frozenset[str], ...]
    """Each word in the forms that it may have."""
    beginning: str | None
    """The last word begins so, and may go on."""


@dataclass(frozen=True, slots=True)
class _Words:
    """All themes of one language, by the first word of each entry."""

    by_first: Mapping[str, tuple[_Entry, ...]]
    by_beginning: Mapping[str, tuple[_Entry, ...]]
    """Entries of one word that goes on, by its first letters."""
    no_mention: Mapping[str, tuple[_Entry, ...]]

    @classmethod
    def of(cls, themes: Iterable[Theme], language: str) -> _Words:
        by_first: dict[str, list[_Entry]] = {}
        by_beginning: dict[str, list[_Entry]] = {}
        no_mention: dict[str, list[_Entry]] = {}
        for theme in themes:
            for written in theme.words.get(language, ()):
                entry = _entry(theme.key, written)
                if entry.words:
                    for form in entry.words[0]:
                        by_first.setdefault(form, []).append(entry)
                elif entry.beginning:
                    by_beginning.setdefault(entry.beginning[:SHORTEST_BEGINNING], []).append(entry)
            for written in theme.no_mention.get(language, ()):
                entry = _entry(theme.key, written)
                for form in entry.words[0] if entry.words else ():
                    no_mention.setdefault(form, []).append(entry)
        return cls(_tuples(by_first), _tuples(by_beginning), _tuples(no_mention))

    def find(self, said: Sequence[str]) -> set[str]:
        """Return the keys of the themes that these words mention."""
        passed_over = {
            (entry.theme, at)
            for place, word in enumerate(said)
            for entry in self.no_mention.get(word, ())
            if _stands(entry, said, place)
            for at in range(place, place + _length(entry))
        }
        found = set()
        for place, word in enumerate(said):
            candidates = (*self.by_first.get(word, ()), *self.by_beginning.get(word[:SHORTEST_BEGINNING], ()))
            for entry in candidates:
                if entry.theme in found or (entry.theme, place) in passed_over:
                    continue
                if _stands(entry, said, place):
                    found.add(entry.theme)
        return found


def _stands(entry: _Entry, said: Sequence[str], place: int) -> bool:
    behind = place + len(entry.words)
    if any(word not in forms for word, forms in zip(said[place:behind], entry.words, strict=False)):
        return False
    if entry.beginning is None:
        return behind <= len(said)
    return behind < len(said) and said[behind].startswith(entry.beginning)


def _length(entry: _Entry) -> int:
    return len(entry.words) + (entry.beginning is not None)


def _entry(theme: str, written: str) -> _Entry:
    *before, last = tokens(written)
    if written.rstrip().endswith("*"):
        return _Entry(theme, tuple(_forms(word) for word in before), last)
    return _Entry(theme, tuple(_forms(word) for word in (*before, last)), None)


def _forms(word: str) -> frozenset[str]:
    """Return a word with its simple plurals, French and English: produits, bureaux, chevaux, boxes, deliveries."""
    forms = {word, f"{word}s"}
    if word.endswith(("au", "eu")):
        forms.add(f"{word}x")
    if word.endswith("al"):
        forms.add(f"{word[:-1]}ux")
    if word.endswith(("s", "x", "z", "ch", "sh")):
        forms.add(f"{word}es")
    if word.endswith("y") and len(word) > 3:
        forms.add(f"{word[:-1]}ies")
    return frozenset(forms)


def _tuples(found: Mapping[str, Sequence[_Entry]]) -> dict[str, tuple[_Entry, ...]]:
    return {key: tuple(dict.fromkeys(entries)) for key, entries in found.items()}


class _ThemeReader(Fields):
    def theme_set(self, document: Any) -> ThemeSet | None:
        fields = self.mapping(document, "", allowed=("themes",), required=("themes",))
        if fields is None:
            return None
        found: dict[str, Theme] = {}
        for pointer, item in self.items(fields.get("themes"), "/themes", most=MOST_THEMES, what="themes"):
            theme = self._theme(item, pointer)
            if theme is not None and theme.key in found:
                self.refuse(f"{pointer}/key", f"there is already a theme {quoted(theme.key)}")
            if theme is not None:
                found[theme.key] = theme
        return ThemeSet(tuple(found.values()))

    def _theme(self, item: Any, pointer: str) -> Theme | None:
        fields = self.mapping(item, pointer, allowed=_FIELDS, required=("key", "name", "words"))
        if fields is None:
            return None
        return Theme(
            key=self.key(fields["key"], f"{pointer}/key", _KEY, "delivery") if "key" in fields else "",
            name=self.text_by_language(fields["name"], f"{pointer}/name", longest=60) if "name" in fields else {},
            words=dict(self._words(fields.get("words", {}), f"{pointer}/words", goes_on=True)),
            no_mention=dict(self._words(fields.get("except", {}), f"{pointer}/except", goes_on=False)),
        )

    def _words(self, value: Any, place: str, *, goes_on: bool) -> Iterator[tuple[str, tuple[str, ...]]]:
        if not isinstance(value, dict):
            self.refuse(place, "here stands a list of words for each language, such as fr: [colis]")
            return
        for tag, entries in value.items():
            if not isinstance(tag, str) or not _LANGUAGE.fullmatch(tag) or not TAG.fullmatch(tag):
                self.refuse(place, f"{quoted(tag)} is no language; write fr or en")
                continue
            found = []
            items = self.items(entries, f"{place}/{escaped(tag)}", most=MOST_WORDS, what="words")
            for pointer, entry in items:
                said = self.string(entry, pointer, longest=LONGEST, what="a word, or a few in a row")
                fault = fault_of(said) if said else None
                if said and fault is None and said.rstrip().endswith("*") and not goes_on:
                    fault = "what is no mention is written out, without a *"
                if fault is not None:
                    self.refuse(pointer, f"{quoted(said)}: {fault}")
                elif said:
                    found.append(said)
            yield tag, tuple(dict.fromkeys(found))


_FIELDS = ("key", "name", "words", "except")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")

_CONTRASTS = (
    "mais", "par contre", "en revanche", "cependant", "toutefois", "néanmoins", "pourtant", "malgré", "sauf", "hormis",
    "alors que", "tandis que", "but", "however", "although", "though", "whereas", "while", "yet", "except", "despite",
)  # fmt: skip
_CUT = re.compile(rf"\s*[,;:/–—]\s+(?:et\s+|and\s+)?|\s+(?=(?:{'|'.join(_CONTRASTS)})\b)|\s+\+\s+", re.IGNORECASE)
_AS_BEFORE = frozenset(tokens("aussi également idem pareil too also likewise"))
"""« Le colis est parfait, le magasin aussi »: the second half says nothing by itself."""
_LITTLE = frozenset(
    tokens(
        "les des une mon mes ses son sur pour avec dans par est sont etait que qui tout tous toute toutes tres "
        "the and was were are has had have that this with for very all its his her"
    )
)
