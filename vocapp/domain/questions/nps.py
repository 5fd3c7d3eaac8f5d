"""How likely are you to recommend us? 0 to 10."""

from vocapp.domain.questions.scale import Scale


class Nps(Scale):
    key = "nps"
    metric = "nps"
    default_uses = frozenset({"alert", "segment", "report"})
    scale = range(11)
    end_labels = (
        {"fr": "Pas du tout probable", "en": "Not at all likely"},
        {"fr": "Tout à fait probable", "en": "Extremely likely"},
    )


TYPE = Nps()
