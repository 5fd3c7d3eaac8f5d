"""The frame of every call: what a route says of itself, and what is done around its view.

A module of routes looks like this, and is registered by one line in `MODULES` of this package's `__init__`:

    routes = Routes("alerts", "The callback queue.")

    @routes.get("/alerts/<uuid:alert_id>", scopes=("alerts",), answers={200: AlertOut}, refuses=(404,))
    def get_alert(call: Call, alert_id: UUID) -> Any:
        "Read one alert."                                    # the summary in the documentation
        document = alerting.find_document(workspace_id=call.workspace_id, alert_id=alert_id)
        if document is None:
            raise Problem(404, "There is no such alert.")
        return document                                      # or Reply(document, 201), or a flask Response (a stream)

Around the view: the key and its scopes are checked; `query` and `body` (marshmallow schemas, unknown names refused)
have become `call.query` and `call.body`; a POST, PUT, PATCH or DELETE runs inside **one transaction**, which is run
again when the database asks for it (a deadlock), so a view must not change `call`; `creates=True` obeys
`Idempotency-Key`. `call.now` is the database's clock. Lists: `query=Paging` (or a child of it), `call.position()` →
where the reader stands, `call.page(documents, position)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any, TypeAlias, TypeVar

import orjson
from flask import Blueprint, Response, current_app, request
from marshmallow import Schema, ValidationError, fields, validate

from vocapp.config import Settings
from vocapp.domain.rules import Fault, escaped
from vocapp.models import transaction
from vocapp.models.again import run_again
from vocapp.services.keys import Bearer
from vocapp.services.reporting import Question, find_unknown
from vocapp.services.staff import Scope, narrowed
from vocapp.web import body as bodies
from vocapp.web.api import cursors, idempotency
from vocapp.web.api.authority import bearer_of, require
from vocapp.web.problems import Problem, refusal

SchemaType: TypeAlias = type[Schema]
View: TypeAlias = Callable[..., Any]
_V = TypeVar("_V", bound=View)


MOST_A_PAGE = 1000
NOWHERE = "/"
"""The key of no place: those of places hold no such letter."""


class Limit(fields.Integer):
    """How many documents a page holds at most; who asks for more than there may be gets as many as there may be."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> int:
        return min(super()._deserialize(value, attr, data, **more), MOST_A_PAGE)


class Paging(Schema):
    """What every list takes."""

    cursor = fields.String(metadata={"description": "`next_cursor` of the page before; left out: the first page."})
    limit = Limit(
        load_default=100,
        validate=validate.Range(1),
        metadata={"description": f"Documents a page at most; above {MOST_A_PAGE} it counts as {MOST_A_PAGE}."},
    )


@dataclass(frozen=True, slots=True)
class Reply:
    """What a view answers, where a plain document with status 200 does not do."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """Everything that is known of a route: what guards it and what documents it."""

    method: str
    path: str
    """In Flask's spelling, below /api/v1."""
    view: View
    tag: str
    scopes: tuple[str, ...]
    answers: Mapping[int, SchemaType | None]
    refuses: tuple[int, ...] = ()
    query: SchemaType | None = None
    body: SchemaType | None = None
    read_by_view: bool = False
    """The schema of the body only documents it: the service reads it, for all who bring such documents in."""
    apart: str | None = None
    """The list in the body of which each item is refused by itself, be it that it holds what can't be kept."""
    body_optional: bool = False
    """No body at all is taken for an empty object."""
    by_place: bool = False
    """A key that sees one place may call it, too: the view keeps to `call.scope`. Any other is closed to it."""
    bulk: bool = False
    creates: bool = False
    example: Any = None
    """An example of the request's body."""
    media: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    """Media types of an answer besides JSON, each with a word about it."""

    @property
    def name(self) -> str:
        return self.view.__name__

    @property
    def writes(self) -> bool:
        return self.method not in {"GET", "HEAD"}


