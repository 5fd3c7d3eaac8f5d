"""Erasing a person, in English."""

from __future__ import annotations

from typing import Any

ERASING: dict[str, Any] = {
    "erase": "Erase this person",
    "erase_link": "Erase this person’s data…",
    "erase_link_help": "When the customer asks for it. You will see what goes and what stays before anything happens.",
    "erase_sure": "Check that this is the right person: this cannot be undone, not even by us.",
    "erase_goes": "What goes, at once",
    "erase_goes_list": [
        "the profile: name, address, phone, everything that is known, scores, tone and persona",
        "events and what stood in them: {events}",
        "invitations, their links and the messages kept here: {invitations}",
        "responses, with every word written: {responses}",
        "callbacks, with their notes: {alerts}; an open one leaves the queue",
        "consents: {consents}",
        "the rows of imported files that were refused",
    ],
    "erase_stays": "What stays",
    "erase_stays_list": [
        "the figures: what this person counted stays in them, by week, without the person",
        "fingerprints of address and reference, from which neither can be read back",
        "a block: nothing goes to this address without a consent given from now on, no file brings the person back",
        "that an erasure was asked for, when, and by whom",
        "messages that have left, in the mailboxes they went to",
    ],
    "erase_others": "Other systems that read our export are told of the deletion. Your own files, "
    "and backups made before today, are in your hands.",
    "erase_confirm": "I have checked: it is this person",
    "erase_must_confirm": "Tick the box to go on.",
    "erase_keep": "Keep this person",
    "erased_said": "Done: this person’s data is erased.",
}
