"""The supervisor: everything of an installation in one process tree (`python -m vocapp up`).

It loads the application once and forks: Redis (where none is named), one process that sets the database up, the web
server, the relay, and a worker per queue. It owns the listening socket, so that a web server that dies loses no waiting
connection, and it opens no database connection of its own. However it ends, nothing of the tree stays.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import NoReturn

from vocapp.config import ConfigRefused, Settings, keep_served_url
from vocapp.logs import configure
from vocapp.processes import become_parent, loading
from vocapp.supervisor.data_dir import locked
from vocapp.webserver import address_of, link_address, listen


def up(*, host: str, port: int, data_dir: Path | None, demo: bool) -> int:
    """Run everything until SIGTERM or SIGINT; return the exit status. Raises ConfigRefused."""
    # until there are children, the shortest way out is the right one
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _leave)
    with listen(host, port) as listener:
        settings = Settings.from_env(data_dir=data_dir, served_at=link_address(listener, host))
        configure(settings.log_level)
        with locked(settings.data_dir):
            try:
                keep_served_url(settings.data_dir, settings.public_url)
            except OSError as error:
                raise ConfigRefused(f"the data dir {settings.data_dir} can't be written: {error.strerror}") from error
            # the whole product is loaded here, once for all of its processes: only now, when nothing stands in the way
            with loading():
                from vocapp.supervisor.tree import Tree

                tree = Tree(settings, listener, served_at=address_of(listener, host), demo=demo)
            become_parent()
            return tree.run()


def _leave(*_: object) -> NoReturn:
    sys.exit(0)
