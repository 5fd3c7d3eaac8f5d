"""The exact sums once more, folded: one row for a day, a week or a month, with all that a page of figures asks for.

A quarter of one survey in a hundred stores is some hundred thousand counters, but a thousand of these rows, whatever
the number of answers; and a dozen where nobody asks for the stores: sums over all places, and over all surveys, have
rows of their own. They are written by the very statement that adds tallies to the counters (`counters.py`), from
the counters alone, and read together with the tallies still to be added: exact at any moment.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Date, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.domain.answering_time import EDGES
from vocapp.models.base import Base, autocommit
from vocapp.models.sql import Dialect, Statement, statement

UNITS: Final = ("day", "week", "month")
PEOPLE: Final = ("persona", "segment")
"""Of whom scores are counted once more: those of a persona, those who belonged to a segment."""
UNSCORED: Final = "unscored"
MAIL: Final = "@mail"
SECONDS: Final = "@seconds"
BY_ALL, BY_SURVEY, BY_PLACE = "", "@survey", "@place"
"""Slices of everybody: by all that a row is of; over all places and channels; over all surveys."""


def question_of(kind: str, metric: str, what: str) -> str:
    """Return as which question the counters hold what some of PEOPLE gave; the bucket is the key of which persona, say.

    `@persona:promoter` (or passive, detractor, unscored) stands once for each response, `@persona_csat:4` for a score.
    """
    return f"@{kind}:{what}" if metric == "nps" else f"@{kind}_{metric}:{what}"


def _people(metric: str, *what: object) -> str:
    found = [question_of(kind, metric, str(one)) for kind in PEOPLE for one in what]
    return f"question in ({', '.join(map(repr, found))})"


MEASURES: Final[Mapping[str, str]] = {
    "completed": "(question = '' and bucket = 'completed') or question like '@persona:%' or question like '@segment:%'",
    "unfinished": "question = '' and bucket = 'partial'",
    "imported": "question = '' and bucket = 'completed' and channel = 'import'",
    "promoters": "(question = '@nps' and bucket in ('9', '10')) or " + _people("nps", "promoter"),
    "passives": "(question = '@nps' and bucket in ('7', '8')) or " + _people("nps", "passive"),
    "detractors": "(question = '@nps' and bucket not in ('7', '8', '9', '10')) or " + _people("nps", "detractor"),
    "csat_top": "(question = '@csat' and bucket in ('4', '5')) or " + _people("csat", 4, 5),
    "csat_n": "question = '@csat' or " + _people("csat", *range(1, 6)),
    "ces_top": "(question = '@ces' and bucket in ('5', '6', '7')) or " + _people("ces", 5, 6, 7),
    "ces_n": "question = '@ces' or " + _people("ces", *range(1, 8)),
    "mail_sent": "question = '@mail' and bucket = 'sent'",
    "mail_undelivered": "question = '@mail' and bucket = 'undelivered'",
    "mail_unsubscribed": "question = '@mail' and bucket = 'unsubscribed'",
    "mail_complained": "question = '@mail' and bucket = 'complained'",
    "mail_due": "question = '@mail' and bucket = 'due'",
    "mail_answered": "question = '@mail' and bucket = 'answered'",
    "mail_completed": "question = '@mail' and bucket = 'completed'",
    "mail_told": "question = '@mail' and bucket = 'told'",
    "mail_tracked": "question = '@mail' and bucket = 'tracked'",
    "mail_opened": "question = '@mail' and bucket = 'opened'",
    "mail_visited": "question = '@mail' and bucket = 'visited'",
    "mail_visited_answered": "question = '@mail' and bucket = 'visited_answered'",
    **{f"seconds_{edge}": f"question = '@seconds' and bucket = '{edge}'" for edge in EDGES},
}
"""What a row holds, in the order of `domain/boards.SUMS`, and of which counters each is the sum."""

KEY: Final = ("unit", "slice", "start", "survey_key", "survey_version", "place", "channel")
"""What a row is of, within a workspace; in a slice of PEOPLE, only their scores are counted."""
ONE_OF: Final = "@one"
"""The slice of PEOPLE that a parameter names."""
EACH_OF: Final = tuple(f"{kind}:" for kind in PEOPLE)
"""All slices of a kind of PEOPLE: with what they begin."""
LATER: Final = "later"
"""A group of two: 1 from a day within the period on, 0 before it."""
GROUPS: Final = frozenset({*KEY, LATER}) - {"unit"}

_COLUMNS = ", ".join(("workspace_id", *KEY, *MEASURES))
_OWN = ", ".join(("workspace_id", *KEY))


class Summary(Base):
    """A row of sums, one column for each of MEASURES; days are the workspace's."""

    __tablename__ = "summaries"

    # No foreign key: the responses and invitations have theirs.
    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    unit: Mapped[str] = mapped_column(String(8), primary_key=True)
    """day, week (from Monday on) or month."""
    slice: Mapped[str] = mapped_column(String(80), primary_key=True)
    """BY_ALL, BY_SURVEY or BY_PLACE of everybody; `persona:KEY`, `segment:KEY` of some."""
    start: Mapped[date] = mapped_column(Date, primary_key=True)
    """Its first day."""
    survey_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    survey_version: Mapped[int] = mapped_column(Integer, primary_key=True)
    place: Mapped[str] = mapped_column(String(64), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    completed: Mapped[int] = mapped_column(Integer)
    unfinished: Mapped[int] = mapped_column(Integer)
    imported: Mapped[int] = mapped_column(Integer)
    """Of the completed: taken in from an earlier tool, which told of no unfinished ones."""
    promoters: Mapped[int] = mapped_column(Integer)
    passives: Mapped[int] = mapped_column(Integer)
    detractors: Mapped[int] = mapped_column(Integer)
    csat_top: Mapped[int] = mapped_column(Integer)
    csat_n: Mapped[int] = mapped_column(Integer)
    ces_top: Mapped[int] = mapped_column(Integer)
    ces_n: Mapped[int] = mapped_column(Integer)
    mail_sent: Mapped[int] = mapped_column(Integer)
    mail_undelivered: Mapped[int] = mapped_column(Integer)
    mail_unsubscribed: Mapped[int] = mapped_column(Integer)
    mail_complained: Mapped[int] = mapped_column(Integer)
    mail_due: Mapped[int] = mapped_column(Integer)
    """Delivered messages whose time to be answered was over on one of these days; those below are of them."""
    mail_answered: Mapped[int] = mapped_column(Integer)
    mail_completed: Mapped[int] = mapped_column(Integer)
    mail_told: Mapped[int] = mapped_column(Integer)
    """Of which, and of those not delivered, the provider told anything."""
    mail_tracked: Mapped[int] = mapped_column(Integer)
    """Of which it would have been told that they were opened."""
    mail_opened: Mapped[int] = mapped_column(Integer)
    mail_visited: Mapped[int] = mapped_column(Integer)
    """Of which a person was at the page, as far as their page tells; the next: who answered, of those."""
    mail_visited_answered: Mapped[int] = mapped_column(Integer)
    seconds_0: Mapped[int] = mapped_column(Integer)
    seconds_5: Mapped[int] = mapped_column(Integer)
    seconds_10: Mapped[int] = mapped_column(Integer)
    seconds_15: Mapped[int] = mapped_column(Integer)
    seconds_20: Mapped[int] = mapped_column(Integer)
    seconds_30: Mapped[int] = mapped_column(Integer)
    seconds_45: Mapped[int] = mapped_column(Integer)
    seconds_60: Mapped[int] = mapped_column(Integer)
    seconds_90: Mapped[int] = mapped_column(Integer)
    seconds_120: Mapped[int] = mapped_column(Integer)
    seconds_180: Mapped[int] = mapped_column(Integer)
    seconds_300: Mapped[int] = mapped_column(Integer)
    seconds_600: Mapped[int] = mapped_column(Integer)
    seconds_1800: Mapped[int] = mapped_column(Integer)


class Gap(NamedTuple):
    """From `since` until before `until`, which is the first day of its unit; `edge`: that of the unit of `since`."""

    edge: date
    since: date
    until: date


class Part(NamedTuple):
    """Which rows to sum: from `since` until before `until`, both first days of their unit; None leaves a field open."""

    workspace_id: int
    unit: str
    since: date
    until: date
    survey: str | None
    channel: str | None
    places: Collection[str] | None
    people: str = ""
    """Of whom alone: `persona:KEY`, `segment:KEY`; `persona:` or `segment:` of each, to be parted by slice."""
    middle: date | None = None
    """What LATER parts: before this day, and from it on."""
    gap: Gap | None = None
    """Days in between that do not count."""


def sum_up(part: Part, groups: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return one row for each group: the values of `groups`, then the sums in the order of MEASURES.

    Outside any transaction, as all that is asked by the `public` engine: such a statement is planned once a connection,
    and these cost PostgreSQL four times as much to plan as to answer. Days come as dates.
    """
    asked = (part.survey is not None, part.channel is not None, part.places is not None, part.gap is not None)
    found = _summed(part.unit, tuple(groups), _slice_for(part, groups), *asked).read(
        autocommit(),
        workspace_id=part.workspace_id,
        since=part.since,
        until=part.until,
        **({"middle": part.middle} if LATER in groups else {}),
        **({"survey": part.survey} if asked[0] else {}),
        **({"channel": part.channel} if asked[1] else {}),
        **({"places": list(part.places)} if part.places is not None else {}),
        **({f"gap_{name}": day for name, day in part.gap._asdict().items()} if part.gap else {}),
        **({"people": part.people} if part.people and part.people not in EACH_OF else {}),
    )
    rows = found[0] if found else None  # of no rows PostgreSQL makes null
    rows = orjson.loads(rows) if isinstance(rows, str) else rows or []
    if "start" not in groups:
        return [tuple(row) for row in rows]
    at = list(groups).index("start")
    return [(*row[:at], date.fromisoformat(row[at]), *row[at + 1 :]) for row in rows]


def add_folded(d: Dialect, source: str) -> str:
    """Write the statement that adds the sums of `source` (keys of a counter, n) to the rows."""
    more = ", ".join(f"{name} = summaries.{name} + excluded.{name}" for name in MEASURES)
    return f"""
        insert into summaries ({_COLUMNS}) {_folded(d, source)}
        order by 1, 2, 3, 4, 5, 6, 7, 8 on conflict ({_OWN}) do update set {more}
    """


@statement()
def fill(d: Dialect) -> str:
    """Write a workspace's rows anew from its counters, where there are none."""
    return add_folded(d, "(select * from counters where workspace_id = :workspace_id) as e")


@statement(start=Date())
def differences(d: Dialect) -> str:
    """Return the rows that are not what the counters say: their key, and how much all sums differ together."""
    return f"{unlike(d, 'workspace_id = :workspace_id')} order by 1, 2, 3, 4, 5, 6, 7, 8"


def unlike(d: Dialect, which: str) -> str:
    """Write the statement that finds every row that is not what the counters say."""
    sums = " , ".join(f"sum({name}) as {name}" for name in MEASURES)
    off = " + ".join(f"abs(sum({name}))" for name in MEASURES)
    negative = ", ".join(f"-{name}" for name in MEASURES)
    folded = _folded(d, f"(select * from counters where {which}) as e")
    return f"""
        select {_OWN}, {off} as off from (
            select {_OWN}, {", ".join(MEASURES)} from summaries where {which}
            union all
            select {_OWN}, {negative} from (select {_OWN}, {sums} from ({folded}) as f group by {_OWN}) as g
        ) as both_sides
        group by {_OWN} having {off} <> 0
    """


@lru_cache
def _summed(
    unit: str, groups: tuple[str, ...], of: str, survey: bool, channel: bool, places: bool, gap: bool
) -> Statement:
    def write(d: Dialect) -> str:
        rows = written(d, unit, groups, of=of, survey=survey, channel=channel, places=places, gap=gap)
        array, all_of = ("json_build_array", "json_agg") if d.postgresql else ("json_array", "json_group_array")
        return f"select {all_of}({array}({', '.join((*groups, *MEASURES))})) from ({rows}) as r"

    return Statement(write, {})


def written(
    d: Dialect,
    unit: str,
    groups: tuple[str, ...],
    *,
    of: str = BY_ALL,
    survey: bool = False,
    channel: bool = False,
    places: bool = False,
    gap: bool = False,
) -> str:
    """Write the statement for one kind of question; which columns, units and slices there are says this module alone.

    `of`: the slice that is summed; ONE_OF for that of the persona or segment that a parameter names, one of EACH_OF for
    all of a kind.
    """
    if unit not in UNITS or not set(groups) <= GROUPS or of not in {BY_ALL, BY_SURVEY, BY_PLACE, ONE_OF, *EACH_OF}:
        raise ValueError(f"{unit}, {groups}, {of}")
    of_slice = f"slice like '{of}%'" if of in EACH_OF else "slice = :people" if of == ONE_OF else f"slice = '{of}'"
    where = "workspace_id = :workspace_id"
    where += " and survey_key = :survey" if survey else ""
    where += " and channel = :channel" if channel else ""
    where += f" and place in {d.values('places', 'text')}" if places else ""

    def rows(of_unit: str, since: str, until: str) -> str:
        return f"""select {_COLUMNS} from summaries where unit = '{of_unit}' and {where} and {of_slice}
            and start >= {_day(d, since)} and start < {_day(d, until)}"""

    # the unit in which the gap begins is read by its days: no row is read that does not count
    read = [("since", "gap_edge"), ("gap_until", "until")] if gap else [("since", "until")]
    kept = [rows(unit, *one) for one in read] + ([rows("day", "gap_edge", "gap_since")] if gap else [])
    question, bucket, day = each(d)
    outside = f" where not ({day} >= {_day(d, 'gap_since')} and {day} < {_day(d, 'gap_until')})" if gap else ""
    waiting = f"""(
        select t.workspace_id, t.survey_key, t.survey_version, {day} as day, t.place, t.channel,
            {question} as question, {bucket} as bucket, t.n
        from (select * from tallies where {where}) as t cross join {exploded(d)}{outside}) as e"""
    later = f"(case when start >= {_day(d, 'middle')} then 1 else 0 end)"
    names = ", ".join(later if name == LATER else name for name in groups)
    shown = ", ".join(f"{later} as {LATER}" if name == LATER else name for name in groups)
    sums = ", ".join(f"cast(coalesce(sum({name}), 0) as bigint) as {name}" for name in MEASURES)
    # as narrow as the columns they stand below: sums of what may be larger are numbers of any length, and slow
    narrow = ", ".join(f"cast({name} as integer)" for name in MEASURES)
    return f"""
        select {shown + "," if shown else ""} {sums} from (
            {" union all ".join(kept)}
            union all
            select {_OWN}, {narrow} from ({_folded(d, waiting, unit=unit, of=of)}) as w
            where {of_slice} and start >= {_day(d, "since")} and start < {_day(d, "until")}
        ) as s {f"group by {names}" if names else ""}
    """


def exploded(d: Dialect) -> str:
    """Write what the tally `t` counts as a table expression."""
    return "jsonb_array_elements(t.counted) as x(value)" if d.postgresql else "json_each(t.counted) as x"


def each(d: Dialect) -> tuple[str, str, str]:
    """Write (the question, the bucket, the day) of one thing that the tally `t` counts."""
    if d.postgresql:
        return "x.value ->> 0", "x.value ->> 1", "coalesce(cast(x.value ->> 2 as date), t.day)"
    question, bucket, day = (f"json_extract(x.value, '$[{at}]')" for at in range(3))
    return question, bucket, f"coalesce({day}, t.day)"


def _day(d: Dialect, parameter: str) -> str:
    return f"cast(:{parameter} as date)" if d.postgresql else f":{parameter}"


def _slice_for(part: Part, groups: Sequence[str]) -> str:
    """Return the slice with the fewest rows that can tell."""
    if part.people:
        return part.people if part.people in EACH_OF else ONE_OF
    if part.channel is None and part.places is None and not {"place", "channel"} & set(groups):
        return BY_SURVEY
    return BY_PLACE if part.survey is None and not {"survey_key", "survey_version"} & set(groups) else BY_ALL


def _folded(d: Dialect, source: str, *, unit: str = "", of: str | None = None) -> str:
    """Write sums of `source` (an `e` with the keys of a counter and n) as rows: all, or those of a unit and a slice."""
    sums = ", ".join(f"coalesce(sum(e.n) filter (where {rule}), 0) as {name}" for name, rule in MEASURES.items())
    units = "" if unit else f"cross join ({_listed(UNITS, 'unit')}) as u"
    whole = (BY_ALL, BY_SURVEY, BY_PLACE)
    wholes = (of if of in whole else BY_ALL,) if of is not None else whole
    of_people = " or ".join(f"e.question like '@{kind}%'" for kind in PEOPLE)
    named = " ".join(f"when e.question like '@{kind}%' then '{kind}:' || bucket" for kind in PEOPLE)
    start = _start(d, unit) if unit else f"case u.unit {_starts(d)} end"
    return f"""
        select e.workspace_id, {f"'{unit}'" if unit else "u.unit"} as unit,
            case {named} else s.slice end as slice, {start} as start,
            case s.slice when '{BY_PLACE}' then '' else e.survey_key end as survey_key,
            case s.slice when '{BY_PLACE}' then 0 else e.survey_version end as survey_version,
            case s.slice when '{BY_SURVEY}' then '' else e.place end as place,
            case s.slice when '{BY_SURVEY}' then '' else e.channel end as channel, {sums}
        from {source} {units} cross join ({_listed(wholes, "slice")}) as s
        where e.question in ('', '@nps', '@csat', '@ces', '{MAIL}', '{SECONDS}')
            or (({of_people}) and s.slice = '{BY_ALL}')
        group by 1, 2, 3, 4, 5, 6, 7, 8
    """


def _listed(values: Sequence[str], name: str) -> str:
    return " union all ".join(f"select cast('{value}' as varchar(8)) as {name}" for value in values)


def _starts(d: Dialect) -> str:
    return " ".join(f"when '{unit}' then {_start(d, unit)}" for unit in UNITS)


def _start(d: Dialect, unit: str) -> str:
    if unit == "day":
        return "e.day"
    if d.postgresql:
        return f"cast(date_trunc('{unit}', e.day) as date)"
    return "date(e.day, 'weekday 0', '-6 days')" if unit == "week" else "date(e.day, 'start of month')"
