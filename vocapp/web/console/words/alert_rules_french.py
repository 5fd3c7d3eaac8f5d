"""The settings in French: what becomes an alert."""

from __future__ import annotations

from typing import Any

ALERT_RULES: dict[str, Any] = {
    "alerts_title": "Ce qui devient une alerte",
    "alerts_help": "Chaque règle cochée décide de toutes les réponses, ou de tous les événements d’un nom. Un "
                   "changement vaut "
                   "à partir du suivant.",
    "alerts_shipped": "Ce sont les règles d’origine\u00a0: elles suivent les mises à jour tant que vous n’y "
                      "touchez pas.",
    "about_answers": "Réponses",
    "about_events": "Événements seuls",
    "about_events_help": "Ce qu’un événement dit n’est pas demandé\u00a0: aucune enquête ne part pour lui.",
    "no_rules": "Aucune règle.",
    "on_event": "À l’événement {event}",
    "opens_alert": "un rappel\u00a0: {kind}",
    "sends_apology": "des excuses par e-mail (enquête {survey})",
    "edit": "Modifier",
    "edit_rule": "Modifier la règle «\u00a0{name}\u00a0»",
    "add_rule": "Ajouter une règle",
    "new_rule": "Nouvelle règle",
    "back_to_rules": "Toutes les règles",
    "if_says": "Si {says}.",
    "rule_key": "Clé",
    "rule_key_help": "Courte, sans espace\u00a0: late_delivery.",
    "rule_name": "Nom",
    "rule_kind": "Motif du rappel",
    "rule_kind_help": "Il dit la gravité, et ce que le conseiller est invité à dire.",
    "rule_when": "Règle",
    "rule_when_help": "En JSON. Noms\u00a0: scores.nps, scores.csat, scores.ces, answers.CLÉ, sentiment.label, "
                      "customer.attributes.CLÉ, customer.value, event.properties.CLÉ, before.nps, "
                      "verbatim.urgent_word, "
                      "event.count. Une règle avec sentiment, customer.value ou before ne juge que les réponses "
                      "terminées.",
    "rule_event_title": "À propos d’un événement seul",
    "rule_event": "Nom de l’événement",
    "rule_event_help": "Laissé vide, la règle porte sur les réponses.",
    "rule_within": "Compter sur",
    "rule_within_help": "Seulement avec event.count\u00a0: P30D vaut trente jours.",
    "rule_then": "Alors",
    "thens": {"alert": "Un rappel", "apology": "Des excuses par e-mail"},
    "rule_survey": "Enquête des excuses",
    "rule_survey_help": "Son e-mail tient lieu d’excuses. Tant qu’elle n’est pas publiée, un rappel est ouvert "
                        "à la place.",
    "thresholds": "Seuils",
    "save_thresholds": "Enregistrer les seuils",
    "remove_rule": "Supprimer la règle",
    "remove_rule_help": "Pour la suspendre, décochez-la dans la liste.",
    "urgent_title": "Les mots qui n’attendent pas",
    "urgent_help": "Un par ligne, pour chaque langue. Un mot est trouvé entier, avec ou sans accents ni "
                   "majuscules\u202f; un * à "
                   "la fin prend aussi la suite\u00a0: allerg*. Plusieurs mots doivent se suivre.",
    "save_words": "Enregistrer les mots",
}  # fmt: skip
