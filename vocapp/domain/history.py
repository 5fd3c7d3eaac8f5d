"""How a file of an earlier tool becomes past answers: which column says what, in which form, on which scale.

    survey: asked                                   # or {column: Survey, values: {"After delivery": post_delivery}}
    customer: Customer ID                           # a column; the reference of the customer here
    id: Response ID                                 # left out: made of survey, customer and moment
    answered_at: {column: Date, format: day/month/year, timezone: Europe/Paris}
    place: {column: Shop, values: {"Lyon PD": lyon-1}, others: refuse}       # refuse, keep, skip
    language: {value: fr}
    answers:
      nps: {column: Q1, scale: [0, 10]}             # the file's scale; another one than the question's needs `values`
      csat: {column: Mood, values: {Happy: 5, "So-so": 3, Sad: 1}}
      why: Comment
    attributes: {plan: Plan}                        # known as of `answered_at`: what was observed since stays
    ignore: [Agent’s notes]

Each column is named once, or ignored: what a mapping does not name is refused before anything is read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from vocapp.domain.history_dates import FORMATS, read_moment, read_past
from vocapp.domain.history_numbers import MARKS, read_number
from vocapp.domain.questions import TYPES
from vocapp.domain.questions.answers import AnswerRefused
from vocapp.domain.survey import Question, Survey

CORE: Final = ("email", "phone", "first_name", "last_name", "locale", "timezone")
PLAIN: Final = ("id", *CORE, "place", "agent", "event", "language")
GROUPS: Final = ("answers", "attributes", "properties")
FIELDS: Final = frozenset(("survey", "customer", "answered_at", "ignore", *PLAIN, *GROUPS))
OTHERS: Final = ("refuse", "keep", "skip")
_WHOLE = re.compile(r"-?\d{1,9}(?:[.,]0+)?", re.ASCII)
_YES: Final = {"yes": True, "oui": True, "true": True, "1": True, "no": False, "non": False, "false": False, "0": False}


class MappingRefused(ValueError):
    """A mapping that can't be used with a file; each fault names its place."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(faults))


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from: a column, or the mapping itself."""

    place: str
    """In the mapping: `answers.nps`."""
    column: str | None = None
    constant: Any = None
    values: Mapping[str, Any] | None = None
    """What a cell says, in small letters → what it means here."""
    others: str = "refuse"
    """What becomes of a cell that `values` does not name."""
    separator: str = ";"
    form: str = "iso"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    decimal: str | None = None
    """The mark before decimals; None: either, where it can be told."""


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with one cell, in words that quote nobody."""

    column: str
    why: str


@dataclass(frozen=True, slots=True)
class Read:
    """A row as the API takes it, or what is wrong with it."""

    document: dict[str, Any]
    faults: tuple[CellFault, ...]
    mapped: frozenset[str]
    """Columns whose cell means something else here than it says."""
    made: bool
    """Whether the id is made: the file gives none."""


@dataclass(frozen=True, slots=True)
class History:
    """A mapping that fits a file and the surveys here."""

    header: tuple[str, ...]
    survey: Source
    surveys: Mapping[str, Survey]
    customer: Source
    answered_at: Source
    plain: Mapping[str, Source]
    groups: Mapping[str, Mapping[str, Source]]

    def column_of(self, pointer: str) -> str:
        """Return the column that a place of the document came from; of none: empty."""
        parts = pointer.strip("/").split("/")
        source: Source | None = None
        if parts[:2] == ["customer", "external_id"]:
            source = self.customer
        elif parts[0] == "customer" and len(parts) > 2 and parts[1] == "attributes":
            source = self.groups["attributes"].get(parts[2])
        elif parts[0] == "customer" and len(parts) > 1:
            source = self.plain.get(parts[1])
        elif parts[0] in GROUPS and len(parts) > 1:
            source = self.groups[parts[0]].get(parts[1])
        elif parts[0] in {"survey", "answered_at"}:
            source = self.survey if parts[0] == "survey" else self.answered_at
        else:
            source = self.plain.get(parts[0])
        return (source.column if source is not None else None) or ""

    def read(self, row: Mapping[str, str], now: datetime) -> Read:
        """Return a row as a past answer."""
        return _Row(self, row, now).read()


