"""Yes or no."""

from vocapp.domain.questions.boolean import Boolean


class YesNo(Boolean):
    key = "yes_no"
    default_uses = frozenset({"persona", "segment", "report"})


TYPE = YesNo()
