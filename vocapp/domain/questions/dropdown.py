"""One of many, in a list that opens."""

from vocapp.domain.questions.choice import OneOf


class Dropdown(OneOf):
    key = "dropdown"


TYPE = Dropdown()
