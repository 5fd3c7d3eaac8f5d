"""The exact counters: what a response adds to them, and the proof that they equal the rows."""

from __future__ import annotations

from collections import Counter as Sums
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import CursorResult, delete, func, select, text

from vocapp.domain.answering_time import step_of
from vocapp.domain.erasing import week_of
from vocapp.domain.questions import TYPES
from vocapp.domain.scores import nps_category
from vocapp.domain.survey import Survey
from vocapp.models import AnonymousResponse, Counter, Response, Summary, Tally, counted, db, on_postgresql
from vocapp.models import summaries as folded
from vocapp.models.bulk import insert_many
from vocapp.models.counters import KEY, add_tallies, fold_tallies
from vocapp.models.summaries import SECONDS, UNSCORED, question_of
from vocapp.services import counting_mails, surveying

MOST_AT_ONCE = 2000
SENTIMENT: Final = "@sentiment"
THEMES: Final = "@themes"
READ_AT_ONCE = 2000


class Difference(NamedTuple):
    """A sum that is not what the rows say."""

    key: dict[str, Any]
    counted: int
    rows: int


class FoldedDifference(NamedTuple):
    """A row of folded sums that is not what the counters say."""

    unit: str
    start: date
    survey_key: str
    survey_version: int
    place: str
    channel: str
    off: int
    """By how much, all its columns together."""


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


def circumstances(
    *,
    started_at: datetime,
    completed_at: datetime | None,
    pages: int,
    persona: Mapping[str, Any] | None,
    scores: Mapping[str, int],
) -> list[tuple[str, str]]:
    """Return what a response counts beside its answers: `[(question, bucket)]`.

    How long it took, of more than one page; and the persona, by the scores they gave. That its message was answered
    is counted with the message (`counting_mails.py`).
    """
    found: list[tuple[str, str]] = []
    if completed_at is not None and pages > 1:
        found.append((SECONDS, str(step_of(completed_at - started_at))))
    if persona is not None:
        found += people_pairs("persona", persona["key"], scores)
    return found


