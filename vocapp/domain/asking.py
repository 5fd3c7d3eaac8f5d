"""What to ask next: the pages put to one person, the six that are never exceeded, and which answers count.

The life of *asked*, the pages of keys ever put to a person. It only grows, and only where the table says so.

| what happens                               | asked                                  | position                      |
| ------------------------------------------ | -------------------------------------- | ----------------------------- |
| the invitation is made (mail, API link)    | `first_page` is fixed and stored       | page one                      |
| a public link is opened                    | nothing stored: page one goes signed   | page one                      |
|                                            | in the form                            |                               |
| the first POST of a public link            | its signed page one is stored          | moves on                      |
| GET, HEAD, `?KEY=VALUE`                    | unchanged                              | unchanged                     |
| a POST of the last page is accepted        | `after` appends one page, or completes | the new page, or none         |
| a POST is refused (an error page)          | unchanged                              | unchanged                     |
| going back to an earlier page              | unchanged                              | unchanged until it is posted  |
| a POST of an earlier page is accepted      | unchanged: the pages asked already     | the next one still applicable |
|                                            | come again, those off the path not;    |                               |
|                                            | only behind the last may one be added  |                               |
| the same POST again (double click)         | unchanged: the first one led on        | as the first one left it      |
| coming again later (`resume`)              | unchanged                              | where the person was          |
| a value becomes known meanwhile            | unchanged: what was asked stays asked, | unchanged                     |
|                                            | but it is not asked if it was not yet  |                               |
| an edit of the survey is published         | unchanged: the version is pinned       | unchanged                     |
| completed, then opened again               | unchanged: a completed response is not | none                          |
|                                            | edited                                 |                               |

An answer counts while its question is on the path: its `ask_if` holds, read in authored order over the answers that
count. Off the path it is kept and void, and counts again when the path returns.

`facts` and `known` are to stay the same for one response as far as the response itself would move them: what it writes
into the profile must not change its own path (`keys_known` can leave out what came from it).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol, TypeAlias

from vocapp.domain.identity import Same
from vocapp.domain.rules import Facts, holds, variables
from vocapp.domain.survey import MOST_QUESTIONS, Question, Survey

Pages: TypeAlias = tuple[tuple[str, ...], ...]
"""The keys ever put to the person, page by page."""

Worth: TypeAlias = Callable[[Question], float]
"""What the answer to a question would tell; only compared, highest first."""


class HeldValue(Protocol):
    """An attribute's value as a profile holds it."""

    @property
    def value(self) -> Any: ...
    @property
    def source(self) -> str: ...
    @property
    def observed_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class KnownValue:
    value: Any
    source: str
    observed_at: datetime | None


Known: TypeAlias = Mapping[str, KnownValue]
"""What need not be asked, by the key of its question."""


@dataclass(frozen=True, slots=True)
class Step:
    pages: Pages
    position: int | None
    """The page to show; None: completed."""
    effective: Mapping[str, Any]
    """The answers that count."""
    void: frozenset[str]
    """The keys of the answers that are kept and do not count."""
    reading: Reading = field(compare=False)

    @property
    def completed(self) -> bool:
        return self.position is None


def keys_known(
    survey: Survey,
    profile: Mapping[str, HeldValue],
    event_properties: Mapping[str, Any],
    now: datetime,
    *,
    occurred_at: datetime | None = None,
    not_from: str | None = None,
) -> dict[str, KnownValue]:
    """Return the questions whose attribute has a fresh, non-null value in the profile or in the event.

    The value observed last wins, the event's where neither is later. `occurred_at` is the event's time (None: now);
    values whose source is `not_from` do not count.
    """
    known = {}
    for question in survey.questions:
        if question.attribute is None:
            continue
        held = profile.get(question.attribute)
        found = None
        if held is not None and held.source != not_from and (held.expires_at is None or now < held.expires_at):
            found = KnownValue(held.value, held.source, held.observed_at)
            found = found if _fresh(question, found, now) else None
        told = KnownValue(event_properties.get(question.attribute), "event", occurred_at)
        if _fresh(question, told, now) and not _later(found, told):
            found = told
        if found is not None:
            known[question.key] = found
    return known


def first_page(survey: Survey, facts: Facts, known: Known, *, worth: Worth | None = None) -> tuple[str, ...]:
    """Return the keys of page one; empty: there is nothing to ask this person."""
    return Reading(survey, {}, known, facts).new_page((), worth)