def read_mapping(document: Any, *, header: Sequence[str], surveys: Mapping[str, Survey], zone: str) -> History:
    """Read a mapping for a file with this header; `zone`: the workspace's. Raises MappingRefused."""
    return _Reader(tuple(header), surveys, zone).read(document)


class _Reader:
    def __init__(self, header: tuple[str, ...], surveys: Mapping[str, Survey], zone: str) -> None:
        self.header = header
        self.surveys = surveys
        self.zone = zone
        self.faults: list[str] = []
        self.used: dict[str, str] = {}

    def read(self, document: Any) -> History:
        if not isinstance(document, dict):
            raise MappingRefused(["a mapping has a name and a column on each line, such as `customer: Customer ID`"])
        self.faults += [f"{name}: is no field of a mapping" for name in document if name not in FIELDS]
        self.faults += [f"{name}: is missing" for name in ("survey", "customer", "answered_at") if name not in document]
        given = document.get("survey")
        is_key = isinstance(given, str) and given in self.surveys and given not in self.header
        survey = Source("survey", constant=given) if is_key else self._source("survey", given)
        here = self._surveys_of(survey)
        found = History(
            header=self.header,
            survey=survey,
            surveys=here,
            customer=self._source("customer", document.get("customer")),
            answered_at=self._source("answered_at", document.get("answered_at")),
            plain={name: self._source(name, document[name]) for name in PLAIN if name in document},
            groups={group: self._group(group, document.get(group)) for group in GROUPS},
        )
        for key, source in found.groups["answers"].items():
            self._fits(key, source, (document.get("answers") or {}).get(key), here)
        if not found.groups["answers"]:
            self.faults.append("answers: is missing")
        self._all_named(document.get("ignore") or [])
        if self.faults:
            raise MappingRefused(self.faults)
        return found

    def _surveys_of(self, source: Source) -> dict[str, Survey]:
        keys = {source.constant} if source.column is None else set((source.values or {}).values())
        if source.column is not None and source.values is None:
            keys = set(self.surveys)
        self.faults += [f"survey: {key} is no published survey here" for key in keys if key not in self.surveys]
        return {key: self.surveys[key] for key in keys if key in self.surveys}

    def _group(self, group: str, given: Any) -> dict[str, Source]:
        if given is None:
            return {}
        if not isinstance(given, dict):
            self.faults.append(f"{group}: names each {group[:-1]} and its column")
            return {}
        return {str(key): self._source(f"{group}.{key}", one) for key, one in given.items()}

    def _source(self, place: str, given: Any) -> Source:
        if given is None:
            return Source(place)
        wanted = {"column": given} if isinstance(given, str) else given
        if not isinstance(wanted, dict) or ("column" in wanted) == ("value" in wanted):
            self.faults.append(f"{place}: names a column, or has a `value`")
            return Source(place)
        known = {"column", "value", "values", "others", "separator", "format", "timezone", "scale", "decimal"}
        self.faults += [f"{place}.{name}: is nothing that can be said here" for name in wanted if name not in known]
        column = wanted.get("column")
        if column is not None:
            self._use(place, column)
        values = wanted.get("values")
        if values is not None and not isinstance(values, dict):
            self.faults.append(f"{place}.values: names what each cell means")
            values = None
        others = wanted.get("others", "refuse")
        if others not in OTHERS:
            self.faults.append(f"{place}.others: is one of {', '.join(OTHERS)}")
        decimal = wanted.get("decimal")
        if decimal is not None and decimal not in MARKS:
            self.faults.append(f"{place}.decimal: is the mark before decimals: a point or a comma")
            decimal = None
        form, zone = self._form(place, wanted)
        return Source(
            place,
            column=column,
            constant=wanted.get("value"),
            values=None if values is None else {_plain(str(key)): value for key, value in values.items()},
            others=others,
            separator=str(wanted.get("separator", ";")),
            form=form,
            zone=zone,
            decimal=decimal,
        )

    def _form(self, place: str, wanted: Mapping[str, Any]) -> tuple[str, ZoneInfo]:
        form, zone = wanted.get("format", "iso"), wanted.get("timezone", self.zone)
        if place == "answered_at" and "format" not in wanted:
            self.faults.append(f"answered_at.format: is one of {', '.join(FORMATS)}")
        if form not in FORMATS:
            self.faults.append(f"{place}.format: is one of {', '.join(FORMATS)}")
        if zone not in available_timezones():
            self.faults.append(f"{place}.timezone: is a time zone such as Europe/Paris")
            zone = "UTC"
        return form, ZoneInfo(zone)

    def _use(self, place: str, column: Any) -> None:
        if column not in self.header:
            self.faults.append(f"{place}: the file has no column {column}")
        elif column in self.used:
            self.faults.append(f"{place}: the column {column} is {self.used[column]} already")
        else:
            self.used[column] = place

    def _fits(self, key: str, source: Source, given: Any, surveys: Mapping[str, Survey]) -> None:
        """Look at whether what a column says can be an answer to the question: above all, whether the scale is its."""
        questions = [one.by_key[key] for one in surveys.values() if key in one.by_key]
        if surveys and not questions:
            self.faults.append(f"answers.{key}: is no question of {', '.join(sorted(surveys))}")
        for question in questions:
            scale = TYPES[question.type].scale
            said = given.get("scale") if isinstance(given, dict) else None
            if question.type == "consent":
                self.faults.append(f"answers.{key}: a consent is told of the customer (`customers import`)")
            elif source.values is not None:
                self._fit_values(question, source)
            elif scale is not None and said is None:
                self.faults.append(f"answers.{key}.scale: say from where to where the file counts, such as [0, 10]")
            elif scale is not None and said != [scale[0], scale[-1]]:
                ours = f"{scale[0]} to {scale[-1]}"
                self.faults.append(
                    f"answers.{key}.scale: is not that of the question ({ours}): say `values` one by one"
                )

    def _fit_values(self, question: Question, source: Source) -> None:
        for said, value in (source.values or {}).items():
            wanted = [value] if question.type == "multiple_choice" else value
            try:
                TYPES[question.type].read_json(question, wanted)
            except AnswerRefused as refused:
                self.faults.append(f"{source.place}.values.{said}: {refused.message('en')}")

    def _all_named(self, ignored: Any) -> None:
        if not isinstance(ignored, list):
            self.faults.append("ignore: is a list of columns")
            return
        self.faults += [f"ignore: the file has no column {name}" for name in ignored if name not in self.header]
        left = [name for name in self.header if name not in self.used and name not in ignored]
        if left:
            self.faults.append(
                f"{', '.join(left)}: the mapping says nothing of these columns; name them or ignore them"
            )


