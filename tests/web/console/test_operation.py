"""The page about the machine: for owners; says what is away, what was given up, and takes it up again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from tests.web.console.conftest import Browser, World
from vocapp.models import Checkup, Fact, Invitation, MailHalt, Replay, db, new_id, transaction
from vocapp.pipeline import PIPELINE, QUEUES
from vocapp.services import staff
from vocapp.services.checking import CHECKS
from vocapp.services.halting import EVERYBODY
from vocapp.web.console.words.english import ENGLISH
from vocapp.web.console.words.french import FRENCH

PAGE = "/console/operation"


def fail(world: World, company: Any, kind: str = "ResponseCompleted", **values: Any) -> int:
    now = datetime.now(UTC)
    with world.app.app_context(), transaction() as session:
        fields = {
            "workspace_id": company.workspace_id,
            "kind": kind,
            "subject_id": new_id(),
            "due_at": now,
            "attempts": 20,
            "failed_at": now - timedelta(minutes=3),
            "error": "ValueError",
        }
        return int(session.execute(insert(Fact).values(**{**fields, **values}).returning(Fact.id)).scalar_one())


def fact(world: World, fact_id: int) -> Any:
    with world.app.app_context():
        return db.session.execute(select(Fact.failed_at, Fact.attempts, Fact.error).where(Fact.id == fact_id)).one()


def test_only_owners_of_the_whole_workspace_find_it(world: World, log_in: Callable[..., Browser]) -> None:
    with world.app.app_context(), transaction():
        staff.create(
            workspace_id=world.ours.workspace_id, email="shop@lune.test", password="une longue phrase", role="owner",
            place="nice", now=datetime.now(UTC),
        )  # fmt: skip
    for role in ("analyst", "agent", "viewer", "shop"):
        browser = log_in(role)
        assert browser.get(PAGE).status_code == 403
        assert PAGE not in browser.get("/console/alerts").text
        assert browser.post(f"{PAGE}/replay", kind="InvitationDue").status_code == 403
    owner = log_in("owner")
    assert owner.get(PAGE).status_code == 200
    assert PAGE in owner.get("/console/alerts").text


def test_it_stays_up_without_redis_and_says_so(log_in: Callable[..., Browser]) -> None:
    page = log_in("owner").get(PAGE).text
    assert "La file de travail (Redis) ne répond pas" in page
    assert "Tout fonctionne" not in page
    assert "Rien n’a été abandonné" in page
    assert "Pas encore vérifié" in page
    assert "(Redis) does not answer" in log_in("owner", "en").get(PAGE).text


def test_with_redis_it_tells_who_works(world: World, log_in: Callable[..., Browser], redis_url: str) -> None:
    from dataclasses import replace

    from vocapp.config import EXTENSION

    world.app.extensions[EXTENSION] = replace(world.app.extensions[EXTENSION], redis_url=redis_url)
    page = log_in("owner").get(PAGE).text
    assert "ne répond pas" not in page
    assert "Aucun processus ne travaille sur" in page


def test_what_was_given_up_is_shown_and_taken_up_again_once(world: World, log_in: Callable[..., Browser]) -> None:
    mine, late = fail(world, world.ours), fail(world, world.ours, "EventAccepted", error="KeyError")
    theirs = fail(world, world.theirs, error="RivalError")
    owner = log_in("owner")
    page = owner.get(PAGE).text
    assert f"nº {mine}" in page
    assert "Réponse à lire" in page
    assert "KeyError" in page
    assert "RivalError" not in page
    assert "2 travaux abandonnés" in page
    reply = owner.post(f"{PAGE}/replay", token_from=PAGE, fact=str(mine))
    assert (reply.status_code, reply.location) == (303, f"{PAGE}#dead")
    assert "C’est relancé" in owner.get(PAGE).text
    assert fact(world, mine) == (None, 0, None)
    owner.post(f"{PAGE}/replay", token_from=PAGE, fact=str(mine))
    after = owner.get(PAGE).text
    assert "Il n’y avait plus rien à relancer" in after
    assert "relancé par owner@lune.test" in after
    owner.post(f"{PAGE}/replay", token_from=PAGE, kind="EventAccepted")
    assert fact(world, late).failed_at is None
    for foreign in (str(theirs), "999999999999999999"):
        owner.post(f"{PAGE}/replay", token_from=PAGE, fact=foreign)
        assert "Il n’y avait plus rien à relancer" in owner.get(PAGE).text
    assert fact(world, theirs).failed_at is not None
    with world.app.app_context():
        assert len(db.session.scalars(select(Replay)).all()) == 2


def test_a_report_of_the_provider_is_nobodys_own_and_any_owner_takes_it_up(
    world: World, log_in: Callable[..., Browser]
) -> None:
    """Its batch may be about mails of every workspace: seen in each, the history only where it was done."""
    report, late = (
        fail(world, world.ours, "MailReported", workspace_id=EVERYBODY, error=why) for why in ("KeyError", "IndexError")
    )
    trying = fail(world, world.ours, "MailReported", workspace_id=EVERYBODY, failed_at=None, error="OperationalError")
    with world.app.app_context(), transaction() as session:
        other = {"workspace_id": world.theirs.workspace_id, "id": new_id(), "fact_id": report, "kind": "MailReported"}
        now = datetime.now(UTC)
        session.execute(insert(Replay).values(**other, failed_at=now, attempts=20, by="boss@rival.test", at=now))
    owner = log_in("owner")
    page = owner.get(PAGE).text
    assert "Retour du fournisseur de mail" in page
    assert all(f"nº {one}" in page for one in (report, late, trying))
    assert "boss@rival.test" not in page
    assert "2 suites abandonnées" in re.sub(r"<[^>]+>|\s+", " ", owner.get("/console/").text).replace("\u00a0", " ")
    owner.post(f"{PAGE}/replay", token_from=PAGE, fact=str(report))
    assert fact(world, report) == (None, 0, None)
    owner.post(f"{PAGE}/replay", token_from=PAGE, kind="MailReported")
    assert fact(world, late) == (None, 0, None)
    assert owner.get(PAGE).text.count("relancé par owner@lune.test") == 2
    for role in ("agent", "analyst", "viewer"):
        assert log_in(role).post(f"{PAGE}/replay", kind="MailReported").status_code == 403


@pytest.mark.parametrize("fields", [{}, {"fact": "x"}, {"fact": "1" * 19}, {"kind": "Nonsense"}, {"fact": "²"}])
def test_a_replay_of_nothing_is_refused(log_in: Callable[..., Browser], fields: dict[str, str]) -> None:
    assert log_in("owner").post(f"{PAGE}/replay", **fields).status_code == 400


def test_a_replay_needs_its_token_and_a_get_changes_nothing(world: World, log_in: Callable[..., Browser]) -> None:
    mine = fail(world, world.ours)
    owner = log_in("owner")
    assert owner.post(f"{PAGE}/replay", csrf_token="no", fact=str(mine)).status_code == 400
    assert owner.get(f"{PAGE}/replay?fact={mine}").status_code in {404, 405}
    assert fact(world, mine).failed_at is not None


def test_a_stopped_provider_and_old_facts_are_said_first(world: World, log_in: Callable[..., Browser]) -> None:
    now = datetime.now(UTC)
    with world.app.app_context(), transaction() as session:
        for company, detail in ((world.ours, "401: the key is not known"), (world.theirs, "their trouble")):
            session.add(
                MailHalt(
                    account=detail, workspace_id=company.workspace_id, reason="turned_away", detail=detail,
                    since=now - timedelta(hours=1), until=now - timedelta(minutes=1),
                )
            )  # fmt: skip
    fail(world, world.ours, failed_at=None, error=None, due_at=now - timedelta(minutes=12))
    page = log_in("owner", "en").get(PAGE).text
    assert "Sending is stopped for this workspace" in page
    assert "401: the key is not known" in page
    assert "their trouble" not in page
    assert "has waited for 12" in re.sub(r"\s", " ", page)


def test_the_doctors_last_look_is_shown_for_this_workspace_only(world: World, log_in: Callable[..., Browser]) -> None:
    now = datetime.now(UTC)
    ours, theirs = str(new_id()), str(new_id())
    wrong = [
        {"workspace_id": world.ours.workspace_id, "n": 3, "ids": [ours]},
        {"workspace_id": world.theirs.workspace_id, "n": 4, "ids": [theirs]},
    ]
    with world.app.app_context(), transaction() as session:
        for check in CHECKS:
            session.add(Checkup(key=check.key, looked_at=now, took_ms=1, wrong=[]))
        session.flush()
        session.execute(update(Checkup).where(Checkup.key == "mailed_once").values(wrong=wrong))
        session.execute(update(Checkup).where(Checkup.key == "feed_complete").values(why_unknown="out of time"))
    page = log_in("owner").get(PAGE).text
    assert "1 contrôle signale une anomalie" in page
    assert "3 cas" in page
    assert ours in page
    assert theirs not in page
    assert "1 n’a pas pu être vérifiée" in page
    assert "Aucun message n’est parti deux fois" in page


def test_every_code_has_its_words() -> None:
    for words in (FRENCH, ENGLISH):
        assert set(PIPELINE) <= words["fact_kinds"].keys()
        assert set(QUEUES) == words["queue_names"].keys()
        assert {check.key for check in CHECKS} == words["checks"].keys()


def test_the_queues_of_the_page_are_those_of_the_pipeline(app: Flask) -> None:
    kinds = app.config["VOCAPP_QUEUES"]
    assert tuple(kinds) == QUEUES
    assert {kind for of in kinds.values() for kind in of} == set(PIPELINE)


def test_mails_in_trouble_go_by_place_and_the_queues_do_not(world: World, log_in: Callable[..., Browser]) -> None:
    with world.app.app_context(), transaction():
        own = Invitation.workspace_id == world.ours.workspace_id
        places = [place for (place,) in db.session.execute(select(Invitation.place).where(own).distinct()) if place]
        db.session.execute(
            update(Invitation)
            .where(own, Invitation.place == places[0])
            .values(status="failed", reason="address_refused", channel="email", created_at=datetime.now(UTC))
        )
    owner = log_in("owner")
    for place, shown in ((places[0], True), (places[1], False), ("nowhere", True)):
        page = owner.get(f"{PAGE}?place={place}").text
        assert ('class="mark-failed"' in page) is shown, place
        assert page.count('<tr role="row">') >= 3
    assert f"place={places[0]}" in owner.get(f"{PAGE}?place={places[0]}").text
