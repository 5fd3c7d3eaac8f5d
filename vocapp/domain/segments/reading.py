"""A segment's definition, read strictly: every fault at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from vocapp.domain.definitions import DefinitionRefused
from vocapp.domain.definitions.fields import Fields
from vocapp.domain.rules import Fault, Roots, check, quoted
from vocapp.domain.segments.bounds import check_bounds
from vocapp.domain.segments.variables import VARIABLES
from vocapp.domain.survey import Rule, Text


@dataclass(frozen=True, slots=True)
class Segment:
    key: str
    name: Text
    description: Text | None
    when: Rule
    active: bool
    """False: nobody belongs to it, until it is taken up again."""


@dataclass(frozen=True, slots=True)
class SegmentSet:
    """What a file of segments holds."""

    segments: tuple[Segment, ...]


def _names() -> dict[str, tuple[str, ...]]:
    below: dict[str, tuple[str, ...]] = {}
    for name in VARIABLES:
        root, _, rest = name.partition(".")
        if root != "customer":  # whose fields every rule may look at
            below[root] = (*below.get(root, ()), rest)
    return below


ROOTS: Final = Roots(event=False, more=_names(), open=frozenset({"consent"}))


def check_rule(rule: Any, *, pointer: str = "", kept: Rule | None = None) -> list[Fault]:
    """Return the faults of a segment's rule; one that is `kept` already may compare with what can't be."""
    faults = check(rule, roots=ROOTS, pointer=pointer)
    return faults if faults or (kept is not None and rule == kept) else check_bounds(rule, pointer=pointer)


def read(document: Any, *, kept: Rule | None = None) -> Segment:
    """Return the segment that a document defines. Raises DefinitionRefused, and nothing else, with every fault.

    `kept`: the rule it has already, which is not asked again whether its values can be.
    """
    reader = _SegmentReader()
    reader.kept = kept
    segment = reader.segment(document, "") if reader.fits(document) else None
    if segment is None or reader.faults:
        raise DefinitionRefused(reader.faults)
    return segment


def read_set(document: Any) -> SegmentSet:
    """Return the segments of a file. Raises DefinitionRefused, and nothing else, with every fault."""
    reader = _SegmentReader()
    segments = reader.segment_set(document) if reader.fits(document) else None
    if segments is None or reader.faults:
        raise DefinitionRefused(reader.faults)
    return segments


class _SegmentReader(Fields):
    kept: Rule | None = None

    def segment_set(self, document: Any) -> SegmentSet | None:
        fields = self.mapping(document, "", allowed=("segments",), required=("segments",))
        if fields is None:
            return None
        found: dict[str, Segment] = {}
        for pointer, item in self.items(fields.get("segments"), "/segments", most=_MOST_SEGMENTS, what="segments"):
            one = self.segment(item, pointer)
            if one is not None and one.key in found:
                self.refuse(f"{pointer}/key", f"there is already a segment {quoted(one.key)}")
            if one is not None:
                found[one.key] = one
        return SegmentSet(tuple(found.values()))

    def segment(self, document: Any, pointer: str) -> Segment | None:
        fields = self.mapping(document, pointer, allowed=_KEYS, required=("key", "name", "when"))
        if fields is None:
            return None
        for fault in check_rule(fields["when"], pointer=f"{pointer}/when", kept=self.kept) if "when" in fields else []:
            self.refuse(fault.pointer, fault.detail)
        return Segment(
            key=self.key(fields["key"], f"{pointer}/key", _KEY, "best_promoters") if "key" in fields else "",
            name=self._text(fields, "name", pointer, longest=100) or {},
            description=self._text(fields, "description", pointer, longest=1000),
            when=fields.get("when"),
            active=self.boolean(fields.get("active", True), f"{pointer}/active"),
        )

    def _text(self, fields: Mapping[str, Any], name: str, pointer: str, *, longest: int) -> Text | None:
        return self.text_by_language(fields[name], f"{pointer}/{name}", longest=longest) if name in fields else None


_KEYS = ("key", "name", "description", "when", "active")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MOST_SEGMENTS = 200
