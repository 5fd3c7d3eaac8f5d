"""The look: that of the survey pages, and a second small style sheet of our own."""

from __future__ import annotations

from pathlib import Path

from vocapp.web.respond.sheets import Sheet

_sheet = Sheet(Path(__file__).parent, "preferences.css")

environment, style, headers = _sheet.environment, _sheet.style, _sheet.headers
