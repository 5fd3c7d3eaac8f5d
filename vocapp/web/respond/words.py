"""What the customer's pages say themselves, in French and English; the survey's own texts come from its definition.

Invisible spaces are written as escapes, so that they can be seen: U+202F before `;`, `!` and `?`, U+00A0 before `:`
and inside « ».
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from vocapp.domain import languages


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language. `{name}` places are filled by the pages."""

    language: str
    # asking
    progress: str
    progress_hidden: str
    required: str
    required_error: str
    unknown_field: str
    nothing_sent: str
    several: str
    choose: str
    between: str
    at_least: str
    at_most: str
    phone_hint: str
    go_on: str
    send: str
    back: str
    errors_title: tuple[str, str]
    """For one error, for several."""
    error_in_title: str
    # scales
    nps: tuple[str, str]
    ces: tuple[str, str]
    stars: tuple[str, str]
    csat: tuple[str, str, str, str, str]
    star_names: tuple[str, str, str, str, str]
    yes: str
    no: str
    agree: str
    disagree: str
    # foot
    privacy: str
    privacy_public: str
    privacy_link: str
    why: str
    why_invited: tuple[str, ...]
    why_public: tuple[str, ...]
    stop: str
    # what is said instead of a question: a heading and a sentence
    thanks: str
    closed: dict[str, tuple[str, str]]
    # to somebody of whom not even the brand is known: in words that say neither « vous » nor « tu » (so `not_found`)
    trouble: tuple[str, str]
    too_many: tuple[str, str]
    refused: tuple[str, str]
    unsubscribe_ask: tuple[str, str]
    unsubscribe_button: str
    unsubscribe_done: tuple[str, str]
    callback: tuple[str, str, str]
    """After an unhappy answer: what is asked, a sentence, the button."""
    # the way to the preference centre: from the thanks, before leaving, after it
    preferences: str
    preferences_instead: str
    preferences_again: str
    preferences_after: str


def words_for(language: str, *, informal: bool = False) -> Words:
    """Return the words of `language` (`fr-CA` → French), English for any language that has none.

    `informal`: as one speaks who says « tu »; English has no such choice.
    """
    return languages.find(_BY_LANGUAGE, languages.primary(language), informal=informal) or ENGLISH


