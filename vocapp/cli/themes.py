"""`themes rebuild [--verify]`: look for a workspace's themes again in all that was understood before."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Final

from vocapp.cli.frame import CommandRefused, workspace_named
from vocapp.cli.rebuilding import add_rebuild

LONGEST_WAIT: Final = 180.0
"""Seconds without any progress of a worker who has the rest, before the command gives up."""
_A_MOMENT: Final = 0.2
"""Seconds, after which it is looked at again."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the action `rebuild`."""
    add_rebuild(parser, about="look again for themes in what was understood before", verify=_verify, write=_look_again)


def _look_again(args: argparse.Namespace) -> int:
    """Begin, or go on where another began; workers and other commands take stretches beside this one."""
    from flask import current_app

    from vocapp.adapters.sentiment import load
    from vocapp.config import EXTENSION
    from vocapp.jobs import themes
    from vocapp.models import database_now, snapshot, transaction
    from vocapp.services import looking_again

    model = load(current_app.extensions[EXTENSION].sentiment_model)
    with transaction():
        workspace_id = workspace_named(args).id
        before = looking_again.progress(workspace_id=workspace_id)
        if before is None or before.finished_at is not None:
            looking_again.want(workspace_id=workspace_id, now=database_now())
    seen, until = before, time.monotonic() + LONGEST_WAIT
    while True:
        claimed = themes.claim(workspace_id)
        if claimed is not None:
            themes.look_through(claimed, model, until=float("inf"))
        with snapshot():
            now = looking_again.progress(workspace_id=workspace_id)
        if now is None or now.finished_at is not None:
            break
        if claimed is not None or now != seen:
            seen, until = now, time.monotonic() + LONGEST_WAIT
        elif time.monotonic() >= until:
            raise CommandRefused(f"a worker looks through a part of {args.workspace}, and does not come on")
        else:
            time.sleep(_A_MOMENT)
    looked_at, changed = (now.looked_at, now.changed) if now is not None else (0, 0)
    print(f"{args.workspace}: {looked_at} responses were looked at, {changed} of them mention something else now")
    return 0


def _verify(args: argparse.Namespace) -> int:
    """Return 0 where every response mentions what the themes in force find in it, 1 where one does not."""
    from flask import current_app

    from vocapp.adapters.sentiment import load
    from vocapp.config import EXTENSION
    from vocapp.models import database_now, snapshot
    from vocapp.services import looking_again

    model = load(current_app.extensions[EXTENSION].sentiment_model)
    with snapshot():
        here = looking_again.Claim(workspace_named(args).id, 0, database_now(), None, None)
    looked_at = other = 0
    while True:
        with snapshot():
            batch = looking_again.read(claim=here)
            found = looking_again.think(batch=batch, model=model)
            other += len(looking_again.differing(workspace_id=here.workspace_id, batch=batch, found=found))
        looked_at += len(batch.written)
        if batch.last_id is None:
            break
        here = here._replace(after_id=batch.last_id)
    if not other:
        print(f"the themes of {args.workspace} are clean: each of {looked_at} responses mentions what is found in it")
        return 0
    print(f"vocapp: {other} of {looked_at} responses of {args.workspace} mention something else", file=sys.stderr)
    return 1
