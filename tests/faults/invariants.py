"""The common invariant, looked at from outside: the books and the mail peer's own list against the rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.faults.stage import Stage
from vocapp.cli import COMMANDS

WEEK = timedelta(days=7)
MOST_A_WEEK = 2
MAY_HAVE_LEFT = frozenset({"sent", "unknown", "cancelled"})
"""What an invitation may be whose message the peer accepted; cancelled: they unsubscribed while it was under way."""


@dataclass
class Findings:
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unknown: int = 0
    """Invitations of which nobody knows whether they left: never sent again, and counted as sent."""

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)


def check(stage: Stage, *, doctor: bool = True) -> Findings:
    """Look at everything; the product must be at rest. Without `doctor`, its own word is not asked for."""
    found = Findings()
    _facts(stage, found)
    _events(stage, found)
    _responses(stage, found)
    _alerts(stage, found)
    _mail(stage, found)
    found.wrong += stage.books.wrong
    if doctor:
        _doctor(stage, found)
    return found


def _facts(stage: Stage, found: Findings) -> None:
    found.lost += [f"fact {row['id']} ({row['kind']}) is due and not followed up" for row in stage.due()]
    for row in stage.rows("select id, kind, error from outbox where failed_at is not null"):
        found.lost.append(f"fact {row['id']} ({row['kind']}) was given up: {row['error']}")


def _events(stage: Stage, found: Findings) -> None:
    kept = Counter(row["key"] for row in stage.rows("select key from events"))
    found.lost += [f"event {key} was taken and is not there" for key in stage.books.events if not kept[key]]
    found.doubled += [f"event {key} is there {times} times" for key, times in kept.items() if times > 1]


def _responses(stage: Stage, found: Findings) -> None:
    kept: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in stage.rows(
        "select c.external_id, r.survey_key, r.nps from responses r join customers c"
        " on (c.workspace_id, c.id) = (r.workspace_id, r.customer_id) where r.status = 'completed'"
    ):
        kept[row["external_id"], row["survey_key"]].append(row["nps"])
    for who, nps in stage.books.completed.items():
        if not kept[who]:
            found.lost.append(f"{who} was thanked, and no response is there")
        elif nps not in kept[who]:
            found.wrong.append(f"{who} said {nps}, and {kept[who]} is kept")
    found.doubled += [f"{who} has {len(scores)} responses" for who, scores in kept.items() if len(scores) > 1]
    given = stage.books.completed
    found.wrong += [f"{who} has a response that nobody gave" for who in kept if kept[who] and who not in given]


def _alerts(stage: Stage, found: Findings) -> None:
    unsaid = stage.rows(
        "select c.external_id from responses r join customers c"
        " on (c.workspace_id, c.id) = (r.workspace_id, r.customer_id)"
        " where r.status = 'completed' and r.nps <= 6 and not exists (select 1 from signals s"
        " join alerts a on (a.workspace_id, a.id) = (s.workspace_id, s.alert_id)"
        " where (s.workspace_id, s.response_id) = (r.workspace_id, r.id) and a.customer_id = r.customer_id)"
    )
    found.lost += [f"{row['external_id']} is unhappy and stands in no alert" for row in unsaid]
    opened = {
        row["external_id"]: row["n"]
        for row in stage.rows(
            "select c.external_id, count(*) as n from alert_moves m"
            " join alerts a on (a.workspace_id, a.id) = (m.workspace_id, m.alert_id)"
            " join customers c on (c.workspace_id, c.id) = (a.workspace_id, a.customer_id)"
            " where m.action = 'opened' group by c.external_id"
        )
    }
    unhappy = {customer for (customer, _), nps in stage.books.completed.items() if nps <= 6}
    found.lost += [f"{customer} gave a bad score and has no alert" for customer in unhappy - opened.keys()]
    found.doubled += [f"{customer} has {times} alerts" for customer, times in opened.items() if times > 1]


def _mail(stage: Stage, found: Findings) -> None:
    """The peer's list decides: what it accepted, by message, by occasion and by address."""
    about = {
        str(row["id"]): row
        for row in stage.rows(
            "select i.id, i.status, i.customer_id, i.survey_key, i.occasion, c.email from invitations i"
            " join customers c on (c.workspace_id, c.id) = (i.workspace_id, i.customer_id)"
        )
    }
    accepted = [mail for mail in stage.peer.received if mail.vocapp_id in about]
    times = Counter(mail.vocapp_id for mail in accepted)
    found.doubled += [f"message {one} was accepted {n} times" for one, n in times.items() if n > 1]
    occasions = Counter(
        tuple(about[one][name] for name in ("customer_id", "survey_key", "occasion"))
        for one in times
        if about[one]["occasion"] is not None
    )
    found.doubled += [f"{occasion} was mailed under {n} ids" for occasion, n in occasions.items() if n > 1]
    for one in times:
        if about[one]["status"] not in MAY_HAVE_LEFT:
            found.wrong.append(f"message {one} was accepted, and is kept as {about[one]['status']}")
    reached: dict[str, list[datetime]] = defaultdict(list)
    for mail in accepted:
        reached[mail.to.lower()].append(mail.at)
    for address, at in reached.items():
        within = zip(sorted(at), sorted(at)[MOST_A_WEEK:], strict=False)
        if any(third - first < WEEK for first, third in within):
            found.doubled.append(f"{address} got more than {MOST_A_WEEK} within a week")
    status = {row["email"]: row["status"] for row in about.values()}
    found.unknown = sum(row["status"] == "unknown" for row in about.values())
    for address in stage.books.mailed:
        if address.lower() not in reached and status.get(address) != "unknown":
            found.lost.append(f"{address} was to be mailed and was not ({status.get(address, 'no invitation')})")
    left = [one for one, row in about.items() if row["status"] == "sent" and one not in times]
    by_mail = {str(row["id"]) for row in stage.rows("select id from invitations where channel = 'email'")}
    found.lost += [f"invitation {one} is kept as sent, and the peer never had it" for one in left if one in by_mail]


def _doctor(stage: Stage, found: Findings) -> None:
    """The product's own word, where it has the command."""
    if "doctor" not in COMMANDS:
        return
    try:
        stage.vocapp.product.command("doctor", "--grace", "0")
    except AssertionError as said:
        told = [line for line in str(said).splitlines() if line.strip() and not line.startswith("ok ")]
        found.wrong.append(f"doctor: {' / '.join(told)[:1500]}")
