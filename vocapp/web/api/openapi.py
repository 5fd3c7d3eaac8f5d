"""The API's own description: `/api/openapi.json` for machines, `/api/docs` for people. Built from the routes, once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from http import HTTPStatus
from inspect import cleandoc
from typing import Any

import orjson
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Flask, Response, url_for
from marshmallow import INCLUDE, Schema, fields

from vocapp.web.api.docs import page
from vocapp.web.api.frame import Route, Routes

BASE = "/api/v1"
ABOUT = (
    "JSON in UTF-8, times in RFC 3339 with a zone, durations in ISO 8601, languages in BCP 47. Errors are "
    "`application/problem+json` (RFC 9457). Lists page by opaque cursors: hand `next_cursor` back until it is null. "
    "`Idempotency-Key` makes a creating POST safe to repeat for 24 hours. Only wrong keys are rate limited."
)
_PARAMETER = re.compile(r"<(?:(?P<kind>[a-z]+):)?(?P<name>[a-z_]+)>")
_ALWAYS = (400, 401, 403, 429, 500, 503)
_REFUSALS = {
    400: "The request can't be read: no JSON, nested too deep, a cursor of another list.",
    401: "No key, or a wrong one.",
    403: "The key lacks the scope.",
    404: "There is no such thing in this workspace.",
    405: "Another method is needed.",
    409: "The state does not allow it, or the first call with this `Idempotency-Key` is still under way.",
    410: "It was here and is gone; a reader starts again.",
    413: "The body is too large.",
    415: "The body is no JSON, or is compressed.",
    422: "Something in the request is not as it must be; `errors` name it.",
    429: "Too many wrong keys from this address.",
    500: "Something broke on our side; nothing was changed.",
    503: "The database can't be reached; nothing was stored.",
}


class ProblemError(Schema):
    pointer = fields.String(required=True, metadata={"description": "JSON pointer (RFC 6901) into the request."})
    detail = fields.String(required=True)


class Problem(Schema):
    """RFC 9457; some refusals say more (who holds an alert), in members of their own."""

    class Meta:  # noqa: D106 (marshmallow's own)
        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(ProblemError))


def add_to(app: Flask, modules: Sequence[Routes]) -> None:
    """Serve the description; it needs no key."""
    blueprint = Blueprint("api_docs", __name__, url_prefix="/api", template_folder="templates")
    modules = tuple(modules)

    @blueprint.get("/openapi.json")
    def show_openapi() -> Response:
        body = orjson.dumps(build(modules, app.extensions["vocapp"].public_url), option=orjson.OPT_INDENT_2)
        return Response(body, mimetype="application/json", headers={"Cache-Control": "max-age=300"})

    @blueprint.get("/docs")
    def show_docs() -> Response:
        return page(build(modules, app.extensions["vocapp"].public_url), url_for("api_docs.show_openapi"))

    app.register_blueprint(blueprint)


@cache
def build(modules: tuple[Routes, ...], server: str) -> dict[str, Any]:
    """Build the OpenAPI 3.1 document of the routes."""
    spec = APISpec(
        title="vocapp",
        version="1",
        openapi_version="3.1.0",
        info={"description": ABOUT},
        servers=[{"url": server}],
        tags=[{"name": module.tag, "description": module.about} for module in modules],
        plugins=[MarshmallowPlugin(schema_name_resolver=_schema_name)],
    )
    spec.components.security_scheme(
        "key", {"type": "http", "scheme": "bearer", "description": "An API key: `vocapp apikey create`."}
    )
    spec.components.schema("Problem", schema=Problem)
    for status, text in _REFUSALS.items():
        spec.components.response(f"Problem{status}", _problem(status, text))
    paths: dict[str, dict[str, Any]] = {}
    for module in modules:
        for route in module.all:
            template, parameters = _path(route)
            operations = paths.setdefault(template, {"parameters": parameters, "operations": {}})
            operations["operations"][route.method.lower()] = _operation(route)
    for template, item in paths.items():
        spec.path(path=template, parameters=item["parameters"], operations=item["operations"])
    return spec.to_dict()


def _operation(route: Route) -> dict[str, Any]:
    summary, _, description = cleandoc(route.view.__doc__ or route.name).partition("\n")
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": summary.rstrip("."),
        "security": [{"key": [scope]} for scope in route.scopes] or [{"key": []}],
        "responses": _responses(route),
    }
    if description.strip():
        operation["description"] = description.strip()
    parameters: list[dict[str, Any]] = []
    if route.query is not None:
        parameters.append({"in": "query", "schema": route.query})
    if route.creates:
        parameters.append(
            {
                "in": "header",
                "name": "Idempotency-Key",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
                "description": "The same key and body again: the same answer, nothing done twice. Kept for 24 hours.",
            }
        )
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        media: dict[str, Any] = {"schema": route.body}
        if route.example is not None:
            media["example"] = route.example
        operation["requestBody"] = {"required": not route.body_optional, "content": {"application/json": media}}
    return operation


def _responses(route: Route) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, schema in route.answers.items():
        response: dict[str, Any] = {"description": HTTPStatus(status).phrase}
        content: dict[str, Any] = {}
        if schema is not None:
            content["application/json"] = {"schema": schema}
        for media, about in route.media.get(status, {}).items():
            content[media] = {"schema": {"type": "string", "description": about}}
        if content:
            response["content"] = content
        responses[str(status)] = response
    refusals = {*_ALWAYS, *route.refuses}
    if route.writes:
        refusals |= {413, 415, 422} if route.body is not None else {413, 415}
    if route.query is not None:
        refusals.add(422)
    if route.creates:
        refusals |= {409, 422}
    for status in sorted(refusals):
        responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    return responses


def _problem(status: int, text: str) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": text,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in {429, 503}:
        response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    if status == 401:
        response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return response


def _path(route: Route) -> tuple[str, list[dict[str, Any]]]:
    parameters = []
    for found in _PARAMETER.finditer(route.path):
        schema: dict[str, Any] = {"type": "string"}
        if found["kind"] == "uuid":
            schema["format"] = "uuid"
        elif found["kind"] == "anything":
            schema |= {"minLength": 1, "maxLength": 200}
        parameters.append({"in": "path", "name": found["name"], "required": True, "schema": schema})
    return BASE + _PARAMETER.sub(r"{\g<name>}", route.path), parameters


def _schema_name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema")
