"""One of several, all of them in sight."""

from vocapp.domain.questions.choice import OneOf


class SingleChoice(OneOf):
    key = "single_choice"


TYPE = SingleChoice()
