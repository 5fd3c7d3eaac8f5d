"""One word per thing: what the glossary calls a workspace, an alert, a customer has no second name in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.guards.source import at, modules, tree

INSTEAD = {
    "tenant": "workspace",
    "tenants": "workspace",
    "ticket": "alert",
    "tickets": "alert",
    "respondent": "customer",
    "respondents": "customer",
    "invite_id": "invitation_id",
    "case_id": "alert_id",
}


def test_each_thing_has_one_name() -> None:
    found = [
        f"{at(path, line)}: {name} → {INSTEAD[word]}"
        for path in modules("vocapp", "migrations", "bench")
        for name, line in _names(tree(path))
        for word in {name.lower(), *_words(name)}
        if word in INSTEAD
    ]
    assert not found


def _names(module: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute):
            yield node.attr, node.lineno


def _words(name: str) -> list[str]:
    """Take a name apart: snake_case and CamelCase."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]
