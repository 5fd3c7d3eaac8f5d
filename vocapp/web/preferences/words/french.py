"""The French words."""

from __future__ import annotations

from dataclasses import replace

from vocapp.web.preferences.words.shape import Words

FRENCH = Words(
    language="fr",
    title="Vos préférences",
    now={
        "usual": "Aujourd’hui, {brand} peut vous demander votre avis\u00a0: {cap}.",
        "weekly": "Aujourd’hui, {brand} vous demande votre avis une fois par semaine au plus.",
        "monthly": "Aujourd’hui, {brand} vous demande votre avis une fois par mois au plus.",
        "quarterly": "Aujourd’hui, {brand} vous demande votre avis une fois par trimestre au plus.",
        "paused": "Vous êtes en pause\u00a0: {brand} ne vous écrit pas avant le {until}.",
        "stopped": "{brand} ne vous envoie plus de demandes d’avis.",
        "undeliverable": "{brand} a cessé d’envoyer des messages à votre adresse.",
    },
    cap=("un message par semaine au plus", "{n} messages par semaine au plus"),
    cap_days=("un message au plus en {days}\u00a0jours", "{n} messages au plus en {days}\u00a0jours"),
    way_out="Ne plus rien recevoir",
    done={
        "pause": (
            "C’est noté\u00a0: pause jusqu’au {until}",
            (
                "Nous ne vous écrirons pas avant cette date. La pause se termine d’elle-même, et les demandes d’avis "
                "retenues d’ici là ne vous seront pas envoyées ensuite."
            ),
        ),
        "resume": (
            "C’est noté\u00a0: votre pause est terminée",
            "Nous pouvons de nouveau vous demander votre avis. Ce qui a été retenu pendant la pause ne partira pas.",
        ),
        "frequency": ("C’est noté", "{now}"),
        "subjects": ("C’est noté", "Nous vous écrirons seulement sur les sujets que vous avez gardés."),
        "language": ("C’est noté", "Nous vous écrirons désormais en {language}."),
        "stop": (
            "C’est fait\u00a0: vous ne recevrez plus nos demandes d’avis",
            (
                "Plus aucune ne partira, pas même celles qui étaient prêtes. "
                "Vos commandes et vos contrats n’en sont pas changés."
            ),
        ),
        "back": ("C’est noté\u00a0: nous pouvons de nouveau vous demander votre avis", "{now}"),
    },
    faults={
        "date": "Indiquez une date à partir de demain et dans un an au plus, par exemple le {example}.",
        "unknown": "Ce choix n’existe pas ou n’existe plus. "
        "Choisissez de nouveau ci-dessous\u202f; rien n’a été changé.",
    },
    fault_title="À revoir",
    pause="Faire une pause",
    pause_help="Vacances, travaux, trop de messages\u00a0: nous vous laissons tranquille, et cela reprend tout seul.",
    pause_for={"P14D": "Deux semaines", "P1M": "Un mois", "P3M": "Trois mois"},
    pause_until="Ou jusqu’à une date de votre choix",
    pause_until_button="Faire une pause jusqu’à cette date",
    pause_running="Votre pause va jusqu’au {until}. Elle se termine d’elle-même.",
    resume="Reprendre dès maintenant",
    pause_other="Changer la durée de la pause",
    often="Recevoir moins de messages",
    frequencies={
        "usual": "Comme d’habitude\u00a0: {cap}",
        "weekly": "Une fois par semaine au plus",
        "monthly": "Une fois par mois au plus",
        "quarterly": "Une fois par trimestre au plus",
    },
    save="Enregistrer",
    subjects="Choisir les sujets",
    subjects_help="Décochez ce sur quoi vous ne souhaitez pas donner votre avis.",
    speak="Votre langue",
    speak_help="Pour nos messages et nos questions.",
    stop="Ne plus rien recevoir",
    stop_help="Nous cesserons de vous écrire pour demander votre avis. Vous pourrez revenir ici quand vous voulez.",
    stop_button="Me désinscrire",
    back="Recevoir de nouveau nos demandes d’avis",
    back_help="En revenant, vous acceptez que {brand} vous écrive pour vous demander votre avis. "
    "Vous pourrez changer d’avis ici à tout moment.",
    back_button="J’accepte de recevoir vos demandes d’avis",
    why="Pourquoi ai-je reçu ce message\u202f?",
    why_event="Ce qui s’est passé",
    why_asked="L’occasion",
    why_survey="L’enquête",
    why_message="Le message",
    why_image="L’image invisible",
    why_right="Ce qui nous y autorise",
    happened_on="{what}, le {day}",
    asked_on="Une demande de {brand}, le {day}",
    sent="Envoyé par e-mail le {day}",
    not_sent="Le message n’est pas parti.",
    image="Les demandes d’avis que {brand} vous envoie peuvent contenir une image invisible. Si vous laissez les "
    "images s’afficher, elle indique que le message a été ouvert. {brand} compte ainsi la part des messages ouverts.",
    by_link="Un lien que {brand} vous a remis le {day}",
    rights={
        "consent": "Votre accord, donné le {day} (origine\u00a0: {where}).",
        "consent_unknown": "Votre accord.",
        "legitimate_interest": "L’intérêt légitime de {brand} à connaître l’avis de ses clients.",
        "contract": "Le contrat qui vous lie à {brand}.",
    },
    undo={
        "consent": "Vous pouvez le retirer sur cette page.",
        "legitimate_interest": "Vous pouvez vous y opposer sur cette page, sans donner de raison.",
        "contract": "Vous pouvez nous demander sur cette page de ne plus vous écrire.",
    },
    data="Vos données",
    data_help="Voici l’essentiel de ce que {brand} conserve à votre sujet. Le fichier contient tout le reste.",
    data_file="Télécharger toutes mes données (JSON)",
    data_hidden="Votre adresse et votre numéro de téléphone n’y figurent pas, "
    "car le lien de cette page peut être transmis à quelqu’un d’autre.",
    profile="Ce que nous savons de vous",
    profile_line="{source}, le {day}",
    answers="Vos réponses",
    answers_line="{title}, le {day}",
    consents="Vos accords et vos refus",
    agreed="accepté",
    refused="refusé",
    messages="Nos messages",
    opened="ouvert",
    unopened="pas vu ouvert",
    persona="Le profil que vos réponses dessinent",
    persona_line="Nous le supposons d’après ceci\u00a0: {reasons}.",
    persona_reason="«\u00a0{reason}\u00a0»",
    nothing="Rien pour le moment.",
    more="Le fichier en contient {n} de plus.",
    purposes={"surveys": "Demandes d’avis", "kind": "Demandes d’avis, sujet «\u00a0{title}\u00a0»"},
    fields={"first_name": "Prénom", "last_name": "Nom", "timezone": "Fuseau horaire"},
    yes="oui",
    no="non",
    sources={
        "your answers": "vos réponses",
        "checkout": "lors d’une commande",
        "preferences": "cette page",
        "unsubscribe": "lien de désinscription",
    },
    file_name="mes-donnees.json",
)

