"""Workers that die: in the middle of sending, behind the provider's yes, and between queue and work (1 to 3)."""

from __future__ import annotations

from typing import Any

from tests.faults.people import PAGE, answer_surely, crowd, link_to_page, mail_to, stories
from tests.faults.scenario import Told
from tests.faults.stage import Stage, until
from tests.journeys.story import ANGRY, publish

MOST_SECONDS = 180
MOST_SECONDS_TO_START = 60


def mail_worker_mid_send(stage: Stage) -> Told:
    """Kill the mail worker three times while it sends."""
    stories(stage)
    people = crowd(40 if stage.short else 200)
    stage.peer.delay = 0.03
    mail_to(stage, people)
    deaths = 2 if stage.short else 3
    for step in range(1, deaths + 1):
        many = len(people) * step // 5
        until(lambda many=many: stage.accepted(people) >= many, what=f"{many} mails have left")
        stage.vocapp.kill("worker-mail")
        stage.revive()
    stage.peer.behave()
    seconds = stage.settle(MOST_SECONDS)
    unknown = sum(row["status"] == "unknown" for row in stage.invitations(people))
    assert unknown <= deaths, f"{unknown} mails are unknown after {deaths} deaths"
    done = f"{len(people)} due, worker killed {deaths} times: {stage.accepted(people)} accepted, {unknown} cut unknown"
    return Told(done, seconds)


def worker_behind_the_providers_yes(stage: Stage) -> Told:
    """Kill the mail worker while the provider, which has the mail, has not yet said so."""
    stories(stage, "first", "second", "third")
    (person,) = crowd(1)
    stage.peer.delay_of_verdict = 20
    mail_to(stage, [person], "first.delivered")
    until(lambda: stage.peer.to(person["email"]), what="the peer has the message")
    stage.vocapp.kill("worker-mail")
    stage.peer.behave()
    stage.revive()
    seconds = stage.settle(MOST_SECONDS)
    assert _statuses(stage, person) == {"first": ("unknown", "worker_lost")}
    for later in ("second", "third"):
        mail_to(stage, [person], f"{later}.delivered")
        stage.settle()
    assert _statuses(stage, person) == {
        "first": ("unknown", "worker_lost"),
        "second": ("sent", None),
        "third": ("suppressed", "cap"),
    }
    assert len(stage.peer.to(person["email"])) == 2
    return Told(
        "killed between 202 and commit: unknown, not sent again, counted: the 3rd of the week is refused", seconds
    )


def worker_between_queue_and_work(stage: Stage) -> Told:
    """Kill each worker when it has taken a job off its queue and has not begun it."""
    publish(stage.vocapp.api, PAGE)
    stories(stage)
    undecided, unsent, unhappy = crowd(3)
    link = link_to_page(stage, unhappy)
    taken = 0

    stage.vocapp.freeze("worker-decide")
    mail_to(stage, [undecided])
    taken += _took(stage, "EventAccepted")
    stage.vocapp.kill("worker-decide")
    stage.revive()

    stage.vocapp.freeze("worker-mail")
    mail_to(stage, [unsent])
    taken += _took(stage, "InvitationDue")
    stage.vocapp.kill("worker-mail")

    stage.vocapp.freeze("worker-analyse")
    stage.vocapp.freeze("worker-alert")
    answer_surely(stage, unhappy, link, 0, ANGRY)
    taken += _took(stage, "ResponseCompleted") + _took(stage, "SignalRaised")
    stage.vocapp.kill("worker-analyse", "worker-alert")

    stage.revive()
    seconds = stage.settle(MOST_SECONDS_TO_START + 30)
    assert seconds < MOST_SECONDS_TO_START, f"the jobs ran after {seconds:.0f} s"
    return Told(f"{taken} jobs taken off their queues and not begun; the leases ran out, all ran", seconds)


def _took(stage: Stage, kind: str) -> int:
    """Wait until a fact of this kind was handed to a queue, and return 1."""
    until(
        lambda: stage.rows(
            "select 1 from outbox where kind = %s and done_at is null and leased_until > clock_timestamp()", kind
        ),
        30,
        what=f"{kind} is handed over",
    )
    return 1


def _statuses(stage: Stage, person: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {row["survey_key"]: (row["status"], row["reason"]) for row in stage.invitations([person])}
