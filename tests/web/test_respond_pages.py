"""The customer's pages as HTML: what the contract says of their form, and what a reader or a phone needs of them."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocapp.domain import questions
from vocapp.domain.colours import DARK_PAPER, LIGHT_PAPER, contrast, readable
from vocapp.domain.survey import Question, Survey
from vocapp.web.respond.fields import SCALES
from vocapp.web.respond.pages import (
    Brand,
    PageView,
    QuestionView,
    ThanksView,
    page_headers,
    render_closed,
    render_question_page,
    render_thanks,
    render_too_many,
    render_trouble,
    render_unsubscribe,
)
from vocapp.web.respond.words import ENGLISH, FRENCH

BRAND = Brand("Maison Lune")
CHOICES = (("self", "Pour moi"), ("gift", "C'est un cadeau"))
TYPES = [
    "nps", "csat", "ces", "stars", "single_choice", "multiple_choice", "dropdown", "yes_no", "number", "date",
    "short_text", "long_text", "email", "phone", "consent",
]  # fmt: skip
GIVEN = {
    "nps": (9, "9"),
    "csat": (4, "4"),
    "ces": (7, "7"),
    "stars": (3, "3"),
    "single_choice": ("gift", "gift"),
    "multiple_choice": (["gift"], "gift"),
    "dropdown": ("gift", "gift"),
    "yes_no": (False, "no"),
    "number": (12.5, "12.5"),
    "date": ("2026-03-10", "2026-03-10"),
    "short_text": ('une "lampe"', 'une "lampe"'),
    "long_text": ("\nligne 1\nligne 2", "\nligne 1\nligne 2"),
    "email": ("c@example.test", "c@example.test"),
    "phone": ("+33612345678", "+33612345678"),
    "consent": (True, "yes"),
}
HOSTILE = """"><script>alert('x')</script><img src=x onerror=y>'`{{ 7*7 }}"""
VOID = {"meta", "link", "input", "img", "br"}


