"""What becomes an alert: rules over answers, and over events alone, which need no survey to tell what went wrong.

| a rule about    | may look at                                                                   | then             |
| --------------- | ----------------------------------------------------------------------------- | ---------------- |
| answers         | answers, scores, sentiment, customer, event; `before.nps|csat|ces` (what the  | alert            |
|                 | customer gave last time), `customer.value` (1 to 3), `verbatim.urgent_word`   |                  |
| `event: NAME`   | customer, event; `customer.value`, `event.count` (such events of the customer | alert or apology |
|                 | `within` a time around it, itself and what was received before it)            |                  |

A rule that looks at a score, an answer or a word is decided with the answer itself (`at_once`); one that must know the
sentiment, earlier scores or the customer's value, soon after, and only of a finished response. An event about which a
rule holds is not asked about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias, cast, get_args

from vocapp.domain.alerts import KINDS, Kind, merged
from vocapp.domain.definitions import DefinitionRefused
from vocapp.domain.definitions.fields import TAG, Fields
from vocapp.domain.rules import Facts, Reading, Roots, check, escaped, quoted, reading_of, variables
from vocapp.domain.survey import Rule, Text
from vocapp.domain.urgent_words import LONGEST, WordList, fault_of

Then: TypeAlias = Literal["alert", "apology"]

MOST_RULES: Final = 60
MOST_WORDS: Final = 400
"""Of one language."""
LONGEST_WITHIN: Final = timedelta(days=365)

_METRICS = ("nps", "csat", "ces")
ABOUT_ANSWERS: Final = Roots(
    answers=None,
    scores=True,
    sentiment=True,
    more={"customer": ("value",), "before": _METRICS, "verbatim": ("urgent_word",)},
)
ABOUT_EVENTS: Final = Roots(more={"customer": ("value",), "event": ("count",)})
_KNOWN_LATER: Final = ("sentiment.", "before.", "customer.value")


@dataclass(frozen=True, slots=True)
class AlertRule:
    key: str
    name: Text
    kind: Kind
    when: Rule
    active: bool = True
    event: str | None = None
    """The name of the event it is about; None: about answers."""
    within: timedelta | None = None
    """How far back `event.count` counts."""
    then: Then = "alert"
    survey: str | None = None
    """The survey whose invitation is the apology."""


@dataclass(frozen=True)
class AlertRules:
    """The rules of one workspace, ready to be asked; made once, and kept."""

    rules: tuple[AlertRule, ...]
    urgent_words: Mapping[str, tuple[str, ...]]
    """Language → entries."""

    def at_once(self, facts: Facts) -> tuple[Kind, ...]:
        """Return the kinds of a signal that an answer is by itself, of the rules that look at nothing else."""
        return _kinds(self._at_once, facts)

    def about_answer(self, facts: Facts) -> tuple[Kind, ...]:
        """Return the kinds of a signal that an answer is, with all that is known of it and its customer."""
        return _kinds(self._about_answers, facts)

    def about_event(self, name: str, facts: Facts, count: Callable[[timedelta], int]) -> list[AlertRule]:
        """Return the rules that hold for an event of this name; `count` tells how often it happened within a time."""
        found = []
        for rule, test in self._about_events.get(name, ()):
            counted = {} if rule.within is None else {"count": count(rule.within)}
            if test({**facts, "event": {**facts["event"], **counted}}) is True:
                found.append(rule)
        return found

    def behind_apology(self, name: str, survey: str) -> tuple[Kind, ...]:
        """Return the kinds of the rules by which an event of this name leads to an apology with this survey."""
        rules = (rule for rule, _ in self._about_events.get(name, ()))
        return merged((rule.kind for rule in rules if rule.then == "apology" and rule.survey == survey), ())

    def told_by_scores(self, kind: str, scores: Mapping[str, int]) -> str | None:
        """Return by which score alone a response is of this kind, as its metric; None: by none."""
        for metric, of_kind, test in self._by_score:
            if of_kind == kind and metric in scores and test({"scores": {metric: scores[metric]}}) is True:
                return metric
        return None

    def unhappy_scores(self) -> Iterator[tuple[str, int]]:
        """Yield every score (metric, value) that makes a signal whatever else is known."""
        highest = {"nps": 10, "csat": 5, "ces": 7}
        for metric in _METRICS:
            tests = [test for of_metric, _, test in self._by_score if of_metric == metric]
            for value in range(highest[metric] + 1):
                if any(test({"scores": {metric: value}}) is True for test in tests):
                    yield metric, value

    def find_urgent_word(self, texts: Iterable[str], languages: Iterable[str | None]) -> str | None:
        """Return the first word that cannot wait in these texts, by the lists of these languages."""
        lists = {id(found): found for tag in languages if tag and (found := self._list_of(tag)) is not None}
        said = list(texts)
        return next((word for one in lists.values() for text in said if (word := one.find(text)) is not None), None)

    @cached_property
    def events(self) -> frozenset[str]:
        """The names of the events that some rule is about."""
        return frozenset(self._about_events)

    @cached_property
    def roots(self) -> frozenset[str]:
        """What the rules about answers look at: `answers`, `customer`, `event`, `verbatim`…"""
        return _roots(rule for rule in self.rules if rule.active and rule.event is None)

    @cached_property
    def roots_at_once(self) -> frozenset[str]:
        """What those of them look at that are decided with the answer."""
        return _roots(self._rules_at_once)

    @cached_property
    def counted(self) -> dict[str, timedelta]:
        """Name of an event → how far back such events are counted at most."""
        found: dict[str, timedelta] = {}
        for rule in self.rules:
            if rule.active and rule.event is not None and rule.within is not None:
                found[rule.event] = max(rule.within, found.get(rule.event, timedelta(0)))
        return found

    @cached_property
    def _about_answers(self) -> list[tuple[Kind, Reading]]:
        return [(rule.kind, reading_of(rule.when)) for rule in self.rules if rule.active and rule.event is None]

    @cached_property
    def _at_once(self) -> list[tuple[Kind, Reading]]:
        return [(rule.kind, reading_of(rule.when)) for rule in self._rules_at_once]

    @cached_property
    def _rules_at_once(self) -> list[AlertRule]:
        return [
            rule
            for rule in self.rules
            if rule.active
            and rule.event is None
            and not any(name.startswith(_KNOWN_LATER) for name in variables(rule.when))
        ]

    @cached_property
    def _about_events(self) -> dict[str, list[tuple[AlertRule, Reading]]]:
        found: dict[str, list[tuple[AlertRule, Reading]]] = {}
        for rule in self.rules:
            if rule.active and rule.event is not None:
                found.setdefault(rule.event, []).append((rule, reading_of(rule.when)))
        return found

    @cached_property
    def _by_score(self) -> list[tuple[str, Kind, Reading]]:
        """(metric, kind, test) of the rules that look at one score and nothing else."""
        found = []
        for rule in self.rules:
            looked_at = {name.removesuffix(".value") for name in variables(rule.when)}
            if rule.active and rule.event is None and len(looked_at) == 1:
                root, _, metric = looked_at.pop().partition(".")
                if root == "scores" and metric in _METRICS:
                    found.append((metric, rule.kind, reading_of(rule.when)))
        return found

    @cached_property
    def _lists(self) -> dict[str, WordList]:
        return {language: WordList.of(entries) for language, entries in self.urgent_words.items()}

    def _list_of(self, tag: str) -> WordList | None:
        """`fr-CA` falls to `fr`; a language without a list has none of another's."""
        return self._lists.get(tag) or self._lists.get(tag.split("-", maxsplit=1)[0])


