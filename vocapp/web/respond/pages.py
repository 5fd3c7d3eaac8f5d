"""The customer's pages as HTML: questions, thanks, a closed link, unsubscribing, trouble.
Pure: no request, no database.

`page_headers(brand)` of `brand.py` says with which headers they are sent.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from markupsafe import Markup

from vocapp.domain.languages import voiced
from vocapp.domain.survey import Survey, in_language
from vocapp.web.respond.brand import VISIT_ELEMENT, Brand, page_headers, style_element
from vocapp.web.respond.fields import Field, QuestionView, field
from vocapp.web.respond.templating import own_language, reads_leftwards, template
from vocapp.web.respond.words import Words, words_for

__all__ = [
    "Brand",
    "PageView",
    "QuestionView",
    "ThanksView",
    "page_headers",
    "render_closed",
    "render_question_page",
    "render_refused",
    "render_thanks",
    "render_too_many",
    "render_trouble",
    "render_unsubscribe",
]

Closed: TypeAlias = Literal["used", "expired", "withdrawn", "not_found"]


@dataclass(frozen=True, slots=True)
class PageView:
    survey: Survey
    language: str
    token_path: str
    """Where the form goes: `/s/TOKEN`."""
    questions: Sequence[QuestionView]
    brand: Brand
    page: int = 0
    back: int | None = None
    """The index of the page behind the back link, `?page=N`."""
    number: int = 0
    """The first question's place among those put to this person, from 1, and how many there will be; 0: not said."""
    total: int = 0
    errors: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Question key → what to do; a key of no question here speaks for the whole form."""
    hidden: Mapping[str, str] = dataclasses.field(default_factory=dict)
    is_last_guess: bool = False
    notice: str | None = None
    title: str | None = None
    """The survey's title, personalised; None: as its definition has it."""
    is_public: bool = False
    """Reached by a public link: nobody was written to, no profile is known."""
    privacy_url: str | None = None
    unsubscribe_url: str | None = None
    tells_of_visit: bool = False
    """Nobody has answered yet: it notes that somebody is there."""


@dataclass(frozen=True, slots=True)
class ThanksView:
    survey_title: str
    language: str
    text: str | None
    """Already personalised; None or empty: our own thanks."""
    brand: Brand
    preferences_url: str | None = None
    callback_url: str | None = None
    """Where one may choose when to be called; None: nobody is offered that."""


def render_question_page(view: PageView) -> str:
    """Return the page that puts these questions; the survey is its first form, fields are named by question key."""
    words = words_for(view.language, informal=view.brand.informal)
    title = view.title
    if title is None:
        spoken = voiced(view.language, informal=view.brand.informal)
        title = in_language(view.survey.title, spoken, view.survey.default_language)[0]
    own = own_language(page=view.language, words=words.language)
    total = view.total if 0 < view.number <= view.total else 0
    alone = view.survey.layout == "steps" and len(view.questions) == 1
    return _question_page.render(
        _frame(view.language, words, view.brand, "asking"),
        view=view,
        title=title or view.brand.name,
        progress=words.progress.format(number=view.number, total=total) if total > 1 else "",
        alone=alone,
        texts={question.question.key: question.text for question in view.questions},
        questions=[
            _question(question, view.errors.get(question.question.key), words, own, alone=alone)
            for question in view.questions
        ],
        foot=_foot(words.language, view.brand, view.is_public, view.privacy_url),
        visit=VISIT_ELEMENT if view.tells_of_visit else "",
        own=own,
    )


def render_thanks(view: ThanksView) -> str:
    """Return the last page, `data-state="completed"`; the first line or exclamation of the text is its heading."""
    words = words_for(view.language, informal=view.brand.informal)
    text = (view.text or "").strip()
    heading, paragraphs = _heading_and_rest(text, words)
    return _thanks.render(
        _frame(view.language, words, view.brand, "completed"),
        heading=heading,
        paragraphs=paragraphs,
        callback_url=view.callback_url,
        link=_link(words.preferences, view.preferences_url),
        link_own=own_language(page=view.language, words=words.language),
        callback_own=own_language(page=view.language, words=words.language),
        own=Markup("") if text and heading != words.thanks else own_language(page=view.language, words=words.language),
    )


