"""Finding verbatims: a page of them, one, and all of them for a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Double, literal, select, tuple_

from vocapp.domain.searching import found_in, in_parts
from vocapp.models import Tag, ThemeMention, Verbatim, db
from vocapp.models.types import UtcTime
from vocapp.models.verbatims import asked_anew, ranked
from vocapp.services import surveying
from vocapp.services.browsing.names import Names, list_names
from vocapp.services.browsing.voices import Score, question_title, scores_of, survey_title
from vocapp.services.staff import Scope
from vocapp.services.verbatims.filters import VerbatimFilter, conditions
from vocapp.services.verbatims.tagging import tags_of

PAGE_SIZE: Final = 30
A_BATCH: Final = 1000


class Place(NamedTuple):
    """Where a page ends: behind a verbatim, in the order of time or of rank."""

    number: int
    at: datetime
    rank: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One verbatim as it is shown."""

    row: Verbatim
    customer: Names
    survey_title: str
    question_title: str
    scores: tuple[Score, ...]
    parts: tuple[tuple[str, bool, bool], ...]
    """The text in pieces: whether each hurts, and whether it was looked for."""
    tags: tuple[Tag, ...]
    themes: tuple[tuple[str, str], ...]
    """(theme, how it is spoken of), by the theme's key."""


@dataclass(frozen=True, slots=True)
class Page:
    found: list[Found]
    next: Place | None


def search(
    *,
    scope: Scope,
    wanted: VerbatimFilter,
    by_rank: bool = False,
    after: Place | None = None,
    limit: int = PAGE_SIZE,
    language: str,
) -> Page:
    """Return a page of verbatims behind `after`: the newest first, or those first that say best what is looked for."""
    rows, end = read_rows(scope=scope, wanted=wanted, by_rank=by_rank, after=after, limit=limit)
    return Page(show(scope=scope, rows=rows, wanted=wanted, language=language), end)


def read_rows(
    *, scope: Scope, wanted: VerbatimFilter, by_rank: bool = False, after: Place | None = None, limit: int
) -> tuple[list[Verbatim], Place | None]:
    """Return rows in that order, and where the next page begins; None: there is none."""
    if by_rank and wanted.query.wanted:
        query, rank = ranked(select(Verbatim.number).where(*conditions(scope, wanted)), wanted.query)
        query = query.add_columns(rank.label("rank")).order_by(rank.desc(), Verbatim.number.desc())
        if after is not None and after.rank is not None:
            end = tuple_(literal(after.rank, Double), literal(after.number))
            query = query.where(tuple_(rank, Verbatim.number) < end)
        # all that is found is put in order: what it says is read of a page alone
        best = query.limit(limit + 1).subquery()
        shown = select(Verbatim, best.c.rank).join(best, best.c.number == Verbatim.number)
        with asked_anew():
            found = db.session.execute(shown.order_by(best.c.rank.desc(), best.c.number.desc())).all()
        last = found[limit - 1] if len(found) > limit else None
        place = Place(last[0].number, last[0].answered_at, float(last.rank)) if last else None
        return [row[0] for row in found[:limit]], place
    newest = (Verbatim.answered_at.desc(), Verbatim.number.desc())
    numbers = select(Verbatim.number).where(*conditions(scope, wanted)).order_by(*newest).limit(limit + 1)
    if after is not None:
        end = tuple_(literal(after.at, UtcTime()), literal(after.number))
        numbers = numbers.where(tuple_(Verbatim.answered_at, Verbatim.number) < end)
    # which they are stands in an index; what they say is read of these alone
    # a page is found within some lines of the index: to start other processes for it takes ten times as long
    with asked_anew(max_parallel_workers_per_gather="0"):
        rows = db.session.scalars(select(Verbatim).where(Verbatim.number.in_(numbers)).order_by(*newest)).all()
    ends = rows[limit - 1] if len(rows) > limit else None
    return list(rows[:limit]), Place(ends.number, ends.answered_at) if ends else None


def find(*, scope: Scope, verbatim_id: UUID, language: str, wanted: VerbatimFilter | None = None) -> Found | None:
    """Return one verbatim within the scope; None: there is none."""
    asked = [*conditions(scope, VerbatimFilter()), Verbatim.id == verbatim_id]
    row = db.session.scalars(select(Verbatim).where(*asked)).one_or_none()
    if row is None:
        return None
    return show(scope=scope, rows=[row], wanted=wanted or VerbatimFilter(), language=language)[0]


def show(*, scope: Scope, rows: Sequence[Verbatim], wanted: VerbatimFilter, language: str) -> list[Found]:
    """Return rows as they are shown to a reader of a language, in a constant number of statements."""
    surveying.prepare_versions(
        workspace_id=scope.workspace_id, wanted={(row.survey_key, row.survey_version) for row in rows}
    )
    names = list_names(workspace_id=scope.workspace_id, ids={row.customer_id for row in rows})
    tags = tags_of(workspace_id=scope.workspace_id, numbers=[row.number for row in rows])
    themes = _themes_of(scope.workspace_id, rows)
    found = []
    for row in rows:
        survey = surveying.load_version(workspace_id=row.workspace_id, key=row.survey_key, version=row.survey_version)
        found.append(
            Found(
                row,
                names[row.customer_id],
                survey_title(survey, language),
                question_title(survey, row.question, language),
                scores_of(nps=row.nps, csat=row.csat, ces=row.ces),
                tuple(
                    in_parts(
                        row.text,
                        hurts=[(start, end) for start, end in row.hurts],
                        found=found_in(row.text, wanted.query, language=row.language),
                    )
                ),
                tuple(tags[row.number]),
                tuple(themes[row.response_id, row.question]),
            )
        )
    return found


def _themes_of(workspace_id: int, rows: Sequence[Verbatim]) -> dict[tuple[UUID, str], list[tuple[str, str]]]:
    found: dict[tuple[UUID, str], list[tuple[str, str]]] = defaultdict(list)
    mentions = select(ThemeMention.response_id, ThemeMention.question, ThemeMention.theme, ThemeMention.label).where(
        ThemeMention.workspace_id == workspace_id, ThemeMention.response_id.in_({row.response_id for row in rows})
    )
    for response_id, question, theme, label in db.session.execute(mentions.order_by(ThemeMention.theme)):
        found[response_id, question].append((theme, label))
    return found


def read_all(*, scope: Scope, wanted: VerbatimFilter, most: int, language: str) -> Iterator[list[Found]]:
    """Read what is found in batches, the newest first, `most` of it; nothing is held while somebody reads on slowly."""
    after: Place | None = None
    while most > 0:
        page = search(scope=scope, wanted=wanted, after=after, limit=min(A_BATCH, most), language=language)
        if page.found:
            yield page.found
        db.session.rollback()
        db.session.expunge_all()
        if page.next is None:
            return
        most, after = most - len(page.found), page.next
