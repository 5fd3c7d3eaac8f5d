"""The team hears of an unhappy answer where it works, from the running product."""

from __future__ import annotations

from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.journeys.installations import Embedded, Production
from tests.journeys.story import alerts_of, answer, link_for, somebody
from tests.rig.receiver import Receiver
from tests.rig.waiting import wait_until

Vocapp = Embedded | Production


@pytest.fixture(params=["embedded", pytest.param("on_servers", marks=pytest.mark.postgres)])
def vocapp(request: pytest.FixtureRequest) -> Vocapp:
    found: Vocapp = request.getfixturevalue(request.param)
    return found


def test_a_signed_webhook_tells_of_an_unhappy_answer_and_again_after_a_failure(vocapp: Vocapp) -> None:
    api, ada = vocapp.api, somebody("ada")
    with Receiver() as desk:
        hook = {"name": "Desk", "kind": "webhook", "target": desk.url, "kinds": ["detractor"]}
        made = api.post("/api/v1/notifiers", hook).expect(201).json()
        path = f"/api/v1/notifiers/{made['id']}"
        api.post(f"{path}/test").expect(202)
        [test] = desk.wait_for(1)
        assert Webhook(made["secret"]).verify(test.body, dict(test.headers))["type"] == "notifier.test"

        desk.script = [503]
        assert answer(vocapp.person(), link_for(api, ada), {"nps": "1"}).state == "completed"
        (alert,) = wait_until(lambda: alerts_of(api, ada), 20, what="an alert")
        _, refused, taken = desk.wait_for(3, 40)
        for got in (refused, taken):
            document = Webhook(made["secret"]).verify(got.body, dict(got.headers))
            assert document["data"]["alert"]["id"] == alert["id"]
        assert refused.headers["webhook-id"] == taken.headers["webhook-id"]

        def told() -> list[Any]:
            history = api.get(f"/api/v1/alerts/{alert['id']}").expect(200).json()["history"]
            return [line for line in history if line["action"] == "told"]

        assert len(wait_until(told, 20, what="a line of history")) == 1
        assert api.get(path).expect(200).json()["failures"] == 0
        api.delete(path).expect(204)
