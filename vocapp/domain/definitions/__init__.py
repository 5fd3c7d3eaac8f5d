"""Survey definitions: from YAML or JSON, already loaded, to a checked Survey. Every fault at once, each with its place.

`reading` knows the shape of a survey, `questions` that of one question, `texts` the languages, `fields` the plain
values, `durations` ISO 8601; `advice` is what an author may want to change and need not.
"""

from __future__ import annotations

from typing import Any

from vocapp.domain.definitions.advice import advice
from vocapp.domain.definitions.fields import DefinitionRefused
from vocapp.domain.definitions.reading import SurveyReader
from vocapp.domain.rules import Fault
from vocapp.domain.survey import Survey

__all__ = ["DefinitionRefused", "check", "read", "warnings"]


def read(document: Any, *, version: int = 0) -> Survey:
    """Return the survey that a document defines. Raises DefinitionRefused, and nothing else, with every fault."""
    reader = SurveyReader()
    survey = reader.survey(document, version)
    if survey is None or reader.faults:
        raise DefinitionRefused(reader.faults)
    return survey


def check(document: Any) -> list[Fault]:
    """Return the faults of a document; none means that `read` takes it."""
    try:
        read(document)
    except DefinitionRefused as refusal:
        return refusal.faults
    return []


def warnings(document: Any) -> list[Fault]:
    """Return what the author of a document without faults may want to look at again."""
    reader = SurveyReader()
    survey = reader.survey(document, version=0)
    return [] if survey is None or reader.faults else advice(survey, reader.placed)
