"""Themes are looked for again where somebody asked for it, by the clock, beside what is being understood."""

from __future__ import annotations

import time

from flask import current_app

from vocapp.adapters.sentiment import SentimentModel, load
from vocapp.config import EXTENSION
from vocapp.jobs import job
from vocapp.models import database_now, snapshot, transaction
from vocapp.models.again import run_again
from vocapp.services import looking_again
from vocapp.services.looking_again import Claim

LONGEST_SECONDS = 4.0
"""After this the rest waits for the next tick: fresh answers wait in this queue."""


@job
def look_again() -> None:
    """Look through a stretch that nobody has, as far as there is time."""
    claimed = claim()
    if claimed is not None:
        model = load(current_app.extensions[EXTENSION].sentiment_model)
        look_through(claimed, model, until=time.monotonic() + LONGEST_SECONDS)


def claim(workspace_id: int | None = None) -> Claim | None:
    """Take a stretch, of a workspace or of any; None: there is none."""

    def taken() -> Claim | None:
        with transaction():
            return looking_again.claim(now=database_now(), workspace_id=workspace_id)

    return run_again(taken)


def look_through(claimed: Claim, model: SentimentModel, *, until: float) -> None:
    """Go on with a stretch until it is over or the time is (monotonic seconds), and let go of it then."""
    here: Claim | None = claimed
    while here is not None:
        here = _batch_done(here, model)
        if here is not None and time.monotonic() >= until:
            with transaction():
                looking_again.let_go(claim=here)
            return


def _batch_done(here: Claim, model: SentimentModel) -> Claim | None:
    with snapshot():
        batch = looking_again.read(claim=here)
    found = looking_again.think(batch=batch, model=model)

    def kept() -> Claim | None:
        with transaction():
            return looking_again.keep(claim=here, batch=batch, found=found, now=database_now())

    return run_again(kept)
