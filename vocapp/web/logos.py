"""The logos of brands, for customers' pages: images that were looked at when they were taken in, and nothing else."""

from __future__ import annotations

import re

from flask import Blueprint, Response

from vocapp.services import brands

blueprint = Blueprint("logos", __name__)

_NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)


@blueprint.get(f"{brands.LOGOS}<name>")
def logo(name: str) -> Response:
    """Serve an image. What it is called follows from what it holds: it may be kept for ever."""
    found = brands.find_logo(digest=name) if _NAME.fullmatch(name) else None
    if found is None:
        return Response("there is no such file\n", 404, mimetype="text/plain")
    media_type, content = found
    response = Response(content, content_type=media_type)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Disposition"] = "inline"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # a mail shows it, too
    return response
