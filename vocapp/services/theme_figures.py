"""What verbatims are about and how it is spoken of, as figures: exact sums of the counters.

A response counts once for each theme that it mentions, with the sentiment of all passages that do, on the day on which
it counts itself. Those that were understood before themes were looked for count neither here nor there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final, NamedTuple

from vocapp.domain.comparing import NpsSample, ShareSample, said
from vocapp.domain.sentiment import LABELS
from vocapp.domain.survey import Text
from vocapp.services import theming
from vocapp.services.comparing import beside
from vocapp.services.counting import SENTIMENT, THEMES
from vocapp.services.reporting import TIMES, Question, counted_by

UNITS: Final = {"mentioned": "percent", "negative": "percent", "balance": "points"}


class ThemeCounts(NamedTuple):
    """What some responses say: how many were understood, and by theme how often it was mentioned in which way."""

    verbatims: int
    themes: Mapping[str, Mapping[str, int]]
    """Theme → label → responses."""

    def mentioned(self, theme: str) -> ShareSample:
        """Return the share of those understood that mention a theme."""
        return ShareSample(self._n(theme), self.verbatims)

    def negative(self, theme: str) -> ShareSample:
        """Return the share of the mentions that are negative."""
        return ShareSample(self.themes.get(theme, {}).get("negative", 0), self._n(theme))

    def balance(self, theme: str) -> NpsSample:
        """Return positive less negative mentions, in points, with the interval of an NPS: it is the same sum."""
        labels = self.themes.get(theme, {})
        return NpsSample(labels.get("positive", 0), labels.get("neutral", 0), labels.get("negative", 0))

    def _n(self, theme: str) -> int:
        return sum(self.themes.get(theme, {}).values())


def themes_counted(question: Question, group_by: str | None = None) -> dict[str, ThemeCounts]:
    """Return what the counters hold of themes, by group; without `group_by` the one group has no name."""
    verbatims = counted_by(SENTIMENT, question, group_by)
    found: dict[str, dict[str, dict[str, int]]] = {}
    for group, buckets in counted_by(THEMES, question, group_by).items():
        by_theme = found.setdefault(group, defaultdict(dict))
        for bucket, n in buckets.items():
            theme, _, label = bucket.rpartition(":")
            by_theme[theme][label] = n
    return {group: ThemeCounts(sum(labels.values()), found.get(group, {})) for group, labels in verbatims.items()}


def theme_figures(*, question: Question, since: date, until: date, group_by: str | None = None) -> dict[str, Any]:
    """Return every theme with its figures over some days, each beside what it was over as many days before.

    `mentioned` is the share of texts that mention it, `negative` that of mentions which are negative, `balance`
    positive less negative ones in points; each with its interval, and null under ten. The changes of all themes are
    right together. With `group_by` the same for each group, and the changes of all groups are right together; days,
    weeks and months stand beside one another, and are told without what was before.
    """
    asked = replace(question, since=since, until=until)
    earlier = replace(question, since=since - (until - since), until=since)
    names = theming.find_names(workspace_id=question.workspace_id)
    now, before = (themes_counted(one).get("", _NOBODY) for one in (asked, earlier))
    document = {
        "from": since,
        "to": until,
        "before_from": earlier.since,
        "units": UNITS,
        "verbatims": now.verbatims,
        "verbatims_before": before.verbatims,
        "themes": _beside({"": (now, before)}, names)[""],
    }
    if group_by in TIMES:
        document["groups"] = [
            {
                "key": key,
                "verbatims": counts.verbatims,
                "themes": [_alone(one, counts, names) for one in _ordered(counts)],
            }
            for key, counts in sorted(themes_counted(asked, group_by).items())
        ]
    elif group_by is not None:
        here, there = (themes_counted(one, group_by) for one in (asked, earlier))
        pairs = {key: (here.get(key, _NOBODY), there.get(key, _NOBODY)) for key in sorted(here.keys() | there.keys())}
        told = _beside(pairs, names)
        document["groups"] = [
            {
                "key": key,
                "verbatims": counts.verbatims,
                "verbatims_before": was.verbatims,
                "themes": told[key],
            }
            for key, (counts, was) in pairs.items()
        ]
    return document


_NOBODY: Final = ThemeCounts(0, {})


def _beside(
    pairs: Mapping[str, tuple[ThemeCounts, ThemeCounts]], names: Mapping[str, Text]
) -> dict[str, list[dict[str, Any]]]:
    """Return the themes of each group beside what they were, all changes right together."""
    told = beside(
        {
            (key, theme, figure): (getattr(now, figure)(theme), getattr(before, figure)(theme))
            for key, (now, before) in pairs.items()
            for theme in _ordered(now, before)
            for figure in UNITS
        }
    )
    return {
        key: [
            {**_named(theme, now, names), **{figure: told[key, theme, figure] for figure in UNITS}}
            for theme in _ordered(now, before)
        ]
        for key, (now, before) in pairs.items()
    }


def _alone(theme: str, counts: ThemeCounts, names: Mapping[str, Text]) -> dict[str, Any]:
    return {
        **_named(theme, counts, names),
        "mentioned": said(counts.mentioned(theme)),
        "negative": said(counts.negative(theme)),
        "balance": said(counts.balance(theme)),
    }


def _named(theme: str, counts: ThemeCounts, names: Mapping[str, Text]) -> dict[str, Any]:
    labels = counts.themes.get(theme, {})
    return {
        "key": theme,
        "name": dict(names[theme]) if theme in names else None,
        "mentions": {label: labels.get(label, 0) for label in LABELS},
    }


def _ordered(*counts: ThemeCounts) -> list[str]:
    """Put the themes in the order of their mentions, the most frequent first."""
    first = counts[0]
    return sorted({key for one in counts for key in one.themes}, key=lambda key: (-first.mentioned(key).hits, key))