FRENCH_INFORMAL = replace(
    FRENCH,
    title="Tes préférences",
    now={
        "usual": "Aujourd’hui, {brand} peut te demander ton avis\u00a0: {cap}.",
        "weekly": "Aujourd’hui, {brand} te demande ton avis une fois par semaine au plus.",
        "monthly": "Aujourd’hui, {brand} te demande ton avis une fois par mois au plus.",
        "quarterly": "Aujourd’hui, {brand} te demande ton avis une fois par trimestre au plus.",
        "paused": "Tu es en pause\u00a0: {brand} ne t’écrit pas avant le {until}.",
        "stopped": "{brand} ne t’envoie plus de demandes d’avis.",
        "undeliverable": "{brand} a cessé d’envoyer des messages à ton adresse.",
    },
    done={
        **FRENCH.done,
        "pause": (
            "C’est noté\u00a0: pause jusqu’au {until}",
            (
                "Nous ne t’écrirons pas avant cette date. La pause se termine d’elle-même, et les demandes d’avis "
                "retenues d’ici là ne te seront pas envoyées ensuite."
            ),
        ),
        "resume": (
            "C’est noté\u00a0: ta pause est terminée",
            "Nous pouvons de nouveau te demander ton avis. Ce qui a été retenu pendant la pause ne partira pas.",
        ),
        "subjects": ("C’est noté", "Nous t’écrirons seulement sur les sujets que tu as gardés."),
        "language": ("C’est noté", "Nous t’écrirons désormais en {language}."),
        "stop": (
            "C’est fait\u00a0: tu ne recevras plus nos demandes d’avis",
            (
                "Plus aucune ne partira, pas même celles qui étaient prêtes. "
                "Tes commandes et tes contrats n’en sont pas changés."
            ),
        ),
        "back": ("C’est noté\u00a0: nous pouvons de nouveau te demander ton avis", "{now}"),
    },
    faults={
        "date": "Indique une date à partir de demain et dans un an au plus, par exemple le {example}.",
        "unknown": "Ce choix n’existe pas ou n’existe plus. Choisis de nouveau ci-dessous\u202f; rien n’a été changé.",
    },
    pause_help="Vacances, travaux, trop de messages\u00a0: nous te laissons tranquille, et cela reprend tout seul.",
    pause_until="Ou jusqu’à une date de ton choix",
    pause_running="Ta pause va jusqu’au {until}. Elle se termine d’elle-même.",
    subjects_help="Décoche ce sur quoi tu ne souhaites pas donner ton avis.",
    speak="Ta langue",
    stop_help="Nous cesserons de t’écrire pour te demander ton avis. Tu pourras revenir ici quand tu veux.",
    back_help="En revenant, tu acceptes que {brand} t’écrive pour te demander ton avis. "
    "Tu pourras changer d’avis ici à tout moment.",
    by_link="Un lien que {brand} t’a remis le {day}",
    image="Les demandes d’avis que {brand} t’envoie peuvent contenir une image invisible. Si tu laisses les images "
    "s’afficher, elle indique que le message a été ouvert. {brand} compte ainsi la part des messages ouverts.",
    rights={
        **FRENCH.rights,
        "consent": "Ton accord, donné le {day} (origine\u00a0: {where}).",
        "consent_unknown": "Ton accord.",
        "contract": "Le contrat qui te lie à {brand}.",
    },
    undo={
        "consent": "Tu peux le retirer sur cette page.",
        "legitimate_interest": "Tu peux t’y opposer sur cette page, sans donner de raison.",
        "contract": "Tu peux nous demander sur cette page de ne plus t’écrire.",
    },
    data="Tes données",
    data_help="Voici l’essentiel de ce que {brand} conserve à ton sujet. Le fichier contient tout le reste.",
    data_hidden="Ton adresse et ton numéro de téléphone n’y figurent pas, "
    "car le lien de cette page peut être transmis à quelqu’un d’autre.",
    profile="Ce que nous savons de toi",
    answers="Tes réponses",
    consents="Tes accords et tes refus",
    persona="Le profil que tes réponses dessinent",
    sources={**FRENCH.sources, "your answers": "tes réponses"},
)
"""Of a brand that says « tu »."""
