"""Forms of any make: found in a page and filled in, with what is hidden in them left as it came.

Of radio buttons and lists each person takes another one, fields are filled as their type wants, and of several buttons
the one that leads on is pressed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

WORDS = "Everything went well, thank you."
_TYPED = {
    "email": "person-{number}@example.test",
    "tel": "+33199001234",
    "url": "https://example.test/",
    "date": "2026-03-10",
    "time": "09:00",
    "datetime-local": "2026-03-10T09:00",
    "month": "2026-03",
    "color": "#336699",
}
_BUTTONS = frozenset({"submit", "image", "button", "reset", "file"})
_ON = re.compile(r"next|continue|submit|send|finish|done|suivant|continuer|envoyer|terminer|valider", re.IGNORECASE)
_BACK = re.compile(r"prev|back|clear|exit|quit|save|cancel|load|reset|précédent|retour|effacer|annuler", re.IGNORECASE)


@dataclass
class Control:
    """A field, or a button."""

    kind: str
    """Of an input its type; else select, textarea or submit."""
    name: str
    value: str = ""
    marked: bool = False
    """Checked or selected already."""
    required: bool = False
    choices: list[Control] = field(default_factory=list)
    """Of a select."""
    least: str = ""
    most: str = ""
    label: str = ""
    """Of a button."""


@dataclass
class Form:
    action: str
    method: str
    controls: list[Control] = field(default_factory=list)

    @property
    def buttons(self) -> list[Control]:
        return [one for one in self.controls if one.kind == "submit"]


def find_form(page: str) -> Form | None:
    """Return the form that a page is about: of those that are posted, the one with most controls; None without any."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    posted = [form for form in reader.forms if form.method == "post" and (form.buttons or form.controls)]
    return max(posted, key=lambda form: len(form.controls), default=None)


def fill(form: Form, number: int) -> list[tuple[str, str]]:
    """Return names and values as the n-th person sends them, in the order of the page, its button last."""
    sent: list[tuple[str, str]] = []
    ticked = False
    for control in form.controls:
        if not control.name or control.kind in _BUTTONS:
            continue
        if control.kind == "radio":
            if control is _chosen(
                [one for one in form.controls if one.kind == "radio" and one.name == control.name], number
            ):
                sent.append((control.name, control.value or "on"))
        elif control.kind == "checkbox":
            if control.marked or control.required or not ticked:
                sent.append((control.name, control.value or "on"))
                ticked = True
        elif control.kind == "select":
            if control.choices:
                sent.append((control.name, _chosen(control.choices, number).value))
        else:
            sent.append((control.name, control.value if control.kind == "hidden" else _written(control, number)))
    button = _button(form.buttons)
    if button is not None and button.name:
        sent.append((button.name, button.value))
    return sent


def _chosen(choices: Sequence[Control], number: int) -> Control:
    saying = [one for one in choices if one.value] or list(choices)  # an empty value is "no answer"
    return saying[number % len(saying)]


def _written(control: Control, number: int) -> str:
    if control.value:
        return control.value
    if control.kind in {"number", "range"}:
        return control.least or control.most or str(number % 10 + 1)
    return _TYPED.get(control.kind, WORDS).format(number=number)


def _button(buttons: Iterable[Control]) -> Control | None:
    """Choose the button that leads on."""
    said = [(f"{one.name} {one.value} {one.label}", one) for one in buttons]
    forward = [one for words, one in said if not _BACK.search(words)]
    surely = [one for words, one in said if _ON.search(words) and one in forward]
    return next(iter([*surely, *forward]), None)


class _Reader(HTMLParser):
    """Collects the forms of a page; what is disabled is not there."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._control: Control | None = None
        """The one whose text is being read: a textarea, a button, or an option."""
        self._select: Control | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(said.get("action", ""), said.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is None or "disabled" in said:
            return
        elif tag == "input":
            kind = said.get("type", "text").lower()
            self._add(Control("submit" if kind == "image" else kind, **_named(said), label=said.get("value", "")))
        elif tag == "textarea":
            self._control = self._add(Control("textarea", **_named(said)))
        elif tag == "button" and said.get("type", "submit").lower() == "submit":
            self._control = self._add(Control("submit", **_named(said)))
        elif tag == "select":
            self._select = self._add(Control("select", **_named(said)))
        elif tag == "option" and self._select is not None:
            kind = "option" if "value" in said else "worded option"
            self._control = Control(kind, "", said.get("value", ""), "selected" in said)
            self._select.choices.append(self._control)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = self._select = None
        elif tag == "select":
            self._select = None
        if tag in {"textarea", "button", "option", "select", "form"}:
            self._control = None

    def handle_data(self, data: str) -> None:
        if self._control is None:
            return
        if self._control.kind == "textarea":
            self._control.value += data.lstrip("\n") if not self._control.value else data
        elif self._control.kind == "worded option":  # its text is its value
            self._control.value += data.strip()
        else:
            self._control.label += data.strip()

    def _add(self, control: Control) -> Control:
        assert self._form is not None
        self._form.controls.append(control)
        return control


def _named(said: dict[str, str]) -> dict[str, str | bool]:
    return {
        "name": said.get("name", ""),
        "value": said.get("value", ""),
        "marked": "checked" in said,
        "required": "required" in said,
        "least": said.get("min", ""),
        "most": said.get("max", ""),
    }
