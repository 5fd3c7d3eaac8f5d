"""The invented company: filled once, believable, and kept to every promise that real data is kept to."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from flask import Flask
from sqlalchemy import event, func, select

from vocapp import demo
from vocapp.config import CATALOGUE
from vocapp.demo import book, happenings, people, voices
from vocapp.demo.company import STORES
from vocapp.domain.callback_figures import figures
from vocapp.jobs.segments import follow_all
from vocapp.models import (
    Alert,
    Customer,
    Fact,
    Invitation,
    LedgerEntry,
    Place,
    Response,
    Signal,
    ThemeMention,
    database_now,
)
from vocapp.models.looking import looking
from vocapp.services import callback_report, counting, reporting
from vocapp.services.checking import base, examining
from vocapp.services.staff import Scope
from vocapp.web.console.words.english import ENGLISH
from vocapp.web.console.words.french import FRENCH

pytestmark = pytest.mark.slow


class Killed(BaseException):
    """The process ends here."""


def test_it_is_filled_once_in_few_statements_and_the_doctor_finds_nothing(
    app: Flask, settings: Any, db: Any, workspace_id: int
) -> None:
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda _c, _k, statement, *_: seen.append(statement))
    first = demo.fill(settings)
    assert len(seen) < 400, "a statement for each shape of row, none for each row"
    customers, invitations, responses = _counts(db)
    assert customers > people.HOW_MANY
    assert responses > 400

    second = demo.fill(settings)
    assert _counts(db) == (customers, invitations + 1, responses), "the fresh link, and nothing else"
    assert first.splitlines()[0] == second.splitlines()[0], "the same login"
    assert first.splitlines()[1] != second.splitlines()[1], "a fresh link"

    assert counting.verify(workspace_id=workspace_id) == []
    follow_all(until=float("inf"))
    with looking():
        look = base.prepare(workspace_ids=[workspace_id], now=database_now(), grace=base.GRACE)
        findings = list(examining.examine(look=look, seconds=60, monotonic=lambda: 0.0))
    assert {one.check.key: one.ids for one in findings if one.status != "ok"} == {}


class TestTheStory:
    """What it tells does not hang on the database."""

    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    def test_a_start_killed_while_it_fills_leaves_nothing_and_the_next_one_tells_all(
        self, app: Flask, settings: Any, db: Any, workspace_id: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def die(*_: Any, **__: Any) -> None:
            raise Killed

        monkeypatch.setattr(book, "changed", die)
        with pytest.raises(Killed):
            demo.fill(settings)
        monkeypatch.undo()
        assert _counts(db) == (0, 0, 0)
        demo.fill(settings)
        its_figures_are_those_of_a_shop_that_one_could_know(workspace_id, db)
        nobody_is_mailed_more_often_than_the_cap_allows(db)
        every_unhappy_answer_has_its_alert_and_the_queue_shows_every_state(db)
        what_is_written_has_the_sentiment_that_the_real_way_would_store(db)
        everybody_is_invented(db)
        the_report_of_causes_says_who_was_content_afterwards(workspace_id)


def the_report_of_causes_says_who_was_content_afterwards(workspace_id: int) -> None:
    until = database_now()
    whole = {"scope": Scope(workspace_id), "since": until - timedelta(days=90), "until": until}
    told = figures(callback_report.list_resolutions(**whole), [])
    assert told.asked > told.answered >= 20
    assert told.recovered.share is not None
    assert 60 < told.recovered.share < 95


def its_figures_are_those_of_a_shop_that_one_could_know(workspace_id: int, db: Any) -> None:
    def nps(place: str | None = None) -> Any:
        question = reporting.Question(workspace_id=workspace_id, place=place)
        return reporting.figure(metric="nps", question=question)["nps"]

    assert 18 <= nps() <= 42
    assert nps("rouen") < 0 < nps("lumen_ouest"), "one store does badly"
    late, in_time = _scores(db, late=True), _scores(db, late=False)
    assert sum(late) / len(late) + 2 < sum(in_time) / len(in_time), "late deliveries hurt"


def nobody_is_mailed_more_often_than_the_cap_allows(db: Any) -> None:
    rows = db.session.execute(
        select(LedgerEntry.contact_key, LedgerEntry.at)
        .join(Invitation, Invitation.id == LedgerEntry.id)
        .where(LedgerEntry.made, Invitation.channel == "email")
        .order_by(LedgerEntry.contact_key, LedgerEntry.at)
    ).all()
    for one, other in zip(rows, rows[2:], strict=False):
        assert one[0] != other[0] or other[1] - one[1] >= timedelta(days=7)
    statuses = set(db.session.scalars(select(Invitation.status).distinct()))
    assert statuses >= {"scheduled", "sent", "unknown", "failed", "suppressed", "dropped", "cancelled"}


def every_unhappy_answer_has_its_alert_and_the_queue_shows_every_state(db: Any) -> None:
    assert db.session.scalar(select(func.count()).select_from(Signal).where(Signal.alert_id.is_(None))) == 0
    alerts = db.session.scalars(select(Alert)).all()
    assert {one.status for one in alerts} >= {"new", "claimed", "contacted", "resolved"}
    assert any(one.due_at < datetime.now(UTC) for one in alerts if one.status == "new")
    assert all(one.root_cause for one in alerts if one.status == "resolved")
    assert len({one.root_cause for one in alerts}) >= 5
    assert {one.value for one in alerts} == {1, 2, 3}
    assert all(one.priority == one.severity * one.value * one.age for one in alerts)
    assert len({one.priority for one in alerts}) >= 5
    assert len({one.priority for one in alerts if one.status == "new"}) >= 2, "one goes before another"


def what_is_written_has_the_sentiment_that_the_real_way_would_store(db: Any) -> None:
    written = db.session.scalars(select(Response).where(Response.completed_at.is_not(None))).all()
    texts = [one for one in written if "why" in one.answers and "why" not in one.void]
    assert {one.language for one in texts} == {"fr-FR", "en-GB"}
    for one in texts:
        assert set(one.sentiment) - {"hurts"} == {"label", "score", "probabilities", "language", "model", "themes"}
        assert one.language.startswith(one.sentiment["language"])
    assert {"delivery", "service", "price"} <= set(db.session.scalars(select(ThemeMention.theme)))
    waiting = db.session.scalars(select(Fact.kind).where(Fact.done_at.is_(None)).distinct()).all()
    assert set(waiting) <= {"InvitationDue", "EventAccepted"}


def everybody_is_invented(db: Any) -> None:
    for email, phone in db.session.execute(select(Customer.email, Customer.phone)):
        assert email is None or email.endswith("@example.test")
        assert phone is None or re.fullmatch(r"\+3363998\d{4}|\+447700900\d{3}", phone)
    stores = set(db.session.scalars(select(Place.key).where(Place.kind == "store")))
    assert stores == {one.key for one in STORES}
    assert len(stores) == 12


@pytest.mark.parametrize("words", [FRENCH, ENGLISH])
def test_all_that_is_told_of_its_customers_has_words_in_both_languages(words: dict[str, Any]) -> None:
    everybody = list(people.everybody())
    told = {name for person in everybody for name in (*person.attributes, *person.habits)}
    told |= {
        question["attribute"] for survey in _catalogue() for question in survey["questions"] if "attribute" in question
    }
    assert told <= words["attribute_names"].keys()
    assert {person.stage for person in everybody} <= words["attribute_values"]["lifecycle_stage"].keys()
    day = datetime(2026, 3, 2, tzinfo=UTC).date()
    happened = [one.properties for person in everybody[:300] for one in happenings.happenings(person, today=day)]
    assert {name for properties in happened for name in properties} <= words["property_names"].keys()
    for name, said in words["property_values"].items():
        assert {properties[name] for properties in happened if name in properties} <= said.keys()


def _catalogue() -> list[dict[str, Any]]:
    found = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(CATALOGUE.glob("*.yaml"))]
    return [one for one in found if "questions" in one]


def test_the_same_lots_are_drawn_on_every_machine() -> None:
    person = people.person_of(7)
    assert person == people.person_of(7)
    day = datetime(2026, 3, 2, tzinfo=UTC).date()
    assert happenings.happenings(person, today=day) == happenings.happenings(person, today=day)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_sentiments_kept_beside_the_texts_are_what_the_model_says() -> None:
    from vocapp.adapters.sentiment import load

    model = load(None)
    texts = [(language, text) for language, about in voices.texts().items() for each in about.values() for text in each]
    assert all(voices.sentiment_of(text) is not None for _, text in texts)
    for language, text in texts[::9]:
        kept, now = voices.sentiment_of(text), model.score(text, hint=language)
        assert kept is not None
        assert (kept.label, kept.language, kept.model) == (now.label, now.language, now.model), text
        assert kept.score == pytest.approx(now.score, abs=0.02)


def _counts(db: Any) -> tuple[int, ...]:
    found = tuple(
        db.session.scalar(select(func.count()).select_from(table)) for table in (Customer, Invitation, Response)
    )
    db.session.rollback()
    return found


def _scores(db: Any, *, late: bool) -> list[int]:
    rows = db.session.execute(
        select(Response.nps, Invitation.context)
        .join(Invitation, Invitation.id == Response.invitation_id)
        .where(Response.nps.is_not(None), Response.survey_key == "post_delivery")
    )
    found = [nps for nps, context in rows if bool(context["properties"].get("late_days")) is late]
    db.session.rollback()
    return found