FRENCH = Words(
    language="fr",
    progress="{number} sur {total}",
    progress_hidden="Question",
    required="Réponse obligatoire",
    required_error="Cette question attend une réponse.",
    unknown_field="Le formulaire contenait un champ inconnu. Répondez à nouveau sur cette page.",
    nothing_sent="Le formulaire est arrivé vide. Répondez à nouveau sur cette page.",
    several="Plusieurs réponses possibles.",
    choose="Choisir dans la liste",
    between="Un nombre entre {low} et {high}.",
    at_least="Un nombre à partir de {low}.",
    at_most="Un nombre jusqu’à {high}.",
    phone_hint="Par exemple 06\u00a012\u00a034\u00a056\u00a078, ou +32\u00a0470\u00a012\u00a034\u00a056.",
    go_on="Continuer",
    send="Envoyer",
    back="Modifier ma réponse précédente",
    errors_title=("Un point à revoir", "Quelques points à revoir"),
    error_in_title="À revoir\u00a0: ",
    nps=("pas du tout probable", "tout à fait probable"),
    ces=("très difficile", "très facile"),
    stars=("très mauvais", "excellent"),
    csat=("Très décevant", "Décevant", "Correct", "Satisfaisant", "Très satisfaisant"),
    star_names=("1 étoile sur 5", "2 étoiles sur 5", "3 étoiles sur 5", "4 étoiles sur 5", "5 étoiles sur 5"),
    yes="Oui",
    no="Non",
    agree="J’accepte",
    disagree="Je n’accepte pas",
    privacy="Vos réponses sont transmises à {brand} et rattachées à votre dossier client.",
    privacy_public="Vos réponses sont transmises à {brand}, sans votre nom tant que vous ne le donnez pas.",
    privacy_link="Vos données et vos droits",
    why="Pourquoi ce message\u202f?",
    why_invited=(
        "{brand} vous écrit après un échange avec vous\u00a0: une commande, une visite, un appel ou un contrat.",
        (
            "Vos réponses servent à améliorer le service et, si quelque chose s’est mal passé, à revenir vers vous. "
            "Chaque réponse est conservée dès que vous continuez\u202f; vous pouvez vous arrêter quand vous voulez."
        ),
    ),
    why_public=(
        "Vous avez ouvert un lien ou scanné un code de {brand}, qui souhaite connaître votre avis.",
        "Chaque réponse est conservée dès que vous continuez\u202f; vous pouvez vous arrêter quand vous voulez.",
    ),
    stop="Ne plus recevoir ces messages",
    thanks="Merci pour vos réponses",
    closed={
        "used": ("Vous avez déjà répondu", "Vos réponses sont bien arrivées. Merci d’avoir pris ce temps."),
        "expired": (
            "Cette enquête est terminée",
            "Le lien n’est plus valable. Votre avis compte toujours\u00a0: nous vous le demanderons une autre fois.",
        ),
        "withdrawn": (
            "Cette enquête n’est plus ouverte",
            "Vous n’avez rien à faire. Les réponses déjà données restent prises en compte.",
        ),
        "not_found": (
            "Cette page n’existe pas",
            "Le lien est peut-être incomplet. Mieux vaut le rouvrir depuis le message d’origine.",
        ),
    },
    trouble=(
        "Nous ne pouvons pas afficher cette page pour le moment",
        "Ce qui a déjà été envoyé est conservé. Merci de rouvrir le lien dans quelques minutes.",
    ),
    refused=(
        "Cet envoi n’a pas pu être lu",
        "Rien n’en a été enregistré. Il suffit de revenir à la page précédente et de l’envoyer à nouveau.",
    ),
    too_many=(
        "Trop de demandes à la fois",
        "Merci d’attendre une minute, puis de rouvrir le lien depuis le message d’origine.",
    ),
    unsubscribe_ask=(
        "Ne plus recevoir nos messages\u202f?",
        "Nous cesserons de vous écrire pour demander votre avis. Vos commandes et vos contrats n’en sont pas changés.",
    ),
    unsubscribe_button="Me désinscrire",
    unsubscribe_done=("C’est fait", "Vous ne recevrez plus nos enquêtes."),
    callback=(
        "Pouvons-nous vous recontacter\u202f?",
        (
            "Ce que vous venez de dire nous touche. Quelqu’un de l’équipe peut vous appeler ou vous écrire pour en "
            "parler, et voir avec vous ce qui peut être réparé."
        ),
        "Choisir un moment",
    ),
    preferences="Mes préférences et mes données",
    preferences_instead="Plutôt faire une pause, ou recevoir moins de messages",
    preferences_again="Changer d’avis, voir mes préférences et mes données",
    preferences_after="Mes préférences et mes données",
)

