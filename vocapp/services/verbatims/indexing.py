"""Laying out verbatims to be searched, behind the change feed: nothing that answers waits for it.

    the feed's lines of responses ──► what each says by now in own words ──► rows of `verbatims` ──► tags by rule

It may run twice, and from the beginning at any time: a verbatim keeps its number, and with it its tags.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_, update

from vocapp.domain.questions import TYPES
from vocapp.domain.wording import stem, words_in
from vocapp.models import Following, Response, ThemeMention, Verbatim, db, on_postgresql
from vocapp.models.feed import FeedLine, read_feed
from vocapp.models.sql import Dialect, statement
from vocapp.models.types import time_text
from vocapp.models.verbatims import MOST_BYTES, id_of, lexemes, spoken_of
from vocapp.services import surveying
from vocapp.services.browsing.voices import scores_of
from vocapp.services.counting import effective_answers, scores_given
from vocapp.services.feed_places import lock
from vocapp.services.verbatims import tagging

MOST_AT_ONCE: Final = 500
"""Responses in one transaction."""
_LONGEST_LABEL: Final = 16
"""Of a tone, and of a sentiment."""
FOLLOWING: Final = "verbatims.3"
"""Under which the place in the feed is kept; what a row says otherwise has another number, and all is laid out anew."""
REWORDED: Final = "reworded.3"
"""Up to where texts stand in the words of `domain/wording.py`: another way to cut them is another number. What was said
before is laid out anew behind what is being said, which waits for nothing."""


def follow(*, workspace_id: int, now: datetime, limit: int = MOST_AT_ONCE) -> bool | None:
    """Lay out some of what was said or corrected since the last time; say whether there may be more.

    None: another is at it, and nothing was done.
    """
    places = lock(workspace_id=workspace_id, names=(FOLLOWING, REWORDED))
    if places is None:
        return None
    place, reworded = places[FOLLOWING], places[REWORDED]
    lines = read_feed(workspace_id=workspace_id, stream="responses", after=_at(place), limit=limit)
    if lines:
        moved = [place, reworded] if _at(reworded) == _at(place) else [place]
        _lay_out_lines(lines, moved, workspace_id, now)
    return len(lines) == limit


def reword(*, workspace_id: int, now: datetime, limit: int = MOST_AT_ONCE) -> bool | None:
    """Lay out some of what was said before words were cut as they are today; say whether there is more.

    None: another is at it, and nothing was done.
    """
    places = lock(workspace_id=workspace_id, names=(FOLLOWING, REWORDED))
    if places is None:
        return None
    place, reworded = places[FOLLOWING], places[REWORDED]
    if _at(reworded) == _at(place):
        return False
    lines = read_feed(workspace_id=workspace_id, stream="responses", after=_at(reworded), limit=limit)
    lines = [line for line in lines if (line.xid, line.number) <= _at(place)]
    _lay_out_lines(lines, [reworded], workspace_id, now)
    if len(lines) < limit:
        reworded.xid, reworded.number = _at(place)
    return len(lines) == limit


def _at(place: Following) -> tuple[int, int]:
    return place.xid, place.number


def _lay_out_lines(lines: Sequence[FeedLine], moved: Sequence[Following], workspace_id: int, now: datetime) -> None:
    for place in moved if lines else ():
        place.xid, place.number = lines[-1].xid, lines[-1].number
    db.session.flush()
    numbers = lay_out(workspace_id=workspace_id, ids=[line.row_id for line in lines if line.op == "upsert"])
    tagging.tag_by_rules(workspace_id=workspace_id, numbers=numbers, now=now)


def start_over(*, workspace_id: int) -> None:
    """Have everything laid out anew, as the feed has it."""
    db.session.execute(
        update(Following)
        .where(Following.workspace_id == workspace_id, Following.stream.in_((FOLLOWING, REWORDED)))
        .values(xid=0, number=0)
        .execution_options(synchronize_session=False)
    )


def count(*, workspace_id: int) -> int:
    """Return how many verbatims are laid out."""
    query = select(func.count()).select_from(Verbatim).where(Verbatim.workspace_id == workspace_id)
    return db.session.scalar(query) or 0


def lay_out(*, workspace_id: int, ids: Collection[UUID]) -> list[int]:
    """Write down what responses say by now; return the numbers of the verbatims that are new or changed."""
    if not ids:
        return []
    responses = db.session.scalars(
        select(Response)
        .where(Response.workspace_id == workspace_id, Response.id.in_(list(ids)))
        .order_by(Response.id)
        .with_for_update(read=True, key_share=True)  # nobody is erased meanwhile; who answers on does not wait
        .execution_options(populate_existing=True)
    ).all()
    surveying.prepare_versions(
        workspace_id=workspace_id, wanted={(one.survey_key, one.survey_version) for one in responses}
    )
    themes = _themes(workspace_id, [one.id for one in responses])
    rows = [row for response in responses for row in _rows(response, themes)]
    _forget_others(workspace_id, [one.id for one in responses], [(row["response_id"], row["question"]) for row in rows])
    if not rows:
        return []
    return list(_UPSERT.run(db.session.connection(), workspace_id=workspace_id, rows=rows).scalars())


def _rows(response: Response, themes: Mapping[tuple[UUID, str], str]) -> Iterator[dict[str, Any]]:
    survey = surveying.load_version(
        workspace_id=response.workspace_id, key=response.survey_key, version=response.survey_version
    )
    answers, told = effective_answers(response), response.sentiment or {}
    scores, hurts = scores_given(response), told.get("hurts") or []
    said = [one.key for one in survey.questions if TYPES[one.type].verbatim and one.key in answers]
    own = told.get("language")
    language = str(response.language if own in {None, "und"} else own).split("-")[0].lower()
    felt = scores_of(nps=scores.get("nps"), csat=scores.get("csat"), ces=scores.get("ces"))
    for at, question in enumerate(said):
        text = str(answers[question])
        forms = [word.form for word in words_in(text)]
        stems = [stem(form, language) for form in forms]
        persona, about = (response.persona or {}).get("key"), themes.get((response.id, question), "")
        yield {
            "id": str(id_of(response.id, question)),
            "response_id": str(response.id),
            "question": question,
            "customer_id": str(response.customer_id),
            "survey_key": response.survey_key,
            "survey_version": response.survey_version,
            "place": response.place,
            "language": language,
            "answered_at": time_text(response.answered_at),
            "nps": scores.get("nps"),
            "csat": scores.get("csat"),
            "ces": scores.get("ces"),
            "tone": felt[0].tone if felt else None,
            "sentiment": told.get("label"),
            "persona": persona,
            "themes": _fitting(about, beside=(response.survey_key, response.place, language, persona)),
            "text": text,
            "hurts": [list(span) for span in hurts[at]] if at < len(hurts) else [],
            "stems": " ".join(stems),
            "forms": None if on_postgresql() else " ".join(forms),
            "words": lexemes(forms, stems) if on_postgresql() else None,
        }


def _fitting(themes: str, *, beside: Sequence[str | None]) -> str:
    """Leave off themes for which the index has no room beside the other texts: some of sixty with the longest keys."""
    room = MOST_BYTES - 2 * _LONGEST_LABEL - sum(len(one.encode()) for one in beside if one)
    return themes if len(themes) <= room else themes[: room + 1].rpartition(" ")[0]


def _themes(workspace_id: int, ids: Collection[UUID]) -> dict[tuple[UUID, str], str]:
    """Return what responses are about and how they speak of it, by question."""
    rows = db.session.execute(
        select(ThemeMention.response_id, ThemeMention.question, ThemeMention.theme, ThemeMention.label)
        .where(ThemeMention.workspace_id == workspace_id, ThemeMention.response_id.in_(ids))
        .order_by(ThemeMention.theme)
    )
    found: dict[tuple[UUID, str], str] = {}
    for response_id, question, theme, label in rows:
        before, said = found.get((response_id, question)), spoken_of(theme, label)
        found[response_id, question] = said if before is None else f"{before} {said}"
    return found


def _forget_others(workspace_id: int, responses: Sequence[UUID], said: Sequence[tuple[str, str]]) -> None:
    """Forget what these responses no longer say."""
    kept = [(UUID(response), question) for response, question in said]
    gone = delete(Verbatim).where(Verbatim.workspace_id == workspace_id, Verbatim.response_id.in_(list(responses)))
    if kept:
        gone = gone.where(tuple_(Verbatim.response_id, Verbatim.question).not_in(kept))
    db.session.execute(gone.execution_options(synchronize_session=False))


_KEPT: Final = {
    "customer_id": "uuid",
    "survey_key": "text",
    "survey_version": "int",
    "place": "text",
    "language": "text",
    "answered_at": "timestamptz",
    "nps": "int",
    "csat": "int",
    "ces": "int",
    "tone": "text",
    "sentiment": "text",
    "persona": "text",
    "themes": "text",
    "text": "text",
    "hurts": "jsonb",
    "stems": "text",
    "forms": "text",
    "words": "tsvector",
}


@statement()
def _UPSERT(d: Dialect) -> str:  # noqa: N802 - a statement, once decorated
    names = ", ".join(_KEPT)
    differs = "is distinct from" if d.postgresql else "is not"
    return f"""
        insert into verbatims (workspace_id, response_id, question, id, {names})
        select :workspace_id, r.response_id, r.question, r.id, {", ".join(f"r.{name}" for name in _KEPT)}
        from {d.rows("rows", "r", response_id="uuid", question="text", id="uuid", **_KEPT)} where true
        order by r.answered_at, r.response_id, r.question
        on conflict (workspace_id, response_id, question) do update
        set {", ".join(f"{name} = excluded.{name}" for name in _KEPT)}
        where {" or ".join(f"verbatims.{name} {differs} excluded.{name}" for name in _KEPT)}
        returning number
    """
