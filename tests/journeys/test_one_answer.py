"""The way of one answer, from what happened to a customer to what the company knows of it, on both installations."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.journeys.installations import Embedded, Production
from tests.journeys.story import (
    ANGRY,
    Page,
    alerts_of,
    answer,
    everything,
    exported,
    happened,
    publish,
    responses_of,
    score_links,
    somebody,
    survey,
    wait_for_mail,
)
from tests.rig.product import survey_link
from tests.rig.waiting import wait_until

Vocapp = Embedded | Production


@pytest.fixture(params=["embedded", pytest.param("on_servers", marks=pytest.mark.postgres)])
def vocapp(request: pytest.FixtureRequest) -> Vocapp:
    found: Vocapp = request.getfixturevalue(request.param)
    return found


def test_what_happened_is_asked_answered_called_back_and_shared(vocapp: Vocapp, request: pytest.FixtureRequest) -> None:
    api = vocapp.api
    api.put("/api/v1/places/nantes", {"name": "Nantes", "kind": "store"}).expect(200, 201)
    ada = somebody("ada", attributes={"buys_for": "gift"})
    told = happened(ada, place="nantes", agent="k.leroy")

    # something happens, twice told: one mail
    assert api.post("/api/v1/events", told).expect(202).json()["accepted"] == 1
    started = time.monotonic()
    assert api.post("/api/v1/events", told).expect(202).json()["duplicates"] == 1
    mail = wait_for_mail(vocapp, ada["email"])
    _note(request, "mail_seconds", started)
    link = survey_link(mail)
    _is_a_good_mail(mail, ada, link)

    # she answers, and what is known is not asked
    page = Page(vocapp.person().get(link).expect(200))
    assert page.questions == {"nps": [str(score) for score in range(11)]}
    thanks = answer(vocapp.person(), link, {"nps": "2", "why": ANGRY, "trouble": ["late", "damaged"], "again": "no"})
    answered = time.monotonic()
    assert thanks.state == "completed"
    assert vocapp.person().get(link).status == 410

    # an alert stands in the queue
    (alert,) = wait_until(lambda: alerts_of(api, ada), 30, what="an alert")
    _note(request, "alert_seconds", answered)
    assert alert["status"] == "new"
    assert "detractor" in alert["kinds"]
    assert alert["place"] == "nantes"

    # what she wrote is understood
    def scored() -> list[dict[str, Any]]:
        return [one for one in responses_of(api, ada) if one["sentiment"]]

    (response,) = wait_until(scored, 40, what="a sentiment")
    _note(request, "sentiment_seconds", answered)
    assert response["sentiment"]["label"] == "negative"
    assert response["answers"] == {"nps": 2, "why": ANGRY, "trouble": ["late", "damaged"], "again": False}
    assert response["asked"] == ["nps", "why", "trouble", "again"]
    assert [one["key"] if isinstance(one, dict) else one for one in response["skipped_known"]] == ["buys_for"]
    assert response["scores"]["nps"] == {"value": 2, "category": "detractor"}
    assert response["context"]["event_id"] == told["id"]
    assert response["context"]["agent"] == "k.leroy"
    assert response["status"] == "completed"
    assert alert["responses"] == [response["id"]]

    # an agent takes it, calls, and resolves it
    _calls_back(vocapp, alert["id"])

    # the company reads all of it
    profile = api.get(f"/api/v1/customers/{ada['external_id']}").expect(200).json()
    assert profile["scores"]["nps"]["value"] == 2
    assert profile["sentiment"]["label"] == "negative"
    assert profile["contact"]["sent_last_7_days"] == 1
    stands = {
        "customers": profile,
        "responses": api.get(f"/api/v1/responses/{response['id']}").expect(200).json(),
        "alerts": api.get(f"/api/v1/alerts/{alert['id']}").expect(200).json(),
    }
    for stream, document in stands.items():
        # what has just changed again is told once nobody who began before it is still writing, in other tests either
        def told_of(stream: str = stream, known: str = document["id"]) -> list[dict[str, Any]]:
            entries = exported(api, stream)
            assert len({entry["seq"] for entry in entries}) == len(entries)
            return [entry for entry in entries if (entry["data"] or {}).get("id") == known]

        last = wait_until(told_of, 30, what=f"{stream} in the export")[-1]
        assert last["op"] == "upsert"
        assert _without_times(last["data"]) == _without_times(document), stream
    assert told["id"] in [entry["data"]["id"] for entry in exported(api, "events")]
    consents = [entry["data"] for entry in exported(api, "consents")]
    assert [one["granted"] for one in consents if one["customer"]["external_id"] == ada["external_id"]] == [True]

    # the figures count it, exactly
    figure = api.get("/api/v1/metrics/nps", survey="story", place="nantes").expect(200).json()
    assert (figure["detractors"], figure["responses"], figure["nps"]) == (1, 1, None)
    vocapp.product.command("counters", "rebuild", "--verify")


def test_a_second_occasion_within_three_days_asks_nobody_and_says_why(vocapp: Vocapp) -> None:
    publish(vocapp.api, survey("story_other", "story.supported"))
    bob = somebody("bob")
    vocapp.api.post("/api/v1/events", happened(bob)).expect(202)
    wait_for_mail(vocapp, bob["email"])
    second = happened(bob, "story.supported")
    vocapp.api.post("/api/v1/events", second).expect(202)

    def decided() -> dict[str, Any] | None:
        wish = {"survey": "story_other", "customer": {"external_id": bob["external_id"]}, "channel": "email"}
        reply = vocapp.api.post("/api/v1/invitations", wish | {"event_id": second["id"]})
        return dict(reply.json()) if reply.status == 200 else None  # 200: it was decided already

    time.sleep(1)  # let the event be decided first
    decision = wait_until(decided, 20, what="a decision")
    assert (decision["status"], decision["reason"]) == ("suppressed", "rest_any")
    profile = vocapp.api.get(f"/api/v1/customers/{bob['external_id']}").expect(200).json()
    assert profile["contact"]["sent_last_7_days"] == 1
    assert len(vocapp.mails(bob["email"])) == 1


def test_one_click_unsubscribes_without_a_cookie_and_the_next_occasion_is_suppressed(vocapp: Vocapp) -> None:
    eve = somebody("eve")
    vocapp.api.post("/api/v1/events", happened(eve)).expect(202)
    mail = wait_for_mail(vocapp, eve["email"])
    address = str(mail["List-Unsubscribe"]).strip("<>")
    person = vocapp.person()
    person.get(address).expect(200)
    profile = vocapp.api.get(f"/api/v1/customers/{eve['external_id']}").expect(200).json()
    assert profile["contact"]["unsubscribed_at"] is None, "opening the page changes nothing"
    reply = person.submit(address, {"List-Unsubscribe": "One-Click"}).expect(200)
    assert reply.url == address
    assert reply.headers["Set-Cookie"] is None
    wish = {"survey": "story", "customer": {"external_id": eve["external_id"]}, "channel": "email"}
    decision = vocapp.api.post("/api/v1/invitations", wish).expect(201).json()
    assert (decision["status"], decision["reason"]) == ("suppressed", "unsubscribed")


def _is_a_good_mail(mail: Any, customer: dict[str, Any], link: str) -> None:
    text = mail.get_body(("plain",)).get_content()
    whole = text + mail.get_body(("html",)).get_content()
    assert re.search(r"https?://\S+", text)[0] == link  # type: ignore[index]
    assert next(line for line in text.splitlines() if link in line).endswith(link)
    assert customer["email"] not in whole
    assert customer["external_id"] not in whole
    assert str(mail["Subject"]).startswith("Ada")
    assert "LM-4711" in text
    assert re.fullmatch(r"<https?://\S+/unsubscribe/\S+>", str(mail["List-Unsubscribe"]))
    assert str(mail["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    assert [url.rpartition("?")[2] for url in score_links(mail)] == [f"nps={score}" for score in range(11)]


def _note(request: pytest.FixtureRequest, name: str, since: float) -> None:
    """Keep how long something took, for reports."""
    request.node.user_properties.append((name, round(time.monotonic() - since, 2)))


def _calls_back(vocapp: Vocapp, alert_id: str) -> None:
    api, path = vocapp.api, f"/api/v1/alerts/{alert_id}"
    assert api.post(f"{path}/claim", {"agent": "Ana"}).expect(200).json()["assignee"] == "Ana"
    lost = api.post(f"{path}/claim", {"agent": "Ben"}).expect(409)
    assert "Ana" in lost.text
    api.post(f"{path}/resolve", {"root_cause": "carrier"}).expect(409)
    assert api.post(f"{path}/contact", {"outcome": "no_answer"}).expect(200).json()["status"] == "claimed"
    assert api.post(f"{path}/contact", {"outcome": "reached", "note": "Desolee"}).expect(200).json()["status"] == (
        "contacted"
    )
    done = api.post(f"{path}/resolve", {"root_cause": "carrier", "note": "Refunded"}).expect(200).json()
    assert done["status"] == "resolved"
    moves = [line["action"] for line in done["history"] if line["action"] not in {"told", "maybe_told", "not_told"}]
    assert moves == ["opened", "claim", "contact", "contact", "resolve"]
    assert alert_id not in [one["id"] for one in everything(api, "/api/v1/alerts", status="new,claimed,contacted")]


def _without_times(document: dict[str, Any]) -> dict[str, Any]:
    """A profile's outlook goes with the clock; all else stands still."""
    kept = {key: value for key, value in document.items() if key not in {"updated_at", "contact"}}
    return {key: _same_zone(value) for key, value in kept.items()}


def _same_zone(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _same_zone(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_same_zone(one) for one in value]
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)", value):
        return datetime.fromisoformat(value).astimezone(UTC)
    return value