class _Row:
    def __init__(self, history: History, row: Mapping[str, str], now: datetime) -> None:
        self.h = history
        self.row = row
        self.now = now
        self.faults: list[CellFault] = []
        self.mapped: set[str] = set()

    def read(self) -> Read:
        survey = self.h.surveys.get(str(self._value(self.h.survey, needed=True)))
        customer: dict[str, Any] = {"external_id": self._value(self.h.customer, needed=True)}
        at = self._moment(self.h.answered_at)
        document: dict[str, Any] = {"survey": survey.key if survey else None, "answered_at": at, "customer": customer}
        for name, source in self.h.plain.items():
            value = self._value(source)
            if value is not None:
                (customer if name in CORE else document)[name] = value
        for group in ("attributes", "properties"):
            found = {key: value for key, one in self.h.groups[group].items() if (value := self._value(one)) is not None}
            if found:
                (customer if group == "attributes" else document)[group] = found
        customer["observed_at"] = at
        document["answers"] = self._answers(survey)
        made = "id" not in document
        document.setdefault("id", _id_of(document))
        return Read(document, tuple(self.faults), frozenset(self.mapped), made)

    def _answers(self, survey: Survey | None) -> dict[str, Any]:
        answers = {}
        for key, source in self.h.groups["answers"].items():
            question = survey.by_key.get(key) if survey is not None else None
            if question is None:  # of another survey: where something stands there, it is refused with its reason
                if (value := self._value(source)) is not None:
                    answers[key] = value
            elif (value := self._answer(question, source)) is not None:
                answers[key] = value
        if not answers and not self.faults:
            self.faults.append(CellFault("", "holds no answer"))
        return answers

    def _answer(self, question: Question, source: Source) -> Any:
        if question.type == "multiple_choice" and source.column is not None:
            cells = [cell.strip() for cell in self.row.get(source.column, "").split(source.separator)]
            chosen = [self._meant(source, cell) for cell in cells if cell]
            return [one for one in chosen if one is not None] or None
        value = self._value(source)
        if not isinstance(value, str) or source.values is not None:
            return value
        if question.type == "date":
            return self._day(source, value)
        if question.type == "number":
            return self._number(source, value)
        read = _typed(question, value)
        if read is None:
            self._refuse(source, "is no answer to a question of this type")
        return read

    def _value(self, source: Source, *, needed: bool = False) -> Any:
        if source.column is None:
            return source.constant
        cell = self.row.get(source.column, "").strip()
        if not cell or "\0" in cell:  # which no database keeps
            if cell or needed:
                self._refuse(source, "holds a NUL character" if cell else "is empty")
            return None
        return self._meant(source, cell)

    def _meant(self, source: Source, cell: str) -> Any:
        if source.values is None:
            return cell
        plain = _plain(cell)
        if plain in source.values:
            self.mapped.add(source.column or "")
            return source.values[plain]
        if source.others == "refuse":
            self._refuse(source, "says something that the mapping’s `values` do not name")
        return cell if source.others == "keep" else None

    def _moment(self, source: Source) -> str | None:
        cell = self._value(source, needed=True)
        if cell is None:
            return None
        try:
            return read_past(str(cell), source.form, source.zone, self.now).isoformat()
        except (ValueError, OverflowError, OSError) as error:
            self._refuse(source, str(error))
            return None

    def _number(self, source: Source, cell: str) -> float | None:
        try:
            return read_number(cell, source.decimal)
        except ValueError as error:
            self._refuse(source, str(error))
            return None

    def _day(self, source: Source, cell: str) -> str | None:
        try:
            return read_moment(cell, source.form, source.zone).astimezone(source.zone).date().isoformat()
        except (ValueError, OverflowError, OSError) as error:
            self._refuse(source, str(error))
            return None

    def _refuse(self, source: Source, why: str) -> None:
        self.faults.append(CellFault(source.column or "", why))


def _typed(question: Question, cell: str) -> Any:
    """Return a cell as the JSON of an answer; None: it can be none of this type."""
    kind = TYPES[question.type]
    if kind.scale is not None:
        return int(re.split("[.,]", cell)[0]) if _WHOLE.fullmatch(cell) else None
    if question.type == "yes_no":
        return _YES.get(cell.casefold())
    return cell


def _id_of(document: Mapping[str, Any]) -> str:
    """Return an id for an answer that has none: the same for the same survey, customer and moment."""
    whose = f"{document['survey']}\0{document['customer']['external_id']}\0{document['answered_at']}"
    return f"made-{hashlib.sha256(whose.encode('utf-8', 'replace')).hexdigest()[:32]}"


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
