"""What somebody has to say, in as many lines as it takes."""

from vocapp.domain.questions.text import Text


class LongText(Text):
    key = "long_text"
    verbatim = True
    longest = 5000


TYPE = LongText()
