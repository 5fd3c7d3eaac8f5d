"""One to five stars."""

from vocapp.domain.questions.scale import Scale


class Stars(Scale):
    key = "stars"
    default_uses = frozenset({"report"})
    scale = range(1, 6)
    end_labels = (
        {"fr": "Très mauvais", "en": "Very poor"},
        {"fr": "Excellent", "en": "Excellent"},
    )


TYPE = Stars()
