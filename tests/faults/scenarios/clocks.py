"""Clocks: nights on which they change (36), and machines whose own are wrong (37)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.faults.clock import SKEWED
from tests.faults.people import PAGE, answer_surely, crowd, link_to_page, mail_to, stories
from tests.faults.scenario import Told
from tests.faults.stage import NO_RESTS, Stage, until
from tests.journeys.story import happened, publish, somebody
from tests.rig.product import ROOT
from tests.rig.waiting import wait_until

QUIET = {"quiet_from": "20:00", "quiet_to": "08:00"}
NIGHTS: tuple[tuple[str, str], ...] = (
    ("Europe/Paris", "2026-03-28T21:00"),  # at 02:00 it is 03:00
    ("Europe/Paris", "2026-10-24T21:00"),  # 02:30 comes twice
    ("Pacific/Kiritimati", "2026-06-01T21:00"),  # UTC+14
    ("Pacific/Chatham", "2026-04-04T21:00"),  # UTC+13:45, and the clocks go back
    ("Mars/Olympus", "2026-06-01T21:00"),  # no such zone: the workspace's
)
WORKSPACE_ZONE = "Europe/Paris"


def nights_on_which_clocks_change(stage: Stage) -> Told:
    """Let something happen in the evening, and look in the small hours whether anybody is mailed."""
    stage.policy(**NO_RESTS, **QUIET)
    stage.vocapp.api.request("PATCH", "/api/v1/settings", json_body={"timezone": WORKSPACE_ZONE}).expect(200)
    stories(stage)
    for zone, evening in sorted(NIGHTS, key=_begins):
        _one_night(stage, zone, _begins((zone, evening)))
    _a_move_eastwards(stage)
    return Told(
        f"{len(NIGHTS)} nights by the customer's clock: none mailed before 08:00, each once after; one moved zone"
    )


def wrong_clocks_of_machines(stage: Stage) -> Told:
    """Let the web be ten minutes ahead and the workers ten behind; then the database's own clock falls back an hour."""
    stage.policy(**NO_RESTS)
    publish(stage.vocapp.api, PAGE)
    stories(stage, "first", "second", "third")
    _restart_with_skew(stage)
    (capped, unhappy, odd) = crowd(3)
    link = link_to_page(stage, unhappy)
    mail_to(stage, [capped], "first.delivered")
    until(lambda: stage.accepted([capped]) == 1, what="the first mail")
    stage.clock.advance(timedelta(hours=-1))
    mail_to(stage, [capped], "second.delivered")
    until(lambda: stage.accepted([capped]) == 2, what="the second mail")
    mail_to(stage, [capped], "third.delivered")
    answer_surely(stage, unhappy, link, 2)
    stage.settle()
    assert stage.accepted([capped]) == 2
    now = stage.clock.now()
    opened = stage.one(
        "select a.opened_at from alerts a join customers c on (c.workspace_id, c.id) = (a.workspace_id, a.customer_id)"
        " where c.external_id = %s",
        unhappy["external_id"],
    )
    assert abs(opened - now) < timedelta(minutes=5), f"an alert of {opened} at {now}"
    stamps = {"1970": "1970-01-01T00:00:00Z", "2099": "2099-01-01T00:00:00Z"}
    events = [
        happened(odd, "nobody.waits", id=f"odd-{name}-{odd['external_id']}", occurred_at=at)
        for name, at in stamps.items()
    ]
    stage.books.tell(stage.vocapp.api, events)
    kept = {row["key"]: row["occurred_at"] for row in stage.rows("select key, occurred_at from events")}
    assert kept[events[0]["id"]] == datetime(1970, 1, 1, tzinfo=UTC)
    assert abs(kept[events[1]["id"]] - now) < timedelta(minutes=5), "an event of the future is taken as one of now"
    stage.settle()
    stage.clock.advance(timedelta(hours=1))
    return Told("web +10 min, workers -10 min, database back 1 h: cap, link and alert hold; 2099 is clamped, 1970 kept")


