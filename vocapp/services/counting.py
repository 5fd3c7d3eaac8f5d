"""The exact counters: what a response adds to them, and the proof that they equal the rows."""

from __future__ import annotations

from collections import Counter as Sums
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import CursorResult, delete, func, select, text

from vocapp.domain.erasing import week_of
from vocapp.domain.questions import TYPES
from vocapp.domain.survey import Survey
from vocapp.models import AnonymousResponse, Counter, Response, Tally, counted, db, on_postgresql
from vocapp.models.bulk import insert_many
from vocapp.models.counters import KEY, add_sums, add_tallies
from vocapp.services import surveying

MOST_AT_ONCE = 2000
SENTIMENT: Final = "@sentiment"
THEMES: Final = "@themes"
READ_AT_ONCE = 2000


class Difference(NamedTuple):
    """A sum that is not what the rows say."""

    key: dict[str, Any]
    counted: int
    rows: int


def scores_of(survey: Survey, answers: Mapping[str, Any]) -> dict[str, int]:
    """Return the response's scores by metric: the answer that counts to the first question of each."""
    scores: dict[str, int] = {}
    for question in survey.questions:
        metric = TYPES[question.type].metric
        if metric is not None and metric not in scores and question.key in answers:
            scores[metric] = answers[question.key]
    return scores


def count(survey: Survey, answers: Mapping[str, Any], *, completed: bool) -> list[tuple[str, str]]:
    """Return what one response counts: `[(question, bucket)]`, sorted.

    `answers` are those that count: given, asked and on the path. A known value is none.
    """
    rows = {("", "completed" if completed else "partial")}
    rows |= {(f"@{metric}", str(value)) for metric, value in scores_of(survey, answers).items()}
    for key, value in answers.items():
        question = survey.by_key[key]
        rows |= {(key, bucket) for bucket in TYPES[question.type].buckets(question, value)}
    return sorted(rows)


