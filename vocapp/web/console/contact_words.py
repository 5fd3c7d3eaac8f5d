"""May a customer be written to, as one colleague would tell another: yes, from when on, or why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vocapp.web.console.formats import Formats
from vocapp.web.console.words import Words


def sentence(contact: Mapping[str, Any], words: Words, formats: Formats) -> str:
    """Return the contact state of a profile in one sentence."""
    says, reason, at = words["contact_says"], contact["reason"], contact["next_allowed_at"]
    waits = at is not None and at > formats.now
    if contact["allowed"]:
        return str(says["quiet_hours"].format(when=formats.when(at)) if waits else says["allowed"])
    why = words.reason(reason)
    if not waits:
        return str(says["never"].format(reason=why))
    n = contact["sent_last_7_days"]
    if reason == "cap" or (reason == "rest_any" and n > 1):
        why = words.count("cap_because", n, formats.number(n))
    return str(says["later"].format(when=formats.when(at), reason=why))
