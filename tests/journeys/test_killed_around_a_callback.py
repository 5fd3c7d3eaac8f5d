"""`kill -9` of the mail worker around what is written about a call: in its place, and after it.

Never two to anybody, and none lost: of a message whose worker died, nobody knows whether it left; it is `unknown`, and
stays what it is. All deaths come first; what they broke is awaited once, as in `test_killed_at_each_arrow.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.journeys.installations import Production
from tests.journeys.story import ANGRY, alerts_of, answer, link_for, publish, somebody, survey
from tests.rig.waiting import wait_until
from vocapp.adapters.queue import Batch, RedisQueues
from vocapp.pipeline import QUEUES

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(240)]

MOST_SECONDS = 120
NAMES = ("letter-begun", "letter-taken", "letter-whole", "asked-begun", "asked-taken", "asked-whole")
"""What they are sent, and how far the call had come when the worker died; `whole`: no worker died."""


class Told:
    def __init__(self, vocapp: Production) -> None:
        self.vocapp = vocapp
        self.people = {name: somebody(name) for name in NAMES}
        self.alerts: dict[str, str] = {}

    def mails(self, name: str) -> int:
        """Count what they were sent; they were asked the first time by a link, without a mail."""
        return len(self.vocapp.mails(self.people[name]["email"]))

    def stands(self, name: str) -> tuple[str, str | None]:
        table = "letters" if name.startswith("letter") else "invitations"
        (row,) = self.vocapp.rows(f"select status, reason from {table} where alert_id = %s", self.alerts[name])
        return row["status"], row["reason"]

    def move(self, name: str, action: str, **given: str) -> None:
        self.vocapp.api.post(f"/api/v1/alerts/{self.alerts[name]}/{action}", given).expect(200)


@pytest.fixture(scope="module")
def told(on_servers: Production) -> Iterator[Told]:
    story = Told(on_servers)
    overflow = {"on": True, "margin_minutes": 0, "help_phone": "+33 1 84 80 00 00"}
    asking = survey("after", "alert.resolved", hot_for="P2D") | {"priority": 100}
    publish(on_servers.api, asking)
    # the link, the call and the mail are three in a week
    with _set(on_servers, overflow=overflow, contact_policy={"cap": 3}):
        for person in story.people.values():
            answer(on_servers.person(), link_for(on_servers.api, person), {"nps": "1", "why": ANGRY})
        wait_until(lambda: len(_alerts(story)) == len(NAMES), 30, what="an alert for each")
        story.alerts = _alerts(story)
        for name in ("asked-taken", "letter-taken"):
            _killed_with_the_message_taken(story, name)
        for name in ("letter-begun", "asked-begun"):
            _killed_as_the_call_begins(story, name)
        for name in ("letter-whole", "asked-whole"):
            _begin(story, name)
        on_servers.wait_until_settled(MOST_SECONDS)
        _write_instead(on_servers)  # once more: nobody has been forgotten, and nobody is written to again
        on_servers.wait_until_settled(MOST_SECONDS)
        yield story
    publish(on_servers.api, asking | {"trigger": {"event": "alert.resolved", "active": False}})


@pytest.mark.parametrize("what", ["letter", "asked"])
def test_what_is_written_about_a_call_goes_once_whoever_dies(told: Told, what: str) -> None:
    assert (told.stands(f"{what}-begun"), told.mails(f"{what}-begun")) == (("unknown", "worker_lost"), 0)
    assert (told.stands(f"{what}-taken"), told.mails(f"{what}-taken")) == (("unknown", "worker_lost"), 1)
    assert (told.stands(f"{what}-whole"), told.mails(f"{what}-whole")) == (("sent", None), 1)


def test_the_history_says_of_each_what_is_known(told: Told) -> None:
    for name, line in (("begun", "not_written"), ("taken", "not_written"), ("whole", "written")):
        lines = told.vocapp.rows(
            "select action from alert_moves where alert_id = %s and action in ('written', 'not_written')",
            told.alerts[f"letter-{name}"],
        )
        assert [one["action"] for one in lines] == [line]
    told.vocapp.product.command("doctor")


# ── the deaths


def _killed_with_the_message_taken(story: Told, name: str) -> None:
    vocapp = story.vocapp
    vocapp.peer.delay_of_verdict = 15
    _begin(story, name)
    wait_until(lambda: story.mails(name), 30, what="the peer has the message")
    vocapp.kill("worker-mail")
    vocapp.peer.delay_of_verdict = 0
    vocapp.bring_up("worker-mail")


def _killed_as_the_call_begins(story: Told, name: str) -> None:
    vocapp = story.vocapp
    vocapp.peer.delay, before = 15, vocapp.peer.attempts
    _begin(story, name)
    wait_until(lambda: vocapp.peer.attempts > before, 30, what="the peer is given the message")
    vocapp.kill("worker-mail")
    vocapp.peer.delay = 0
    vocapp.bring_up("worker-mail")


def _begin(story: Told, name: str) -> None:
    """Let somebody be called, or let their call be late beyond hope."""
    if name.startswith("asked"):
        story.move(name, "claim", agent="Ana")
        story.move(name, "contact", outcome="reached")
        story.move(name, "resolve", root_cause="delivery.damaged")
        return
    late = (
        "update alerts set opened_at = opened_at - interval '4 days', due_at = now() - interval '3 days' where id = %s"
    )
    story.vocapp.order(late, story.alerts[name])
    _write_instead(story.vocapp)


def _write_instead(vocapp: Production) -> None:
    """Do at once what the clock does each minute."""
    RedisQueues(vocapp.redis.url, QUEUES).push([Batch("alert", "vocapp.jobs.sweep.write_instead", None)])


def _alerts(story: Told) -> dict[str, str]:
    found = ((name, alerts_of(story.vocapp.api, person)) for name, person in story.people.items())
    return {name: alerts[0]["id"] for name, alerts in found if alerts}


@contextmanager
def _set(vocapp: Production, **settings: Any) -> Iterator[None]:
    """Set something for a while: the installation is another story's, too."""

    def change(wanted: dict[str, Any]) -> None:
        vocapp.api.request("PATCH", "/api/v1/settings", json_body=wanted).expect(200)

    change(settings)
    try:
        yield
    finally:
        change({part: dict.fromkeys(given) for part, given in settings.items()})
