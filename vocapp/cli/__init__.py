"""The command line: `python -m vocapp COMMAND`.

A command is one line in COMMANDS and one function `add(parser)` in its module, which adds the command's arguments and
says what to run: `parser.set_defaults(run=function)`, where `function(args) -> int` gives the exit status. Only the
module of the command that was asked for is imported, so that `survey check` does not pay for the web.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple, NoReturn

from vocapp.cli.frame import CommandRefused
from vocapp.config import ConfigRefused, NoInstallation


class Command(NamedTuple):
    add: str
    """`module:function`, under vocapp.cli."""
    help: str


COMMANDS = {
    "up": Command("serving:add_up", "run everything in one process tree, on embedded defaults"),
    "web": Command("serving:add_web", "serve the pages and the API"),
    "worker": Command("serving:add_worker", "work on the jobs of one queue, or of all"),
    "relay": Command("serving:add_relay", "hand due facts to the queues"),
    "migrate": Command("serving:add_migrate", "bring the database to this version's tables"),
    "apikey": Command("apikeys:add", "make keys of the API"),
    "user": Command("users:add", "make, list, change and close staff logins"),
    "workspace": Command("workspaces:add", "make and list workspaces, list their places"),
    "survey": Command("surveys:add", "check, import and list survey definitions"),
    "customers": Command("customers:add", "import customers from CSV"),
    "events": Command("events:add", "import events from NDJSON"),
    "answers": Command("answers:add", "import past answers from NDJSON or CSV"),
    "orders": Command("orders:add", "import orders from CSV"),
    "erasures": Command("erasures:add", "list erasures, or erase again after a restore"),
    "mail": Command("mail:add", "say what stops the mail, and let it go on"),
    "suppression": Command("suppressions:add", "list, add and remove addresses that nobody may write to"),
    "sentiment": Command("sentiment:add", "score texts without a server"),
    "doctor": Command("doctor:add", "check that what vocapp promises holds in the database"),
    "backup": Command("backup:add", "copy an installation on SQLite while it runs"),
    "counters": Command("counters:add", "compare the counters with the rows, or build them again"),
    "themes": Command("themes:add", "look for themes again in what was written before"),
    "verbatims": Command("verbatims:add", "lay out again what is searched"),
    "value": Command("value:add", "compare values with purchases, or count them again"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status: 0 done, 1 refused (one line on stderr says why), 2 misused.

    2, too, where there is no installation. `doctor` has its own: 1 says that something is wrong, 2 that it could not
    look.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(words)
    args, left = parser.parse_known_args(words)
    if left:  # argparse would send people to the help of all commands
        parser.exit(2, f"vocapp: unrecognized arguments: {' '.join(left)} (see `vocapp {args.command} --help`)\n")
    try:
        return int(args.run(args))
    except (ConfigRefused, CommandRefused) as refused:
        print(f"vocapp: {refused}", file=sys.stderr, flush=True)
        return 2 if isinstance(refused, NoInstallation) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `… | head` has read enough
        sys.stderr.close()
        return 0


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="vocapp",
        description="Voice-of-customer surveys. `vocapp COMMAND --help` tells more.",
        formatter_class=_Columns,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    asked = next((word for word in words if not word.startswith("-")), None)
    for name, command in COMMANDS.items():
        below = commands.add_parser(
            name, help=command.help, description=f"{command.help[0].upper()}{command.help[1:]}."
        )
        if name == asked:
            module, _, function = command.add.partition(":")
            getattr(import_module(f"vocapp.cli.{module}"), function)(below)
    return parser


class _Columns(argparse.HelpFormatter):
    """Two columns, the first as wide as the longest command: argparse forgets that commands are indented twice."""

    def add_argument(self, action: argparse.Action) -> None:
        super().add_argument(action)
        if action.nargs == argparse.PARSER:
            self._action_max_length = 2 * self._indent_increment + max(map(len, COMMANDS))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"vocapp: {message} (see `{self.prog} --help`)\n")