def count_understood(sentiment: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return what the texts of one response count, once they were understood: `[(question, bucket)]`, sorted.

    `@sentiment` has the labels of those whose themes were looked for, `@themes` has `THEME:LABEL`.
    """
    if sentiment is None or sentiment.get("label") is None or "themes" not in sentiment:
        return []
    said = {(THEMES, f"{one['key']}:{one['label']}") for one in sentiment["themes"]}
    return sorted({(SENTIMENT, sentiment["label"])} | said)


def effective_answers(response: Response) -> dict[str, Any]:
    """Return the answers that count."""
    return {key: value for key, value in response.answers.items() if key not in response.void}


def scores_given(response: Response) -> dict[str, int]:
    """Return the scores of a response by its answers, whether it was counted yet or not."""
    return scores_of(survey_of(response), effective_answers(response))


def survey_of(response: Response) -> Survey:
    """Return the version of the survey that a response answers."""
    return surveying.load_version(
        workspace_id=response.workspace_id, key=response.survey_key, version=response.survey_version
    )


def verify(*, workspace_id: int) -> list[Difference]:
    """Compare every counter with the rows; return what differs, in the order of the keys.

    What erased people counted is known by week only, and not by place: there the sums of the week must agree.
    Where answers may come in meanwhile, it needs one `snapshot()` for both.
    """
    stored = _stored(workspace_id)
    rows = _from_rows(workspace_id)
    erased = _by_week(_from_erased(workspace_id))
    more: Sums[tuple[Any, ...]] = Sums()
    differences = []
    for key in sorted(stored.keys() | rows.keys(), key=str):
        week = _week_key(key)
        if stored[key] > rows[key] and week in erased:
            more[week] += stored[key] - rows[key]
        elif stored[key] != rows[key]:
            differences.append(Difference(dict(zip(KEY, key, strict=True)), stored[key], rows[key]))
    for week in sorted(erased, key=str):
        if more[week] != erased[week]:
            key = (*week[:3], "", "", *week[3:])
            differences.append(Difference(dict(zip(KEY, key, strict=True)), more[week], erased[week]))
    return differences


def rebuild(*, workspace_id: int) -> int:
    """Write the counters anew from the rows; return how many sums there are. Answers wait meanwhile."""
    if on_postgresql():  # what is under way ends first, what comes then sees the new sums; SQLite has one writer
        db.session.execute(text("lock table tallies, counters in share row exclusive mode"))
    stored = _stored(workspace_id)
    for table in (Tally, Counter):
        db.session.execute(delete(table).where(table.workspace_id == workspace_id))
    sums = _from_rows(workspace_id)
    sums += _erased_where_counted(_from_erased(workspace_id), stored - sums)
    insert_many(
        Counter,
        [{"workspace_id": workspace_id, "n": n, **dict(zip(KEY, key, strict=True))} for key, n in sums.items()],
    )
    return len(sums)


def add(*, workspace_id: int, responses: Iterable[Response]) -> None:
    """Count responses that were closed unfinished (their `counted_on` is set), in one statement."""
    sums: Sums[tuple[Any, ...]] = Sums()
    for response in responses:
        sums.update(_keys(response))
    rows = [{**dict(zip(KEY, key, strict=True)), "n": n} for key, n in sorted(sums.items(), key=str)]
    if rows:
        add_sums.run(db.session.connection(), workspace_id=workspace_id, rows=rows)


def add_understood(*, workspace_id: int, responses: Iterable[Response]) -> None:
    """Count what the texts of counted responses say, which was not known when they were counted."""
    tallies = [
        {
            "workspace_id": workspace_id,
            "survey_key": one.survey_key,
            "survey_version": one.survey_version,
            "day": one.counted_on,
            "place": one.place or "",
            "channel": one.channel,
            "counted": pairs,
        }
        for one in responses
        if one.counted_on is not None and (pairs := count_understood(one.sentiment))
    ]
    insert_many(Tally, tallies)


def add_up() -> bool:
    """Add the oldest tallies to the counters, in one statement (SQLite: two); say whether there may be more.

    Many at once take different ones: no figure moves by it.
    """
    connection = db.session.connection()
    if on_postgresql():
        return len(add_tallies.run(connection, most=MOST_AT_ONCE).all()) == MOST_AT_ONCE
    add_tallies.run(connection, most=MOST_AT_ONCE)
    oldest = select(Tally.id).order_by(Tally.id).limit(MOST_AT_ONCE).scalar_subquery()
    gone: CursorResult[Any] = connection.execute(delete(Tally).where(Tally.id.in_(oldest)))
    return gone.rowcount == MOST_AT_ONCE


def _stored(workspace_id: int) -> Sums[tuple[Any, ...]]:
    columns = [counted.c[name] for name in KEY]
    return Sums(
        {
            tuple(key): int(n)
            for *key, n in db.session.execute(
                select(*columns, func.sum(counted.c.n)).where(counted.c.workspace_id == workspace_id).group_by(*columns)
            )
        }
    )


def _from_rows(workspace_id: int) -> Sums[tuple[Any, ...]]:
    sums: Sums[tuple[Any, ...]] = Sums()
    query = select(Response).where(Response.workspace_id == workspace_id, Response.counted_on.is_not(None))
    for response in db.session.scalars(query.execution_options(yield_per=READ_AT_ONCE)):
        sums.update(_keys(response))
    return sums


def _from_erased(workspace_id: int) -> Sums[tuple[Any, ...]]:
    """Return what erased people counted: on the Monday of the week, at the place above theirs, by no channel."""
    sums: Sums[tuple[Any, ...]] = Sums()
    query = select(AnonymousResponse).where(AnonymousResponse.workspace_id == workspace_id)
    for one in db.session.scalars(query.execution_options(yield_per=READ_AT_ONCE)):
        for question, bucket in one.counted:
            sums[(one.survey_key, one.survey_version, one.week, one.place, "", question, bucket)] += 1
    return sums


def _erased_where_counted(erased: Sums[tuple[Any, ...]], spare: Sums[tuple[Any, ...]]) -> Sums[tuple[Any, ...]]:
    """Leave what erased people counted where it was counted; only what is counted nowhere goes to week and place."""
    by_week: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for key in sorted(spare, key=str):
        by_week[_week_key(key)].append(key)
    placed: Sums[tuple[Any, ...]] = Sums()
    for key, n in erased.items():
        left = n
        for where in by_week[_week_key(key)]:
            taken = min(left, spare[where])
            spare[where] -= taken
            placed[where] += taken
            left -= taken
        placed[key] += left
    return +placed


def _by_week(sums: Sums[tuple[Any, ...]]) -> Sums[tuple[Any, ...]]:
    by_week: Sums[tuple[Any, ...]] = Sums()
    for key, n in sums.items():
        by_week[_week_key(key)] += n
    return by_week


def _week_key(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return survey, version, week, question and bucket of a counter's key."""
    survey_key, version, day, _place, _channel, question, bucket = key
    return survey_key, version, week_of(day), question, bucket


def _keys(response: Response) -> list[tuple[Any, ...]]:
    survey = surveying.load_version(
        workspace_id=response.workspace_id, key=response.survey_key, version=response.survey_version
    )
    pairs = count(survey, effective_answers(response), completed=response.status == "completed")
    pairs += count_understood(response.sentiment)
    return [
        (
            response.survey_key,
            response.survey_version,
            response.counted_on,
            response.place or "",
            response.channel,
            question,
            bucket,
        )
        for question, bucket in pairs
    ]