def after(
    survey: Survey,
    *,
    pages: Pages,
    page: int,
    answers: Mapping[str, Any],
    known: Known,
    facts: Facts,
    worth: Worth | None = None,
) -> Step:
    """Say what follows when the form of `pages[page]` was accepted. `answers` are all ever given; null: left empty.

    Raises ValueError for a page that was never asked.
    """
    if not 0 <= page < len(pages):
        raise ValueError(f"page {page} of {len(pages)} was never asked")
    path = Reading(survey, answers, known, facts)
    position = path.page_after(pages, page)
    if position is None:
        new = path.new_page(pages, worth)
        if new:
            pages, position = (*pages, new), len(pages)
    void = frozenset(key for key, value in answers.items() if value is not None and key not in path.effective)
    return Step(pages, position, path.effective, void, path)


def effective(survey: Survey, answers: Mapping[str, Any], known: Known, facts: Facts) -> dict[str, Any]:
    """Return the answers that count: given, and on the path."""
    return Reading(survey, answers, known, facts).effective


def showing(
    survey: Survey, *, keys: Sequence[str], answers: Mapping[str, Any], known: Known, facts: Facts
) -> tuple[str, ...]:
    """Return the questions of an asked page that are on the path; all of them where none is: no page is blank."""
    return Reading(survey, answers, known, facts).showing(keys)


def resume(
    survey: Survey, *, pages: Pages, position: int, answers: Mapping[str, Any], known: Known, facts: Facts
) -> int:
    """Return the page to show to a person who comes back: theirs, else the nearest one that is on the path."""
    return Reading(survey, answers, known, facts).resume(pages, position)


def progress(
    survey: Survey, *, pages: Pages, position: int, answers: Mapping[str, Any], known: Known, facts: Facts
) -> tuple[int, int]:
    """Return (number of the page's first question, how many there may be): "2 of 4".

    The second number counts every question that may still come, at most six; it only falls while a person goes forward.
    """
    return Reading(survey, answers, known, facts).progress(pages, position)


def skipped_known(
    survey: Survey, *, pages: Pages, answers: Mapping[str, Any], known: Known, facts: Facts
) -> list[dict[str, Any]]:
    """Return what was not asked because it was known, as JSON: `[{key, value, source, observed_at}]`.

    Only questions that would have come otherwise. The source `answers.KEY` is another question on the same attribute.
    """
    return Reading(survey, answers, known, facts).skipped_known(pages)


