"""A rule as a person says it: when a question is asked, which events start a survey."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vocapp.domain.rules import arguments_of, name_of
from vocapp.domain.survey import Question, Survey, in_language
from vocapp.web.console.formats import Formats
from vocapp.web.console.words import Words

_LONGEST = 70
_TABLES = {"customer.attributes": "attribute_names", "event.properties": "property_names"}
"""Where the words stand of what is called by a key; one that nobody has named is said as it is."""
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}


class Speaker:
    """Speaks of rules in one language: of one survey's, or of those that look at any."""

    def __init__(self, survey: Survey | None, words: Words, formats: Formats, texts: Mapping[str, str]) -> None:
        self._survey, self._w, self._f, self._texts = survey, words, formats, texts
        self._say = words["rules"]
        self._default = survey.default_language if survey else ""

    def say(self, rule: Any) -> str:
        """Return the rule in words, to stand behind an “if”."""
        return self._phrase(rule)

    def name(self, node: Any) -> str:
        """Return in words what is compared with a figure."""
        return self._value(node, None)

    def _phrase(self, node: Any) -> str:
        if not isinstance(node, dict):
            return self._f.value(node)
        operator, arguments = arguments_of(node)
        if operator in {"and", "or"}:
            return self._joined(operator, arguments)
        if operator == "!":
            return self._not(arguments[0])
        if operator == "known" and name_of(arguments) in self._say["written"]:
            return str(self._say["written"][name_of(arguments)])
        if operator == "known":
            return self._say["known"].format(what=self._name(name_of(arguments)))
        if operator == "in":
            return self._in(*arguments)
        if operator in _FLIPPED:
            return self._compared(operator, *arguments)
        if operator == "var":
            return self._say["true"].format(what=self._name(name_of(arguments)))
        return self._value(node, None)

    def _joined(self, operator: str, arguments: list[Any]) -> str:
        said = []
        for one in arguments:
            inner = arguments_of(one)[0] if isinstance(one, dict) else ""
            text = self._phrase(one)
            said.append(f"({text})" if inner in {"and", "or"} and inner != operator else text)
        return f" {self._say[operator]} ".join(said)

    def _not(self, node: Any) -> str:
        if isinstance(node, dict) and "known" in node:
            return str(self._say["unknown"].format(what=self._name(name_of(arguments_of(node)[1]))))
        return str(self._say["not"].format(what=self._phrase(node)))

    def _in(self, needle: Any, hay: Any) -> str:
        if not isinstance(hay, list):
            return str(self._say["within"].format(what=self._value(needle, None), where=self._value(hay, None)))
        question = self._question(needle)
        values = [self._value(one, question) for one in hay]
        either = f" {self._say['or']} ".join(filter(None, [", ".join(values[:-1]), values[-1]] if values else []))
        return str(self._say["=="].format(what=self._value(needle, None), value=either))

    def _compared(self, operator: str, left: Any, right: Any) -> str:
        if not isinstance(left, dict) and isinstance(right, dict):
            operator, left, right = _FLIPPED[operator], right, left
        if operator == "==" and isinstance(left, dict) and name_of(left) == "sentiment.label":
            return str(self._say["tones"].get(right, right))
        if isinstance(left, dict) and "date" in left and operator in self._say["when"]:
            says = self._say["when"][operator]
            return str(says.format(what=self._value(left, None), value=self._value(right, None)))
        value = self._value(right, self._question(left))
        return str(self._say[operator].format(what=self._value(left, None), value=value))

    def _value(self, node: Any, question: Question | None) -> str:
        if isinstance(node, dict):
            operator, arguments = arguments_of(node)
            if operator == "var":
                return self._name(name_of(arguments))
            if operator == "date":
                return self._value(arguments[0], None)
            return f" {operator} ".join(self._value(one, None) for one in arguments)
        choices = {choice.key: choice.text for choice in question.choices} if question else {}
        if node in choices:
            return self._quoted(in_language(choices[node], self._w.language, self._default)[0])
        return self._quoted(node) if isinstance(node, str) else self._f.value(node)

    def _question(self, node: Any) -> Question | None:
        name = name_of(node) if isinstance(node, dict) else None
        if self._survey is None:
            return None
        return self._survey.by_key.get(name.removeprefix("answers.")) if name else None

    def _name(self, name: str | None) -> str:
        root, _, rest = (name or "").partition(".")
        if root == "answers":
            return str(self._say["answer"].format(question=self._quoted(self._texts.get(rest, rest))))
        for prefix, table in _TABLES.items():
            if (name or "").startswith(f"{prefix}."):
                called = self._w.of(table, (name or "")[len(prefix) + 1 :])
                return str(self._say[prefix].format(name=self._quoted(called)))
        return str(self._say["names"].get(name, name or ""))

    def _quoted(self, text: str) -> str:
        short = text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
        return f"«\u00a0{short}\u00a0»" if self._w.language == "fr" else f"“{short}”"
