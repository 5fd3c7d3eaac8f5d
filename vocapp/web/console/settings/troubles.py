"""Why the team could not be told, in the reader's language. What has no words here speaks for itself."""

from __future__ import annotations

import re

from vocapp.web.console.words import Words

_KNOWN = (
    ("gone", re.compile(r"answered 410\b.*")),
    ("answered", re.compile(r"answered (?P<status>[0-9]+)")),
    ("private", re.compile(r"not called: .*in the public internet")),
    ("https", re.compile(r"not called: .*must begin with https.*")),
    ("no_answer", re.compile(r"not reached: no answer in time")),
    ("certificate", re.compile(r"not reached: its certificate .*")),
    ("name", re.compile(r"not reached: its name is not known")),
    ("no_connection", re.compile(r"not reached: no connection.*")),
    ("off", re.compile(r"the notifier is switched off: .*")),
    ("unexpected", re.compile(r"not told: (?P<name>\w+)")),
    ("sealed", re.compile(r"sealed under another SECRET_KEY")),
)
_AFTER_A_DAY = " (tried for a day)"


def in_words(error: str | None, words: Words) -> str:
    """Return why a call failed; empty for nothing."""
    text = (error or "").removesuffix(_AFTER_A_DAY)
    for key, pattern in _KNOWN:
        if found := pattern.fullmatch(text):
            return str(words["trouble"][key].format(**found.groupdict()))
    return text
