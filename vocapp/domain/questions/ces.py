"""How easy was it? 1 (very hard) to 7 (very easy)."""

from vocapp.domain.questions.scale import Scale


class Ces(Scale):
    key = "ces"
    metric = "ces"
    default_uses = frozenset({"segment", "report"})
    scale = range(1, 8)
    end_labels = (
        {"fr": "Très difficile", "en": "Very hard"},
        {"fr": "Très facile", "en": "Very easy"},
    )


TYPE = Ces()