@lru_cache(maxsize=256)
def render_closed(
    kind: Closed, language: str, brand: Brand | None = None, *, preferences_url: str | None = None
) -> str:
    """Return the page of a link that no longer, or never, leads to questions: always the same bytes for one kind.

    `brand`: who had sent it. A link that is none of ours has no brand, whatever it looks like. `preferences_url` names
    one person: it is put in by who asks, so that what is kept between requests names nobody.
    """
    words = words_for(language, informal=brand is not None and brand.informal)
    link = _link(words.preferences_after, preferences_url)
    return _said(words.closed[kind], words, state="closed", brand=brand, link=link)


@lru_cache(maxsize=16)
def render_trouble(language: str) -> str:
    """Return the page for when we cannot do our part (500, 503)."""
    words = words_for(language)
    return _said(words.trouble, words, state="trouble")


@lru_cache(maxsize=16)
def render_refused(language: str) -> str:
    """Return the page for what was sent and cannot be read (400, 413, 415): nothing of it was stored."""
    words = words_for(language)
    return _said(words.refused, words, state="trouble")


@lru_cache(maxsize=16)
def render_too_many(language: str) -> str:
    """Return the page for too many requests (429)."""
    words = words_for(language)
    return _said(words.too_many, words, state="too_many")


def render_unsubscribe(
    step: Literal["ask", "done"],
    language: str,
    *,
    path: str,
    brand: Brand | None = None,
    preferences_url: str | None = None,
) -> str:
    """Return the page that asks before unsubscribing (its button posts RFC 8058's field to `path`), or says so."""
    words = words_for(language, informal=brand is not None and brand.informal)
    if step == "done":
        link = _link(words.preferences_again, preferences_url)
        return _said(words.unsubscribe_done, words, state="unsubscribed", brand=brand, link=link)
    heading, sentence = words.unsubscribe_ask
    return _unsubscribe.render(
        _frame(words.language, words, brand, "unsubscribe"),
        heading=heading,
        paragraphs=(sentence,),
        path=path,
        link=_link(words.preferences_instead, preferences_url),
        own=Markup(""),
    )


_question_page = template("question_page.html")
_one_question = template("question.html")
_message = template("message.html")
_thanks = template("thanks.html")
_unsubscribe = template("unsubscribe.html")


def _question(view: QuestionView, error: str | None, words: Words, own: Markup, *, alone: bool) -> Markup:
    """Lay one question out; one that is the same for everybody is kept between requests."""
    laid = field(view, words=words, own=own, error=error)
    said = (view.question.text, view.text), (view.question.help or {}, view.help)
    is_everybodys = all(text is None or text in texts.values() for texts, text in said)
    lay_out = _lay_out if is_everybodys and (laid.is_group or not view.value) else _lay_out.__wrapped__
    return lay_out(laid, words.language, own, alone)


@lru_cache(maxsize=1024)
def _lay_out(laid: Field, language: str, own: Markup, alone: bool) -> Markup:
    html = _one_question.render(q=laid, w=words_for(language), own=own, alone=alone)
    return Markup(html)  # noqa: S704 - made by a template that escapes


@lru_cache(maxsize=256)
def _foot(language: str, brand: Brand, is_public: bool, privacy_url: str | None) -> Markup:
    context = {
        "w": words_for(language, informal=brand.informal),
        "brand": brand,
        "is_public": is_public,
        "privacy_url": privacy_url,
    }
    return Markup(template("foot.html").render(context))  # noqa: S704 - made by a template that escapes


def _said(
    text: tuple[str, str],
    words: Words,
    *,
    state: str,
    brand: Brand | None = None,
    link: tuple[str, str] | None = None,
) -> str:
    """Return a page of our own words only, so that its language is theirs."""
    heading, sentence = text
    frame = _frame(words.language, words, brand, state)
    own = Markup("")
    return _message.render(frame, heading=heading, paragraphs=(sentence,), link=link, link_own=own, own=own)


def _link(text: str, url: str | None) -> tuple[str, str] | None:
    return None if url is None else (text, url)


def _frame(language: str, words: Words, brand: Brand | None, state: str) -> dict[str, Any]:
    return {
        "language": language,
        "direction": Markup(' dir="rtl"') if reads_leftwards(language) else "",
        "style": style_element(brand.accent if brand else None),
        "brand": brand,
        "state": state,
        "w": words,
    }


def _heading_and_rest(text: str, words: Words) -> tuple[str, list[str]]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return words.thanks, []
    first, mark, rest = lines[0].partition("! ")
    if mark and len(first) <= 80:
        return first + "!", [rest.strip(), *lines[1:]]
    if len(lines[0]) <= 80:
        return lines[0], lines[1:]
    return words.thanks, lines
