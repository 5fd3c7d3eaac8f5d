from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocapp.adapters.mail.wire import as_bytes
from vocapp.domain.survey import Choice, InvitationTexts, Question, Survey
from vocapp.services.composing import InvitationLinks, compose_invitation
from vocapp.services.composing_notices import Content, compose_alert_notice
from vocapp.services.houses import House

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
ID = UUID("018e0000-0000-7000-8000-000000000001")
NOTICE = UUID("018e0000-0000-7000-8000-000000000002")
LINKS = InvitationLinks(
    survey_url="https://avis.maison.test/s/AY4AAAAAcACAAAAAAAAAAUx9yH0sT3kq5f0mB1xk2a8",
    unsubscribe_url="https://avis.maison.test/unsubscribe/AY4AAAAAcACAAAAAAAAAAQ",
    preferences_url="https://avis.maison.test/preferences/AY4AAAAAcACAAAAAAAAAAQ",
)
NPS = Question(
    key="nps",
    type="nps",
    text={"fr": "Nous recommanderiez-vous à un proche ?", "en": "Would you recommend us to a friend?"},
    must_ask=True,
)
WHY = Question(key="why", type="long_text", text={"fr": "Pourquoi ?", "en": "Why?"})
GIFT = Question(
    key="buys_for",
    type="single_choice",
    text={"fr": "Pour qui était-ce ?", "en": "Who was it for?"},
    choices=(
        Choice("self", {"fr": "Pour moi", "en": "For me"}),
        Choice("gift", {"fr": "C'est un cadeau", "en": "A gift"}),
    ),
    attribute="buys_for",
)
YES = Question(key="again", type="yes_no", text={"fr": "Reviendrez-vous ?", "en": "Will you come back?"})
TEXTS = InvitationTexts(
    subject={
        "fr": "{{ customer.first_name | default: 'Bonjour' }}, votre commande est-elle bien arrivée ?",
        "en": "{{ customer.first_name | default: 'Hello' }}, did your order arrive safely?",
    },
    body={
        "fr": "Bonjour {{ customer.first_name }},\n\nVotre commande {{ event.properties.order_id }} est arrivée hier. "
        "Nos adresses : https://maison.test/boutiques.\n\nMerci d’avance,\nClaire",
        "en": "Hello {{ customer.first_name }},\n\nYour order {{ event.properties.order_id }} came yesterday. "
        "Our shops: https://maison.test/shops.\n\nMany thanks,\nClaire",
    },
)


def a_survey(*questions: Question, invitation: InvitationTexts | None = TEXTS) -> Survey:
    asked = questions or (NPS, WHY, GIFT)
    return Survey(
        key="post_delivery",
        version=1,
        title={"fr": "Votre livraison", "en": "Your delivery"},
        default_language="fr",
        questions=asked,
        invitation=invitation,
        by_key={question.key: question for question in asked},
        languages=("fr", "en"),
    )


def facts(**customer):
    return {
        "customer": {"first_name": "Marie", "external_id": "C-1042", "attributes": {}} | customer,
        "event": {"name": "order.delivered", "place": "lyon", "properties": {"order_id": "A-77"}},
        "answers": {},
    }


def compose(survey: Survey | None = None, **given):
    survey = survey or a_survey()
    plain = {
        "survey": survey,
        "first_page": (survey.questions[0].key,),
        "facts": facts(),
        "language": "fr",
        "to_address": "Marie.Dupont@example.test",
        "to_name": "Marie Dupont",
        "invitation_id": ID,
        "links": LINKS,
        "sender": "Maison Lumière <avis@maison.test>",
        "house": House(name="Maison Lumière"),
    }
    return compose_invitation(**plain | given)


def notice(**given):
    plain = {
        "notice_id": NOTICE,
        "kinds": ["detractor", "negative_verbatim"],
        "scores": {"nps": 2},
        "customer_name": "Marie Dupont",
        "place_name": "Lyon Part-Dieu",
        "said": "Colis ouvert, personne ne répond au téléphone.",
        "due_at": datetime(2026, 3, 10, 17, 0, tzinfo=UTC),
        "timezone": "Europe/Paris",
        "console_url": "https://avis.maison.test/console/alerts/018e0000-0000-7000-8000-000000000003",
        "language": "fr",
        "to_address": "agent@maison.test",
        "sender": "Maison Lumière <avis@maison.test>",
        "workspace_name": "Maison Lumière",
    }
    said = plain | given
    whole = {name: said.pop(name) for name in ("notice_id", "to_address", "sender")}
    return compose_alert_notice(content=Content(**said), **whole)


