"""Whose a callback is, what follows while nobody makes it, and its causes: the words of their settings in English."""

from __future__ import annotations

from typing import Any

HANDLING: dict[str, Any] = {
    "handling_title": "Callback handling",
    "handling_help": "Who a callback belongs to, what happens while nobody makes it, and what the customer is then "
                     "told.",
    # handing out
    "out_title": "Teams",
    "out_help": "Each callback belongs to the nearest place that calls back itself, else to the central team.",
    "out_by": "Who takes them",
    "out_ways": {"hand": "Everyone takes the ones they want", "round_robin": "Handed out in turn to whoever is there"},
    "out_most": "Callbacks in hand, per person",
    "out_most_help": "Handed out in turn, nobody holds more: 1 to 100; left empty, 5.",
    "out_teams": "Places that call back themselves",
    "out_teams_help": "For all that is below them, too.",
    # escalation
    "steps_title": "While nobody calls",
    "steps_help": "Five steps at most, each later than the one before; an empty one follows those that are kept. At "
                  "each step the notifiers concerned are told. Without any step, a late callback just waits.",
    "step_n": "Step {n}",
    "step_after": "Minutes past the due time",
    "step_after_help": "Counted while somebody is there: 540 is a working day of nine hours. Left empty, there is no "
                       "such step.",
    "step_to": "The callback then goes",
    "step_targets": {"stay": "nowhere: it stays where it is", "above": "to the next team above",
                     "central": "to the central team"},
    "step_tell": "Who else is told",
    "step_tell_help": "One address a line, ten at most.",
    # letters
    "letters_title": "When nobody can call in time",
    "letters_help": "With more callbacks than hands, the customers whose turn will not come get one personal message, "
                    "once: that they were heard, and how they can be helped. The callback stays open. The contact "
                    "policy holds as for any other message. Nothing goes until the box is ticked.",
    "letters_no_way": "Nothing leaves today: there is no way to be helped that the message could name. Give an address "
                      "or a number below, an address for replies (Sender), or say who calls back (Promised callbacks).",
    "letters_on": "Write to these customers",
    "letters_margin": "Minutes past the due time",
    "letters_margin_help": "A callback that is so late is written about in any case, 540 being a working day; left "
                           "empty, 540. Where it is clear before that the team can’t manage, nobody waits for it.",
    "letters_url": "Address of your help pages",
    "letters_url_help": "It begins with https://. Left empty, it is not named.",
    "letters_phone": "Telephone number",
    "letters_reply": "The message also says that replies are read, at {address}.",
    "letters_no_reply": "Without an address for replies (Sender), the message does not invite to reply.",
    "letters_times": "It lets the customer choose a time where there is one.",
    "letters_no_times": "No time can be chosen, as nobody is named who calls back (Promised callbacks).",
    # after the call
    "asking_title": "After the call",
    "asking_on": "Customers who were reached are asked by email whether it helped, with this survey:",
    "asking_off": "Nobody is asked whether a call helped.",
    "asking_help": "An installation that stood before has this off until whoever runs it turns it on: see “After the "
                   "call” in docs/operations.md.",
    # causes and remedies
    "resolutions_title": "Causes and remedies",
    "resolutions_help": "Whoever resolves a callback chooses from these: what caused it, and what was done. They are "
                        "counted, so that recurring problems get fixed.",
    "causes_title": "Causes",
    "remedies_title": "Remedies",
    "edit_list": "Edit: {name}",
    "add_group": "Add a group of causes",
    "new_group": "New group of causes",
    "group_name": "Name of the group",
    "cause_n": "Cause {n}",
    "remedy_n": "Remedy {n}",
    "in_languages": {"fr": "In French", "en": "In English"},
    "choices_help": "Empty both names to take one away. What was counted under a name stays counted, also after it is "
                    "renamed. With one language alone, the other shows the same.",
    "back_to_resolutions": "All causes and remedies",
    "remove_group": "Remove this group",
    "remove_group_open": "Remove…",
    "remove_group_help": "Nobody can choose it any more. Callbacks that were closed with it keep it.",
    "usual_title": "Back to the usual list",
    "usual_open": "Start again…",
    "usual_help": "Your own causes and remedies are replaced by those that vocapp comes with.",
}  # fmt: skip

HANDLING_ERRORS = {
    "step_later": "Each step comes later than the one before.",
    "told": "One of these is no address, or there are more than ten.",
    "help_url": "Write an address that begins with https://.",
    "help_phone": "Write a telephone number, such as +44 20 7946 0000.",
    "choice_name": "{most} characters at most, without control characters.",
    "choices": "This list can’t be kept: 1 to {most} names, each group with one cause at least.",
    "no_choices": "Leave one at least.",
    "too_many_choices": "{most} at most.",
    "last_causes": "This is the last group: keep it, or add another one first.",
}