def _one_night(stage: Stage, zone: str, evening: datetime) -> None:
    person = _somebody_in(stage, zone, evening)
    clock = ZoneInfo(WORKSPACE_ZONE) if zone.startswith("Mars") else ZoneInfo(zone)
    morning = datetime.combine(evening.astimezone(clock).date() + timedelta(days=1), datetime.min.time(), clock)
    mail_to_at(stage, person, evening)
    for quiet in (
        evening + timedelta(minutes=5),
        morning.replace(hour=2, minute=30),
        morning.replace(hour=2, minute=30, fold=1),
        morning.replace(hour=7, minute=58),
    ):
        _look_at(stage, quiet.astimezone(UTC))
        assert not stage.accepted([person]), f"{zone}: mailed at {quiet}"
    stage.clock.set_to(morning.replace(hour=8, minute=1).astimezone(UTC))
    until(lambda: stage.accepted([person]) == 1, 30, what=f"{zone}: mailed in the morning")
    (mail,) = stage.peer.to(person["email"])
    local = mail.at.astimezone(clock)
    assert local.hour == 8, f"{zone}: mailed at {local}"
    stage.settle()


def _a_move_eastwards(stage: Stage) -> None:
    """Somebody who moves during the night is asked by the new clock."""
    evening = datetime(2026, 11, 3, 20, 30, tzinfo=UTC)  # 21:30 in Paris; in Montréal it will be 08:00 at 13:00
    person = _somebody_in(stage, "Europe/Paris", evening)
    mail_to_at(stage, person, evening)
    body = {"timezone": "America/Toronto", "observed_at": stage.clock.now().isoformat()}
    stage.vocapp.api.put(f"/api/v1/customers/{person['external_id']}", body).expect(200)
    _look_at(stage, datetime(2026, 11, 4, 7, 30, tzinfo=UTC))  # morning in Paris, night in Montréal
    assert not stage.accepted([person]), "mailed in the night of the new zone"
    stage.clock.set_to(datetime(2026, 11, 4, 13, 1, tzinfo=UTC))
    until(lambda: stage.accepted([person]) == 1, 30, what="mailed in the morning of the new zone")


def mail_to_at(stage: Stage, person: dict[str, Any], at: datetime) -> None:
    """Set the clock, and let something happen then."""
    stage.clock.set_to(at)
    stage.books.mailed.add(person["email"])
    stage.books.tell(stage.vocapp.api, [happened(person, occurred_at=at.isoformat())])
    until(lambda: stage.invitations([person]), 30, what="it is decided about")


def _look_at(stage: Stage, at: datetime) -> None:
    """Go to a time, and wait until everything due then was looked at."""
    stage.clock.set_to(at)
    wait_until(lambda: not stage.due(), 30, what=lambda: f"followed up: {stage.due()}")


def _somebody_in(stage: Stage, zone: str, at: datetime) -> dict[str, Any]:
    consent = {"purpose": "surveys", "granted": True, "source": "checkout", "at": (at - timedelta(days=1)).isoformat()}
    known = zone if not zone.startswith("Mars") else None
    return somebody("sleeper", timezone=known, consents=[consent])


def _begins(night: tuple[str, str]) -> datetime:
    zone, evening = night
    where = ZoneInfo(WORKSPACE_ZONE) if zone.startswith("Mars") else ZoneInfo(zone)
    return datetime.fromisoformat(evening).replace(tzinfo=where).astimezone(UTC)


def _restart_with_skew(stage: Stage) -> None:
    """Start all roles again, each with a clock that is wrong."""
    settings = stage.vocapp.product.settings
    stage.vocapp.stop(*stage.vocapp.product.processes)
    settings["PYTHONPATH"] = f"{SKEWED}:{ROOT}"
    settings["FAULTS_SKEW_SECONDS"] = "600"
    stage.vocapp.bring_up("web")
    settings["FAULTS_SKEW_SECONDS"] = "-600"
    stage.vocapp.bring_up()
    for name in ("PYTHONPATH", "FAULTS_SKEW_SECONDS"):
        del settings[name]