def links_of(html: str | None) -> list[str]:
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            given = dict(attrs)
            assert tag not in {"img", "script", "link", "iframe"}, "nothing is loaded and nothing runs"
            assert "src" not in given
            if tag == "a":
                found.append(given["href"])

    Reader().feed(html or "")
    return found


def test_the_bare_survey_link_is_the_first_link_and_alone_on_its_line():
    for language in ("fr", "en"):
        text = compose(language=language).text
        assert re.findall(r"https?://\S+", text)[0] == LINKS.survey_url
        assert LINKS.survey_url in text.splitlines()


def test_the_link_stays_whole_on_the_wire():
    mail = compose(links=replace(LINKS, survey_url="https://avis.maison.test/s/" + "a" * 90))
    for eight_bit in (True, False):
        parsed = message_from_bytes(as_bytes(mail, sent_at=AT, eight_bit=eight_bit), policy=policy.default)
        body = parsed.get_body(("plain",))
        assert body is not None
        assert "https://avis.maison.test/s/" + "a" * 90 in body.get_content().splitlines()


def test_subject_and_body_are_personal_and_in_the_customers_language():
    french, english = compose(), compose(language="en-GB")
    assert french.subject == "Marie, votre commande est-elle bien arrivée ?"
    assert english.subject == "Marie, did your order arrive safely?"
    assert (french.language, english.language) == ("fr", "en")
    assert "Votre commande A-77 est arrivée hier." in french.text.replace("\n", " ")
    assert 'lang="en"' in (english.html or "")


def test_a_language_that_the_survey_lacks_falls_to_its_own():
    mail = compose(language="de-AT")
    assert mail.language == "fr"
    assert "Me désabonner" in mail.text


def test_each_choice_of_a_scale_is_a_link_that_preselects():
    mail = compose()
    assert links_of(mail.html)[:11] == [f"{LINKS.survey_url}?nps={score}" for score in range(11)]
    assert "Pas du tout probable" in (mail.html or "")


@pytest.mark.parametrize(("kind", "scores"), [("csat", range(1, 6)), ("ces", range(1, 8)), ("stars", range(1, 6))])
def test_the_other_scales_have_their_own_ends(kind, scores):
    mail = compose(a_survey(replace(NPS, key="q", type=kind)))
    assert [link for link in links_of(mail.html) if "?" in link] == [
        f"{LINKS.survey_url}?q={score}" for score in scores
    ]


def test_choices_and_yes_or_no_are_links_with_their_words():
    mail = compose(a_survey(GIFT))
    assert links_of(mail.html)[:2] == [LINKS.survey_url + "?buys_for=self", LINKS.survey_url + "?buys_for=gift"]
    assert "C&#39;est un cadeau" in (mail.html or "")
    assert links_of(compose(a_survey(YES)).html)[:2] == [
        LINKS.survey_url + "?again=yes",
        LINKS.survey_url + "?again=no",
    ]


@pytest.mark.parametrize("first_page", [("why",), ()])
def test_a_question_that_needs_room_gets_one_button(first_page):
    mail = compose(first_page=first_page)
    assert links_of(mail.html)[0] == LINKS.survey_url
    assert "?" not in links_of(mail.html)[0]


def test_a_survey_without_texts_gets_ours():
    for language, subject in (("fr", "Comment s’est passée votre livraison\u202f?"), ("en", "How was your delivery?")):
        mail = compose(a_survey(invitation=None), language=language)
        assert mail.subject == subject
        assert "Marie" in mail.text
    plain = compose(a_survey(invitation=None), facts={"customer": {}, "event": {}, "answers": {}})
    assert plain.subject == "Votre avis sur Maison Lumière"
    assert "Bonjour,\n" in plain.text
    assert all(
        len(compose(a_survey(invitation=None), facts={"customer": {}, "event": {"name": name}}).subject) < 50
        for name in ("order.placed", "store.visit", "support.closed", "appointment.done", "order.returned")
    )


def test_it_says_how_long_it_takes():
    assert "3 questions au plus, moins d’une minute" in compose().text
    assert "Just one question, a few seconds" in compose(a_survey(NPS), language="en").text
    many = a_survey(*(replace(WHY, key=f"q{number}") for number in range(9)))
    assert "6 questions, moins de deux minutes" in compose(many).text


