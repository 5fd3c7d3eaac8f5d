"""The product as one table: what happened, and which job follows it up.

    EventAccepted ──► decide ──► InvitationDue ──► mail ──► (the customer answers)
                                                                  │
                ┌─────────────────────────────────────────────────┴─┐
        ResponseCompleted ──► analyse ──► (SignalRaised)      SignalRaised ──► alert ──► AlertOpened
                                                                                               │
        the team, by mail and webhook ◄── tell ◄── NoticeDue (whom, how, when) ◄── alert ◄─────┤
          (it waits too long, or more is said: AlertRaised; nobody has it again: AlertReturned) ┘

    (the customer goes away unhappy, and the grace time is over) ──► SignalRaised
    (a promise of a callback is missed) ──► ApologyDue ──► apologise
    (an agent resolves an alert) ──► AlertResolved ──► decide ──► InvitationDue: did it help? ──► (no: SignalRaised, and
                                                                                         the same alert is open again)
    (there are more alerts than hands) ──► LetterDue ──► write
    (the mail provider tells what became of a message) ──► MailReported ──► decide
    (too many complain about a survey) ──► it is held: nothing more of it is mailed ──► NoticeDue
    (a report to staff is due, by the clock) ──► ReportDue ──► send
    CustomerErased ──► erase: what is left of a person beside their rows

A fact is announced in the transaction of what it tells (`models/outbox.py`); the relay hands ids to the job named here.
"""

from __future__ import annotations

from dataclasses import dataclass

QUEUES = ("decide", "mail", "analyse", "alert", "tell")


@dataclass(frozen=True, slots=True)
class Step:
    queue: str
    job: str
    """Dotted path of a function that takes a list of fact ids."""
    batch: int
    """Facts handed to one job at most."""
    most_attempts: int | None
    """Failures after which the fact is given up, with its reason; None: never."""


@dataclass(frozen=True, slots=True)
class Tick:
    queue: str
    job: str
    every_seconds: float


PIPELINE: dict[str, Step] = {
    "EventAccepted": Step("decide", "vocapp.jobs.decide.invite", batch=500, most_attempts=20),
    "InvitationDue": Step("mail", "vocapp.jobs.mail.send", batch=50, most_attempts=20),
    "ResponseCompleted": Step("analyse", "vocapp.jobs.analyse.understand", batch=15, most_attempts=20),
    "SignalRaised": Step("alert", "vocapp.jobs.alert.open_alerts", batch=100, most_attempts=None),
    "MailReported": Step("decide", "vocapp.jobs.mail_reports.apply", batch=20, most_attempts=20),
    "CustomerErased": Step("mail", "vocapp.jobs.erase.clear_away", batch=20, most_attempts=None),
    "AlertOpened": Step("alert", "vocapp.jobs.alert.plan_notices", batch=100, most_attempts=None),
    "AlertRaised": Step("alert", "vocapp.jobs.alert.plan_notices", batch=100, most_attempts=None),
    "AlertReturned": Step("alert", "vocapp.jobs.alert.plan_notices", batch=100, most_attempts=None),
    "AlertResolved": Step("decide", "vocapp.jobs.decide.ask_whether_it_helped", batch=100, most_attempts=20),
    "ApologyDue": Step("mail", "vocapp.jobs.mail.apologise", batch=20, most_attempts=20),
    "LetterDue": Step("mail", "vocapp.jobs.mail.write", batch=20, most_attempts=20),
    "ReportDue": Step("mail", "vocapp.jobs.reports.send", batch=5, most_attempts=20),
    "NoticeDue": Step("tell", "vocapp.jobs.tell.tell", batch=40, most_attempts=None),
}
"""Fact → job. Every kind that is ever announced stands here."""

TICKS: tuple[Tick, ...] = (
    Tick("decide", "vocapp.jobs.mail.follow_account", every_seconds=20),
    Tick("decide", "vocapp.jobs.sweep.add_up_tallies", every_seconds=10),
    Tick("decide", "vocapp.jobs.holding.hold_surveys", every_seconds=10),
    Tick("analyse", "vocapp.jobs.segments.follow_segments", every_seconds=3),
    Tick("analyse", "vocapp.jobs.verbatims.lay_out_verbatims", every_seconds=3),
    Tick("analyse", "vocapp.jobs.themes.look_again", every_seconds=5),
    Tick("analyse", "vocapp.jobs.drivers.find_drivers", every_seconds=15),
    Tick("analyse", "vocapp.jobs.drivers.want_drivers", every_seconds=3600),
    Tick("decide", "vocapp.jobs.sweep.close_partial_responses", every_seconds=60),
    Tick("alert", "vocapp.jobs.sweep.weigh_unfinished", every_seconds=15),
    Tick("alert", "vocapp.jobs.sweep.take_back_claims", every_seconds=30),
    Tick("alert", "vocapp.jobs.sweep.age_alerts", every_seconds=60),
    Tick("alert", "vocapp.jobs.sweep.mind_promises", every_seconds=30),
    Tick("alert", "vocapp.jobs.sweep.escalate_alerts", every_seconds=60),
    Tick("alert", "vocapp.jobs.sweep.write_instead", every_seconds=60),
    Tick("alert", "vocapp.jobs.sweep.hand_out_alerts", every_seconds=10),
    Tick("decide", "vocapp.jobs.sweep.clean_up", every_seconds=3600),
    Tick("decide", "vocapp.jobs.reports.plan_reports", every_seconds=30),
    Tick("decide", "vocapp.jobs.publish.publish_months", every_seconds=60),
    Tick("analyse", "vocapp.jobs.check_up.check_up", every_seconds=300),
    Tick("decide", "vocapp.jobs.erase.watch_erasures", every_seconds=3600),
)
"""What is done by the clock; each may run twice."""
