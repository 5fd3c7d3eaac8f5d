"""Many at once: six triggers for each person, with a pause and an unsubscription in flight (38)."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.faults.people import crowd, mail_to, stories
from tests.faults.scenario import Told
from tests.faults.stage import NO_RESTS, Stage, until
from tests.journeys.story import happened

KEYS = tuple(f"race{number}" for number in range(6))


def six_triggers_at_once(stage: Stage) -> Told:
    """Trigger six surveys at once for each of a crowd, over three mail workers; half of them unsubscribe meanwhile."""
    stage.policy(**NO_RESTS)
    stories(stage, "greeting", *KEYS)
    for number in (2, 3):
        stage.add_worker("mail", f"worker-mail-{number}")
    people = crowd(6 if stage.short else 20)
    leaving = people[::2]
    mail_to(stage, people, "greeting.delivered")
    until(lambda: stage.accepted(people) == len(people), what="everybody has a first mail")
    stage.peer.delay_of_verdict = 0.2
    gone_at: dict[str, float] = {}
    ready = threading.Barrier(len(KEYS) + 1, timeout=30)

    def trigger(key: str) -> None:
        ready.wait()
        api = stage.vocapp.product.machine(stage.vocapp.api.headers["Authorization"].removeprefix("Bearer "))
        api.post("/api/v1/events", {"events": [happened(one, f"{key}.delivered") for one in people]}).expect(202)

    def leave() -> None:
        ready.wait()
        for person in leaving:
            client = stage.vocapp.person()
            client.submit(_unsubscribe_link(stage, person), {"List-Unsubscribe": "One-Click"}).expect(200)
            gone_at[person["email"]] = time.monotonic()

    with ThreadPoolExecutor(len(KEYS) + 1) as pool:
        under_way = [pool.submit(leave), *(pool.submit(trigger, key) for key in KEYS)]
        for one in under_way:
            one.result()
    seconds = stage.settle()
    stage.vocapp.stop("worker-mail-2", "worker-mail-3")
    late = [call.to for call in stage.peer.calls if call.began > gone_at.get(call.to, call.began)]
    assert not late, f"called after they had unsubscribed: {late}"
    for person in people:
        most = 2
        assert 1 <= len(stage.peer.to(person["email"])) <= most, person
    stayed = [person for person in people if person not in leaving]
    assert stage.accepted(stayed) == 2 * len(stayed)
    told = f"{len(people)} people × {len(KEYS)} triggers, 3 mail workers, {len(leaving)} unsubscribe meanwhile"
    return Told(f"{told}: two mails at most, no call behind an unsubscription", seconds)


def _unsubscribe_link(stage: Stage, person: dict[str, Any]) -> str:
    mail = stage.peer.to(person["email"])[0].message
    found = re.search(r"<(http[^>]+/unsubscribe/[^>]+)>", str(mail["List-Unsubscribe"]))
    assert found, mail["List-Unsubscribe"]
    return found[1]
