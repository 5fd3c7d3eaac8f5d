"""What the stories are made of: a survey, people, what happens to them, and how they answer."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any, Protocol

from tests.rig.http import HttpClient, Reply
from tests.rig.product import survey_link
from tests.rig.waiting import wait_until

ANGRY = "C'est une honte : colis cassé, livré avec huit jours de retard, et personne ne répond. Plus jamais chez vous."

_numbers = itertools.count(1)


class Installation(Protocol):
    """What a story needs of a running vocapp."""

    @property
    def api(self) -> HttpClient: ...
    def mails(self, address: str) -> list[EmailMessage]: ...
    def person(self) -> HttpClient: ...


def survey(key: str = "story", event: str = "story.delivered", **trigger: Any) -> dict[str, Any]:
    """Return a definition: a score, a word about it, what was wrong for the unhappy, and something to be known."""
    return {
        "key": key,
        "title": {"fr": "Votre livraison", "en": "Your delivery"},
        "default_language": "fr",
        "trigger": {"event": event, "delay": "PT0S"} | trigger,
        "invitation": {
            "subject": {
                "fr": "{{ customer.first_name | default: 'Bonjour' }}, tout est bien arrivé ?",
                "en": "{{ customer.first_name | default: 'Hello' }}, did it all arrive?",
            },
            "body": {
                "fr": "Votre commande {{ event.properties.order | default: '' }} est livrée.",
                "en": "Your order {{ event.properties.order | default: '' }} has arrived.",
            },
        },
        "questions": [
            {
                "key": "nps",
                "type": "nps",
                "text": {"fr": "Nous recommanderiez-vous à un proche ?", "en": "Would you recommend us to a friend?"},
                "must_ask": True,
                "required": True,
            },
            {
                "key": "why",
                "type": "long_text",
                "text": {"fr": "Pourquoi cette note ?", "en": "Why this score?"},
                "must_ask": True,
            },
            {
                "key": "trouble",
                "type": "multiple_choice",
                "text": {"fr": "Qu'est-ce qui est en cause ?", "en": "What was it about?"},
                "choices": [
                    {"key": "late", "text": {"fr": "Le délai", "en": "The delay"}},
                    {"key": "damaged", "text": {"fr": "Un colis abîmé", "en": "A damaged parcel"}},
                ],
                "ask_if": {"<=": [{"var": "answers.nps"}, 6]},
            },
            {
                "key": "buys_for",
                "type": "single_choice",
                "text": {"fr": "Pour qui achetez-vous ?", "en": "Who do you buy for?"},
                "choices": [
                    {"key": "self", "text": {"fr": "Pour moi", "en": "For myself"}},
                    {"key": "gift", "text": {"fr": "Pour offrir", "en": "As a gift"}},
                ],
                "attribute": "buys_for",
            },
            {
                "key": "again",
                "type": "yes_no",
                "text": {"fr": "Rachèterez-vous chez nous ?", "en": "Will you buy from us again?"},
            },
        ],
        "thanks": {"fr": "Merci beaucoup.", "en": "Thank you very much."},
    }


def publish(api: HttpClient, definition: dict[str, Any]) -> None:
    """Put a survey and publish it."""
    api.put(f"/api/v1/surveys/{definition['key']}", definition).expect(200, 201)
    api.post(f"/api/v1/surveys/{definition['key']}/publish").expect(200)


def somebody(name: str = "somebody", **core: Any) -> dict[str, Any]:
    """Return a new customer as the API takes them: has agreed to surveys, and lives where it is day."""
    number = next(_numbers)
    return {
        "external_id": f"{name}-{number}",
        "email": f"{name}-{number}@example.test",
        "first_name": name.capitalize(),
        "locale": "fr-FR",
        "timezone": where_it_is_noon(),
        "consents": [
            {
                "purpose": "surveys",
                "granted": True,
                "source": "checkout",
                "text_version": "2026-01",
                "at": datetime.now(UTC).isoformat(),
            }
        ],
    } | core


def happened(customer: dict[str, Any], event: str = "story.delivered", **more: Any) -> dict[str, Any]:
    """Return what happened to a customer just now, as the API takes it."""
    return {
        "id": f"event-{next(_numbers)}",
        "event": event,
        "occurred_at": datetime.now(UTC).isoformat(),
        "customer": customer,
        "properties": {"order": "LM-4711"},
    } | more


def where_it_is_noon() -> str:
    """Return a time zone in which no quiet hours hold a mail back now."""
    ahead = 12 - datetime.now(UTC).hour
    return "Etc/GMT" if ahead == 0 else f"Etc/GMT{-ahead:+d}"  # POSIX signs: east is minus


def wait_for_mail(installation: Installation, address: str, *, seconds: float = 30.0) -> EmailMessage:
    """Return the newest mail to an address, once there is one."""
    return wait_until(lambda: installation.mails(address), seconds, what=f"a mail to {address}")[-1]


def invited(installation: Installation, customer: dict[str, Any], **more: Any) -> str:
    """Let something happen to a customer, and return the link in their mail."""
    installation.api.post("/api/v1/events", happened(customer, **more)).expect(202)
    return survey_link(wait_for_mail(installation, customer["email"]))


def link_for(api: HttpClient, customer: dict[str, Any], survey_key: str = "story") -> str:
    """Return a survey link that the caller carries; faster than a mail."""
    api.put(f"/api/v1/customers/{customer['external_id']}", without_id(customer)).expect(200, 201)
    wish = {"survey": survey_key, "customer": {"external_id": customer["external_id"]}, "channel": "link"}
    return str(api.post("/api/v1/invitations", wish).expect(201).json()["url"])


def without_id(customer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in customer.items() if key != "external_id"}


class Page(HTMLParser):
    """A survey page as a person without JavaScript has it: its first form, and the state of the body."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.state: str | None = None
        self.action: str | None = None
        self.hidden: dict[str, str] = {}
        self.questions: dict[str, list[str]] = {}
        """Question key → the values that can be chosen; none: to be written."""
        self.chosen: dict[str, list[str]] = {}
        self._in_form = False
        self.feed(reply.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "body":
            self.state = at.get("data-state")
        elif tag == "form" and self.action is None and at.get("method") == "post":
            self.action, self._in_form = at["action"], True
        elif self._in_form and tag in {"input", "select", "textarea"}:
            self._field(at)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._in_form = False

    def _field(self, at: dict[str, str]) -> None:
        if at.get("type") == "hidden":
            self.hidden[at["name"]] = at["value"]
            return
        values = self.questions.setdefault(at["name"], [])
        if at.get("type") in {"radio", "checkbox"}:
            values.append(at["value"])
            if "checked" in at:
                self.chosen.setdefault(at["name"], []).append(at["value"])


def answer(person: HttpClient, link: str, answers: dict[str, Any], *, pages: int = 10) -> Page:
    """Answer page after page, leaving empty what is not in `answers`, up to the thanks or for `pages` pages."""
    page = Page(person.get(link).expect(200))
    for _ in range(pages):
        if page.state == "completed":
            break
        assert page.action, "a page without a form"
        given = {key: answers[key] for key in page.questions if key in answers}
        page = Page(person.submit(page.action, page.hidden | given).expect(200))
    return page


def alerts_of(api: HttpClient, customer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a customer's alerts, from the queue."""
    found = everything(api, "/api/v1/alerts")
    return [alert for alert in found if alert["customer"]["external_id"] == customer["external_id"]]


def responses_of(api: HttpClient, customer: dict[str, Any]) -> list[dict[str, Any]]:
    found = everything(api, "/api/v1/responses")
    return [one for one in found if one["customer"]["external_id"] == customer["external_id"]]


def everything(api: HttpClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """Read a list to its end."""
    found: list[dict[str, Any]] = []
    query["limit"] = 100
    while True:
        page = api.get(path, **query).expect(200).json()
        found += page["data"]
        if not page["next_cursor"]:
            return found
        query["cursor"] = page["next_cursor"]


def exported(api: HttpClient, stream: str) -> list[dict[str, Any]]:
    """Read an export stream from zero."""
    entries: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 100}
    while True:
        page = api.get(f"/api/v1/export/{stream}", **query).expect(200).json()
        entries += page["data"]
        if not page["has_more"]:
            return entries
        query["cursor"] = page["next_cursor"]


def score_links(mail: EmailMessage) -> list[str]:
    """Return the links of the first question's choices in a mail's HTML."""
    part = mail.get_body(("html",))
    assert part is not None
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+/s/[^"]+\?nps=\d+)"', part.get_content())]