class Reading:
    """One reading of a survey for one person: which questions apply, which answers count, what a rule sees."""

    def __init__(self, survey: Survey, answers: Mapping[str, Any], known: Known, facts: Facts) -> None:
        self.survey = survey
        self.known = known
        self.effective: dict[str, Any] = {}
        self.applies: dict[str, bool] = {}
        self.told: dict[str, KnownValue] = {}
        """Questions whose attribute an answer to another question gave."""
        self.seen: dict[str, Any] = {key: value.value for key, value in known.items()}
        view = {**facts, "answers": self.seen}
        for question in survey.questions:  # a rule looks at earlier questions only: one pass settles all of them
            self.applies[question.key] = holds(question.ask_if, view)
            value = answers.get(question.key)
            if value is not None and self.applies[question.key]:
                self.effective[question.key] = self.seen[question.key] = value
                self._tell(question, value)

    def _tell(self, question: Question, value: Any) -> None:
        for twin in self._twins(question):
            if twin.key not in self.seen:
                self.seen[twin.key] = value
                self.told[twin.key] = KnownValue(value, f"answers.{question.key}", None)

    def on_path(self, keys: Sequence[str]) -> tuple[str, ...]:
        return tuple(key for key in keys if self.applies.get(key, False))

    def showing(self, keys: Sequence[str]) -> tuple[str, ...]:
        return self.on_path(keys) or tuple(keys)

    def skipped_known(self, pages: Pages) -> list[dict[str, Any]]:
        asked = {key for keys in pages for key in keys}
        return [
            {
                "key": question.key,
                "value": value.value,
                "source": value.source,
                "observed_at": value.observed_at.isoformat() if value.observed_at else None,
            }
            for question in self.survey.questions
            if question.key not in asked and self.applies[question.key]
            for value in (self.known.get(question.key) or self.told.get(question.key),)
            if value is not None
        ]

    def resume(self, pages: Pages, position: int) -> int:
        nearest = (*range(position, len(pages)), *range(min(position, len(pages)) - 1, -1, -1))
        return next((index for index in nearest if self.on_path(pages[index])), max(0, min(position, len(pages) - 1)))

    def progress(self, pages: Pages, position: int) -> tuple[int, int]:
        counts = [len(self.on_path(keys)) for keys in pages]
        counts[position] = len(self.showing(pages[position]))
        waiting = [key for keys in pages[position:] for key in keys if key not in self.effective]
        left = MOST_QUESTIONS - sum(map(len, pages))
        return 1 + sum(counts[:position]), sum(counts) + min(left, len(self.may_come(pages, waiting)))

    def page_after(self, pages: Pages, page: int) -> int | None:
        """The next asked page on the path; behind the last, an earlier one that came back and was never filled in."""
        for index in range(page + 1, len(pages)):
            if self.on_path(pages[index]):
                return index
        left_open = {
            one.key
            for one in self.survey.questions
            if one.required and self.applies[one.key] and one.key not in self.seen
        }
        return next((index for index in range(page) if left_open.intersection(pages[index])), None)

    def new_page(self, pages: Pages, worth: Worth | None) -> tuple[str, ...]:
        asked = {key for keys in pages for key in keys}
        most = 1 if self.survey.layout == "steps" else MOST_QUESTIONS
        page: list[str] = []
        while len(page) < most and (question := self._next(asked, page, worth)) is not None:
            page.append(question.key)
        return tuple(page)

    def may_come(self, pages: Pages, waiting: Collection[str]) -> list[Question]:
        """The questions not asked and not known that apply, or may yet, when those in `waiting` are answered."""
        return self._outlook({key for keys in pages for key in keys}, waiting)[0]

    def _next(self, asked: Collection[str], page: Sequence[str], worth: Worth | None) -> Question | None:
        left = MOST_QUESTIONS - len(asked) - len(page)
        if left <= 0:
            return None
        rest, unsettled = self._outlook({*asked, *page}, page)
        reserved = sum(one.must_ask for one in rest)
        told_here = {one.attribute for one in self.survey.questions if one.key in page and one.attribute is not None}
        allowed = [
            one
            for one in rest
            if self.applies[one.key] and (one.must_ask or left > reserved) and one.attribute not in told_here
        ]
        settled = [one for one in allowed if not _looks_at(one) & unsettled]
        # A rule may hold only because an answer is missing that could still come: such a question waits. Where what it
        # waits for can't come (no free place), the page would stay empty, and it is asked as things stand.
        return _best(settled or ([] if page else allowed), self.survey, worth)

    def _outlook(self, asked: Collection[str], waiting: Collection[str]) -> tuple[list[Question], set[str]]:
        """Return (questions not asked and not known that apply or may yet, all keys that may still get a value).

        `waiting` are the keys asked whose answer may still come.
        """
        coming: list[Question] = []
        unsettled: set[str] = set()
        for question in self.survey.questions:
            key, applies = question.key, self.applies[question.key]
            if key in self.seen and key not in waiting:
                continue
            may_change = bool(_looks_at(question) & unsettled)
            if key not in asked and (applies or may_change):
                coming.append(question)
            if key in waiting or may_change or (applies and key not in asked):
                unsettled.add(key)
                unsettled.update(one.key for one in self._twins(question) if one.key not in self.seen)
        return coming, unsettled

    def _twins(self, question: Question) -> list[Question]:
        """The other questions on the same attribute: an answer to one is known for all."""
        if question.attribute is None:
            return []
        return [one for one in self.survey.questions if one.attribute == question.attribute and one is not question]


def _best(candidates: Sequence[Question], survey: Survey, worth: Worth | None) -> Question | None:
    """The first in authored order; by worth, `must_ask` keeps its authored place, the others come best first."""
    if not candidates or survey.order == "authored" or worth is None or candidates[0].must_ask:
        return candidates[0] if candidates else None
    return max((one for one in candidates if not one.must_ask), key=worth)


def _looks_at(question: Question) -> frozenset[str]:
    return _answers_in(Same(question.ask_if)) if question.ask_if is not None else _NOTHING


@lru_cache(maxsize=4096)
def _answers_in(rule: Same[Any]) -> frozenset[str]:
    return frozenset(name.removeprefix("answers.") for name in variables(rule.it) if name.startswith("answers."))


_NOTHING: frozenset[str] = frozenset()


def _fresh(question: Question, known: KnownValue, now: datetime) -> bool:
    if known.value is None:
        return False
    return question.fresh_for is None or known.observed_at is None or now - known.observed_at < question.fresh_for


def _later(one: KnownValue | None, other: KnownValue) -> bool:
    if one is None or one.observed_at is None or other.observed_at is None:
        return False
    return one.observed_at > other.observed_at
