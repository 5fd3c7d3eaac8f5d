"""The words: the same in both languages, and French as it is printed."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.guards.source import modules
from vocapp.domain.alerts import ACTIONS, KINDS, OUTCOMES, STATUSES, VIAS
from vocapp.domain.consent import LEGAL_BASES
from vocapp.domain.policy_settings import DAYS_AND_COUNTS
from vocapp.services.keys import SCOPES
from vocapp.services.places import KINDS as KINDS_OF_PLACE
from vocapp.services.staff import ROLES
from vocapp.web.console import words as tables
from vocapp.web.console.words import LANGUAGES, settings_words_in
from vocapp.web.console.words.english import ENGLISH
from vocapp.web.console.words.french import FRENCH
from vocapp.web.console.words.settings_english import SETTINGS_ENGLISH
from vocapp.web.console.words.settings_french import SETTINGS_FRENCH

TABLES = Path(tables.__file__).parent
ACTION = re.compile(
    r'"(\w+\.(?:changed|added|disabled|enabled|password_set|sessions_ended|tested|created|revoked|removed|rebuilt|held|resumed|secret_replaced|exported'
    r"|switched_on|switched_off"
    r')|tag\.(?:made|renamed|ruled|put|taken_off)|view\.shared)"'
)


def test_both_languages_say_the_same_things() -> None:
    french, english = dict(_texts([FRENCH, SETTINGS_FRENCH])), dict(_texts([ENGLISH, SETTINGS_ENGLISH]))
    assert french.keys() == english.keys()
    places = re.compile(r"{\w+}")
    assert [key for key in french if sorted(places.findall(french[key])) != sorted(places.findall(english[key]))] == []


def test_no_page_takes_the_word_of_another() -> None:
    """The tables become one, in which a second word of the same key replaces the first."""
    for language in ("french", "english"):
        found: Counter[str] = Counter()
        for path in TABLES.glob(f"{language}*.py"):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict):
                    found.update(str(key.value) for key in node.value.keys if isinstance(key, ast.Constant))
        assert len(found) > 500
        assert [key for key, n in found.items() if n > 1] == []


def test_french_marks_have_their_spaces() -> None:
    for key, text in _texts([FRENCH, SETTINGS_FRENCH]):
        assert not re.search(r"(?<!\u202f)[;!?](?!$)|(?<=\w)[;!]", text), key
        assert not re.search(r"(?<!\u00a0):", text), key
        assert not re.search(r"«(?!\u00a0)|(?<!\u00a0)»", text), key
        assert "'" not in text, key


def test_every_code_of_the_domain_has_its_words() -> None:
    for words in (FRENCH, ENGLISH):
        assert set(STATUSES) <= words["statuses"].keys()
        assert set(KINDS) <= words["kinds"].keys()
        assert set(OUTCOMES) == words["outcomes"].keys()
        assert set(VIAS) == words["vias"].keys()
        owed = {"suppressed_bounce", "suppressed_complaint", "kind_refused", "given_up", "no_link"}
        assert owed <= words["owed_because"].keys()
        assert {*ACTIONS, "opened", "joined", "overdue", "escalated", "told", "not_told", "maybe_told"} == words[
            "moves"
        ].keys()


def test_every_code_of_the_settings_has_its_words() -> None:
    for words in map(settings_words_in, LANGUAGES):
        assert set(KINDS_OF_PLACE) == words["kinds"].keys()
        assert set(ROLES) == words["roles_help"].keys()
        assert set(SCOPES) == words["scope_names"].keys()
        assert set(LEGAL_BASES) == words["bases"].keys()
        assert set(LEGAL_BASES) < words["policy_says"].keys()
        assert set(DAYS_AND_COUNTS) < words["fields"].keys()
        noted = {
            text
            for path in modules("vocapp/services", "vocapp/web/console")
            for text in ACTION.findall(path.read_text())
        }
        assert noted == words["actions"].keys()


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inside in value.items():
            yield from _texts(inside, f"{path}/{key}")
    else:
        for index, inside in enumerate(value):
            yield from _texts(inside, f"{path}/{index}")
