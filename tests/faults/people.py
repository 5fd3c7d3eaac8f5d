"""Those who are asked: crowds to be mailed, people with a link, and the patient way in which they answer."""

from __future__ import annotations

from typing import Any

from tests.faults.stage import Stage
from tests.journeys.story import Page, happened, link_for, publish, somebody, survey

PAGE: dict[str, Any] = {
    "key": "page",
    "title": {"fr": "Votre avis", "en": "Your opinion"},
    "default_language": "fr",
    "layout": "page",
    "questions": [
        {
            "key": "nps",
            "type": "nps",
            "text": {"fr": "Nous recommanderiez-vous à un proche ?", "en": "Would you recommend us to a friend?"},
            "required": True,
        },
        {"key": "why", "type": "long_text", "text": {"fr": "Pourquoi cette note ?", "en": "Why this score?"}},
    ],
    "thanks": {"fr": "Merci beaucoup.", "en": "Thank you very much."},
}
"""Everything on one page: one POST is the whole response."""


def crowd(count: int, name: str = "crowd") -> list[dict[str, Any]]:
    return [somebody(name) for _ in range(count)]


def mail_to(stage: Stage, people: list[dict[str, Any]], event: str = "story.delivered") -> None:
    """Let something happen to each that they are to be mailed about, and note that they are."""
    stage.books.mailed |= {person["email"] for person in people}
    for start in range(0, len(people), 500):
        events = [happened(person, event) for person in people[start : start + 500]]
        reply = stage.books.tell(stage.vocapp.api, events)
        assert reply is not None
        assert reply.status == 202, reply.text


def stories(stage: Stage, *keys: str, **trigger: Any) -> None:
    """Publish surveys by mail; each waits for the event `KEY.delivered`."""
    for key in keys or ("story",):
        publish(stage.vocapp.api, survey(key, f"{key}.delivered", **trigger))


def link_to_page(stage: Stage, person: dict[str, Any]) -> str:
    """Return a link to the survey of one page, which is published."""
    return link_for(stage.vocapp.api, person, "page")


def answer_surely(
    stage: Stage, person: dict[str, Any], link: str, nps: int, why: str = "", *, survey_key: str = "page"
) -> int:
    """Open a link and submit until it is certain that the answer is kept, and note it in the books.

    Returns how often a 503 to the submission turned out to be one whose answer was kept after all.
    """
    client = stage.vocapp.person()
    answers = {"nps": str(nps), **({"why": why} if why else {})}
    refused = submitted = False
    while True:
        reply = stage.books.insist(lambda: client.get(link), api=False)
        if reply.status == 410 and submitted:
            stage.books.thanked(person["external_id"], survey_key, nps)
            return int(refused)
        page = Page(reply.expect(200))
        while page.action and page.state != "completed":
            fields = page.hidden | {key: answers[key] for key in page.questions if key in answers}
            action = page.action
            said = stage.books.ask(lambda a=action, f=fields: client.submit(a, f), api=False)  # type: ignore[misc]
            submitted = True
            refused = said is not None and said.status == 503
            if said is None or said.status >= 500 or said.status == 410:
                break
            page = Page(said.expect(200))
        if page.state == "completed":
            stage.books.thanked(person["external_id"], survey_key, nps)
            return 0
