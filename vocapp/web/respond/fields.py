"""One question as HTML: what its type's template (of the same name) is told.

Every field is named by its question's key and nothing else; ids are `q-KEY` with `-help`, `-hint`, `-error`, `-ends`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from jinja2 import Template
from markupsafe import Markup

from vocapp.domain.survey import Question
from vocapp.web.respond.templating import template
from vocapp.web.respond.words import Words, words_for


@dataclass(frozen=True, slots=True)
class QuestionView:
    question: Question
    text: str
    """Already personalised plain text, in the page's language; so are help, the choices' labels and the ends' words."""
    help: str | None = None
    value: Any | None = None
    """The answer given or preselected, or the refused text as it was typed."""
    choices: Sequence[tuple[str, str]] = ()
    """(key, label), in the order to show them."""
    labels: tuple[str, str] | None = None
    """The words at both ends of a scale; None: the type's own."""


SCALES = {
    "nps": tuple(str(number) for number in range(11)),
    "csat": tuple(str(number) for number in range(1, 6)),
    "ces": tuple(str(number) for number in range(1, 8)),
    "stars": tuple(str(number) for number in range(1, 6)),
}
"""The values of each scale, as the form carries them."""


@dataclass(frozen=True, slots=True)
class Field:
    """A question ready to be laid out: its words, and the HTML of what is filled in."""

    id: Markup
    text: str
    help: str | None
    hint: str
    error: str | None
    required: bool
    is_group: bool
    """Several radios or checkboxes: fieldset and legend instead of a label."""
    state: Markup
    """The fieldset's attributes."""
    answer: Markup


def field(view: QuestionView, *, words: Words, own: Markup, error: str | None) -> Field:
    """Return the question's parts as its page lays them out; `own` is the lang attribute of our own words."""
    question = view.question
    kind, key = question.type, question.key
    hint = _hint(question, words)
    state = _state(kind, key, question.required, bool(view.help), bool(hint), bool(error))
    if is_group := kind in _GROUPS:
        shown = tuple(view.choices) or SCALES.get(kind, _YES_NO)
        given = frozenset(_as_texts(view.value)).intersection(one if isinstance(one, str) else one[0] for one in shown)
        answer = _group(kind, key, tuple(view.choices), view.labels, given, words.language, own, bool(error))
    else:
        value = _as_text(view.value)
        one_field = _one_field.__wrapped__ if value else _one_field
        answer = one_field(kind, key, tuple(view.choices), value, words.language, own, state)
    return Field(
        id=_id(key),
        text=view.text,
        help=view.help,
        hint=hint,
        error=error,
        required=question.required,
        is_group=is_group,
        state=state,
        answer=answer,
    )


_GROUPS = {*SCALES, "single_choice", "multiple_choice", "yes_no", "consent"}
_YES_NO = ("yes", "no")


@lru_cache(maxsize=1024)
def _group(
    kind: str,
    key: str,
    choices: tuple[tuple[str, str], ...],
    labels: tuple[str, str] | None,
    given: frozenset[str],
    language: str,
    own: Markup,
    wrong: bool,
) -> Markup:
    """Return the radios or checkboxes. Kept between requests: they hold nothing that a person has typed."""
    words = words_for(language)
    low, high = labels or _own_ends(kind, words)
    return _rendered(
        kind,
        key=key,
        choices=choices,
        numbers=SCALES.get(kind, ()),
        worded=_worded(labels, words) if kind == "csat" else (),
        named=zip(SCALES["stars"], words.star_names, strict=True),
        low=low,
        high=high,
        value=next(iter(given), None),
        values=given,
        wrong=wrong,
        w=words,
        own=own,
        own_ends=Markup("") if labels else own,
    )


@lru_cache(maxsize=1024)
def _one_field(
    kind: str, key: str, choices: tuple[tuple[str, str], ...], value: str, language: str, own: Markup, state: Markup
) -> Markup:
    """Return a field or a list of options. Kept while it is empty; what a person has typed goes around this memory."""
    return _rendered(kind, key=key, choices=choices, value=value, state=state, w=words_for(language), own=own)


def _rendered(kind: str, **context: Any) -> Markup:
    return Markup(_template(kind).render(context))  # noqa: S704 - made by a template that escapes


@lru_cache(maxsize=1024)
def _state(kind: str, key: str, required: bool, helped: bool, hinted: bool, wrong: bool) -> Markup:
    """Return the attributes that tie a group or a field to its words and say how it stands."""
    state = Markup("")
    if kind in _GROUPS and kind != "multiple_choice":
        state += Markup(' role="radiogroup"')
    if kind != "multiple_choice":  # a plain group may not carry these
        state += Markup(' aria-required="true"') if required else ""
        state += Markup(' aria-invalid="true"') if wrong else ""
    there = {"help": helped, "hint": hinted, "ends": kind in SCALES and kind != "csat", "error": wrong}
    ids = " ".join(f"{_id(key)}-{name}" for name, is_there in there.items() if is_there)
    return state + (Markup(' aria-describedby="{}"').format(Markup(ids)) if ids else "")  # noqa: S704 - escaped in _id


@lru_cache(maxsize=1024)
def _id(key: str) -> Markup:
    return Markup("q-{}").format(key)


@cache
def _template(kind: str) -> Template:
    return template(f"questions/{kind}.html")


def _own_ends(kind: str, words: Words) -> tuple[str, str]:
    match kind:
        case "nps":
            return words.nps
        case "ces":
            return words.ces
        case "stars":
            return words.stars
        case _:
            return "", ""


def _worded(labels: tuple[str, str] | None, words: Words) -> list[tuple[str, str]]:
    """Return each CSAT value with its words; where the survey words the ends itself, the middle stays bare."""
    own = words.csat
    if labels:
        own = (labels[0], "", "", "", labels[1])
    return list(zip(SCALES["csat"], own, strict=True))


def _hint(question: Question, words: Words) -> str:
    low, high = question.minimum, question.maximum
    match question.type:
        case "multiple_choice":
            return words.several
        case "phone":
            return words.phone_hint
        case "number" if low is not None and high is not None:
            return words.between.format(low=_number(low), high=_number(high))
        case "number" if low is not None:
            return words.at_least.format(low=_number(low))
        case "number" if high is not None:
            return words.at_most.format(high=_number(high))
        case _:
            return ""


def _as_text(value: Any) -> str:
    """Return the value as the form carries it: an option's value, or a field's text."""
    if value is None or isinstance(value, list | tuple):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _number(value) if isinstance(value, float) else str(value)


def _as_texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else [_as_text(value)]


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
