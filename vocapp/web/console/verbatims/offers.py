"""The facets beside a list of verbatims: each value with its name, how many there are, and where it leads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple

from vocapp.domain.survey import Text
from vocapp.models import Place, Tag
from vocapp.services import places, theming
from vocapp.services.browsing import feed, personas, segments
from vocapp.services.staff import Scope
from vocapp.services.verbatims import tagging
from vocapp.services.verbatims.facets import Facets
from vocapp.services.verbatims.filters import NONE, PERIODS, TONES
from vocapp.web.console.formats import language_name
from vocapp.web.console.segments.views import said
from vocapp.web.console.verbatims.asking import Asked
from vocapp.web.console.words import Words

SHOWN: Final = 8
"""Values of a facet that stand open; the others are folded."""
ORDER: Final = ("category", "sentiment", "theme", "tag", "place", "survey", "period", "persona", "segment", "language")
_FIXED: Final[Mapping[str, Sequence[str]]] = {
    "category": (*TONES, NONE),
    "sentiment": ("negative", "neutral", "positive", NONE),
    "period": PERIODS,
}
"""Facets whose values have an order of their own, instead of the most frequent first."""


class Value(NamedTuple):
    key: str
    label: str
    n: int
    chosen: bool
    href: str
    """Where it leads: to what is found with it, or without it where it is chosen."""


class Facet(NamedTuple):
    name: str
    label: str
    values: list[Value]

    @property
    def open(self) -> list[Value]:
        """What stands open: the first ones, and what is chosen wherever it comes."""
        return [value for at, value in enumerate(self.values) if at < SHOWN or value.chosen]

    @property
    def folded(self) -> list[Value]:
        return [value for at, value in enumerate(self.values) if at >= SHOWN and not value.chosen]


class Known(NamedTuple):
    """What a company has names for, read once for all that a page shows."""

    places: list[Place]
    """In the order of the tree, those beyond the scope, too."""
    personas: Mapping[str, personas.PersonaSeen]
    themes: Mapping[str, Text]
    tags: list[Tag]
    names: Mapping[str, Callable[[str], str]]
    """By facet what its values are called; what has no name any more is called by its key."""


def offers_of(*, scope: Scope, asked: Asked, facets: Facets, words: Words, known: Known) -> list[Facet]:
    """Return the facets that tell anything: of each the values that there are, and the one that is chosen."""
    counts, names = dict(facets.counts), known.names
    counts["place"] = _with_below(scope, known.places, counts["place"])
    found = []
    for facet in ORDER:
        values = counts[facet]
        chosen = asked.kept.get(facet)
        keys = [key for key in _FIXED.get(facet, values) if values.get(key)]
        if chosen is not None and chosen not in keys:
            keys.append(chosen)
        if facet not in _FIXED:
            keys.sort(key=lambda key: (key == NONE, -values.get(key, 0), names[facet](key).casefold()))
        if len(keys) > 1 or chosen is not None or (keys and facet in {"tag", "theme", "segment", "period"}):
            found.append(
                Facet(
                    facet,
                    label_of(facet, asked.kept, words),
                    [
                        Value(
                            key,
                            words["facet_none"][facet] if key == NONE else names[facet](key),
                            values.get(key, 0),
                            key == chosen,
                            asked.address(**{facet: None if key == chosen else key}),
                        )
                        for key in keys
                    ],
                )
            )
    return found


def know(*, scope: Scope, words: Words, named: Collection[str]) -> Known:
    """Read the names of everything, and of some segments."""
    workspace_id, language = scope.workspace_id, words.language
    surveys = dict(feed.list_surveys(workspace_id=workspace_id, language=language))
    drawn = personas.list_personas(workspace_id=workspace_id, language=language)
    joined = segments.list_names(scope=scope, keys=sorted(named))
    tags = tagging.list_tags(scope=scope)
    tagged = {str(tag.id): tag.name for tag in tags}
    themes = theming.find_names(workspace_id=workspace_id)
    tree = places.list_places(workspace_id=workspace_id)
    placed = {place.key: place.name for place in tree}
    names: dict[str, Callable[[str], str]] = {
        "category": lambda key: str(words["tones"].get(key, key)),
        "sentiment": lambda key: words.of("sentiments", key),
        "theme": lambda key: said(themes[key]) if key in themes else key.replace("_", " "),
        "tag": lambda key: tagged.get(key, words["tag_gone"]),
        "place": lambda key: placed.get(key, key) if scope.within(key) else key,
        "survey": lambda key: surveys.get(key, key),
        "period": lambda key: str(words["last_days"]).format(n=key),
        "persona": lambda key: drawn[key].name if key in drawn else key.replace("_", " "),
        "segment": lambda key: said(joined[key]) if key in joined else key,
        "language": lambda key: language_name(key, language),
    }
    return Known(tree, drawn, themes, tags, names)


def label_of(facet: str, kept: Mapping[str, str], words: Words) -> str:
    """Return what a facet is called; a tone beside a theme is of what is said of that."""
    of_theme = facet == "sentiment" and kept.get("theme") not in {None, NONE}
    return str(words["tone_of_theme"] if of_theme else words["facets"][facet])


def _with_below(scope: Scope, tree: Sequence[Place], counts: Mapping[str, int]) -> dict[str, int]:
    """Count each place with what is below it, as it is filtered; those where nothing was said are left out."""
    found = [place for place in tree if scope.within(place.key)]
    told = [(place.path, counts[place.key]) for place in found if place.key in counts]
    sums = {place.key: sum(n for path, n in told if path.startswith(place.path)) for place in found}
    whole = {key: n for key, n in sums.items() if n}
    return {**whole, **({NONE: counts[NONE]} if NONE in counts else {})}
