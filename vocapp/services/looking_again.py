"""Looking again for themes in what was understood before: by earlier themes, or before there were any.

    want ──► (stretches of responses, by id) ──► claim one ──► read ──► think, no transaction ──► keep ──► …

Each batch and how far its stretch has come are written in one transaction, so whatever dies, another goes on from
there, and no response counts twice. Several workers take a stretch each. Only what a text mentions is looked at again:
its sentiment, personas, signals and months that are published stay as they are. Where the workspace's themes change
meanwhile, all begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update

from vocapp.adapters.sentiment import SentimentModel
from vocapp.domain.sentiment import Sentiment
from vocapp.domain.themes import ThemeSet, mentions, merged
from vocapp.models import Response, ThemeStretch, Workspace, db
from vocapp.models.feed import changed
from vocapp.services import auditing, counting, surveying, theming
from vocapp.services.counting import effective_answers, survey_of
from vocapp.services.judging import verbatims_of
from vocapp.services.theming import Mentioned

MOST_STRETCHES: Final = 8
SHORTEST: Final = 1000
"""Responses that make a stretch of their own worth while."""
A_BATCH: Final = 200
LEASE: Final = timedelta(minutes=2)
"""For which a worker has a stretch; each batch begins it anew."""


class Claim(NamedTuple):
    """One stretch, and from where on it is looked through."""

    workspace_id: int
    number: int
    wanted_at: datetime
    after_id: UUID | None
    until_id: UUID | None


class Written(NamedTuple):
    """What one person wrote in one response, and what is kept of it."""

    response_id: UUID
    language: str
    texts: tuple[tuple[str, str], ...]
    sentiment: Mapping[str, Any]


class Batch(NamedTuple):
    written: list[Written]
    themes: ThemeSet
    last_id: UUID | None
    """None: the stretch is over."""


class Progress(NamedTuple):
    wanted_at: datetime
    total: int
    looked_at: int
    changed: int
    finished_at: datetime | None
    """None: it is being looked through."""


def want(*, workspace_id: int, now: datetime, by: str | None = None) -> int:
    """Have all that was understood looked through again, from the beginning; return how many responses there are."""
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True, with_for_update={"key_share": True})
    of_it = (Response.workspace_id == workspace_id, Response.sentiment.is_not(None))
    total = db.session.scalar(select(func.count()).select_from(Response).where(*of_it)) or 0
    stretches = max(1, min(MOST_STRETCHES, total // SHORTEST))
    ends: list[UUID | None] = [
        db.session.scalars(select(Response.id).where(*of_it).order_by(Response.id).offset(at).limit(1)).one_or_none()
        for at in (total * part // stretches - 1 for part in range(1, stretches))
    ]
    db.session.execute(delete(ThemeStretch).where(ThemeStretch.workspace_id == workspace_id))
    for number, (start, end) in enumerate(zip([None, *ends], [*ends, None], strict=True)):
        db.session.add(
            ThemeStretch(
                workspace_id=workspace_id,
                number=number,
                wanted_at=now,
                themes_version=workspace.settings.get(theming.SETTING),
                after_id=start,
                until_id=end,
                total=total * (number + 1) // stretches - total * number // stretches,
                looked_at=0,
                changed=0,
            )
        )
    db.session.flush()
    if by is not None:
        auditing.note(workspace_id=workspace_id, by=by, action="themes.rebuilt", now=now)
    return total


def progress(*, workspace_id: int) -> Progress | None:
    """Return how far it has come, or what came of the last time; None: it was never asked for."""
    rows = db.session.scalars(select(ThemeStretch).filter_by(workspace_id=workspace_id)).all()
    if not rows:
        return None
    ends = [row.finished_at for row in rows if row.finished_at is not None]
    return Progress(
        rows[0].wanted_at,
        sum(row.total for row in rows),
        sum(row.looked_at for row in rows),
        sum(row.changed for row in rows),
        max(ends) if len(ends) == len(rows) else None,
    )


def claim(*, now: datetime, workspace_id: int | None = None) -> Claim | None:
    """Take a stretch that nobody has, the oldest wish first; None: there is none.

    Where the workspace's themes are others by now, its stretches are laid out anew.
    """
    _follow_themes(now)
    query = (
        select(ThemeStretch)
        .where(
            ThemeStretch.finished_at.is_(None),
            or_(ThemeStretch.busy_until.is_(None), ThemeStretch.busy_until <= now),
        )
        .order_by(ThemeStretch.wanted_at, ThemeStretch.workspace_id, ThemeStretch.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if workspace_id is not None:
        query = query.where(ThemeStretch.workspace_id == workspace_id)
    found = db.session.execute(query.execution_options(populate_existing=True)).first()
    if found is None:
        return None
    [row] = found
    row.busy_until = now + LEASE
    db.session.flush()
    return Claim(row.workspace_id, row.number, row.wanted_at, row.after_id, row.until_id)


def read(*, claim: Claim) -> Batch:
    """Read the next responses of a stretch that have words, with the themes to look for."""
    settings = db.session.get_one(Workspace, claim.workspace_id, populate_existing=True).settings
    query = select(Response).where(Response.workspace_id == claim.workspace_id, Response.sentiment.is_not(None))
    if claim.after_id is not None:
        query = query.where(Response.id > claim.after_id)
    if claim.until_id is not None:
        query = query.where(Response.id <= claim.until_id)
    rows = db.session.scalars(query.order_by(Response.id).limit(A_BATCH)).all()
    surveying.prepare_versions(
        workspace_id=claim.workspace_id, wanted={(row.survey_key, row.survey_version) for row in rows}
    )
    return Batch(
        [
            Written(row.id, row.language, texts, row.sentiment or {})
            for row in rows
            for texts in [tuple(verbatims_of(survey_of(row), effective_answers(row)).items())]
        ],
        theming.load(workspace_id=claim.workspace_id, settings=settings),
        rows[-1].id if len(rows) == A_BATCH else None,
    )


def think(*, batch: Batch, model: SentimentModel) -> dict[UUID, tuple[Mentioned, ...]]:
    """Say by response what it mentions; touches no database, and asks the model only where words were found."""
    return {one.response_id: tuple(_mentioned(one, batch.themes, model)) for one in batch.written}


def differing(*, workspace_id: int, batch: Batch, found: Mapping[UUID, Sequence[Mentioned]]) -> set[UUID]:
    """Return the responses of which something else is written down, in their document or in their rows."""
    kept = theming.mentions_of(workspace_id=workspace_id, ids=list(found))
    return {
        one.response_id
        for one in batch.written
        if one.sentiment.get("themes") != _document(found[one.response_id])
        or kept.get(one.response_id, set()) != _rows(found[one.response_id])
    }


def keep(*, claim: Claim, batch: Batch, found: Mapping[UUID, Sequence[Mentioned]], now: datetime) -> Claim | None:
    """Write down what is mentioned, and how far the stretch has come; return where it goes on.

    None: it is over, or another has it by now, and then nothing is written. A response that was changed or erased since
    it was read is passed over: it was understood by the themes in force.
    """
    own = (ThemeStretch.workspace_id == claim.workspace_id, ThemeStretch.number == claim.number)
    stretch = db.session.scalars(
        select(ThemeStretch).where(*own).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if stretch is None or (stretch.wanted_at, stretch.after_id) != (claim.wanted_at, claim.after_id):
        return None
    if stretch.finished_at is not None:
        return None
    other = differing(workspace_id=claim.workspace_id, batch=batch, found=found)
    before = {one.response_id: one.sentiment for one in batch.written}
    held = db.session.scalars(
        select(Response)
        .where(Response.workspace_id == claim.workspace_id, Response.id.in_(other))
        .order_by(Response.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    fresh = [row for row in held if row.sentiment == before[row.id]]
    for row in fresh:
        row.sentiment = {**before[row.id], "themes": _document(found[row.id])}
    db.session.flush()
    if fresh:
        theming.replace_mentions(workspace_id=claim.workspace_id, mentioned={row.id: found[row.id] for row in fresh})
    stretch.looked_at += len(batch.written)
    stretch.changed += len(fresh)
    stretch.after_id, stretch.busy_until = batch.last_id, now + LEASE
    if batch.last_id is None:
        stretch.until_id, stretch.busy_until, stretch.finished_at = None, None, now
    db.session.flush()
    counting.move_understood(moved=[(row, before[row.id]) for row in fresh])
    changed("responses", [row.id for row in fresh], workspace_id=claim.workspace_id)
    return claim._replace(after_id=batch.last_id) if batch.last_id is not None else None


def let_go(*, claim: Claim) -> None:
    """Leave a stretch to whoever comes next."""
    db.session.execute(
        update(ThemeStretch)
        .where(
            ThemeStretch.workspace_id == claim.workspace_id,
            ThemeStretch.number == claim.number,
            ThemeStretch.wanted_at == claim.wanted_at,
            ThemeStretch.after_id.is_(None) if claim.after_id is None else ThemeStretch.after_id == claim.after_id,
        )
        .values(busy_until=None)
        .execution_options(synchronize_session=False)
    )


def _follow_themes(now: datetime) -> None:
    """Begin anew where themes changed meanwhile; before any stretch is locked, as whoever wants one locks it last."""
    unfinished = db.session.execute(
        select(ThemeStretch.workspace_id, ThemeStretch.themes_version, Workspace.settings)
        .join(Workspace, Workspace.id == ThemeStretch.workspace_id)
        .where(ThemeStretch.finished_at.is_(None))
        .order_by(ThemeStretch.workspace_id)
    ).all()
    other = {found.workspace_id for found in unfinished if found.themes_version != found.settings.get(theming.SETTING)}
    for workspace_id in sorted(other):
        want(workspace_id=workspace_id, now=now)


def _mentioned(one: Written, themes: ThemeSet, model: SentimentModel) -> Iterator[Mentioned]:
    if one.sentiment.get("label") is None or not any(themes.find(text, None) for _, text in one.texts):
        return
    judge = cache(lambda text: model.score(text, hint=one.language))
    for question, text in one.texts:
        told = _told(one.sentiment) if len(one.texts) == 1 else judge(text)
        yield from (Mentioned(question, found) for found in mentions(text, told, themes=themes, judge=judge))


def _told(kept: Mapping[str, Any]) -> Sentiment:
    """Return the sentiment of a response's only text as it was judged."""
    return Sentiment(kept["label"], kept["score"], kept["probabilities"], kept.get("language"), kept.get("model", ""))


def _document(found: Sequence[Mentioned]) -> list[dict[str, Any]]:
    return [one.document() for one in merged(each.mention for each in found)]


def _rows(found: Sequence[Mentioned]) -> set[tuple[str, ...]]:
    return {(one.question, one.mention.theme, str(one.mention.document()["label"])) for one in found}