ENGLISH = Words(
    language="en",
    progress="{number} of {total}",
    progress_hidden="Question",
    required="Answer required",
    required_error="This question needs an answer.",
    unknown_field="The form held a field we do not know. Please answer again on this page.",
    nothing_sent="The form came in empty. Please answer again on this page.",
    several="You can choose more than one.",
    choose="Choose from the list",
    between="A number between {low} and {high}.",
    at_least="A number from {low} up.",
    at_most="A number up to {high}.",
    phone_hint="With the country code, for example +44\u00a07700\u00a0900123.",
    go_on="Continue",
    send="Send",
    back="Change my previous answer",
    errors_title=("One thing needs another look", "A few things need another look"),
    error_in_title="Please check: ",
    nps=("not at all likely", "extremely likely"),
    ces=("very hard", "very easy"),
    stars=("very poor", "excellent"),
    csat=("Very dissatisfied", "Dissatisfied", "Neither one nor the other", "Satisfied", "Very satisfied"),
    star_names=("1 star out of 5", "2 stars out of 5", "3 stars out of 5", "4 stars out of 5", "5 stars out of 5"),
    yes="Yes",
    no="No",
    agree="I agree",
    disagree="I do not agree",
    privacy="Your answers go to {brand} and are kept with your customer record.",
    privacy_public="Your answers go to {brand}, without your name unless you give it.",
    privacy_link="Your data and your rights",
    why="Why this message?",
    why_invited=(
        "{brand} is writing to you after something you did together: an order, a visit, a call or a contract.",
        (
            "Your answers are used to improve the service and, if something went wrong, to get back to you. "
            "Each answer is kept as soon as you continue; you can stop whenever you like."
        ),
    ),
    why_public=(
        "You opened a link or scanned a code from {brand}, who would like to know what you think.",
        "Each answer is kept as soon as you continue; you can stop whenever you like.",
    ),
    stop="Stop receiving these messages",
    thanks="Thank you for your answers",
    closed={
        "used": ("You have already answered", "Your answers arrived safely. Thank you for taking the time."),
        "expired": (
            "This survey has ended",
            "The link is no longer valid. Your opinion still matters: we will ask another time.",
        ),
        "withdrawn": (
            "This survey is no longer open",
            "There is nothing for you to do. Answers already given still count.",
        ),
        "not_found": (
            "This page does not exist",
            "The link may be incomplete. Open it again from the message you received.",
        ),
    },
    trouble=(
        "We cannot show this page right now",
        "What you have already sent is safe. Open the link again in a few minutes.",
    ),
    refused=(
        "This could not be read",
        "Nothing of it was stored. Go back one page and send it again.",
    ),
    too_many=(
        "Too many requests at once",
        "Wait a minute, then open the link again from the message you received.",
    ),
    unsubscribe_ask=(
        "Stop receiving our messages?",
        "We will stop writing to ask for your opinion. Your orders and contracts stay as they are.",
    ),
    unsubscribe_button="Unsubscribe me",
    unsubscribe_done=("Done", "You will not receive our surveys any more."),
    callback=(
        "May we get back to you?",
        (
            "We are sorry about what you told us. Somebody from the team can call or write to you, "
            "and see with you what can be put right."
        ),
        "Choose a time",
    ),
    preferences="My preferences and my data",
    preferences_instead="Take a break instead, or get fewer messages",
    preferences_again="Change my mind, see my preferences and my data",
    preferences_after="My preferences and my data",
)

FRENCH_INFORMAL = replace(
    FRENCH,
    unknown_field="Le formulaire contenait un champ inconnu. Réponds à nouveau sur cette page.",
    nothing_sent="Le formulaire est arrivé vide. Réponds à nouveau sur cette page.",
    privacy="Tes réponses sont transmises à {brand} et rattachées à ton dossier client.",
    privacy_public="Tes réponses sont transmises à {brand}, sans ton nom tant que tu ne le donnes pas.",
    privacy_link="Tes données et tes droits",
    why_invited=(
        "{brand} t’écrit après un échange avec toi\u00a0: une commande, une visite, un appel ou un contrat.",
        (
            "Tes réponses servent à améliorer le service et, si quelque chose s’est mal passé, à revenir vers toi. "
            "Chaque réponse est conservée dès que tu continues\u202f; tu peux t’arrêter quand tu veux."
        ),
    ),
    why_public=(
        "Tu as ouvert un lien ou scanné un code de {brand}, qui souhaite connaître ton avis.",
        "Chaque réponse est conservée dès que tu continues\u202f; tu peux t’arrêter quand tu veux.",
    ),
    thanks="Merci pour tes réponses",
    closed={
        **FRENCH.closed,
        "used": ("Tu as déjà répondu", "Tes réponses sont bien arrivées. Merci d’avoir pris ce temps."),
        "expired": (
            "Cette enquête est terminée",
            "Le lien n’est plus valable. Ton avis compte toujours\u00a0: nous te le demanderons une autre fois.",
        ),
        "withdrawn": (
            "Cette enquête n’est plus ouverte",
            "Tu n’as rien à faire. Les réponses déjà données restent prises en compte.",
        ),
    },
    unsubscribe_ask=(
        "Ne plus recevoir nos messages\u202f?",
        "Nous cesserons de t’écrire pour te demander ton avis. Tes commandes et tes contrats n’en sont pas changés.",
    ),
    unsubscribe_done=("C’est fait", "Tu ne recevras plus nos enquêtes."),
    callback=(
        "Pouvons-nous te recontacter\u202f?",
        (
            "Ce que tu viens de dire nous touche. Quelqu’un de l’équipe peut t’appeler ou t’écrire pour en parler, "
            "et voir avec toi ce qui peut être réparé."
        ),
        "Choisir un moment",
    ),
)

_BY_LANGUAGE = {"fr": FRENCH, "fr-x-informal": FRENCH_INFORMAL, "en": ENGLISH}