class Call:
    """One call under way, as its view sees it."""

    def __init__(self, route: Route, bearer: Bearer, query: Mapping[str, Any], body: Any) -> None:
        self.route = route
        self.bearer = bearer
        self.query = query
        self.body = body

    @property
    def workspace_id(self) -> int:
        return self.bearer.workspace_id

    @property
    def now(self) -> datetime:
        return self.bearer.now

    @property
    def by(self) -> str:
        """Who it was, in the audit."""
        return f"key: {self.bearer.key_name}"

    @cached_property
    def scope(self) -> Scope:
        """The part of the workspace that the key sees."""
        return narrowed(Scope(self.workspace_id), place=self.bearer.place)

    def place(self) -> str | None:
        """Return the place that `place` in the query asks for, within what the key sees; None: all of the company."""
        asked: str | None = self.query.get("place")
        if self.bearer.place is None:
            return asked
        if asked is None:
            return self.bearer.place
        return asked if self.scope.within(asked) else NOWHERE

    def question(self, **asked: Any) -> Question:
        """Return what is asked of the counters, of what the key sees: by `survey`, `place`, `channel` and `asked`.

        Raises Problem (422) where a key of the whole company names what there is not: a typing error would look like
        nobody's answers. A key of a place is told as much of what is elsewhere as of what is nowhere: nothing.
        """
        question = Question(
            workspace_id=self.workspace_id,
            survey=self.query.get("survey"),
            place=self.place(),
            channel=self.query.get("channel"),
            seen=self.scope.places,
            **asked,
        )
        if unknown := find_unknown(question=question):
            raise refusal([Fault(f"/{name}", f"in the query: is no {name} of this workspace") for name in unknown])
        return question

    @cached_property
    def settings(self) -> Settings:
        found: Settings = current_app.extensions["vocapp"]
        return found

    @property
    def secret(self) -> bytes:
        """The secret that hashes addresses and makes links."""
        return self.settings.secret_key.encode()

    @property
    def limit(self) -> int:
        return int(self.query["limit"])

    def position(self) -> Any:
        """Return where the reader stands: what `cursor` was given, or None at the start. Raises Problem (400)."""
        cursor = self.query.get("cursor")
        return None if cursor is None else cursors.read(cursor, **self._bound())

    def cursor(self, position: Any) -> str:
        """Make the cursor that brings a reader of this very list back to `position` (a JSON value)."""
        return cursors.seal(position, **self._bound())

    def page(self, documents: Sequence[Any], position: Any) -> Reply:
        """Answer a page; `position` is where the next one begins, None where there is none."""
        cursor = None if position is None else self.cursor(position)
        headers = {}
        if cursor is not None:
            from werkzeug.urls import iri_to_uri

            given = {**request.args.to_dict(), "cursor": cursor}
            query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in given.items())
            headers["Link"] = f'<{iri_to_uri(request.path)}?{query}>; rel="next"'
        return Reply({"data": list(documents), "next_cursor": cursor}, headers=headers)

    def _bound(self) -> dict[str, Any]:
        filters = {key: value for key, value in self.query.items() if key not in {"cursor", "limit"}}
        return {
            "secret": self.settings.secret_key,
            "workspace_id": self.workspace_id,
            "route": self.route.name,
            "filters": filters,
        }


class Routes:
    """The routes of one noun."""

    def __init__(self, tag: str, about: str) -> None:
        self.tag = tag
        self.about = about
        self.all: list[Route] = []

    def get(self, path: str, **said: Any) -> Callable[[_V], _V]:
        return self._add("GET", path, said)

    def put(self, path: str, **said: Any) -> Callable[[_V], _V]:
        return self._add("PUT", path, said)

    def post(self, path: str, **said: Any) -> Callable[[_V], _V]:
        return self._add("POST", path, said)

    def patch(self, path: str, **said: Any) -> Callable[[_V], _V]:
        return self._add("PATCH", path, said)

    def delete(self, path: str, **said: Any) -> Callable[[_V], _V]:
        return self._add("DELETE", path, said)

    def _add(self, method: str, path: str, said: Mapping[str, Any]) -> Callable[[_V], _V]:
        def add(view: _V) -> _V:
            self.all.append(Route(method=method, path=path, view=view, tag=self.tag, **said))
            return view

        return add


def register(blueprint: Blueprint, route: Route) -> None:
    """Serve a route."""

    def endpoint(**path: Any) -> Response:
        return _answered(route, path)

    blueprint.add_url_rule(
        route.path,
        endpoint=route.name,
        view_func=endpoint,
        methods=[route.method],
        merge_slashes=False,
        provide_automatic_options=False,
    )


