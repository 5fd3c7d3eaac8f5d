"""`up`, and the roles one by one: `web`, `worker`, `relay`, `migrate`."""

from __future__ import annotations

import argparse
import sys

from vocapp.cli.frame import installation, settings_of
from vocapp.config import Settings
from vocapp.logs import configure
from vocapp.pipeline import QUEUES
from vocapp.processes import loading

MOST_PORT = 65_535


def add_up(parser: argparse.ArgumentParser) -> None:
    """Add the options of `up`."""
    _add_address(parser)
    parser.add_argument("--demo", action="store_true", help="fill an invented company; print a login and a link")
    parser.set_defaults(run=_up)


def add_web(parser: argparse.ArgumentParser) -> None:
    """Add the options of `web`."""
    _add_address(parser)
    parser.add_argument(
        "--drain",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="when told to stop, serve for so long while /readyz says 503, so that a balancer turns away (default: 0)",
    )
    parser.add_argument(
        "--grace",
        type=_seconds,
        default=5.0,
        metavar="SECONDS",
        help="then give requests under way so long (default: 5)",
    )
    parser.set_defaults(run=_web)


def add_worker(parser: argparse.ArgumentParser) -> None:
    """Add the options of `worker`."""
    installation(parser)
    parser.add_argument("--queue", metavar="Q", help=f"one of {', '.join(QUEUES)} (default: a process for each)")
    parser.set_defaults(run=_worker)


def add_relay(parser: argparse.ArgumentParser) -> None:
    """Add the options of `relay`."""
    installation(parser)
    parser.set_defaults(run=_relay)


def add_migrate(parser: argparse.ArgumentParser) -> None:
    """Add the options of `migrate`."""
    installation(parser)
    parser.set_defaults(run=_migrate)


def _add_address(parser: argparse.ArgumentParser) -> None:
    installation(parser)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument(
        "--port", type=_port, default=8000, help="the port to listen on (default: 8000; 0: any free one)"
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= MOST_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a number from 0 to {MOST_PORT}")
    return int(text)


def _seconds(text: str) -> float:
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to 999")
    return float(text)


def _up(args: argparse.Namespace) -> int:
    from vocapp.supervisor import up

    return up(host=args.host, port=args.port, data_dir=args.data_dir, demo=args.demo)


def _web(args: argparse.Namespace) -> int:
    from vocapp.webserver import link_address, listen, serve

    with listen(args.host, args.port) as listener:
        settings = Settings.from_env(data_dir=args.data_dir, served_at=link_address(listener, args.host))
        configure(settings.log_level)
        with loading():
            _say_where_it_waits(settings)
            from vocapp.app import add_doors, create_app

            app = add_doors(create_app(settings))
        serve(
            app,
            listener.detach(),
            processes=settings.web_processes,
            threads=settings.web_threads,
            grace=args.grace,
            drain=args.drain,
        )
    return 0


def _worker(args: argparse.Namespace) -> int:
    settings = _configured(args)
    with loading():
        _say_where_it_waits(settings)
        from vocapp.app import create_app
        from vocapp.cli.frame import CommandRefused
        from vocapp.worker import run, run_all

        if args.queue not in (None, *QUEUES):
            raise CommandRefused(f"no queue is called {args.queue}: there are {', '.join(QUEUES)}")
        app = create_app(settings)
    return run_all(app, settings) if args.queue is None else run(app, settings, args.queue)


def _relay(args: argparse.Namespace) -> int:
    settings = _configured(args)
    with loading():
        _say_where_it_waits(settings)
        from vocapp.app import create_app
        from vocapp.relay import run

        app = create_app(settings)
    return run(app, settings)


def _migrate(args: argparse.Namespace) -> int:
    settings = _configured(args)
    from vocapp.app import create_app
    from vocapp.installing import install

    moved = install(create_app(settings), settings)
    print("The tables are brought up to date." if moved else "The tables are up to date.")
    return 0


def _configured(args: argparse.Namespace) -> Settings:
    settings = settings_of(args, existing=False)
    configure(settings.log_level)
    return settings


def _say_where_it_waits(settings: Settings) -> None:
    """Tell the operator that the database is away. The roles start all the same: they may come up before it."""
    if not settings.on_postgresql:
        return
    from vocapp.installing import why_unreachable

    why = why_unreachable(settings)
    if why is not None:
        line = f"vocapp: DATABASE_URL: the database can't be reached ({why}); it is tried again until it can"
        print(line, file=sys.stderr, flush=True)
