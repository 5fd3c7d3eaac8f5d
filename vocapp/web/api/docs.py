"""The API's readable pages: the OpenAPI document as one page of HTML that needs no script and asks nobody else."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from flask import Response, render_template

_STYLE = (Path(__file__).parent / "templates" / "api_docs.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_METHODS = ("get", "put", "post", "patch", "delete")


class Row(NamedTuple):
    """One field of a schema, or one parameter."""

    name: str
    kind: str
    required: bool
    about: str


class Operation(NamedTuple):
    id: str
    method: str
    path: str
    summary: str
    description: str
    scopes: list[str]
    parameters: list[Row]
    body: str | None
    example: str | None
    answers: list[tuple[str, str, str | None]]


def page(spec: dict[str, Any], openapi_url: str) -> Response:
    """Render the document as HTML."""
    tags = [(tag["name"], tag["description"], _operations(spec, tag["name"])) for tag in spec.get("tags", [])]
    html = render_template(
        "api_docs.html",
        style=_STYLE,
        about=spec["info"]["description"],
        tags=tags,
        schemas={name: _rows(schema) for name, schema in sorted(spec["components"]["schemas"].items())},
        openapi_url=openapi_url,
    )
    headers = {
        "Content-Security-Policy": _POLICY,
        "Referrer-Policy": "no-referrer",
    }
    return Response(html, mimetype="text/html", headers=headers)


def _operations(spec: dict[str, Any], tag: str) -> list[Operation]:
    return [
        _operation(spec, method, path, item)
        for path, item in spec["paths"].items()
        for method in _METHODS
        if method in item and tag in item[method]["tags"]
    ]


def _operation(spec: dict[str, Any], method: str, path: str, item: dict[str, Any]) -> Operation:
    said = item[method]
    content = said.get("requestBody", {}).get("content", {}).get("application/json", {})
    example = content.get("example")
    answers = []
    for status, answer in said["responses"].items():
        whole = _resolved(spec, answer)
        schema = next((media.get("schema") for media in whole.get("content", {}).values()), None)
        answers.append((status, whole["description"], _name(schema) if schema else None))
    return Operation(
        id=said["operationId"],
        method=method.upper(),
        path=path,
        summary=said["summary"],
        description=said.get("description", ""),
        scopes=sorted({scope for need in said["security"] for scopes in need.values() for scope in scopes}),
        parameters=[
            Row(f"{p['name']} ({p['in']})", _name(p["schema"]), p.get("required", False), p.get("description", ""))
            for p in (*item.get("parameters", []), *said.get("parameters", []))
        ],
        body=_name(content["schema"]) if content else None,
        example=orjson.dumps(example, option=orjson.OPT_INDENT_2).decode() if example is not None else None,
        answers=answers,
    )


def _rows(schema: dict[str, Any]) -> list[Row]:
    required = set(schema.get("required", []))
    return [
        Row(name, _name(field), name in required, field.get("description", ""))
        for name, field in schema.get("properties", {}).items()
    ]


def _name(schema: dict[str, Any]) -> str:
    """Name a schema in a few words: `list of Alert`, `string (uuid)`, `integer or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", maxsplit=1)[-1]
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return " or ".join(_name(part) for part in schema[union])
    kinds = schema.get("type", "any JSON value")
    names = []
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind == "array":
            names.append(f"list of {_name(schema.get('items', {}))}")
        elif kind == "object" and isinstance(schema.get("additionalProperties"), dict):
            names.append(f"object of {_name(schema['additionalProperties'])}")
        else:
            names.append(kind)
    text = " or ".join(names)
    if "enum" in schema:
        return f"{text}: " + ", ".join(str(value) for value in schema["enum"] if value is not None)
    return f"{text} ({schema['format']})" if "format" in schema else text


def _resolved(spec: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    found: Any = spec
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)
