"""How satisfied are you? 1 to 5."""

from vocapp.domain.questions.scale import Scale


class Csat(Scale):
    key = "csat"
    metric = "csat"
    default_uses = frozenset({"alert", "segment", "report"})
    scale = range(1, 6)
    end_labels = (
        {"fr": "Très décevant", "en": "Very dissatisfied"},
        {"fr": "Très satisfaisant", "en": "Very satisfied"},
    )


TYPE = Csat()
