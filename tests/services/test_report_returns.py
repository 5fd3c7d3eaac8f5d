"""What the provider tells of a report to staff: whoever can't or won't have it any more gets no next one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.builders import House
from tests.services.test_reports import HOUR, MONDAY, clock, house, join, subscribe
from vocapp.domain.delivery import Report
from vocapp.models import AuditEntry, Contact, MailReport, ReportMail, ReportSubscription
from vocapp.services import hearing_back

__all__ = ["house"]


@pytest.mark.parametrize(
    ("kind", "suppresses", "ends"),
    [
        ("bounced", "bounce", True), ("complained", "complaint", True), ("unsubscribed", None, True),
        ("bounced", None, False), ("delivered", None, False),
    ],
)  # fmt: skip
def test_a_dead_address_or_a_complaint_ends_that_subscription(
    house: House, kind: Any, suppresses: Any, ends: bool
) -> None:
    subscription = subscribe(house, join(house, "lea@m.test"))
    other = subscribe(house, join(house, "tom@m.test"))
    clock(house, MONDAY)
    mail = next(one for one in house.rows(ReportMail) if one.subscription_id == subscription)
    told = Report(key="r1", kind=kind, at=MONDAY, mail_id=mail.id, address="lea@m.test", suppresses=suppresses)
    for key in ("r1", "r2"):
        with house.writing():
            hearing_back.take_in(
                reports=[replace(told, key=key)], told_by="sendgrid", secret=house.secret, now=MONDAY + HOUR
            )
    house.work("MailReported")
    left = {one.id: one.left_at is not None for one in house.rows(ReportSubscription)}
    assert left == {subscription: ends, other: False}
    assert {(one.workspace_id, one.outcome) for one in house.rows(MailReport)} == {(house.id, "applied")}
    noted = [(one.subject, one.after) for one in house.rows(AuditEntry) if one.action == "report.removed"]
    assert noted == ([("lea@m.test", {"report": "weekly", "returned": suppresses or kind})] if ends else [])
    assert not house.rows(Contact, Contact.suppressed_at.is_not(None))