def test_every_invitation_can_be_unsubscribed_from_with_one_click():
    mail = compose()
    assert mail.headers["List-Unsubscribe"] == f"<{LINKS.unsubscribe_url}>"
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert LINKS.unsubscribe_url in links_of(mail.html)
    assert LINKS.preferences_url in links_of(mail.html)
    assert LINKS.unsubscribe_url in mail.text.splitlines()


def test_without_a_preference_centre_nothing_leads_there():
    mail = compose(links=replace(LINKS, preferences_url=None))
    assert "préférences" not in mail.text + (mail.html or "")
    assert LINKS.unsubscribe_url in links_of(mail.html)


def test_neither_the_address_nor_the_customers_id_stands_in_the_mail():
    nosy = InvitationTexts(
        subject={"fr": "Bonjour {{ customer.email }}{{ customer.external_id }}"},
        body={"fr": "{{ customer.email }} {{ customer.external_id }} {{ customer.id }} {{ customer.phone }} "
              "{{ customer.first_name | default: 'vous' }} {{ event.properties.buyer }}"},
    )  # fmt: skip
    told = facts(first_name="marie.dupont@EXAMPLE.test", email="marie.dupont@example.test", id="0192", phone="+336")
    told["event"]["properties"]["buyer"] = "C-1042"
    mail = compose(a_survey(invitation=nosy), facts=told)
    whole = f"{mail.subject} {mail.text} {mail.html}".lower()
    assert not [secret for secret in ("marie.dupont@example.test", "c-1042", "0192", "+336") if secret in whole]
    assert "vous" in mail.text


def test_a_long_subject_is_cut_between_words():
    long = InvitationTexts(subject={"fr": "Votre avis " * 30}, body={"fr": "Bonjour"})
    subject = compose(a_survey(invitation=long)).subject
    assert len(subject) < 120
    assert subject.endswith(("avis…", "Votre…"))
    assert len(compose(a_survey(invitation=replace(long, subject={"fr": "é" * 400}))).subject) < 120


def test_what_a_customer_brings_is_text_and_nothing_else():
    mail = compose(facts=facts(first_name='<b onclick="x">\r\nBcc: a@b.test {{ 7 | times: 7 }}</b>'), to_name="a\r\nb")
    assert "\n" not in mail.subject
    assert mail.to_name == "a b"
    assert "<b " not in (mail.html or "")
    assert "{{ 7" in mail.text.replace("\n", " ")


@given(name=st.text(max_size=60), order=st.text(max_size=60))
def test_no_name_or_order_breaks_the_mail(name, order):
    told = facts(first_name=name)
    told["event"]["properties"]["order_id"] = order
    mail = compose(facts=told, to_name=name)
    assert re.findall(r"https?://\S+", mail.text)[0] == LINKS.survey_url
    assert LINKS.survey_url in mail.text.split("\n")
    parsed = message_from_bytes(as_bytes(mail, sent_at=AT), policy=policy.default)
    assert parsed["To"].addresses[0].addr_spec == "Marie.Dupont@example.test"
    links_of(mail.html)


def test_the_html_is_small_even_with_everything_in_it():
    assert len((compose().html or "").encode()) < 20_000


def test_a_shuffled_question_keeps_one_order_for_one_person():
    shuffled = replace(GIFT, shuffle=True, choices=tuple(Choice(f"c{n}", {"fr": f"Choix {n}"}) for n in range(6)))
    orders = {
        tuple(links_of(compose(a_survey(shuffled), invitation_id=UUID(int=number)).html)[:6]) for number in (1, 1, 2, 3)
    }
    assert len(orders) == 3


def test_a_notice_says_what_and_where_and_leads_to_the_console():
    mail = notice()
    assert mail.subject == "Rappel à faire\u00a0: 2 sur 10, Lyon Part-Dieu"
    assert mail.headers == {"Auto-Submitted": "auto-generated"}
    assert "Marie Dupont" in mail.text
    assert "mardi 10 mars, 18:00" in mail.text
    assert "Colis ouvert" not in mail.subject
    assert "Colis ouvert" in (mail.html or "")
    assert links_of(mail.html) == ["https://avis.maison.test/console/alerts/018e0000-0000-7000-8000-000000000003"]
    english = notice(language="en", place_name=None, scores={}, said=None, due_at=None, kinds=["low_csat", "new_kind"])
    assert english.subject == "Callback to make: very low satisfaction, new kind"


def test_what_an_unhappy_customer_wrote_cannot_become_markup():
    mail = notice(said="<script>alert(1)</script>\r\nSubject: x", customer_name="<img src=x>", place_name="a\nb")
    assert "<script>" not in (mail.html or "")
    links_of(mail.html)
    assert "\n" not in mail.subject
