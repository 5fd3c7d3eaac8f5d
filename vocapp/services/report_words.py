"""What reports say, in French and English: one mapping each, with the same keys.

A pair is (for one, for several; in French none counts as one). Invisible spaces are escapes: U+202F before `;`, `!`,
`?`, U+00A0 before `:` and `%` and inside « ».
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from vocapp.services.mail_words import Language

_FRENCH: Mapping[str, Any] = {
    "subject": "{period}\u00a0: {place}",
    "subject_week": "Semaine du {day}",
    "week": "Semaine {days}",
    "company": "toute l’entreprise",
    "preview": "{answers}. À faire d’abord\u00a0: {todo}",
    "colon": "\u00a0:",
    "percent": "{value}\u00a0%",
    "between": "entre {low} et {high}",
    "of_highest": "{value} sur {highest}",
    "answers_n": ("{n} réponse", "{n} réponses"),
    "answers_none": "Aucune réponse",
    "figures": "Les chiffres",
    "metrics": {"nps": "Recommandation (NPS)", "csat": "Satisfaction", "ces": "Facilité"},
    "metric_scores": {"nps": "recommandation", "csat": "satisfaction", "ces": "facilité"},
    "value_of": {"nps": "{value}", "csat": "{value} de satisfaits", "ces": "{value} trouvent cela facile"},
    "too_few": ("{n} réponse\u00a0: trop peu pour un chiffre", "{n} réponses\u00a0: trop peu pour un chiffre"),
    "no_scores": "Personne n’a donné de note.",
    "wide": {
        "weekly": "sur 4 semaines\u00a0: la dernière seule a trop peu de réponses",
        "monthly": "sur 3 mois\u00a0: le dernier seul a trop peu de réponses",
    },
    "before": {
        "weekly": "la semaine d’avant",
        "weekly_wide": "les 4 semaines d’avant",
        "monthly": "le mois d’avant",
        "monthly_wide": "les 3 mois d’avant",
    },
    "up": "nettement plus que {before} ({value})",
    "down": "nettement moins que {before} ({value})",
    "same": "pas de changement net ({value} {before})",
    "no_before": "pas de comparaison\u00a0: trop peu de réponses {before}",
    "answers": "Réponses",
    "answers_before": "{n} ({before_n} {before})",
    "rate": "Taux de réponse",
    "rate_of": "{share} des {n} messages remis, partis {left} ({between})",
    "rate_few": ("{hits} pour {n} message remis, parti {left}", "{hits} pour {n} messages remis, partis {left}"),
    "left": "du {since} au {last}",
    "rate_none": "pas encore connu : chaque message a {days} jours pour recevoir une réponse",
    "todo": "À faire",
    "advice": {
        "late_alerts": (
            "Rappelez le client dont le rappel est en retard.",
            "Rappelez les {n} clients dont le rappel est en retard.",
        ),
        "promises_missed": (
            "Une promesse de rappel n’a pas été tenue\u00a0: voyez pourquoi avec l’équipe.",
            "{n} promesses de rappel n’ont pas été tenues\u00a0: voyez pourquoi avec l’équipe.",
        ),
        "open_alerts": (
            "Un rappel attend, encore dans les temps\u00a0: prévoyez-lui un moment.",
            "{n} rappels attendent, encore dans les temps\u00a0: prévoyez-leur un moment.",
        ),
        "score_fell": "{metric}\u00a0: nette baisse. Lisez ce qui a été dit avant d’en chercher la raison.",
        "cause_grew": "«\u00a0{cause}\u00a0» revient nettement plus souvent\u00a0: {n} des {of} rappels résolus. "
        "Voyez ce qui a changé.",
        "driver": "Regardez ce qui accompagne les mauvaises notes, plus bas.",
        "no_answers": "Personne n’a répondu sur cette période\u00a0: il n’y a rien à en conclure.",
        "few_answers": (
            "{n} réponse\u00a0: trop peu pour conclure. Ne changez rien sur cette seule base.",
            "{n} réponses\u00a0: trop peu pour conclure. Ne changez rien sur cette seule base.",
        ),
        "score_rose": "{metric}\u00a0: nette progression. Dites-le à l’équipe.",
        "nothing": "Rien ne presse cette fois.",
    },
    "advice_to_readers": {
        "late_alerts": (
            "Un rappel est en retard\u00a0: demandez à l’équipe qui s’en charge, et quand.",
            "{n} rappels sont en retard\u00a0: demandez à l’équipe qui s’en charge, et quand.",
        ),
        "open_alerts": (
            "Un rappel attend, encore dans les temps\u00a0: vérifiez avec l’équipe que quelqu’un s’en charge.",
            "{n} rappels attendent, encore dans les temps\u00a0: vérifiez avec l’équipe que quelqu’un s’en charge.",
        ),
    },
    "links": {
        "late_alerts": "Voir les rappels en retard",
        "promises_missed": "Voir les rappels",
        "open_alerts": "Voir les rappels",
        "score_fell": "Lire ce qui a été dit",
        "cause_grew": "Voir les causes",
    },
    "quotes": "À lire",
    "quote_why": {
        "negative": "Ce qui a le plus déplu",
        "positive": "Ce qui a plu",
        "typical": "Proche de ce que d’autres ont écrit",
    },
    "read_whole": "Lire dans la console",
    "no_quotes": "Personne n’a laissé de commentaire à citer.",
    "opening": "«\u00a0",
    "closing": "\u00a0»",
    "themes": "De quoi l’on parle",
    "theme_n": ("{all}, dont {n} négative", "{all}, dont {n} négatives"),
    "callbacks": "Les rappels",
    "opened": "Nouvelles alertes",
    "open_now": "En attente maintenant",
    "open_late": ("{n}, dont {late} en retard", "{n}, dont {late} en retard"),
    "resolved": "Résolues",
    "in_time": "Premier appel dans les délais",
    "first_contact": "Premier contact",
    "half_within": "la moitié en {length} au plus",
    "promises": "Promesses tenues",
    "out_of": "{n} sur {of}",
    "recovered": "Satisfaits après le rappel",
    "share_between": "{share} ({between})",
    "causes": "Les causes les plus fréquentes",
    "cause_n": "{n} sur {of}",
    "drivers": "Ce qui accompagne les mauvaises notes",
    "driver_line": "{what}\u00a0: {share} de mauvaises notes, contre {elsewhere} sans cela "
    "({n} réponses, sur un an au plus)",
    "driver_always_with": (
        "Va toujours de pair avec\u00a0: {what}. Rien ne permet de distinguer les deux.",
        "Va toujours de pair avec\u00a0: {what}. Rien ne permet de les distinguer.",
    ),
    "driver_others": ("{n} autre", "{n} autres"),
    "driver_note": "Ce qui accompagne une mauvaise note n’en est pas forcément la cause.",
    "factors": {
        "place": "Lieu",
        "region": "Région",
        "channel": "Canal",
        "language": "Langue",
        "event": "Événement",
        "theme": "Thème",
        "properties.late_days": "Jours de retard",
    },
    "after": "«\u00a0{one}\u00a0» après «\u00a0{other}\u00a0»",
    "levels": {"yes": "oui", "no": "non", "true": "oui", "false": "non", "told": "renseigné", "—": "non renseigné"},
    "bounds": {"<": "moins de {n}", ">": "plus de {n}", "≤": "{n} au plus", "≥": "{n} au moins", "=": "{n}"},
    "open_console": "Ouvrir la console",
    "pdf": "Ce rapport est joint en PDF.",
    "no_pdf": "Le PDF n’a pas pu être joint\u00a0: le module qui le génère n’est pas installé.",
    "method": "Un chiffre est donné à partir de dix réponses, avec la fourchette où il se trouve 95 fois sur 100. "
    "«\u00a0Net\u00a0» veut dire que le hasard seul ne l’explique pas\u00a0: sur 100 rapports où rien n’aurait bougé, "
    "5 au plus l’annonceraient à tort.",
    "why": "Vous recevez ce rapport parce que vous y êtes abonné dans la console de {workspace}.",
    "leave": "Ne plus recevoir ce rapport",
    "settings": "Mes rapports",
}

_ENGLISH: Mapping[str, Any] = {
    "subject": "{period}: {place}",
    "subject_week": "Week of {day}",
    "week": "Week of {days}",
    "company": "the whole company",
    "preview": "{answers}. To do first: {todo}",
    "colon": ":",
    "percent": "{value}%",
    "between": "between {low} and {high}",
    "of_highest": "{value} out of {highest}",
    "answers_n": ("{n} answer", "{n} answers"),
    "answers_none": "No answers",
    "figures": "The figures",
    "metrics": {"nps": "Recommendation (NPS)", "csat": "Satisfaction", "ces": "Ease"},
    "metric_scores": {"nps": "recommendation", "csat": "satisfaction", "ces": "ease"},
    "value_of": {"nps": "{value}", "csat": "{value} satisfied", "ces": "{value} find it easy"},
    "too_few": ("{n} answer: too few for a figure", "{n} answers: too few for a figure"),
    "no_scores": "Nobody gave a score.",
    "wide": {
        "weekly": "over 4 weeks: the last one alone has too few answers",
        "monthly": "over 3 months: the last one alone has too few answers",
    },
    "before": {
        "weekly": "the week before",
        "weekly_wide": "the 4 weeks before",
        "monthly": "the month before",
        "monthly_wide": "the 3 months before",
    },
    "up": "clearly more than {before} ({value})",
    "down": "clearly less than {before} ({value})",
    "same": "no clear change ({value} {before})",
    "no_before": "no comparison: too few answers {before}",
    "answers": "Answers",
    "answers_before": "{n} ({before_n} {before})",
    "rate": "Response rate",
    "rate_of": "{share} of the {n} messages delivered that left {left} ({between})",
    "rate_few": (
        "{hits} for {n} message delivered that left {left}",
        "{hits} for {n} messages delivered that left {left}",
    ),
    "left": "{since} to {last}",
    "rate_none": "not known yet: each message has {days} days to be answered",
    "todo": "What to do",
    "advice": {
        "late_alerts": (
            "Call the customer whose callback is overdue.",
            "Call the {n} customers whose callbacks are overdue.",
        ),
        "promises_missed": (
            "One promised callback was missed: find out why with the team.",
            "{n} promised callbacks were missed: find out why with the team.",
        ),
        "open_alerts": (
            "One callback is waiting, still in time: plan a moment for it.",
            "{n} callbacks are waiting, still in time: plan a moment for them.",
        ),
        "score_fell": "{metric}: clearly down. Read what was said before looking for the reason.",
        "cause_grew": "“{cause}” comes up clearly more often: {n} of {of} callbacks resolved. "
        "Look at what has changed.",
        "driver": "Look at what goes with low scores, below.",
        "no_answers": "Nobody answered in this period: there is nothing to conclude from it.",
        "few_answers": (
            "{n} answer: too few to conclude anything. Change nothing because of them alone.",
            "{n} answers: too few to conclude anything. Change nothing because of them alone.",
        ),
        "score_rose": "{metric}: clearly up. Tell the team.",
        "nothing": "Nothing is urgent this time.",
    },
    "advice_to_readers": {
        "late_alerts": (
            "One callback is overdue: ask the team who takes it, and when.",
            "{n} callbacks are overdue: ask the team who takes them, and when.",
        ),
        "open_alerts": (
            "One callback is waiting, still in time: check with the team that somebody takes it.",
            "{n} callbacks are waiting, still in time: check with the team that somebody takes them.",
        ),
    },
    "links": {
        "late_alerts": "See the overdue callbacks",
        "promises_missed": "See the callbacks",
        "open_alerts": "See the callbacks",
        "score_fell": "Read what was said",
        "cause_grew": "See the causes",
    },
    "quotes": "Worth reading",
    "quote_why": {
        "negative": "What hurt most",
        "positive": "What pleased",
        "typical": "Close to what others wrote",
    },
    "read_whole": "Read in the console",
    "no_quotes": "Nobody left a comment to quote.",
    "opening": "“",
    "closing": "”",
    "themes": "What people speak of",
    "theme_n": ("{all}, {n} of them negative", "{all}, {n} of them negative"),
    "callbacks": "Callbacks",
    "opened": "New alerts",
    "open_now": "Waiting now",
    "open_late": ("{n}, of which {late} overdue", "{n}, of which {late} overdue"),
    "resolved": "Resolved",
    "in_time": "First tried in time",
    "first_contact": "First contact",
    "half_within": "half of them within {length}",
    "promises": "Promises kept",
    "out_of": "{n} of {of}",
    "recovered": "Content after the callback",
    "share_between": "{share} ({between})",
    "causes": "The most frequent causes",
    "cause_n": "{n} of {of}",
    "drivers": "What goes with low scores",
    "driver_line": "{what}: {share} low scores, against {elsewhere} without it ({n} answers, over a year at most)",
    "driver_always_with": (
        "Always goes together with: {what}. Nothing can tell the two apart.",
        "Always goes together with: {what}. Nothing can tell them apart.",
    ),
    "driver_others": ("{n} other", "{n} others"),
    "driver_note": "What goes with a low score need not be its cause.",
    "factors": {
        "place": "Place",
        "region": "Region",
        "channel": "Channel",
        "language": "Language",
        "event": "Event",
        "theme": "Theme",
        "properties.late_days": "Days late",
    },
    "after": "“{one}” after “{other}”",
    "levels": {"yes": "yes", "no": "no", "true": "yes", "false": "no", "told": "given", "—": "not said"},
    "bounds": {"<": "below {n}", ">": "above {n}", "≤": "{n} or less", "≥": "{n} or more", "=": "{n}"},
    "open_console": "Open the console",
    "pdf": "This report is attached as a PDF.",
    "no_pdf": "The PDF could not be attached: the library that writes it is not installed.",
    "method": "A figure is given from ten answers on, with the range in which it lies 95 times in 100. “Clearly” means "
    "that chance alone does not explain it: of 100 reports in which nothing moved, 5 at most would say so wrongly.",
    "why": "You get this report because you subscribed to it in the console of {workspace}.",
    "leave": "Stop this report",
    "settings": "My reports",
}

WORDS: Final[Mapping[Language, Mapping[str, Any]]] = {"fr": _FRENCH, "en": _ENGLISH}


def count(pair: tuple[str, str], n: int, language: Language, **values: str) -> str:
    """Return the words for so many: the first of the two for one, in French for none, too."""
    is_one = n in {0, 1} if language == "fr" else n == 1
    return pair[0 if is_one else 1].format(n=n, **values)
