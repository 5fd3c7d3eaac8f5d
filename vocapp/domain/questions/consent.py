"""A consent, given or refused. An empty box is no answer: nothing is recorded for a person who left it alone."""

from vocapp.domain.questions.boolean import Boolean


class Consent(Boolean):
    key = "consent"
    default_uses = frozenset({"profile"})


TYPE = Consent()
