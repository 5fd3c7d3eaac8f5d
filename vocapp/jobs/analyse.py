"""The `analyse` queue: what was written gets its sentiment. The model works while no transaction is open."""

from __future__ import annotations

from flask import current_app

from vocapp.adapters.sentiment import load
from vocapp.config import EXTENSION
from vocapp.jobs import job
from vocapp.models import database_now, transaction
from vocapp.services import analysing


@job
def understand(fact_ids: list[int]) -> None:
    """Score the verbatims of these facts' responses."""
    with transaction():
        verbatims = analysing.read_verbatims(fact_ids=fact_ids)
    understood = {}
    if verbatims:
        model = load(current_app.extensions[EXTENSION].sentiment_model)
        understood = analysing.score(verbatims=verbatims, model=model)
    with transaction():
        analysing.conclude(fact_ids=fact_ids, understood=understood, now=database_now())
