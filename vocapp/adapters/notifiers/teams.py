"""Microsoft Teams: the webhook of a workflow, which takes an adaptive card.

Texts stand in text runs, which know no Markdown: what a customer wrote stays what it is. `{{` would begin a function.
"""

from __future__ import annotations

from typing import Any

from vocapp.adapters.notifiers.kinds import Kind, Means
from vocapp.adapters.notifiers.news import Item, News, Route, Words
from vocapp.adapters.notifiers.posting import deliver, encode

LONGEST_TEXT = 1000
LONGEST_BODY = 27_000
"""Bytes; Teams takes 28 kB."""
MOST_ITEMS = 15


class TeamsNotifier:
    def __init__(self, means: Means) -> None:
        self._allowed = means.allowed

    def tell(self, news: News, route: Route) -> None:
        """Post the message as a card."""
        deliver(route, encode(news, lay_out, longest=LONGEST_BODY), {}, allowed=self._allowed)


KIND = Kind(TeamsNotifier)


def lay_out(news: News) -> dict[str, Any]:
    """Return what is posted."""
    body: list[dict[str, Any]] = [_text((news.title, True))]
    for item in news.items[:MOST_ITEMS]:
        body += _card(item, news.words)
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def escaped(text: str) -> str:
    """Return a text in which no function of a card begins."""
    return text.replace("{{", "{\u200b{").replace("${", "$\u200b{")[:LONGEST_TEXT]


def _card(item: Item, words: Words) -> list[dict[str, Any]]:
    lines = [
        _text((f"{label}{words.colon} ", True), (value, False)) if label else _text((value, False))
        for label, value in item.rows
    ]
    if item.said:
        lines.append(_text((f"{words.said}{words.colon} ", True), (item.said, False)))
    link = {"type": "ActionSet", "actions": [{"type": "Action.OpenUrl", "title": words.open, "url": item.url}]}
    return [{"type": "Container", "separator": True, "items": [*lines, link]}]


def _text(*runs: tuple[str, bool]) -> dict[str, Any]:
    return {
        "type": "RichTextBlock",
        "inlines": [
            {"type": "TextRun", "text": escaped(text), **({"weight": "Bolder"} if bold else {})} for text, bold in runs
        ],
    }
