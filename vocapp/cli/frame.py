"""What commands share: the options that name an installation and a workspace, and the application they open.

def add(parser):
actions = parser.add_subparsers(required=True, metavar="ACTION")
create = actions.add_parser("create", parents=[installation()])
create.set_defaults(run=_create)

def _create(args):
with opened(args): …
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from vocapp.config import Settings

if TYPE_CHECKING:
    from flask import Flask

    from vocapp.models import Workspace


BY = "command line"
"""Who it was, in the audit of a workspace."""


MOST_NEAR = 3
"""Places that are named where another was meant."""


class CommandRefused(Exception):
    """The command can't be done; its message is one line for the operator."""


def installation(parser: argparse.ArgumentParser | None = None, *, names_one: bool = True) -> argparse.ArgumentParser:
    """Add the options `--data-dir` and `--workspace`; without a parser, make one to be another's `parents`.

    `names_one` False: what is about no one workspace takes `--workspace`, as every command does, but does not show it.
    """
    options = installation_folder(parser)
    what = "the workspace (default: default)" if names_one else argparse.SUPPRESS
    options.add_argument("--workspace", default="default", metavar="KEY", help=what)
    return options


def installation_folder(parser: argparse.ArgumentParser | None = None) -> argparse.ArgumentParser:
    """Add the option `--data-dir` alone: for what concerns every workspace."""
    options = parser or argparse.ArgumentParser(add_help=False)
    options.add_argument("--data-dir", type=Path, metavar="DIR", help="where the data lives (default: var)")
    return options


def settings_of(args: argparse.Namespace, *, existing: bool = True) -> Settings:
    """Read the settings of the installation that the command names. Raises ConfigRefused, NoInstallation."""
    return Settings.from_env(data_dir=args.data_dir, existing=existing)


@contextmanager
def opened(args: argparse.Namespace, *, founding: bool = False) -> Iterator[Flask]:
    """Open the installation, with an app context.

    `founding`: where there is none, one is set up, and that is said. For what may come before `up`: the first key,
    login or workspace. Anything else in a folder that somebody mistyped would look like an empty company.

    Raises NoInstallation, and ConfigRefused, also where the tables are another version's.
    """
    from vocapp.app import create_app
    from vocapp.installing import check_installed, install_if_empty
    from vocapp.logs import configure
    from vocapp.models import db

    settings, is_new = settings_of(args, existing=not founding), False
    if not founding:
        check_installed(settings)
    configure(settings.log_level)
    app = create_app(settings)
    if founding:
        is_new = install_if_empty(app, settings)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()  # whatever was only read is still open
            for engine in db.engines.values():
                engine.dispose()
    if is_new:
        print(f"there was no installation: a new one is in {settings.data_dir}", file=sys.stderr)


def workspace_named(args: argparse.Namespace) -> Workspace:
    """Return the workspace that the command names. Raises CommandRefused."""
    from vocapp.services import workspaces

    workspace = workspaces.find_workspace(key=args.workspace)
    if workspace is None:
        raise CommandRefused(f"there is no workspace {args.workspace}: `vocapp workspace list` shows them")
    return workspace


def place_named(workspace: Workspace, key: str | None) -> str | None:
    """Return the key of a place of a workspace; None stays None. Raises CommandRefused, which says what is near."""
    from vocapp.services import places

    if key is None or places.find_place(workspace_id=workspace.id, key=key) is not None:
        return key
    found = places.list_places(workspace_id=workspace.id)
    names = {name.casefold(): one for one in found for name in (one.name, one.key)}
    near = [names[name] for name in get_close_matches(key.casefold(), names, n=MOST_NEAR)]
    meant = " or ".join(dict.fromkeys(f"{one.key} ({one.name})" for one in near))
    where = "" if workspace.key == "default" else f" --workspace {workspace.key}"
    raise CommandRefused(
        f"there is no place {key} in this workspace{f': did you mean {meant}?' if meant else ''}; "
        f"`vocapp workspace places{where}` lists them"
    )
