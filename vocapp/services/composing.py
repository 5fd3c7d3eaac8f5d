"""Write the invitation to a customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from vocapp.adapters.mail import OutgoingMail
from vocapp.domain.choice_order import choices_for
from vocapp.domain.languages import voiced
from vocapp.domain.personalisation import well_set
from vocapp.domain.questions import TYPES
from vocapp.domain.survey import Question, Survey, Text, in_language
from vocapp.services.houses import House
from vocapp.services.mail_layout import one_line, page, paragraphs, prose, subject_line
from vocapp.services.mail_words import Language, how_long, occasion, our_language, say

MOST_CHOICES = 8
"""More than this as links would bury the rest of the mail: a button then."""


@dataclass(frozen=True, slots=True)
class InvitationLinks:
    """Where the mail leads."""

    survey_url: str
    unsubscribe_url: str
    preferences_url: str | None = None


def compose_invitation(
    *,
    survey: Survey,
    first_page: tuple[str, ...],
    facts: Mapping[str, Any],
    language: str,
    to_address: str,
    to_name: str | None,
    invitation_id: UUID,
    links: InvitationLinks,
    sender: str,
    house: House,
) -> OutgoingMail:
    """Return the invitation, personal and in the customer's language as far as the survey has it.

    `facts` are what its Liquid texts may name: customer, event, answers; `house`, as whom it speaks. Raise MailRefused
    where the address is no address, MailBlocked where the sender is none.
    """
    known = {**without_identity(facts, to_address), "brand": house.facts}
    language = _language_of(survey, language)
    ours = our_language(language)
    workspace, informal = house.name, house.voice.informal
    spoken = voiced(language, informal=informal)
    happened = occasion((known.get("event") or {}).get("name"), ours, informal=informal)

    def words(text: Text) -> str:
        return well_set(in_language(text, spoken, survey.default_language)[0], known)

    subject = body = ""
    if survey.invitation is not None:
        subject, body = words(survey.invitation.subject), words(survey.invitation.body)
    subject = subject_line(subject) or (
        happened.subject if happened else say("subject", ours, informal, workspace=workspace)
    )
    body = body or _built_in_body(house, known, happened.after if happened else None, language)
    duration = how_long(survey.questions, ours)
    why = (
        say("why_after", ours, informal, workspace=workspace, after=happened.after)
        if happened
        else say("why", ours, informal, workspace=workspace)
    )
    asked = survey.by_key.get(first_page[0]) if first_page else None
    question = one_line(words(asked.text)) if asked is not None else ""
    foot = [(say("unsubscribe", ours), links.unsubscribe_url)]
    if links.preferences_url is not None:
        foot.insert(0, (say("preferences", ours), links.preferences_url))

    closing, signature = (one_line(house.say("closing", language, known)), house.say("signature", language, known))
    intro = say("only_question" if len(survey.questions) == 1 else "first_question", ours)
    text = prose(
        links.survey_url,
        f"{duration}.",
        body,
        *([f"{intro}\n{question}"] if question else []),
        "\n".join(part for part in (closing, signature or workspace) if part),
        f"-- \n{why}",
        *(f"{label}{say('colon', ours)}\n{url}" for label, url in foot),
    )
    html = page(
        "invitation.html",
        look=house.look,
        language=language,
        workspace=workspace,
        subject=subject,
        preview=duration,
        paragraphs=paragraphs(body),
        duration=duration,
        question=question,
        choices=_choices(asked, links.survey_url, invitation_id, words, ours) if asked is not None else None,
        ends=_ends(asked, words) if asked is not None else None,
        survey_url=links.survey_url,
        answer=say("answer", ours),
        open=say("open", ours),
        hint=say("hint", ours, informal),
        closing=[closing, *(signature or workspace).split("\n")] if closing or signature else [],
        why=why,
        foot=foot,
    )
    return OutgoingMail(
        message_id=invitation_id,
        to_address=to_address,
        to_name=one_line(to_name or "") or None,
        sender=sender,
        subject=subject,
        text=text,
        html=html,
        headers={
            "List-Unsubscribe": f"<{links.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        language=language,
    )


_IDENTITY = frozenset({"id", "external_id", "email", "phone"})


def _language_of(survey: Survey, language: str) -> str:
    """One language for the whole mail: the customer's if every text of the survey has it, else the survey's own."""
    for tag in (language, language.split("-", maxsplit=1)[0]):
        if tag in survey.languages:
            return tag
    return (
        survey.default_language if survey.languages else in_language(survey.title, language, survey.default_language)[1]
    )


def without_identity(facts: Mapping[str, Any], address: str) -> dict[str, Any]:
    """The facts without who exactly it is: no text of a mail may show the address or an id, whatever its author wrote.

    An import may have put the address where the first name belongs: such a value counts as missing, and so does a blank
    one, which an `if` of Liquid would take for a name.
    """
    customer = facts.get("customer", {})
    secrets = {str(customer[key]).casefold() for key in ("id", "external_id") if customer.get(key)}
    folded = address.casefold()

    def cleaned(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: cleaned(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [cleaned(one) for one in value]
        if isinstance(value, str):
            said = value.casefold()
            return None if not said.strip() or folded in said or said in secrets else value
        return value

    named = {key: value for key, value in customer.items() if key not in _IDENTITY}
    clean: dict[str, Any] = cleaned({**facts, "customer": named})
    return clean


def greeting(house: House, language: str, facts: Mapping[str, Any]) -> str:
    """Return how a house greets a person; `facts` without their identity."""
    ours = our_language(language)
    if own := one_line(house.say("greeting", language, facts)):
        return own
    name = one_line(str(facts["customer"].get("first_name") or ""))
    return say("hello_name", ours, name=name) if name else say("hello", ours)


def _built_in_body(house: House, facts: Mapping[str, Any], after: str | None, language: str) -> str:
    ours, informal = our_language(language), house.voice.informal
    body = (
        say("body_after", ours, informal, after=after) if after else say("body", ours, informal, workspace=house.name)
    )
    return f"{greeting(house, language, facts)}\n\n{body}"


@dataclass(frozen=True, slots=True)
class _Choice:
    label: str
    spoken: str
    url: str


@dataclass(frozen=True, slots=True)
class _Choices:
    look: str
    """`scale`: short, side by side; `list`: words, one below the other."""
    links: list[_Choice]


def _choices(question: Question, survey_url: str, invitation_id: UUID, words: Any, ours: Language) -> _Choices | None:
    """The answers as links that only preselect; None where the question needs more room than a mail has."""
    kind = TYPES.get(question.type)

    def link(label: str, value: str, spoken: str = "") -> _Choice:
        mark = "&" if "?" in survey_url else "?"
        return _Choice(
            label, spoken or label, f"{survey_url}{mark}{quote(question.key, safe='')}={quote(value, safe='')}"
        )

    if kind is not None and kind.scale is not None:
        highest = str(kind.scale[-1])
        look = "★" if question.type == "stars" else ""
        spoken = [say("out_of", ours, value=str(value), highest=highest) for value in kind.scale]
        labels = [f"{value}\u00a0{look}".strip() for value in kind.scale]
        return _Choices(
            "scale",
            [link(label, str(value), said) for label, value, said in zip(labels, kind.scale, spoken, strict=True)],
        )
    if kind is not None and question.type == "yes_no":
        return _Choices("list", [link(kind.show(question, one, ours), "yes" if one else "no") for one in (True, False)])
    if question.type == "single_choice" and len(question.choices) <= MOST_CHOICES:
        choices = choices_for(question, str(invitation_id))
        return _Choices("list", [link(one_line(words(choice.text)), choice.key) for choice in choices])
    return None


def _ends(question: Question, words: Any) -> tuple[str, str] | None:
    kind = TYPES.get(question.type)
    ends = question.labels or (kind.end_labels if kind is not None and kind.scale is not None else None)
    return (one_line(words(ends[0])), one_line(words(ends[1]))) if ends is not None else None
