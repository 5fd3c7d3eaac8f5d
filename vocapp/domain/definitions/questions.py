"""One question of a definition."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vocapp.domain.definitions.texts import Texts
from vocapp.domain.questions import TYPES
from vocapp.domain.rules import Roots, check, quoted
from vocapp.domain.survey import Choice, Question, Text

USES = ("alert", "persona", "segment", "profile", "report")
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""A survey's, a question's, a choice's: it stands in forms, links and rules, so it has no dot."""
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_KEYS = (
    "key", "type", "text", "help", "choices", "shuffle", "labels", "minimum", "maximum", "must_ask", "required", "uses",
    "attribute", "fresh_for", "ask_if",
)  # fmt: skip
_MOST_CHOICES = 300


class QuestionReader(Texts):
    """Reads questions in their order: a rule may look only at those before its own."""

    def question(self, value: Any, pointer: str, before: frozenset[str], all_keys: frozenset[str]) -> Question | None:
        """Take one question; None where nothing can be made of it."""
        fields = self.mapping(value, pointer, allowed=_KEYS, required=("key", "type", "text"))
        if fields is None:
            return None
        key = self.key(fields["key"], f"{pointer}/key", KEY, "buys_for") if "key" in fields else ""
        if key and key in before:
            self.refuse(f"{pointer}/key", f"there is already a question {quoted(key)}")
        if "ask_if" in fields:
            roots = Roots(answers=before, later=all_keys - before)
            for fault in check(fields["ask_if"], roots=roots, pointer=f"{pointer}/ask_if"):
                self.refuse(fault.pointer, fault.detail)
        kind = self.one_of(fields["type"], f"{pointer}/type", tuple(TYPES)) if "type" in fields else "long_text"
        question = Question(
            key=key,
            type=kind,
            text=self._optional_text(fields, "text", pointer, longest=1000) or {},
            help=self._optional_text(fields, "help", pointer, longest=1000),
            choices=self._choices(fields, pointer),
            shuffle=self._flag(fields, "shuffle", pointer),
            labels=self._labels(fields, pointer),
            minimum=self._end(fields, "minimum", pointer),
            maximum=self._end(fields, "maximum", pointer),
            must_ask=self._flag(fields, "must_ask", pointer),
            required=self._flag(fields, "required", pointer),
            uses=self._uses(fields, pointer, kind),
            attribute=self._attribute(fields, pointer),
            fresh_for=self.duration(fields["fresh_for"], f"{pointer}/fresh_for") if "fresh_for" in fields else None,
            ask_if=fields.get("ask_if"),
        )
        self._check_whole(question, pointer, typed="type" in fields and fields["type"] == kind)
        return question

    def _check_whole(self, question: Question, pointer: str, *, typed: bool) -> None:
        """What only all fields together can tell."""
        if question.fresh_for is not None and question.attribute is None:
            self.refuse(f"{pointer}/fresh_for", "fresh_for says how long an attribute stays true: name it too")
        if question.fresh_for is not None and not question.fresh_for:
            self.refuse(f"{pointer}/fresh_for", "what is fresh for no time is never known; leave attribute out")
        if question.minimum is not None and question.maximum is not None and question.minimum > question.maximum:
            self.refuse(f"{pointer}/minimum", "minimum is above maximum")
        if typed:
            for fault in TYPES[question.type].check(question):
                self.refuse(pointer + fault.pointer, fault.detail)

    def _choices(self, fields: Mapping[str, Any], pointer: str) -> tuple[Choice, ...]:
        if "choices" not in fields:
            return ()
        choices: dict[str, Choice] = {}
        place = f"{pointer}/choices"
        for inside, item in self.items(fields["choices"], place, most=_MOST_CHOICES, what="choices"):
            choice = self.mapping(item, inside, allowed=("key", "text"), required=("key", "text"))
            if choice is None:
                continue
            key = self.key(choice["key"], f"{inside}/key", KEY, "gift") if "key" in choice else ""
            if key and key in choices:
                self.refuse(f"{inside}/key", f"there is already a choice {quoted(key)}")
            choices[key or inside] = Choice(key, self._optional_text(choice, "text", inside, longest=300) or {})
        return tuple(choices.values())

    def _labels(self, fields: Mapping[str, Any], pointer: str) -> tuple[Text, Text] | None:
        place = f"{pointer}/labels"
        if "labels" not in fields:
            return None
        ends = self.mapping(fields["labels"], place, allowed=("low", "high"), required=("low", "high"))
        if ends is None or len(ends) < 2:
            return None
        return self.text(ends["low"], f"{place}/low", longest=60), self.text(ends["high"], f"{place}/high", longest=60)

    def _uses(self, fields: Mapping[str, Any], pointer: str, kind: str) -> frozenset[str]:
        if "uses" not in fields:
            return TYPES[kind].default_uses | ({"profile"} if "attribute" in fields else set())
        place = f"{pointer}/uses"
        listed = self.items(fields["uses"], place, most=len(USES), what="uses")
        uses = frozenset(self.one_of(item, inside, USES) for inside, item in listed)
        if fields["uses"] == []:
            self.refuse(place, f"an answer that serves nothing is not asked for; name one of {', '.join(USES)}")
        return uses

    def _attribute(self, fields: Mapping[str, Any], pointer: str) -> str | None:
        if "attribute" not in fields:
            return None
        return self.key(fields["attribute"], f"{pointer}/attribute", _ATTRIBUTE, "buys_for") or None

    def _end(self, fields: Mapping[str, Any], name: str, pointer: str) -> float | None:
        return self.number(fields[name], f"{pointer}/{name}") if name in fields else None

    def _flag(self, fields: Mapping[str, Any], name: str, pointer: str) -> bool:
        return name in fields and self.boolean(fields[name], f"{pointer}/{name}")

    def _optional_text(self, fields: Mapping[str, Any], name: str, pointer: str, *, longest: int) -> Text | None:
        return self.text(fields[name], f"{pointer}/{name}", longest=longest) if name in fields else None
