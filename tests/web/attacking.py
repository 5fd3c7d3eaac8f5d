"""One request of somebody who works in one workspace, with names of another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Attack:
    """One request; `{name}` in path, query and body is replaced by a name of B's, then by one that nobody has."""

    method: str
    path: str
    json: Any = None
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    statuses: tuple[int, ...] = (404,)
    accept: str = "*/*"


def get(path: str, *statuses: int, **query: str) -> Attack:
    return Attack("GET", f"/api/v1{path}", query=query, statuses=statuses or (404,))


def send(method: str, path: str, json: Any, *statuses: int) -> Attack:
    return Attack(method, f"/api/v1{path}", json=json, statuses=statuses or (404,))


def see(path: str, *statuses: int, **query: str) -> Attack:
    return Attack("GET", f"/console/{path}", query=query, statuses=statuses or (404,))


def act(path: str, *statuses: int, **form: str) -> Attack:
    return Attack("POST", f"/console/{path}", form=form, statuses=statuses or (404,))
