"""Slack's incoming webhook, which others (Mattermost, Rocket.Chat) take too.

Three characters mean something in every text of Slack's (`&`, `<`, `>`): links and calls to everybody are made of them.
"""

from __future__ import annotations

from typing import Any

from vocapp.adapters.notifiers.kinds import Kind, Means
from vocapp.adapters.notifiers.news import Item, News, Route, Words
from vocapp.adapters.notifiers.posting import deliver, encode

LONGEST_TEXT = 2900
"""Slack takes 3,000 characters a section."""
LONGEST_HEADER = 150
LONGEST_LINK = 500
MOST_ITEMS = 15
"""Slack takes 50 blocks; each alert is two."""


class SlackNotifier:
    def __init__(self, means: Means) -> None:
        self._allowed = means.allowed

    def tell(self, news: News, route: Route) -> None:
        """Post the message as blocks."""
        deliver(route, encode(news, lay_out), {}, allowed=self._allowed)


KIND = Kind(SlackNotifier)


def lay_out(news: News) -> dict[str, Any]:
    """Return what is posted; `text` is what stands in the pop-up."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": news.title[:LONGEST_HEADER], "emoji": False}}
    ]
    for item in news.items[:MOST_ITEMS]:
        blocks += [_section(item, news.words), {"type": "divider"}]
    return {"text": escaped(news.title), "blocks": blocks[:-1], "unfurl_links": False, "unfurl_media": False}


def escaped(text: str) -> str:
    """Return a text that says in Slack what it says here."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _section(item: Item, words: Words) -> dict[str, Any]:
    lines = [f"{label}{words.colon} {value}" if label else value for label, value in item.rows]
    if item.said:
        lines.append(f"{words.said}{words.colon} {item.said}")
    text = f"{_fitting(lines)}\n<{item.url}|{escaped(words.open)}>"
    # `verbatim`: what looks like an address or a channel in a customer's words becomes no link
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _fitting(lines: list[str]) -> str:
    """Return lines, escaped, cut where there is no more room: never in the middle of what one character became."""
    written: list[str] = []
    room = LONGEST_TEXT - LONGEST_LINK
    for character in "\n".join(lines):
        room -= len(escaped(character))
        if room < 0:
            return "".join(written) + "…"
        written.append(escaped(character))
    return "".join(written)
