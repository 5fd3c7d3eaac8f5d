"""The surveys: in words, and as a customer would see them."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from tests.web.console import crowd
from tests.web.console.conftest import SURVEY, Browser, World
from vocapp.domain.links import make_token
from vocapp.models import Base, SurveyHold, db, new_id, transaction
from vocapp.services import inviting_one, surveying
from vocapp.web.respond.brand import VISIT_ELEMENT

FULL: dict[str, Any] = {
    "key": "after_visit",
    "title": {"fr": "Votre visite", "en": "Your visit"},
    "default_language": "fr",
    "trigger": {
        "event": "store.visited",
        "delay": "PT2H",
        "sample": 0.5,
        "when": {">=": [{"var": "event.properties.total"}, 50]},
    },
    "questions": [
        {"key": "nps", "type": "nps", "required": True,
         "text": {"fr": "Nous recommander ?", "en": "Recommend us?"}},
        {"key": "sorry", "type": "long_text", "ask_if": {"<=": [{"var": "answers.nps"}, 6]},
         "text": {"fr": "Désolés, {{ customer.first_name }}. Pourquoi ?",
                  "en": "Sorry, {{ customer.first_name }}. Why?"}},
        {"key": "who", "type": "single_choice", "attribute": "buys_for", "fresh_for": "P180D",
         "ask_if": {"and": [{">": [{"var": "answers.nps"}, 6]}, {"!": {"known": "customer.attributes.pro"}}]},
         "text": {"fr": "Pour qui ?", "en": "For whom?"},
         "choices": [{"key": "self", "text": {"fr": "Pour moi", "en": "For me"}},
                     {"key": "gift", "text": {"fr": "Pour offrir", "en": "As a gift"}}]},
        {"key": "when", "type": "date", "ask_if": {"in": [{"var": "answers.who"}, ["gift", "self"]]},
         "text": {"fr": "Quand ?", "en": "When?"}},
    ],
    "thanks": {"fr": "Merci beaucoup.", "en": "Thank you very much."},
}  # fmt: skip


@pytest.fixture
def seen(world: World) -> World:
    _put(world, FULL)
    return world


def test_the_list_says_when_each_goes_and_what_came_of_it(seen: World) -> None:
    crowd.fill(seen, 8)
    owner = seen.log_in("owner")
    page = _text(owner.get("/console/surveys").text)
    when = "2 h après « visite en magasin », si « Montant » (événement) est 50 ou plus, 50 % des occasions"
    assert f"Votre visite {when} En service version 1" in page
    assert "Votre livraison Aucun événement ne la déclenche. À la main version 1 Mails en 30 jours 8" in page
    by_hand = owner.get("/console/surveys?state=by_hand").text
    assert "Votre livraison" in by_hand
    assert "Votre visite" not in by_hand
    assert "Rien ne correspond" in owner.get("/console/surveys?state=draft").text
    assert "2 hrs after “store visited”" in _text(seen.log_in("viewer", "en").get("/console/surveys").text)


def test_one_survey_says_its_branches(seen: World) -> None:
    page = _text(seen.log_in("analyst").get("/console/surveys/after_visit").text)
    for said in (
        "Nous recommander ? recommandation, 0 à 10, réponse obligatoire Posée à tous.",
        "Désolés, Anne-Sophie. Pourquoi ?",
        "Posée si la réponse à « Nous recommander ? » est 6 ou moins.",
        "au-dessus de 6 et on ne connaît pas « pro » (fiche du client).",
        "Pas posée si « Achète pour » est connu depuis moins de 6 mois.",
        "Posée si la réponse à « Pour qui ? » est « Pour offrir » ou « Pour moi ».",
    ):
        assert said in page, said


def test_one_button_lets_a_survey_go_out_and_one_stops_it(seen: World) -> None:
    waiting = {**FULL, "key": "waiting", "trigger": {**FULL["trigger"], "active": False}}
    _put(seen, waiting)
    owner, path = seen.log_in("owner"), "/console/surveys/waiting"
    listed = _text(owner.get("/console/surveys").text)
    assert "une fois en service : 2 h après « visite en magasin »" in listed
    assert "Pas en service version 1" in listed
    page = owner.get(path).text
    assert "elle partira d’elle-même, par e-mail : 2 h après « visite en magasin », si « Montant »" in _text(page)
    assert "Aucun événement « visite en magasin » n’est arrivé récemment" in _text(page)
    assert "La version 2 sera publiée" in _text(page)
    assert _press(owner, path, page, version="7").status_code == 303  # somebody published another meanwhile
    assert "Une autre version a été publiée" in owner.get(path).text
    assert _press(owner, path, page).status_code == 303
    page = owner.get(path).text
    assert "L’enquête est en service." in page
    assert "plus aucune invitation ne sera décidée" in page
    _press(owner, path, page, on="yes")
    assert "c’était déjà fait" in _text(owner.get(path).text)
    with seen.app.app_context():
        assert "store.visited" in _wanted(seen)
        first, second = (surveying.load_version(workspace_id=seen.ours.workspace_id, key="waiting", version=n)
                         for n in (1, 2))  # fmt: skip
        assert first.trigger is not None
        assert second.trigger is not None
        assert (first.trigger.active, second.trigger.active) == (False, True)
        assert first.questions == second.questions
    _press(owner, path, page)
    assert "version 3" in owner.get(path).text
    journal = _text(owner.get("/console/settings/journal").text)
    assert "Enquête mise en service : waiting" in journal
    assert "Enquête arrêtée : waiting" in journal


def test_a_draft_stays_a_draft_when_its_survey_is_switched(seen: World) -> None:
    """And takes the switch over: publishing it later does not turn back what was decided."""
    _put(seen, {**FULL, "title": {"fr": "Votre passage"}}, publish=False)
    analyst, path = seen.log_in("analyst"), "/console/surveys/after_visit"
    page = analyst.get(path).text
    assert "Votre brouillon modifié reste un brouillon." in page
    _press(analyst, path, page)
    page = analyst.get(path).text
    assert "Votre visite" in page
    assert "brouillon modifié" in page
    with seen.app.app_context():
        drafted = surveying.find_draft(workspace_id=seen.ours.workspace_id, key="after_visit")
        assert drafted is not None
        assert drafted.draft["title"] == {"fr": "Votre passage"}
        assert drafted.draft["trigger"]["active"] is False
        assert drafted.published_version == 2


def test_a_survey_that_never_was_is_published_by_the_switch(seen: World) -> None:
    _put(seen, {**FULL, "key": "young"}, publish=False)
    owner, path = seen.log_in("owner"), "/console/surveys/young"
    page = owner.get(path).text
    assert "ce sera la version 1" in _text(page)
    _press(owner, path, page)
    assert "version 1" in owner.get(path).text


def test_a_draft_that_changed_meanwhile_is_not_published_unread(seen: World) -> None:
    young = {**FULL, "key": "young"}
    _put(seen, young, publish=False)
    owner, path = seen.log_in("owner"), "/console/surveys/young"
    page = owner.get(path).text
    _put(seen, {**young, "title": {"fr": "Votre passage"}}, publish=False)
    _press(owner, path, page)
    page = owner.get(path).text
    assert "Le brouillon a été modifié entre-temps." in page
    assert "ce sera la version 1" in _text(page)
    _put(seen, {**young, "title": {"fr": "Votre passage"}}, publish=False)  # it says the same
    _press(owner, path, page)
    assert "L’enquête est en service." in owner.get(path).text


def test_who_resumes_a_survey_ends_the_hold_that_the_page_showed(seen: World) -> None:
    owner, path = seen.log_in("owner"), "/console/surveys/after_visit"

    def hold() -> str:
        with seen.app.app_context(), transaction() as session:
            row = {"survey_key": "after_visit", "reason": "complaints", "delivered": 40, "complained": 3}
            session.add(
                SurveyHold(workspace_id=seen.ours.workspace_id, id=new_id(), unsubscribed=0, held_at=_now(), **row)
            )
        found = re.search(r'name="hold" value="([^"]+)"', owner.get(path).text)
        assert found
        return found[1]

    first = hold()
    owner.post(f"{path}/resume", hold=first)
    assert "L’envoi reprend." in owner.get(path).text
    second = hold()
    for old in (first, "", "none"):
        assert owner.post(f"{path}/resume", hold=old).status_code == 303
        assert "s’est de nouveau suspendu" in owner.get(path).text
    owner.post(f"{path}/resume", hold=second)
    assert "L’envoi reprend." in owner.get(path).text
    owner.post(f"{path}/resume", hold=second)
    assert "L’envoi avait déjà repris." in owner.get(path).text


def test_only_who_may_publish_has_the_switch(seen: World) -> None:
    path = "/console/surveys/after_visit"
    for role in ("agent", "viewer", "south"):
        browser = seen.log_in(role)
        page = browser.get(path).text
        assert "/switch" not in page
        assert "Un responsable ou un analyste de toute l’entreprise" in page
        assert browser.post(f"{path}/switch", on="no", version="1").status_code == 403
    owner = seen.log_in("owner")
    assert owner.post("/console/surveys/nothing/switch", on="yes").status_code == 404
    assert owner.post(f"{path}/switch", csrf_token="", on="no", version="1").status_code == 400
    owner.post("/console/surveys/delivery/switch", on="yes", version="1")
    assert (
        "ne peut pas être publiée telle quelle" in owner.get("/console/surveys/delivery").text
    )  # no event asks for it


def test_a_changed_draft_is_told_and_can_be_looked_at(seen: World) -> None:
    draft = {**FULL, "title": {"fr": "Votre passage", "en": "Your stop"}}
    _put(seen, draft, publish=False)
    browser = seen.log_in("owner")
    page = browser.get("/console/surveys/after_visit").text
    assert "brouillon modifié" in page
    assert "Votre visite" in page
    assert "Votre passage" in browser.get("/console/surveys/after_visit/preview/0?version=0").text
    assert "Votre visite" in browser.get("/console/surveys/after_visit/preview/0").text


def test_a_preview_is_the_page_that_a_customer_gets(seen: World) -> None:
    crowd.fill(seen, 1)
    with seen.app.app_context(), transaction():
        invited = inviting_one.invite_one(
            workspace_id=seen.ours.workspace_id,
            wish=inviting_one.Wish(survey="after_visit", customer="crowd-0", channel="link"),
            now=datetime.now(UTC),
        )
    token = make_token(seen.app.config["SECRET_KEY"].encode(), "survey", invited.invitation_id)
    real = seen.app.test_client().get(f"/s/{token}").text.replace(f"/s/{token}", "#")
    shown = seen.log_in("viewer").get("/console/surveys/after_visit/preview/0?mood=high&language=fr").text
    assert shown == real.replace(str(VISIT_ELEMENT), ""), "but for what tells of a visit: a preview is none"
    assert shown != real


def test_a_preview_goes_the_way_of_who_answers(seen: World) -> None:
    browser = seen.log_in("viewer")

    def texts(query: str, key: str = "after_visit") -> list[str]:
        page = browser.get(f"/console/surveys/{key}/preview?{query}").text
        parts = re.findall(r'<iframe src="([^"]+)"', page)
        return [browser.get(html.unescape(part)).text for part in parts]

    mail, first, sorry, thanks = texts("mood=low")
    assert "Nous recommander" in mail
    assert 'data-state="asking"' in first
    assert "Désolés, Anne-Sophie" in sorry
    assert "Merci beaucoup" in thanks
    assert [len(texts(f"mood={mood}")) for mood in ("low", "middle", "high")] == [4, 5, 5]
    english = texts("mood=low&language=en")
    assert "Sorry, Anne-Sophie" in english[2]
    assert 'lang="en"' in english[2]
    assert [len(texts(f"layout={layout}", "delivery")) for layout in ("steps", "page")] == [5, 3]
    assert browser.get("/console/surveys/after_visit/preview?mood=x&language=xx&layout=x&width=x").status_code == 200


def test_a_preview_changes_nothing_and_may_do_nothing(seen: World) -> None:
    browser = seen.log_in("viewer")
    before = _dump(seen)
    for part in ("mail", "0", "1", "thanks"):
        answer = browser.get(f"/console/surveys/after_visit/preview/{part}")
        assert answer.status_code == 200
        policy = answer.headers["Content-Security-Policy"]
        for said in ("default-src 'none'", "sandbox", "frame-ancestors 'self'", "form-action 'none'"):
            assert said in policy
        assert "allow-" not in policy
        assert "script-src" not in policy
        assert "/s/…?" not in answer.text  # no choice leads anywhere
    frame = browser.get("/console/surveys/after_visit/preview")
    assert "frame-src 'self'" in frame.headers["Content-Security-Policy"]
    assert len(re.findall(r"<iframe [^>]*\bsandbox\b", frame.text)) == len(re.findall("<iframe", frame.text))
    assert _dump(seen) == before


def test_what_is_not_there_is_said_to_be_nowhere(seen: World) -> None:
    browser = seen.log_in("owner")
    with seen.app.app_context(), transaction():
        definition = {**FULL, "key": "theirs"}
        surveying.put_draft(workspace_id=seen.theirs.workspace_id, key="theirs", definition=definition, now=_now())
    parts = [f"after_visit/preview{end}" for end in ("/9", "/-1", "/²", "/x", "?version=7")]
    for path in ("unknown", "theirs", "theirs/preview", "theirs/preview/0", *parts):
        assert browser.get(f"/console/surveys/{path}").status_code == 404, path


def test_no_survey_is_a_page_too(world: World) -> None:
    from vocapp.services.browsing import surveys

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(surveys, "list_surveys", lambda **_: [])
        assert "Aucune enquête" in world.log_in("owner").get("/console/surveys").text


def _press(browser: Browser, path: str, page: str, **fields: str) -> Any:
    """Press the switch as it stands on a page."""
    form = page.split("/switch", 1)[1].split("</form>", maxsplit=1)[0]
    stands = dict(re.findall(r'name="(version|draft|on)" value="([^"]*)"', form))
    return browser.post(f"{path}/switch", **{**stands, **fields})


def _wanted(world: World) -> frozenset[str]:
    number = world.ours.workspace_id
    return surveying.trigger_names(workspace_id=number, versions=surveying.published_versions(workspace_id=number))


def _put(world: World, definition: dict[str, Any], *, publish: bool = True) -> None:
    assert SURVEY["key"] != definition["key"]
    key = definition["key"]
    with world.app.app_context(), transaction():
        surveying.put_draft(workspace_id=world.ours.workspace_id, key=key, definition=definition, now=_now())
        if publish:
            surveying.publish(workspace_id=world.ours.workspace_id, key=key, now=_now())


def _dump(world: World) -> dict[str, list[str]]:
    with world.app.app_context():
        return {
            table.name: sorted(repr(row) for row in db.session.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }


def _now() -> datetime:
    return datetime.now(UTC)


def _text(page: str) -> str:
    text = html.unescape(re.sub(r"<[^>]+>", " ", page))
    return re.sub(r"\s+", " ", text.replace("\xa0", " ").replace("\u202f", " "))
