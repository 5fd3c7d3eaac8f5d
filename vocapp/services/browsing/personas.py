"""The personas in force, in the language of who reads."""

from __future__ import annotations

from dataclasses import dataclass

from vocapp.domain.survey import Text, in_language
from vocapp.services import surveying


@dataclass(frozen=True, slots=True)
class PersonaSeen:
    key: str
    name: str
    description: str
    needs: tuple[str, ...]
    pains: tuple[str, ...]


def list_personas(*, workspace_id: int, language: str) -> dict[str, PersonaSeen]:
    """Return the personas in force by key: one statement."""
    found = surveying.find_personas(workspace_id=workspace_id)
    if found is None:
        return {}
    version, _ = found

    def say(text: Text | None) -> str:
        return in_language(text, language, "")[0] if text else ""

    return {
        one.key: PersonaSeen(
            one.key,
            say(one.name),
            say(one.description),
            tuple(say(need) for need in one.needs),
            tuple(say(pain) for pain in one.pains),
        )
        for one in surveying.load_personas(workspace_id=workspace_id, version=version).personas
    }
