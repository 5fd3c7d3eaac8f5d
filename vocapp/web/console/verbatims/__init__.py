"""Verbatims: looked for by words and facets, tagged, kept as views, and taken along as a spreadsheet.

What is asked for stands in the address, as everywhere; what leaves the product or changes something is a POST.
"""

from __future__ import annotations

from vocapp.web.console.verbatims import files, lists, saved, tags

__all__ = ["files", "lists", "saved", "tags"]