def respond(reply: Any) -> Response:
    """Write what a view gave back."""
    if isinstance(reply, Response):
        return reply
    if not isinstance(reply, Reply):
        reply = Reply(reply)
    if reply.status == 204 or reply.body is None:
        response = Response(status=reply.status)
    else:
        response = Response(
            orjson.dumps(reply.body, option=orjson.OPT_UTC_Z), status=reply.status, mimetype="application/json"
        )
    response.headers.update(reply.headers)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _answered(route: Route, path: Mapping[str, Any]) -> Response:
    bearer = bearer_of(request)
    require(bearer, route.scopes)
    if bearer.place is not None and not route.by_place:
        raise Problem(
            403, f"This key sees the place {bearer.place} only: it may not do what concerns the whole company."
        )
    _check_path(path)
    query = _query(route)
    raw, body = _body(route)
    call = Call(route, bearer, query, body)
    if not route.writes:
        return respond(route.view(call, **path))
    mark = None
    if route.creates:
        mark = run_again(lambda: idempotency.begin(request, workspace_id=bearer.workspace_id, raw=raw, now=bearer.now))
    if mark is not None and mark.replay is not None:
        status, kept = mark.replay
        return respond(Reply(kept, status, {"Idempotent-Replayed": "true"}))
    return respond(_performed(call, path, mark))


def _performed(call: Call, path: Mapping[str, Any], mark: idempotency.Mark | None) -> Any:
    def once() -> Any:
        with transaction():
            reply = call.route.view(call, **path)
            if mark is not None:
                shaped = reply if isinstance(reply, Reply) else Reply(reply)
                mark.keep(shaped.status, shaped.body)
            return reply

    try:
        return run_again(once)
    except BaseException:
        if mark is not None:
            mark.forget()
        raise


def _body(route: Route) -> tuple[bytes, Any]:
    most = bodies.MOST_BYTES_BULK if route.bulk else bodies.MOST_BYTES
    if route.body is None:
        return (bodies.read_body(request, most_bytes=most) if route.writes else b""), None
    raw: bytes = b""
    document: dict[str, Any] = {}
    if not (route.body_optional and not request.content_length and "Transfer-Encoding" not in request.headers):
        raw, document = bodies.read_object(request, most_bytes=most, apart=route.apart)
    if route.read_by_view:
        return raw, document
    try:
        return raw, route.body().load(document)
    except ValidationError as error:
        raise refusal(faults_of(error.messages)) from error


def _query(route: Route) -> Mapping[str, Any]:
    given = {name: value for name, value in request.args.items() if value}  # left empty is left out
    for name, value in given.items():
        if "\0" in value or "\ufffd" in value or "\0" in name:
            place = "/" + escaped(name).replace("\0", "")
            raise refusal([Fault(place, "in the query: holds a character that is none")])
    try:
        loaded: Mapping[str, Any] = (route.query or _NoQuery)().load(given)
    except ValidationError as error:
        raise refusal(Fault(f.pointer, f"in the query: {f.detail}") for f in faults_of(error.messages)) from error
    return loaded


class _NoQuery(Schema):
    pass


def _check_path(path: Mapping[str, Any]) -> None:
    """Refuse what no id can be: control characters, and bytes that are no UTF-8 (two of them would look the same)."""
    for value in path.values():
        if isinstance(value, str) and (not value.isprintable() and any(ord(character) < 32 for character in value)):
            raise Problem(400, "The address holds control characters.")
    try:
        request.environ["PATH_INFO"].encode("latin-1").decode("utf-8")
    except UnicodeError as error:
        raise Problem(400, "The address is not UTF-8.") from error


def faults_of(messages: Any, pointer: str = "") -> list[Fault]:
    """Turn marshmallow's nested messages into faults with JSON pointers."""
    if isinstance(messages, Mapping):
        return [
            fault
            for key, below in messages.items()
            for fault in faults_of(below, pointer if key == "_schema" else f"{pointer}/{escaped(str(key))}")
        ]
    if isinstance(messages, list):
        return [fault for message in messages for fault in faults_of(message, pointer)]
    return [Fault(pointer, str(messages).rstrip("."))]


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(str(text), safe="")


@cache
def page_of(schema: SchemaType) -> SchemaType:
    """Make the schema of a page of such documents."""
    name = schema.__name__.removesuffix("Out").removesuffix("Schema") + "Page"
    return Schema.from_dict(
        {
            "data": fields.List(fields.Nested(schema), required=True),
            "next_cursor": fields.String(required=True, allow_none=True),
        },
        name=name,
    )
