"""Calls the API as a machine does, with a key of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from vocapp.models import transaction
from vocapp.services import keys


class Machine:
    """A caller with a key; paths are those below /api/v1."""

    def __init__(
        self,
        client: FlaskClient,
        workspace_id: int,
        now: datetime,
        scopes: Sequence[str] = (),
        *,
        place: str | None = None,
    ) -> None:
        self.client = client
        self.workspace_id = workspace_id
        with transaction():
            key = keys.create(workspace_id=workspace_id, name="Robot", scopes=scopes, place=place, now=now)
        self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self.headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        given = {} if body is None else {"json": body}
        return self.client.post(f"/api/v1{path}", headers={**self.headers, **headers}, **given)

    def put(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.client.put(f"/api/v1{path}", headers={**self.headers, **headers}, json=body)

    def patch(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.client.patch(f"/api/v1{path}", headers={**self.headers, **headers}, json=body)

    def delete(self, path: str) -> TestResponse:
        return self.client.delete(f"/api/v1{path}", headers=self.headers)

    def read_all(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Read a list to its end, page by page."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            answer = self.get(path, **query, **cursor)
            assert answer.status_code == 200, answer.json
            found += answer.json["data"]
            if answer.json["next_cursor"] is None:
                return found
            cursor = {"cursor": answer.json["next_cursor"]}
