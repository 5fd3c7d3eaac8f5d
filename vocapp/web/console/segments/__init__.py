"""Segments: which there are, who belongs to them, and the builder of their rules.

Every form works without a script: it is sent, and comes back with the count. With one, `segments.js` sends the same
form while it is filled in, and puts in its place what comes back.
"""

from __future__ import annotations

from vocapp.web.console.segments import building, views

__all__ = ["building", "views"]
