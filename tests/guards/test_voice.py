"""Who says « tu » says it everywhere: what says « vous » to customers has familiar words beside it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.guards.source import ROOT, at, modules, tree
from vocapp.domain import languages
from vocapp.domain.languages import says_vous
from vocapp.domain.questions.answers import MESSAGES
from vocapp.services import composing_apology, composing_letter, mail_words
from vocapp.web.callback import words as callback
from vocapp.web.preferences import words as preferences
from vocapp.web.respond import words as respond

STAFF = (
    "cli",
    "demo",
    "domain/definitions",
    "domain/languages",
    "web/api",
    "web/console",
    "web/leaving",
    "web/public",
    "services/news_of_holds",
    "services/report",
    "services/senders",
)
"""Whose texts nobody but staff reads; they are always « vous »."""
OF_STAFF = re.compile(r"/alerts?_")
"""Those among the words of mails."""
CUSTOMERS_OWN = frozenset({"/back_button"})
"""What customers say themselves, to a company: that is « vous » in either voice."""
TO_STRANGERS = ("/closed/not_found", "/trouble", "/too_many", "/refused")
"""Said where no brand is known: it must suit both."""

TU = re.compile(r"\b(tu|te|toi|ton|ta|tes|tiens?|tiennes?)\b|\bt’", re.IGNORECASE)


def _by_code(code_first: Mapping[Any, Mapping[str, Any]], language: str) -> dict[str, Any]:
    return {str(code): said[language] for code, said in code_first.items() if language in said}


TABLES: dict[str, tuple[Any, Any]] = {
    "survey pages": (respond.FRENCH, respond.words_for("fr-CA", informal=True)),
    "callback": (callback.FRENCH, callback.words_for("fr", informal=True)),
    "preferences": (preferences.words_for("fr"), preferences.words_for("fr", informal=True)),
    "answers refused": tuple(_by_code(MESSAGES, tag) for tag in ("fr", languages.familiar("fr"))),  # type: ignore[dict-item]
    **{
        name: (table["fr"], languages.words(table, "fr", informal=True))
        for name, table in (
            ("mails", mail_words.WORDS),
            ("apology", composing_apology._WORDS),
            ("letter", composing_letter._WORDS),
        )
    },
    "occasions": tuple(_by_code(mail_words._OCCASIONS, tag) for tag in ("fr", languages.familiar("fr"))),  # type: ignore[dict-item]
}


def texts(said: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Go through (place, text) of whatever holds words."""
    if isinstance(said, str):
        yield place, said
    elif isinstance(said, Mapping):
        for key, one in said.items():
            yield from texts(one, f"{place}/{key}")
    elif is_dataclass(said):
        for field in fields(said):
            yield from texts(getattr(said, field.name), f"{place}/{field.name}")
    elif isinstance(said, tuple):
        for index, one in enumerate(said):
            yield from texts(one, f"{place}/{index}")


@pytest.mark.parametrize("name", TABLES)
def test_what_says_vous_says_tu_to_whom_the_brand_does(name: str) -> None:
    formal, informal = (dict(texts(table)) for table in TABLES[name])
    wanted = {
        place
        for place, text in formal.items()
        if says_vous(text) and place not in CUSTOMERS_OWN and not OF_STAFF.match(place)
    }
    assert not [place for place in wanted if place not in informal]
    still = {place: text for place, text in informal.items() if says_vous(text) and not OF_STAFF.match(place)}
    assert still.keys() <= CUSTOMERS_OWN
    assert informal.keys() <= formal.keys()
    assert wanted
    assert not [place for place, text in formal.items() if TU.search(text)]


def test_who_meets_no_brand_is_told_neither() -> None:
    for place, text in texts(respond.FRENCH):
        if place.startswith(TO_STRANGERS):
            assert not says_vous(text), place
            assert not TU.search(text), place
            assert dict(texts(respond.FRENCH_INFORMAL))[place] == text


def test_no_text_to_customers_stands_beside_the_tables() -> None:
    known = {text for formal, _ in TABLES.values() for _, text in texts(formal)}
    beside = [
        f"{at(path, node.lineno)}: {node.value[:60]}"
        for path in modules("vocapp")
        if not path.relative_to(ROOT / "vocapp").as_posix().startswith(STAFF)
        for node in _strings(tree(path))
        if says_vous(node.value) and node.value not in known
    ]
    assert not beside
    in_templates = [
        page.name
        for folder in ("web/respond", "web/preferences", "web/callback", "services/templates")
        for page in Path(ROOT / "vocapp" / folder).rglob("*.html")
        if says_vous(re.sub(r"<style.*?</style>", "", page.read_text("utf-8"), flags=re.DOTALL))
    ]
    assert not in_templates


def _strings(module: ast.Module) -> Iterator[ast.Constant]:
    """Go through the strings of a module that are no docstrings."""
    told = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node
