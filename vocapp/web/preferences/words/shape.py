"""The places that every language fills. `{name}` places are filled by the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    language: str
    title: str
    # how it stands
    now: Mapping[str, str]
    """By frequency, and paused, stopped, undeliverable."""
    cap: tuple[str, str]
    """The workspace's cap, where it is by the week: for one message, for several."""
    cap_days: tuple[str, str]
    """The same by another number of days."""
    way_out: str
    done: Mapping[str, tuple[str, str]]
    """By what was asked: a heading and a sentence, which may be empty."""
    faults: Mapping[str, str]
    fault_title: str
    # a pause
    pause: str
    pause_help: str
    pause_for: Mapping[str, str]
    """By the length, as the forms send it."""
    pause_until: str
    pause_until_button: str
    pause_running: str
    resume: str
    pause_other: str
    # less
    often: str
    frequencies: Mapping[str, str]
    save: str
    # subjects
    subjects: str
    subjects_help: str
    # language
    speak: str
    speak_help: str
    # leaving and coming back
    stop: str
    stop_help: str
    stop_button: str
    back: str
    back_help: str
    back_button: str
    # why
    why: str
    why_event: str
    why_asked: str
    why_survey: str
    why_message: str
    why_image: str
    why_right: str
    happened_on: str
    asked_on: str
    sent: str
    not_sent: str
    image: str
    """That opens are measured, and what becomes of it."""
    by_link: str
    rights: Mapping[str, str]
    undo: Mapping[str, str]
    """What to do about it, while there is something to do."""
    # data
    data: str
    data_help: str
    data_file: str
    data_hidden: str
    profile: str
    profile_line: str
    answers: str
    answers_line: str
    consents: str
    agreed: str
    refused: str
    messages: str
    opened: str
    unopened: str
    persona: str
    persona_line: str
    persona_reason: str
    nothing: str
    more: str
    purposes: Mapping[str, str]
    fields: Mapping[str, str]
    yes: str
    no: str
    sources: Mapping[str, str]
    file_name: str
