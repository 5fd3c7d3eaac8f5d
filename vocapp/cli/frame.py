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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from vocapp.config import Settings

if TYPE_CHECKING:
    from flask import Flask


class CommandRefused(Exception):
    """The command can't be done; its message is one line for the operator."""


def installation(*, workspace: bool = True) -> argparse.ArgumentParser:
    """Make the options `--data-dir` and `--workspace`, to be given as one of a parser's `parents`."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--data-dir", type=Path, metavar="DIR", help="where the data lives (default: var)")
    if workspace:
        options.add_argument("--workspace", default="default", metavar="KEY", help="the workspace (default: default)")
    else:
        options.add_argument("--workspace", default="default", help=argparse.SUPPRESS)
    return options


def settings_of(args: argparse.Namespace) -> Settings:
    """Read the settings of the installation that the command names. Raises ConfigRefused."""
    return Settings.from_env(data_dir=args.data_dir)


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[Flask]:
    """Open the installation: its tables are brought up to date, its default workspace is there, an app context is pushed."""
    from vocapp.app import create_app
    from vocapp.installing import install
    from vocapp.logs import configure

    settings = settings_of(args)
    configure(settings.log_level)
    app = create_app(settings)
    install(app, settings)
    with app.app_context():
        yield app
