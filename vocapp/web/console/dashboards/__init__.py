"""Dashboards: the figures of a period, of a part of the company, of a survey; each with its table, drawn by a script.

Every page reads the same without a script: the charts are drawn from the figures that stand beside them as JSON.
"""

from __future__ import annotations

from vocapp.web.console.dashboards import advisers, parts, views, worth

__all__ = ["advisers", "parts", "views", "worth"]
