"""The examples of docs/helpdesk.md, filled in as the tools that they are for fill them in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_PAGE = Path(__file__).parents[1] / "docs" / "helpdesk.md"
_PLACES = {
    "zendesk": {
        "{{ticket.external_id}}": "alert",
        "{{ticket.id}}": "reference",
        "{{ticket.updated_at_with_timestamp}}": "at",
        "{{ticket.link}}": "url",
        "{{current_user.name}}": "who",
    },
    "salesforce": {
        "{!record.vocapp_alert__c}": "alert",
        "{!record.Id}": "record",
        "{!record.CaseNumber}": "reference",
        "{!record.LastModifiedDate}": "at",
    },
}


def template(tool: str) -> str:
    """Return the JSON that a tool's template holds, with its placeholders."""
    return re.findall(rf"<!-- template: {tool} -->\n```json\n(.*?)```", _PAGE.read_text(), re.DOTALL)[0]


def filled(tool: str, *, status: str, **values: str) -> dict[str, Any]:
    """Return what a tool sends: its template with the placeholders replaced, as text, before it is JSON."""
    text = template(tool).replace("STATUS", status)
    for placeholder, name in _PLACES[tool].items():
        assert placeholder in text
        text = text.replace(placeholder, values[name])
    assert not re.search(r"\{[{!]", text)
    return dict(json.loads(text))


def examples() -> list[Mapping[str, Any]]:
    """Return every other piece of JSON on the page."""
    blocks = re.findall(r"(<!-- template: \w+ -->\n)?```json\n(.*?)```", _PAGE.read_text(), re.DOTALL)
    return [json.loads(text) for marked, text in blocks if not marked]
