"""The two ends of a scale are called the same in the mail and on the page."""

from __future__ import annotations

import pytest

from vocapp.domain.questions import TYPES
from vocapp.web.respond.words import words_for


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("scale", ["nps", "csat", "ces", "stars"])
def test_mail_and_page_call_the_ends_the_same(scale: str, language: str) -> None:
    ends = TYPES[scale].end_labels
    assert ends is not None
    mailed = [end[language] for end in ends]  # type: ignore[index]
    paged = getattr(words_for(language), scale)
    assert [mailed[0].lower(), mailed[1].lower()] == [paged[0].lower(), paged[-1].lower()]
