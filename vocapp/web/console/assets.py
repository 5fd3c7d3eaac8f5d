"""The console's own style sheet and script: their names change with their content, so that browsers may keep them."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Response

from vocapp.web.console.blueprint import blueprint

_FOLDER = Path(__file__).parent
_VENDORED = {"echarts.js": _FOLDER / "vendor" / "echarts" / "echarts.js"}
"""What is not ours; its licence and how it was made stand beside it."""
_TYPES = {
    "alerts.css": "text/css; charset=utf-8",
    "console.css": "text/css; charset=utf-8",
    "segments.css": "text/css; charset=utf-8",
    "settings.css": "text/css; charset=utf-8",
    "verbatims.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "segments.js": "text/javascript; charset=utf-8",
    "counting.js": "text/javascript; charset=utf-8",
    "dashboards.css": "text/css; charset=utf-8",
    "dashboards.js": "text/javascript; charset=utf-8",
    "echarts.js": "text/javascript; charset=utf-8",
}


@lru_cache
def url(name: str) -> str:
    """Return the address of an asset, such as `/static/console-1a2b3c4d5e6f.css`."""
    stem, _, extension = name.partition(".")
    digest = hashlib.sha256(_path(name).read_bytes()).hexdigest()[:12]
    return f"/static/{stem}-{digest}.{extension}"


@blueprint.get("/static/<name>")
def asset(name: str) -> Response:
    own = next((one for one in _TYPES if name == url(one).rpartition("/")[2]), None)
    if own is None:
        return Response("there is no such file\n", 404, mimetype="text/plain")  # no page: here is no session for one
    response = Response(_path(own).read_bytes(), content_type=_TYPES[own])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _path(name: str) -> Path:
    return _VENDORED.get(name, _FOLDER / name)
