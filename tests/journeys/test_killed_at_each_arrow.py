"""`kill -9` at each arrow of the way, on PostgreSQL and Redis, with no supervisor to help; then all is put right.

All deaths come first, one after the other; what they broke is awaited once, in `killed`, and looked at by the tests.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

import pytest

from tests.journeys.installations import Production
from tests.journeys.story import ANGRY, answer, happened, link_for, responses_of, somebody
from tests.rig.waiting import wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(240)]

CROWD = 150
MOST_SECONDS = 120
UNHAPPY = {"nps": "1", "why": ANGRY}


@dataclass
class Killed:
    vocapp: Production
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    crowd: list[dict[str, Any]] = field(default_factory=list)

    def invitation(self, name: str) -> dict[str, Any]:
        (row,) = self.vocapp.rows(
            "select i.status, i.reason from invitations i join customers c"
            " on (c.workspace_id, c.id) = (i.workspace_id, i.customer_id) where c.external_id = %s",
            self.people[name]["external_id"],
        )
        return row

    def mails(self, name: str) -> int:
        return len(self.vocapp.mails(self.people[name]["email"]))


@pytest.fixture(scope="module")
def killed(on_servers: Production) -> Killed:
    done = Killed(on_servers)
    # those that take a minute to be sure of what became of a mail come first
    for kill in (_mail_worker, _a_crowd_in_a_storm, _decide_worker_and_relay, _all_around_an_answer):
        kill(done)
        on_servers.bring_up()
    on_servers.wait_until_settled(MOST_SECONDS)
    return done


def test_a_mail_worker_killed_before_the_verdict_leaves_no_second_mail(killed: Killed) -> None:
    assert killed.invitation("unheard") == {"status": "unknown", "reason": "worker_lost"}
    assert killed.mails("unheard") == 0
    assert killed.invitation("taken") == {"status": "unknown", "reason": "worker_lost"}
    assert killed.mails("taken") == 1


@pytest.mark.parametrize("name", ["undecided", "unrelayed"])
def test_an_accepted_event_is_followed_up_by_whoever_comes_next(killed: Killed, name: str) -> None:
    assert killed.invitation(name)["status"] == "sent"
    assert killed.mails(name) == 1


@pytest.mark.parametrize("name", ["between", "after", "during"])
def test_an_answer_is_one_response_one_alert_and_one_sentiment(killed: Killed, name: str) -> None:
    person = killed.people[name]
    (response,) = responses_of(killed.vocapp.api, person)
    assert response["status"] == "completed"
    assert response["sentiment"]["label"] == "negative"
    alerts = killed.vocapp.rows(
        "select a.status, (select count(*) from alert_moves m where m.alert_id = a.id and m.action = 'opened') opened"
        " from alerts a join customers c on (c.workspace_id, c.id) = (a.workspace_id, a.customer_id)"
        " where c.external_id = %s",
        person["external_id"],
    )
    assert alerts == [{"status": "new", "opened": 1}]


def test_a_crowd_is_mailed_once_each_however_many_workers_die(killed: Killed) -> None:
    twice, missing = [], []
    for number, person in enumerate(killed.crowd):
        name = f"crowd-{number}"
        killed.people[name] = person
        status, mails = killed.invitation(name)["status"], killed.mails(name)
        if mails > 1:
            twice.append(person["external_id"])
        if not mails and status != "unknown":
            missing.append((person["external_id"], status))
    assert (twice, missing) == ([], [])
    unknown = killed.vocapp.rows("select count(*) from invitations where status = 'unknown'")[0]["count"]
    assert unknown <= 2 + 3, "one for each worker that died"


def test_a_sweep_finds_every_fact_done_or_given_up_with_a_reason(killed: Killed) -> None:
    left = killed.vocapp.rows(
        "select id, kind, error from outbox where done_at is null and (failed_at is null or error is null)"
        " and due_at <= now()"
    )
    assert left == []
    assert killed.vocapp.rows("select id, kind, error from outbox where failed_at is not null") == []
    assert killed.vocapp.rows("select response_id from signals where alert_id is null") == []
    assert killed.vocapp.rows("select id from invitations where status in ('sending', 'scheduled')") == []
    more_than_two = (
        "select contact_key from ledger where made and kind <> 'call' group by contact_key having count(*) > 2"
    )
    assert killed.vocapp.rows(more_than_two) == []
    killed.vocapp.product.command("counters", "rebuild", "--verify")


# ── the deaths


def _mail_worker(killed: Killed) -> None:
    vocapp = killed.vocapp
    vocapp.peer.delay_of_verdict = 15
    taken = _invite(killed, "taken")
    wait_until(lambda: vocapp.peer.to(taken["email"]), 30, what="the peer has the message")
    vocapp.kill("worker-mail")
    vocapp.peer.delay_of_verdict = 0
    vocapp.peer.delay, before = 15, vocapp.peer.attempts
    vocapp.bring_up("worker-mail")
    _invite(killed, "unheard")
    wait_until(lambda: vocapp.peer.attempts > before, 30, what="the peer is given the message")
    vocapp.kill("worker-mail")
    vocapp.peer.delay = 0


def _decide_worker_and_relay(killed: Killed) -> None:
    vocapp = killed.vocapp
    vocapp.freeze("worker-decide")
    since = _newest_fact(vocapp)
    _invite(killed, "undecided")
    wait_until(lambda: "EventAccepted" in _leased(vocapp, since), 30, what="the job is handed over")
    vocapp.kill("worker-decide")
    vocapp.freeze("relay")
    _invite(killed, "unrelayed")
    vocapp.kill("relay")


def _all_around_an_answer(killed: Killed) -> None:
    vocapp = killed.vocapp
    everyone = ("web", "relay", "worker-alert", "worker-analyse")
    people = {name: somebody(name) for name in ("between", "after", "during")}
    links = {name: link_for(vocapp.api, person) for name, person in people.items()}
    killed.people |= people
    for link in links.values():
        answer(vocapp.person(), link, UNHAPPY, pages=3)

    # between signal and alert: the workers hold their jobs, and have not begun
    vocapp.freeze("worker-alert")
    vocapp.freeze("worker-analyse")
    since = _newest_fact(vocapp)
    assert answer(vocapp.person(), links["between"], UNHAPPY).state == "completed"
    wait_until(lambda: _leased(vocapp, since) >= {"SignalRaised", "ResponseCompleted"}, 30)
    vocapp.kill(*everyone)
    vocapp.bring_up()

    # right after the 200
    assert answer(vocapp.person(), links["after"], UNHAPPY).state == "completed"
    vocapp.kill(*everyone)
    vocapp.bring_up()

    # while the last page is being sent: whoever hears nothing opens the link again
    finishing = threading.Thread(target=_finish_quietly, args=(vocapp, links["during"]))
    finishing.start()
    vocapp.kill("web")
    finishing.join(30)
    vocapp.bring_up()
    if vocapp.person().get(links["during"]).status == 200:
        assert answer(vocapp.person(), links["during"], UNHAPPY).state == "completed"
    assert vocapp.person().get(links["during"]).status == 410


def _a_crowd_in_a_storm(killed: Killed) -> None:
    vocapp, chance = killed.vocapp, random.Random(4)
    killed.crowd = [somebody("crowd") for _ in range(CROWD)]
    vocapp.peer.delay = 0.02
    before = vocapp.peer.attempts
    events = [happened(person) for person in killed.crowd]
    assert vocapp.api.post("/api/v1/events", {"events": events}).expect(202).json()["accepted"] == CROWD
    vocapp.kill("worker-decide")
    vocapp.bring_up()
    for step in (1, 2, 3):
        wait_until(lambda n=step: vocapp.peer.attempts > before + n * 10, 60, every=0.01, what="mails under way")
        vocapp.kill("worker-mail", *chance.sample(["relay", "worker-decide"], chance.randint(0, 1)))
        vocapp.bring_up()
    vocapp.peer.delay = 0


def _finish_quietly(vocapp: Production, link: str) -> None:
    try:
        answer(vocapp.person(), link, UNHAPPY)
    except (OSError, HTTPException, AssertionError):  # the server died in the middle
        return


def _invite(killed: Killed, name: str) -> dict[str, Any]:
    person = killed.people[name] = somebody(name)
    killed.vocapp.api.post("/api/v1/events", happened(person)).expect(202)
    return person


def _newest_fact(vocapp: Production) -> int:
    return int(vocapp.rows("select coalesce(max(id), 0) as id from outbox")[0]["id"])


def _leased(vocapp: Production, since: int) -> set[str]:
    """Return the kinds of facts, newer than a given one, that were handed over and are not done."""
    query = "select kind from outbox where id > %s and leased_until > now() and done_at is null"
    return {row["kind"] for row in vocapp.rows(query, since)}
