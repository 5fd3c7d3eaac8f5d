"""`erasures list` and `erasures replay`: who asked for what is no name's business; a restored backup forgets nobody."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from vocapp.adapters import erasure_list as list_file
from vocapp.cli.frame import CommandRefused, installation, opened
from vocapp.config import EXTENSION

if TYPE_CHECKING:
    from vocapp.services.erasure_list import Entry


def add(parser: argparse.ArgumentParser) -> None:
    """Add the actions `list` and `replay`."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    show = actions.add_parser("list", parents=[installation()], help="show when each was asked for, due and done")
    show.set_defaults(run=_list)
    replay = actions.add_parser(
        "replay", parents=[installation()], help="after restoring a backup: erase again whom it brought back"
    )
    replay.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help=f"the list (default: {list_file.NAME} in the data dir); beside it {list_file.TOLD_NAME}, if there is one",
    )
    replay.set_defaults(run=_replay)


def _list(args: argparse.Namespace) -> int:
    from sqlalchemy import select

    from vocapp.cli.frame import workspace_named
    from vocapp.models import Erasure, db

    with opened(args):
        mine = Erasure.workspace_id == workspace_named(args).id
        for one in db.session.scalars(select(Erasure).where(mine).order_by(Erasure.requested_at)):
            done = f"done {one.done_at:%Y-%m-%d %H:%M}" if one.done_at else f"due {one.due_at:%Y-%m-%d}"
            print(f"{one.id}  asked {one.requested_at:%Y-%m-%d %H:%M} by {one.requested_by}  {done}")
    return 0


def _replay(args: argparse.Namespace) -> int:
    """Erase in every workspace: a restore brings them all back."""
    from vocapp.models import database_now, transaction
    from vocapp.models.again import run_again
    from vocapp.services import erasure_list, workspaces

    with opened(args) as app:
        path: Path = args.file or app.extensions[EXTENSION].data_dir / list_file.NAME
        told = _told(path.with_name(list_file.TOLD_NAME))
        wanted = list(_entries(path, told))

        def once(key: str) -> int:
            with transaction():
                return erasure_list.replay(
                    workspace=workspaces.get_workspace(key=key),
                    wanted=wanted,
                    told=told.get(key, ()),
                    secret=app.config["SECRET_KEY"].encode(),
                    now=database_now(),
                )

        back = 0
        for key in sorted({one.workspace for one in wanted} | told.keys()):
            with transaction():
                is_there = workspaces.find_workspace(key=key) is not None
            if is_there:
                back += run_again(lambda key=key: once(key))  # type: ignore[misc]
            else:
                print(f"vocapp: there is no workspace {key} here; its erasures are left out", file=sys.stderr)
    print(f"{len({one.id for one in wanted})} erasures on the list; {back} people had come back, and are erased again")
    return 0


def _told(path: Path) -> dict[str, set[str]]:
    try:
        return list_file.read_told(path)
    except OSError as error:
        raise CommandRefused(f"{path} can't be read: {error.strerror}") from error
    except list_file.ListUnreadable as error:
        raise CommandRefused(f"{path} is no list of what was told before: {error}") from error


def _entries(path: Path, told: dict[str, set[str]]) -> Iterator[Entry]:
    """Yield the erasures; what states between releases wrote into their lines of events goes to `told`."""
    from vocapp.services.erasure_list import Entry

    try:
        for line in list_file.read(path):
            if events := line.pop("events", None):
                told.setdefault(line["workspace"], set()).update(events)
            yield Entry(**{**line, "id": UUID(line["id"]), "requested_at": _time(line["requested_at"])})
    except OSError as error:
        raise CommandRefused(f"{path} can't be read: {error.strerror}") from error
    except (list_file.ListUnreadable, KeyError, TypeError, ValueError) as error:
        raise CommandRefused(f"{path} is no list of erasures: {error}") from error


def _time(value: Any) -> datetime:
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError("a time without a zone")
    return time
