"""The blueprint that the console's views register with: apart, so that they need not import one another."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("console", __name__)