def people_pairs(kind: str, key: str, scores: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return what somebody of a persona or of a segment counts there: `[(question, bucket)]`. `kind`: one of PEOPLE."""
    category = nps_category(scores["nps"]) if "nps" in scores else UNSCORED
    given = [question_of(kind, metric, str(scores[metric])) for metric in ("csat", "ces") if metric in scores]
    return [(question, key) for question in (question_of(kind, "nps", category), *given)]


def segment_pairs(keys: Iterable[str], scores: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return what somebody counts in each of these segments: `[(question, bucket)]`."""
    return [pair for key in keys for pair in people_pairs("segment", key, scores)]


def scores_in(response: Response) -> dict[str, int]:
    """Return the scores that a response's row holds."""
    held = {"nps": response.nps, "csat": response.csat, "ces": response.ces}
    return {metric: score for metric, score in held.items() if score is not None}


def counted_of(response: Response) -> list[tuple[str, str]]:
    """Return all that a response counts, as its row stands."""
    completed = response.status == "completed"
    return [
        *count(survey_of(response), effective_answers(response), completed=completed),
        *circumstances(
            started_at=response.started_at,
            completed_at=response.completed_at if completed else None,
            pages=len(response.pages),
            persona=response.persona,
            scores=scores_in(response),
        ),
        *segment_pairs(response.segments or (), scores_in(response)),
        *count_understood(response.sentiment),
    ]


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


def verify_folded(*, workspace_id: int) -> list[FoldedDifference]:
    """Compare the folded sums with the counters; return what differs, in the order of the keys."""
    rows = folded.differences.run(db.session.connection(), workspace_id=workspace_id)
    return [
        FoldedDifference(row.unit, row.start, row.survey_key, row.survey_version, row.place, row.channel, int(row.off))
        for row in rows
    ]


def rebuild(*, workspace_id: int) -> int:
    """Write the counters anew from the rows; return how many sums there are. Answers wait meanwhile."""
    if on_postgresql():  # what is under way ends first, what comes then sees the new sums; SQLite has one writer
        db.session.execute(text("lock table tallies, counters, summaries in share row exclusive mode"))
    stored = _stored(workspace_id)
    for table in (Tally, Counter, Summary):
        db.session.execute(delete(table).where(table.workspace_id == workspace_id))
    sums = _from_rows(workspace_id)
    sums += _erased_where_counted(_from_erased(workspace_id), stored - sums)
    insert_many(
        Counter,
        [{"workspace_id": workspace_id, "n": n, **dict(zip(KEY, key, strict=True))} for key, n in sums.items()],
    )
    folded.fill.run(db.session.connection(), workspace_id=workspace_id)
    return len(sums)


def add(*, responses: Iterable[Response]) -> None:
    """Count responses that were not counted by their last page (their `counted_on` is set), in one statement."""
    insert_many(
        Tally, [tally_of(one, one.counted_on, counted_of(one)) for one in responses if one.counted_on is not None]
    )


def move_personas(*, moved: Iterable[tuple[Response, str | None]]) -> None:
    """Count responses with the persona they have by now, and no more with the key beside them: None, they had none."""
    rows = []
    for response, before in moved:
        after = response.persona["key"] if response.persona is not None else None
        if response.counted_on is None or before == after:
            continue
        for key, n in ((before, -1), (after, 1)):
            if key is not None:
                pairs = people_pairs("persona", key, scores_in(response))
                rows.append({**tally_of(response, response.counted_on, pairs), "n": n})
    insert_many(Tally, rows)


def add_understood(*, responses: Iterable[Response]) -> None:
    """Count what the texts of counted responses say, which was not known when they were counted."""
    tallies = [
        tally_of(one, one.counted_on, pairs)
        for one in responses
        if one.counted_on is not None and (pairs := count_understood(one.sentiment))
    ]
    insert_many(Tally, tallies)


def move_understood(*, moved: Iterable[tuple[Response, Mapping[str, Any] | None]]) -> None:
    """Count responses with what is understood of them by now, and no more with what was before, beside each."""
    rows = []
    for response, before in moved:
        if response.counted_on is None:
            continue
        old, new = Sums(count_understood(before)), Sums(count_understood(response.sentiment))
        for pairs, n in ((old - new, -1), (new - old, 1)):
            if pairs:
                rows.append({**tally_of(response, response.counted_on, sorted(pairs)), "n": n})
    insert_many(Tally, rows)


def add_up() -> bool:
    """Add the oldest tallies to the counters, in one statement (SQLite: two); say whether there may be more.

    Many at once take different ones: no figure moves by it.
    """
    connection = db.session.connection()
    if on_postgresql():
        return len(add_tallies.run(connection, most=MOST_AT_ONCE).all()) == MOST_AT_ONCE
    for statement in (add_tallies, fold_tallies):
        statement.run(connection, most=MOST_AT_ONCE)
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
    sums: Sums[tuple[Any, ...]] = Sums(counting_mails.from_rows(workspace_id=workspace_id))
    query = select(Response).where(Response.workspace_id == workspace_id, Response.counted_on.is_not(None))
    for response in db.session.scalars(query.execution_options(yield_per=READ_AT_ONCE)):
        sums.update(_keys(response, counted_of(response)))
    return sums


def _from_erased(workspace_id: int) -> Sums[tuple[Any, ...]]:
    """Return what erased people counted: on the Monday of the week, at the place above theirs, by no channel."""
    sums: Sums[tuple[Any, ...]] = Sums()
    query = select(AnonymousResponse).where(AnonymousResponse.workspace_id == workspace_id)
    for one in db.session.scalars(query.execution_options(yield_per=READ_AT_ONCE)):
        for question, bucket, *week in one.counted:
            day = date.fromisoformat(week[0]) if week else one.week
            sums[(one.survey_key, one.survey_version, day, one.place, "", question, bucket)] += 1
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


def _keys(response: Response, pairs: Iterable[tuple[str, ...]]) -> list[tuple[Any, ...]]:
    where = response.place or "", response.channel
    return [
        (response.survey_key, response.survey_version, response.counted_on, *where, question, bucket)
        for question, bucket in pairs
    ]


def tally_of(response: Response, day: date, pairs: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    """Return the row of a tally of what a response counts, on a day."""
    return {
        "workspace_id": response.workspace_id,
        "survey_key": response.survey_key,
        "survey_version": response.survey_version,
        "day": day,
        "place": response.place or "",
        "channel": response.channel,
        "counted": list(pairs),
    }