@dataclass
class Node:
    tag: str
    attrs: dict[str, str | None]
    text: str = ""
    inside: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """A page taken apart; fails on a tag left open, as a browser would not tell us."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.nodes: list[Node] = []
        self.open: list[Node] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), "an attribute stands twice"
        node = Node(tag, dict(attrs), inside=[one.tag for one in self.open])
        self.nodes.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for node in self.open:
            node.text += data

    def all(self, *tags: str) -> list[Node]:
        return [node for node in self.nodes if node.tag in tags]

    def one(self, tag: str) -> Node:
        (node,) = self.all(tag)
        return node

    def questions(self) -> list[Node]:
        return [node for node in self.all("input", "select", "textarea", "button") if not self.hidden(node)]

    def filled(self, name: str) -> list[str]:
        """What a browser would send for this field."""
        sent = []
        for node in self.nodes:
            if node.tag == "option" and "selected" in node.attrs:
                sent.append(node.attrs["value"])
            if node.attrs.get("name") != name:
                continue
            if node.tag == "textarea":
                sent.append(node.text.removeprefix("\n"))
            if node.tag == "input" and (node.attrs["type"] not in {"radio", "checkbox"} or "checked" in node.attrs):
                sent.append(node.attrs["value"])
        return [value or "" for value in sent]

    @staticmethod
    def hidden(node: Node) -> bool:
        return node.attrs.get("type") == "hidden"


def question(kind: str, *, key: str = "", text: str = "Et maintenant ?", **more: Any) -> QuestionView:
    view = {name: more.pop(name) for name in ("help", "value", "labels", "choices") if name in more}
    with_choices = kind in {"single_choice", "multiple_choice", "dropdown"}
    view.setdefault("choices", CHOICES if with_choices else ())
    return QuestionView(Question(key or kind, kind, {"fr": "source"}, **more), text, **view)


def page(*questions: QuestionView, language: str = "fr", layout: str = "steps", **more: Any) -> str:
    title = {"fr": "Votre livraison", "en": "Your delivery"}
    survey = Survey("post_delivery", 1, title, "fr", (), layout=layout)  # type: ignore[arg-type]
    more.setdefault("brand", BRAND)
    return render_question_page(PageView(survey, language, "/s/TOKEN", questions, **more))


def test_every_question_type_has_its_look() -> None:
    assert set(TYPES) == set(questions.TYPES)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", TYPES)
def test_the_survey_is_the_first_form_and_its_only_visible_fields_are_the_question(kind: str, language: str) -> None:
    parsed = Page(page(question(kind), language=language, hidden={"page": "0", "seen": "a,b"}, back=0))
    form = parsed.all("form")[0]
    assert (form.attrs["method"], form.attrs["action"]) == ("post", "/s/TOKEN")
    *fields, button = parsed.questions()
    assert {node.attrs["name"] for node in fields} == {kind}
    assert len(fields) == 1 or {node.attrs["type"] for node in fields} in ({"radio"}, {"checkbox"})
    assert button.tag == "button"
    assert "name" not in button.attrs
    assert {node.attrs["name"]: node.attrs["value"] for node in parsed.all("input") if parsed.hidden(node)} == {
        "page": "0",
        "seen": "a,b",
    }
    assert parsed.one("html").attrs["lang"] == language
    assert parsed.one("body").attrs["data-state"] == "asking"


@pytest.mark.parametrize("kind", TYPES)
def test_what_was_given_stands_in_the_field_again(kind: str) -> None:
    value, sent = GIVEN[kind]
    assert Page(page(question(kind, value=value))).filled(kind) == [sent]
    assert "".join(Page(page(question(kind))).filled(kind)) == ""


@pytest.mark.parametrize("kind", TYPES)
def test_every_field_has_its_words_and_every_reference_its_target(kind: str) -> None:
    view = question(kind, help="Une phrase suffit.", required=True, minimum=1)
    parsed = Page(page(view, errors={kind: "Choisissez une réponse."}))
    ids = [node.attrs["id"] for node in parsed.nodes if "id" in node.attrs]
    assert len(ids) == len(set(ids))
    for node in parsed.nodes:
        assert set((node.attrs.get("aria-describedby") or "").split()) <= set(ids)
        if (target := node.attrs.get("href") or "").startswith("#"):
            assert target[1:] in ids
    labelled = {node.attrs.get("for") for node in parsed.all("label")}
    for node in parsed.questions()[:-1]:
        assert "label" in node.inside or node.attrs["id"] in labelled
    assert "Et maintenant ?" in parsed.one("h1").text
    assert FRENCH.required in parsed.one("form").text
    assert f'id="q-{kind}-error">Choisissez une réponse.' in page(view, errors={kind: "Choisissez une réponse."})
    assert any(f"q-{kind}-error" in (node.attrs.get("aria-describedby") or "") for node in parsed.nodes)
    assert any(node.attrs.get("aria-invalid") == "true" for node in parsed.nodes)


def test_an_error_is_first_on_the_page_in_focus_and_in_the_title() -> None:
    parsed = Page(page(question("nps"), errors={"nps": "Choisissez une note.", "": "La page a expiré."}))
    (summary,) = [node for node in parsed.nodes if node.attrs.get("role") == "alert"]
    assert "autofocus" in summary.attrs
    assert "Choisissez une note." in summary.text
    assert "La page a expiré." in summary.text
    assert parsed.one("title").text.startswith(FRENCH.error_in_title)


@pytest.mark.parametrize("kind", SCALES)
def test_a_scale_is_a_fieldset_of_radios_with_words_at_both_ends(kind: str) -> None:
    for language, words in (("fr", FRENCH), ("en", ENGLISH)):
        parsed = Page(page(question(kind), language=language))
        radios = [node for node in parsed.all("input") if node.attrs["type"] == "radio"]
        assert tuple(node.attrs["value"] for node in radios) == SCALES[kind]
        assert all({"fieldset", "label"} <= set(node.inside) for node in radios)
        low, *_, high = getattr(words, kind)
        assert low in parsed.one("fieldset").text
        assert high in parsed.one("fieldset").text
        own = Page(page(question(kind, labels=("jamais", "toujours")), language=language)).one("fieldset").text
        assert "jamais" in own
        assert "toujours" in own
        assert low not in own


def test_a_screen_reader_hears_how_many_stars() -> None:
    labels = [node.text for node in Page(page(question("stars"))).all("label")]
    assert any("3 étoiles sur 5" in label for label in labels)


def test_email_and_phone_say_what_a_browser_may_fill_in() -> None:
    for kind, purpose in (("email", "email"), ("phone", "tel")):
        assert Page(page(question(kind))).questions()[0].attrs["autocomplete"] == purpose


def test_one_page_of_several_questions_has_the_title_as_heading_and_each_name_once() -> None:
    views = [question(kind, text=f"Question {kind}") for kind in TYPES[:6]]
    parsed = Page(page(*views, layout="page", errors={"nps": "Choisissez."}))
    assert parsed.one("h1").text == "Votre livraison"
    assert {node.attrs.get("name") for node in parsed.questions()} == {*TYPES[:6], None}
    assert "Question nps" in parsed.all("a")[0].text


@pytest.mark.parametrize("kind", TYPES)
def test_hostile_texts_stay_texts(kind: str) -> None:
    view = question(kind, text=HOSTILE, help=HOSTILE, value=HOSTILE, labels=(HOSTILE, HOSTILE))
    if view.choices:
        view = replace(view, choices=((HOSTILE, HOSTILE), ("b", "B")))
    html = page(
        view,
        brand=Brand(HOSTILE, HOSTILE, HOSTILE),
        errors={kind: HOSTILE},
        hidden={HOSTILE: HOSTILE},
        notice=HOSTILE,
        title=HOSTILE,
        privacy_url="/x" + HOSTILE,
        unsubscribe_url="/x" + HOSTILE,
    )
    parsed = Page(html)
    assert parsed.all("script", "img") == []
    assert not any(name.startswith("on") for node in parsed.nodes for name in node.attrs)
    assert "49" not in parsed.one("main").text
    assert HOSTILE in parsed.one("h1").text


@given(st.text(max_size=80))
def test_any_text_comes_through_whole(text: str) -> None:
    seen = Page(page(question("short_text", text="x" + text + "x"))).one("h1").text
    assert seen.replace("\r\n", "\n").replace("\r", "\n") == "x" + text.replace("\r\n", "\n").replace("\r", "\n") + "x"


def test_words_of_ours_in_another_language_say_so() -> None:
    html = page(question("nps", text="Würden Sie uns empfehlen?"), language="de-AT", number=1, total=3)
    parsed = Page(html)
    assert parsed.one("html").attrs["lang"] == "de-AT"
    for words in ("1 of 3", "extremely likely", ENGLISH.go_on, ENGLISH.why):
        assert any(words in node.text and node.attrs.get("lang") == "en" for node in parsed.nodes)
    assert ' lang="' not in page(question("nps"), language="fr-CA").split("<head>")[1]
    assert Page(page(question("nps"), language="ar")).one("html").attrs["dir"] == "rtl"


def test_progress_back_link_and_the_verb_on_the_button() -> None:
    parsed = Page(page(question("nps"), number=2, total=4, page=1, back=0))
    assert "Question 2 sur 4" in parsed.one("main").text
    assert [link.attrs["href"] for link in parsed.all("a")] == ["/s/TOKEN?page=0"]
    assert parsed.one("button").text == "Continuer"
    last = Page(page(question("nps"), number=1, total=1, is_last_guess=True))
    assert last.one("button").text == "Envoyer"
    assert "1 sur 1" not in last.one("main").text


def test_a_page_is_small_asks_for_nothing_else_and_shows_itself_to_no_index() -> None:
    for language in ("fr", "en"):
        for kind in TYPES:
            html = page(question(kind, required=True), language=language, number=2, total=4, back=0)
            assert len(html.encode()) < 10_000
            parsed = Page(html)
            assert parsed.all("script", "img", "iframe") == []
            assert [link.attrs["href"] for link in parsed.all("link")] == ["data:,"]
            assert "@import" not in html
            assert "url(" not in html
            assert {"robots", "referrer", "viewport", "color-scheme"} <= {
                m.attrs.get("name") for m in parsed.all("meta")
            }
    worst = [question("long_text", key=f"k{n}", value="é" * 1900) for n in range(6)]
    assert len(page(*worst, layout="page").encode()) < 31_000


def test_a_refused_text_that_is_far_too_long_does_not_come_back_whole() -> None:
    assert len(page(question("long_text", value="x" * 900_000))) < 15_000


def test_the_policy_names_the_style_sheet_it_is_sent_with() -> None:
    for brand in (BRAND, Brand("Lune", "#e4572e", "https://lune.example/logo.svg")):
        style = Page(page(question("nps"), brand=brand)).one("style").text
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = page_headers(brand)["Content-Security-Policy"]
        assert f"'sha256-{digest}'" in policy
        assert "script-src" not in policy
    assert "https://lune.example;" in policy
    assert page_headers()["Referrer-Policy"] == "no-referrer"


def test_a_logo_is_shown_with_the_name_as_its_text_and_only_from_a_safe_address() -> None:
    logo = Page(page(question("nps"), brand=Brand("Lune", None, "https://lune.example/l.svg"))).one("img")
    assert logo.attrs["alt"] == "Lune"
    for url in ("javascript:alert(1)", "//evil.example/x", "http://lune.example/l.svg", "data:text/html,x"):
        assert Page(page(question("nps"), brand=Brand("Lune", None, url))).one("header").text == "Lune"


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_any_accent_can_be_read_on_light_and_on_dark(colour: str) -> None:
    for paper in (LIGHT_PAPER, DARK_PAPER):
        shade = readable(colour, paper)
        assert contrast(shade, paper) >= 4.5
        assert shade == colour or contrast(colour, paper) < 4.5


def test_an_accent_that_is_no_colour_is_left_out() -> None:
    style = Page(page(question("nps"), brand=Brand("Lune", "red;}</style><script>"))).one("style").text
    assert style == Page(page(question("nps"))).one("style").text


def test_thanks_say_they_are_the_end() -> None:
    text = "Merci Camille\u202f! Quelqu’un vous rappelle demain avant midi."
    parsed = Page(render_thanks(ThanksView("Votre livraison", "fr", text, BRAND)))
    assert parsed.one("body").attrs["data-state"] == "completed"
    assert parsed.one("h1").text == "Merci Camille\u202f!"
    assert "Quelqu’un vous rappelle demain avant midi." in parsed.one("p").text
    assert any(node.attrs.get("role") == "status" for node in parsed.nodes)
    own = Page(render_thanks(ThanksView("x", "en", None, BRAND)))
    assert own.one("h1").text == ENGLISH.thanks
    assert HOSTILE in Page(render_thanks(ThanksView("x", "en", HOSTILE, BRAND))).one("main").text


def test_other_pages_ask_nothing_and_are_in_one_language() -> None:
    for language in ("fr", "en", "de"):
        said = [render_closed(kind, language) for kind in ("used", "expired", "withdrawn", "not_found")]  # type: ignore[arg-type]
        said += [render_trouble(language), render_too_many(language)]
        said += [render_unsubscribe("done", language, path="/unsubscribe/x")]
        assert len(set(said)) == len(said)
        for html in said:
            parsed = Page(html)
            assert parsed.all("form", "input") == []
            assert parsed.one("html").attrs["lang"] == ("fr" if language == "fr" else "en")
            assert parsed.one("body").attrs["data-state"] not in {"asking", "completed"}


def test_unsubscribing_takes_one_button_that_posts_the_standard_field() -> None:
    parsed = Page(render_unsubscribe("ask", "fr", path="/unsubscribe/TOKEN", brand=BRAND))
    form = parsed.one("form")
    assert (form.attrs["method"], form.attrs["action"]) == ("post", "/unsubscribe/TOKEN")
    assert [(node.attrs["name"], node.attrs["value"]) for node in parsed.all("input")] == [
        ("List-Unsubscribe", "One-Click")
    ]
    assert parsed.one("button").text == "Me désinscrire"


def test_french_spaces_and_apostrophes_are_the_right_ones() -> None:
    for text in _strings(FRENCH):
        assert not re.search(r"[^\u202f][;!?]", text), text
        assert not re.search(r"[^\u00a0]:", text), text
        assert not re.search(r"«[^\u00a0]|[^\u00a0]»", text), text
        assert "'" not in text, text


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for one in value for text in _strings(one)]
    if isinstance(value, dict):
        return _strings(tuple(value.values()))
    return _strings(tuple(getattr(value, name) for name in value.__slots__))
