"""The mail provider has its moods: it asks to wait, turns us away, and tells too early. On real processes."""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.journeys.story import happened, publish, somebody, survey
from tests.rig.installed import installed_data_dir
from tests.rig.product import Product
from tests.rig.run import Run
from tests.rig.waiting import wait_until
from tests.webhook import PATH, Signer, told, written

SIGNER, OLD = Signer(), Signer()


class SendGrid:
    """Keeps what it takes; `mood` says what it answers, `first` is done before it answers 202."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, str]] = []
        """When, and with which key."""
        self.taken: list[dict[str, Any]] = []
        self.mood: tuple[int, dict[str, str]] = (202, {})
        self.good_key = "SG.first"
        self.first: Callable[[dict[str, Any]], object] = lambda mail: None
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                mail = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                key = self.headers["Authorization"].removeprefix("Bearer ")
                peer.calls.append((time.monotonic(), key))
                status, headers = peer.mood if key == peer.good_key else (401, {})
                if status == 202:
                    peer.taken.append(mail)
                    peer.first(mail)
                    headers = {"X-Message-Id": f"sg-{len(peer.taken)}"}
                self.send_response(status)
                for name, value in {**headers, "Content-Length": "0"}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    def to(self, customer: dict[str, Any]) -> list[dict[str, Any]]:
        return [mail for mail in self.taken if addressee(mail) == customer["email"]]


@pytest.fixture
def sendgrid() -> Iterator[SendGrid]:
    peer = SendGrid()
    yield peer
    peer.stop()


def addressee(mail: dict[str, Any]) -> str:
    return str(mail["personalizations"][0]["to"][0]["email"])


def id_of(mail: dict[str, Any]) -> str:
    return str(mail["personalizations"][0]["custom_args"]["vocapp_id"])


def tell(product: Product, *events: dict[str, Any]) -> dict[str, Any]:
    body = written(list(events))
    request = urllib.request.Request(
        product.base_url + PATH, data=body, headers=SIGNER.headers(body, datetime.now(UTC)), method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as reply:
        assert reply.status == 200
        return dict(json.loads(reply.read()))


@pytest.mark.timeout(300)
def test_a_provider_in_every_mood(run: Run, new_product: Callable[..., Product], sendgrid: SendGrid) -> None:
    settings = {
        "MAIL_BACKEND": "sendgrid",
        "SENDGRID_API_KEY": "SG.first",
        "SENDGRID_HOST": sendgrid.host,
        "SENDGRID_WEBHOOK_PUBLIC_KEY": f"{OLD.public_key} {SIGNER.public_key}",
        "MAIL_FROM": "Maison X <avis@maison.test>",
    }
    product = new_product(settings=settings, data_dir=installed_data_dir(run)).start()
    api = product.machine()
    publish(api, survey())

    def invite(name: str) -> dict[str, Any]:
        person = somebody(name)
        api.put(f"/api/v1/customers/{person['external_id']}", person).expect(201)
        api.post("/api/v1/events", happened(person)).expect(202)
        return person

    def invitation_of(person: dict[str, Any]) -> dict[str, Any]:
        found = api.get("/api/v1/invitations", customer=person["external_id"]).expect(200).json()["data"]
        return dict(found[0]) if found else {"status": None, "delivery": None}

    def contact_of(person: dict[str, Any]) -> dict[str, Any]:
        return dict(api.get(f"/api/v1/customers/{person['external_id']}").expect(200).json()["contact"])

    # told before we were answered, let alone had committed
    now = datetime.now(UTC)
    sendgrid.first = lambda mail: tell(product, told("delivered", id_of(mail), now, email=addressee(mail)))
    ada = invite("ada")
    wait_until(lambda: invitation_of(ada)["delivery"] == "delivered", 40)
    wait_until(lambda: invitation_of(ada)["status"] == "sent", 20)
    assert len(sendgrid.to(ada)) == 1
    [mail] = sendgrid.to(ada)
    assert not any(one["enable"] for one in mail["tracking_settings"].values())
    assert ada["external_id"] not in json.dumps(mail["personalizations"][0]["custom_args"])
    sendgrid.first = lambda mail: None

    # a bounce suppresses the address, whatever is told after it
    bounce = told("bounce", id_of(mail), now, email=ada["email"], status="5.1.1", reason="550 unknown")
    assert tell(product, bounce, bounce) == {"accepted": 1, "duplicates": 1, "ignored": 0}
    wait_until(lambda: contact_of(ada)["reason"] == "suppressed_bounce", 20)
    tell(product, told("delivered", id_of(mail), now, email=ada["email"]))
    assert invitation_of(ada)["reason"] == "bounced"

    # asked to wait
    sendgrid.mood = (429, {"Retry-After": "4"})
    ben = invite("ben")
    wait_until(lambda: invitation_of(ben).get("reason") == "provider_deferred", 40)
    asked_at, _ = sendgrid.calls[-1]
    sendgrid.mood = (202, {})
    cleo = invite("cleo")
    wait_until(lambda: sendgrid.to(ben) and sendgrid.to(cleo), 40)
    after = [at for at, _ in sendgrid.calls if at > asked_at]
    assert min(after) - asked_at >= 3.9
    assert [invitation_of(one)["attempts"] for one in (ben, cleo)] == [0, 0]

    # turned away
    sendgrid.good_key = "SG.second"
    dan = invite("dan")
    wait_until(lambda: invitation_of(dan).get("reason") == "mail_stopped", 40)
    wait_until(lambda: halted(product) == 1.0, 20)
    assert "was turned away" in product.command("mail", "status", check=False)
    calls = len(sendgrid.calls)
    eve = invite("eve")
    wait_until(lambda: invitation_of(eve)["status"] == "scheduled", 30)
    time.sleep(3)  # nothing may happen: there is no event to wait for
    assert len(sendgrid.calls) == calls

    # and with another key
    product.stop()
    product = new_product(data_dir=product.data_dir, settings={**settings, "SENDGRID_API_KEY": "SG.second"}).start()
    api = product.machine()
    wait_until(lambda: sendgrid.to(dan) and sendgrid.to(eve), 60)
    wait_until(lambda: halted(product) == 0.0, 30)
    assert all(len(sendgrid.to(one)) == 1 for one in (ada, ben, cleo, dan, eve))


def halted(product: Product) -> float:
    text = product.person().get("/metrics").expect(200).text
    found = re.search(r'vocapp_mail_halted\{reason="turned_away"\} ([\d.]+)', text)
    assert found
    return float(found[1])