def read(document: Any) -> AlertRules:
    """Return the rules that a document defines. Raises DefinitionRefused, and nothing else, with every fault."""
    reader = _Reader()
    found = reader.alert_rules(document)
    if found is None or reader.faults:
        raise DefinitionRefused(reader.faults)
    return found


def _kinds(tests: Iterable[tuple[Kind, Reading]], facts: Facts) -> tuple[Kind, ...]:
    found = [kind for kind, test in tests if test(facts) is True]
    return merged(found, ()) if found else ()


def _roots(rules: Iterable[AlertRule]) -> frozenset[str]:
    return frozenset(name.partition(".")[0] for rule in rules for name in variables(rule.when))


class _Reader(Fields):
    def alert_rules(self, document: Any) -> AlertRules | None:
        if not self.fits(document):
            return None
        fields = self.mapping(document, "", allowed=("alerts", "urgent_words"), required=("alerts",))
        if fields is None:
            return None
        words = fields.get("urgent_words", {})
        return AlertRules(tuple(self._rules(fields.get("alerts", []))), dict(self._words(words)))

    def _rules(self, value: Any) -> Iterator[AlertRule]:
        before: set[str] = set()
        for pointer, item in self.items(value, "/alerts", most=MOST_RULES, what="rules"):
            fields = self.mapping(item, pointer, allowed=_FIELDS, required=("key", "name", "kind", "when"))
            if fields is None:
                continue
            key = self.key(fields["key"], f"{pointer}/key", _KEY, "late_delivery") if "key" in fields else ""
            if key and key in before:
                self.refuse(f"{pointer}/key", f"there is already a rule {quoted(key)}")
            before.add(key)
            yield self._rule(fields, pointer, key)

    def _rule(self, fields: Mapping[str, Any], pointer: str, key: str) -> AlertRule:
        event = fields.get("event")
        if event is not None:
            event = self.string(event, f"{pointer}/event", longest=200, what="the name of an event")
        counts = self._when(fields, pointer, ABOUT_ANSWERS if event is None else ABOUT_EVENTS)
        within, survey = self._within(fields, pointer, event, counts=counts), fields.get("survey")
        if survey is not None:
            survey = self.key(survey, f"{pointer}/survey", _KEY, "apology")
        then = cast("Then", self.one_of(fields.get("then", "alert"), f"{pointer}/then", get_args(Then)))
        if then == "apology" and event is None:
            self.refuse(f"{pointer}/then", "only a rule about an event can lead to an apology: name its `event`")
        if then == "apology" and survey is None:
            self.refuse(pointer, "survey is missing: its invitation is the apology")
        return AlertRule(
            key=key,
            name=self.text_by_language(fields["name"], f"{pointer}/name", longest=100) if "name" in fields else {},
            kind=cast("Kind", self.one_of(fields.get("kind", "other"), f"{pointer}/kind", KINDS)),
            when=fields.get("when"),
            active=self.boolean(fields.get("active", True), f"{pointer}/active"),
            event=event,
            within=within,
            then=then,
            survey=survey,
        )

    def _when(self, fields: Mapping[str, Any], pointer: str, roots: Roots) -> bool:
        """Check the rule itself; say whether it counts events."""
        if "when" not in fields:
            return False
        faults = check(fields["when"], roots=roots, pointer=f"{pointer}/when")
        for fault in faults:
            self.refuse(fault.pointer, fault.detail)
        return not faults and "event.count" in variables(fields["when"])

    def _within(self, fields: Mapping[str, Any], pointer: str, event: str | None, *, counts: bool) -> timedelta | None:
        if "within" not in fields:
            if counts:
                self.refuse(pointer, "within is missing: how far back `event.count` counts, such as P30D")
            return None
        within = self.duration(fields["within"], f"{pointer}/within")
        if event is None:
            self.refuse(f"{pointer}/within", "only a rule about an event counts events: name its `event`")
        if within > LONGEST_WITHIN:
            self.refuse(f"{pointer}/within", f"at most P{LONGEST_WITHIN.days}D")
        return within

    def _words(self, value: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
        if not isinstance(value, dict):
            self.refuse("/urgent_words", "here stands a list of words for each language, such as fr: [allergie]")
            return
        for tag, entries in value.items():
            place = f"/urgent_words/{escaped(str(tag))}"
            if not isinstance(tag, str) or not TAG.fullmatch(tag):
                self.refuse("/urgent_words", f"{quoted(tag)} is no language; write fr, en or fr-CA")
                continue
            found = []
            for pointer, entry in self.items(entries, place, most=MOST_WORDS, what="words"):
                said = self.string(entry, pointer, longest=LONGEST, what="a word, or a few in a row")
                fault = fault_of(said) if said else None
                if fault is not None:
                    self.refuse(pointer, f"{quoted(said)}: {fault}")
                elif said:
                    found.append(said)
            yield tag, tuple(dict.fromkeys(found))


_FIELDS = ("key", "name", "kind", "when", "active", "event", "within", "then", "survey")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
