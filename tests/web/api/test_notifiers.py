"""Notifiers over HTTP: set up, changed, tried out, taken away; secrets are shown once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.adapters.test_webhook_targets import NEVER
from tests.web.api.calling import Machine
from vocapp.models import AuditEntry, Fact, Notice, NotifierRow, transaction
from vocapp.web.api.notifiers import NotifierMade, NotifierOut

PUBLIC = "https://93.184.216.34/hooks/T0/B1/secret-part"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_a_notifier_lives_from_its_creation_to_its_removal(caller: Machine, db: Any) -> None:
    made = caller.post("/notifiers", {"name": "Desk", "kind": "webhook", "target": PUBLIC})
    assert made.status_code == 201
    assert not NotifierMade().validate(made.json)
    assert made.json["secret"].startswith("whsec_")
    path = f"/notifiers/{made.json['id']}"
    kept = caller.get(path)
    assert not NotifierOut().validate(kept.json)
    assert kept.json["target"] == "93.184.216.34/…"
    for text in (kept.text, caller.get("/notifiers").text):
        assert "whsec_" not in text
        assert "secret-part" not in text
    changed = caller.patch(path, {"digest_minutes": 15, "least_priority": 6, "enabled": False})
    assert (changed.json["digest_minutes"], changed.json["least_priority"], changed.json["enabled"]) == (15, 6, False)
    for tool, kept_as in ((" Zendesk ", "Zendesk"), ("", None), (None, None)):
        assert caller.patch(path, {"tool": tool}).json["tool"] == kept_as
    assert caller.patch(path, {"tool": "x" * 41}).json["errors"][0]["pointer"] == "/tool"
    for tool in ("desk@maison.test", "Zendesk @ home"):  # nobody may report by such a name
        [error] = caller.patch(path, {"tool": tool}).json["errors"]
        assert (error["pointer"], "without @" in error["detail"]) == ("/tool", True)
    by_mail = {"name": "Desk", "kind": "email", "target": "a@b.test", "tool": "Zendesk"}
    assert caller.post("/notifiers", by_mail).json["errors"][0]["pointer"] == "/tool"
    again = caller.post(f"{path}/secret")
    assert again.json["secret"] not in {made.json["secret"], None}
    tested = caller.post(f"{path}/test")
    assert tested.status_code == 202
    assert [str(one) for one in db.session.scalars(select(Notice.id))] == tested.json["notices"]
    assert caller.post(f"{path}/test").status_code == 429
    db.session.rollback()
    [row] = db.session.scalars(select(NotifierRow))
    assert "secret-part" not in row.target
    assert made.json["secret"] not in (row.secret, row.old_secret)
    lines = str([(one.before, one.after) for one in db.session.scalars(select(AuditEntry))])
    assert "whsec_" not in lines
    assert "secret-part" not in lines
    db.session.rollback()
    assert caller.delete(path).status_code == 204
    assert caller.get(path).status_code == 404


def test_what_was_given_up_is_counted_and_taken_up_again(caller: Machine, db: Any, now: datetime) -> None:
    made = caller.post("/notifiers", {"name": "Desk", "kind": "webhook", "target": PUBLIC})
    path = f"/notifiers/{made.json['id']}"
    caller.post(f"{path}/test")
    db.session.rollback()
    with transaction() as session:
        session.execute(update(Fact).where(Fact.kind == "NoticeDue").values(failed_at=now, error="answered 500"))
    assert [one["given_up"] for one in caller.get("/notifiers").json["data"]] == [1]
    assert caller.get(path).json["given_up"] == 1
    assert [caller.post(f"{path}/replay").json for _ in range(2)] == [{"replayed": 1}, {"replayed": 0}]
    assert caller.get(path).json["given_up"] == 0


INSIDE = ["https://127.0.0.1/", "https://[::ffff:127.0.0.1]/", "http://93.184.216.34/", *NEVER[-9:]]


@pytest.mark.parametrize("target", INSIDE)
def test_what_leads_inside_can_not_be_set_up(caller: Machine, target: str) -> None:
    for kind in ("slack", "webhook"):
        refused = caller.post("/notifiers", {"name": "Desk", "kind": kind, "target": target})
        assert refused.status_code == 422
        assert refused.json["errors"][0]["pointer"] == "/target"


@pytest.mark.parametrize(
    ("field", "value"),
    [("kinds", ["nope"]), ("least_priority", 28), ("place", "nowhere"), ("digest_minutes", -1), ("kind", "pigeon"),
     ("name", ""), ("repeat_minutes", 10_000)],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_place(caller: Machine, field: str, value: Any) -> None:
    body = {"name": "Desk", "kind": "email", "target": "a@vocapp.test, b@vocapp.test", field: value}
    refused = caller.post("/notifiers", body)
    assert refused.status_code == 422
    assert refused.json["errors"][0]["pointer"] == f"/{field}"
