"""Complaints stop a survey, on real processes and PostgreSQL; whoever looked at it lets it go on."""

from __future__ import annotations

import re
import urllib.request
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.journeys.installations import PROVIDER, Production
from tests.journeys.story import happened, publish, somebody, survey
from tests.rig.waiting import wait_until
from tests.webhook import PATH, told, written

pytestmark = pytest.mark.postgres

EVENT = "story.pestered"


def test_complaints_stop_a_survey_until_somebody_resumes_it(on_servers: Production) -> None:
    api = on_servers.api
    publish(api, survey("pestering", EVENT))

    def invite(name: str) -> dict[str, Any]:
        person = somebody(name)
        api.post("/api/v1/events", happened(person, EVENT)).expect(202)
        return person

    def invitation_of(person: dict[str, Any]) -> dict[str, Any]:
        found = api.get("/api/v1/invitations", customer=person["external_id"]).expect(200).json()["data"]
        return dict(found[0]) if found else {"status": None, "reason": None}

    def sending() -> dict[str, Any]:
        return dict(api.get("/api/v1/surveys/pestering").expect(200).json()["sending"])

    annoyed = [invite("annoyed") for _ in range(3)]
    wait_until(lambda: all(invitation_of(one)["status"] == "sent" for one in annoyed), 40)
    assert sending() == {"held": False, "reason": None, "since": None, "hold": None}
    now = datetime.now(UTC)
    _report(on_servers, *(told("spamreport", invitation_of(one)["id"], now, email=one["email"]) for one in annoyed))
    wait_until(lambda: sending()["held"], 60, what="a held survey")
    assert sending()["reason"] == "complaints"
    metrics = on_servers.person().get("/metrics").expect(200).text
    assert re.search(r'vocapp_surveys_held\{reason="complaints"\} 1', metrics)

    next_one = invite("next")
    wait_until(lambda: invitation_of(next_one)["status"], 30)
    assert (invitation_of(next_one)["status"], invitation_of(next_one)["reason"]) == ("held", "survey_held")
    assert on_servers.mails(next_one["email"]) == []

    for _ in range(2):
        assert api.post("/api/v1/surveys/pestering/resume").expect(200).json()["sending"]["held"] is False
    wait_until(lambda: on_servers.mails(next_one["email"]), 30, what="the mail that was held")
    wait_until(lambda: invitation_of(next_one)["status"] == "sent", 30)


def _report(vocapp: Production, *events: dict[str, Any]) -> None:
    body = written(list(events))
    headers = PROVIDER.headers(body, datetime.now(UTC))
    request = urllib.request.Request(vocapp.product.base_url + PATH, data=body, headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=10) as reply:
        assert reply.status == 200
