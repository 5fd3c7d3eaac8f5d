"""The console in French: the page about the machine itself. Invisible spaces as in `french.py`."""

from __future__ import annotations

from typing import Any

OPERATION: dict[str, Any] = {
    "operation": "Fonctionnement",
    "operation_help": "Ce qui tourne, ce qui attend, et ce qui n’a pas abouti.",
    "all_runs": "Tout fonctionne. Rien n’attend votre attention.",
    "redis_away": "La file de travail (Redis) ne répond pas. Rien n’est perdu\u00a0: ce qui attend est gardé dans la "
                  "base et repart dès son retour. Les clients peuvent toujours répondre.",
    "facts_late": "Le plus ancien travail attend depuis {time}. Vérifiez que le relais et les processus de travail "
                  "tournent.",
    "unmanned": "Aucun processus ne travaille sur\u00a0: {queues}. Démarrez\u00a0: python -m vocapp worker --queue …",
    "halts": {
        "asked_to_wait": "Le fournisseur de mail demande d’attendre. Les envois reprennent d’eux-mêmes.",
        "turned_away": "Le fournisseur de mail nous refuse. Les envois de cet espace sont arrêtés\u00a0: vérifiez la "
                       "clé, l’expéditeur et le compte. Rien n’est perdu\u202f; tout repart dès qu’un message passe.",
    },
    "halt_since": "Depuis",
    "halt_until": "prochain essai",
    "dead_here": ("{n} travail abandonné", "{n} travaux abandonnés"),
    "wrong_here": ("{n} contrôle signale une anomalie", "{n} contrôles signalent une anomalie"),
    # queues
    "queues": "Files de travail",
    "queue": "File",
    "queue_names": {"decide": "Décider qui inviter", "mail": "Envoyer", "analyse": "Lire les réponses",
                    "alert": "Ouvrir les rappels"},
    "in_queue": "En file",
    "due_now": "À faire",
    "due_later": "Prévus",
    "oldest": "Le plus ancien",
    "worker": "Processus",
    "no_worker": "aucun",
    "idle": "attend du travail",
    "cannot_tell": "inconnu",
    "nothing_waits": "rien n’attend",
    "doing": {"decide.invite": "décide qui inviter", "mail.send": "envoie des messages",
              "analyse.understand": "lit des réponses", "alert.open_alerts": "ouvre des rappels",
              "alert.tell_the_team": "prévient l’équipe", "sweep.close_partial_responses":
              "clôt les réponses inachevées",
              "sweep.clean_up": "fait le ménage", "check_up.check_up": "contrôle la base"},
    "relay_seen": "Le relais, qui remplit les files, a donné signe de vie il y a moins d’une minute.",
    "relay_unseen": "Le relais, qui remplit les files, n’a pas donné signe de vie depuis une minute.",
    # mail
    "mail_state": "Envois en difficulté",
    "mail_fine": "Aucun échec d’envoi sur {n} jours.",
    "mail_troubles": "Sur {n} jours, par raison",
    "last_time": "la dernière fois",
    "retried": "Nouveaux essais prévus",
    "next_try": "prochain essai",
    "see_failed_mails": "Voir les envois",
    # what was given up
    "dead": "Travaux abandonnés",
    "no_dead": "Rien n’a été abandonné",
    "no_dead_help": "Un travail qui échoue est repris plusieurs fois. S’il n’aboutit toujours pas, il apparaît ici "
                    "avec sa raison, et vous pouvez le relancer.",
    "dead_page_help": "Relancer ne fait rien deux fois\u00a0: ce qui est déjà fait est laissé tel quel, et un message "
                      "qui est peut-être parti n’est jamais renvoyé.",
    "fact_kinds": {"EventAccepted": "Événement à examiner", "InvitationDue": "Invitation à envoyer",
                   "ResponseCompleted": "Réponse à lire", "SignalRaised": "Rappel à ouvrir",
                   "AlertOpened": "Équipe à prévenir", "MailReported": "Retour du fournisseur de mail",
                   "CustomerErased": "Personne effacée\u00a0: reste à nettoyer"},
    "nr": "nº",
    "what": "Travail",
    "given_up": "Abandonné",
    "attempts": ("{n} essai", "{n} essais"),
    "why": "Raison",
    "replay": "Relancer",
    "replay_of": "Relancer\u00a0: {kind}, nº {id}",
    "replay_kind": "Tout relancer\u00a0: {kind} ({n})",
    "dead_more": "Seuls les {n} derniers sont affichés.",
    "replays": "Relancés à la main",
    "replayed_by": "relancé par {name}",
    # what the doctor found
    "promises": "Contrôles de la nuit",
    "promises_help": "Chaque nuit, vocapp vérifie sur la base que ce qu’il promet est tenu. Le détail, et ce qu’il "
                     "faut faire\u00a0:",
    "promises_never": "Pas encore vérifié",
    "promises_never_help": "Le premier contrôle a lieu dans les minutes qui suivent le démarrage, puis chaque nuit.",
    "promises_fine": ("{n} promesse vérifiée, tout est en ordre.", "{n} promesses vérifiées, tout est en ordre."),
    "promises_unknown": ("{n} n’a pas pu être vérifiée", "{n} n’ont pas pu être vérifiées"),
    "promises_all": "Voir toutes les promesses",
    "promise_states": {"ok": "tenue", "wrong": "non tenue", "unknown": "non vérifiée"},
    "promise_wrong": ("{n} cas", "{n} cas"),
    "checks": {
        "answered_once": "Chaque réponse est enregistrée une seule fois",
        "responses_in_place": "Chaque réponse appartient à son invitation et à son client",
        "scores_as_answered": "Les notes sont celles qui ont été données",
        "unhappy_signalled": "Chaque client mécontent est signalé",
        "signals_alerted": "Chaque signalement a ouvert un rappel",
        "alerts_signalled": "Chaque rappel repose sur une réponse",
        "facts_followed_up": "Chaque travail dû est fait, ou abandonné avec sa raison",
        "facts_announced": "Rien n’a été oublié de ce qui suit une réponse ou un rappel",
        "mailed_once": "Aucun message n’est parti deux fois",
        "none_stuck_sending": "Aucun envoi n’est resté en cours",
        "planned_will_go": "Chaque invitation prévue va partir",
        "no_is_heeded": "Personne n’a reçu de message après s’être désinscrit",
        "nobody_over_the_cap": "Personne n’a reçu plus de messages que la limite",
        "ledger_complete": "Le registre des contacts est complet",
        "counters_equal_scores": "Les chiffres sont ceux des réponses et des notes",
        "counters_equal_answers": "Les chiffres par question sont ceux des réponses",
        "feed_complete": "L’export contient chaque changement",
        "feed_in_reach": "L’export peut être lu jusqu’au bout",
        "histories_legal": "L’historique de chaque rappel est cohérent",
        "one_open_alert": "Aucun client n’a deux rappels ouverts",
    },
}  # fmt: skip
