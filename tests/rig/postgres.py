"""A real PostgreSQL cluster on a loopback port: one for a whole run, cheap databases from a template."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from tests.rig.run import Run, free_port
from tests.rig.waiting import wait_until

ROLE = "vocapp"
"""The login of the product: owner of its databases, no superuser, as in production."""


class PostgresMissing(RuntimeError):
    """No PostgreSQL server is installed here."""


@dataclass(frozen=True)
class Postgres:
    port: int
    data: str
    pid: int

    def url(self, database: str) -> str:
        """Return the URL that the product is given."""
        return f"postgresql+psycopg://{ROLE}@127.0.0.1:{self.port}/{database}"

    def conninfo(self, database: str = "postgres", user: str = "postgres") -> str:
        """Return what psycopg.connect() takes; the superuser by default, for looking from outside."""
        return f"host=127.0.0.1 port={self.port} user={user} dbname={database} connect_timeout=10"

    def create_database(self, name: str, *, template: str | None = None) -> str:
        """Make a database, empty or as a copy of `template`, and return its URL."""
        order = sql.SQL("create database {} owner {} template {}").format(
            sql.Identifier(name), sql.Identifier(ROLE), sql.Identifier(template or "template0")
        )
        self._order(order)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self._order(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def _order(self, order: sql.Composed) -> None:
        with psycopg.connect(self.conninfo(), autocommit=True) as connection:
            connection.execute(order)


def start_postgres(run: Run, *, durable: bool = False) -> tuple[Postgres, subprocess.Popen[bytes]]:
    """Start a cluster of its own. `durable` keeps fsync on, for tests that kill the server and count rows after it."""
    binaries, user = find_binaries(), _server_user()
    home = run.fresh_directory("postgres")
    data = home / "data"
    if user:
        shutil.chown(home, user)
    subprocess.run(
        [
            *[str(binaries / "initdb"), "--pgdata", str(data), "--username=postgres", "--auth=trust"],
            *["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
        ],
        check=True,
        capture_output=True,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd=home,
        env=_environment(),
    )
    for _ in range(3):  # another process may take the port between our look and PostgreSQL's
        server, process = serve_cluster(run, data, port=free_port(), durable=durable)
        if process.poll() is None:
            break
    else:
        raise RuntimeError(f"PostgreSQL does not start:\n{run.log(home.name)}")
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(f"create role {ROLE} login createdb")
    return server, process


def serve_cluster(
    run: Run, data: Path, *, port: int, durable: bool, seconds: float = 30.0
) -> tuple[Postgres, subprocess.Popen[bytes]]:
    """Start the server of a cluster that stands, and wait until it answers or has ended."""
    process = run.start(
        [str(find_binaries() / "postgres"), "-D", str(data), "-p", str(port), *_settings(durable=durable)],
        name=data.parent.name,
        env=_environment(),
        user=_server_user(),
        cwd=data.parent,
        stop_signal=signal.SIGINT,  # "fast": does not wait for clients
    )
    server = Postgres(port=port, data=str(data), pid=process.pid)
    wait_until(lambda: process.poll() is not None or _answers(server), seconds, what="PostgreSQL answers")
    return server, process


def shared_postgres(run: Run) -> Postgres:
    """Return the cluster that all worker processes of this run share; the first to ask starts it."""
    with run.lock("postgres"):
        noted = run.path("postgres.json")
        if not noted.exists():
            server, process = start_postgres(run)
            process.returncode = 0  # the run stops it at its end, not this process: no warning when the handle goes
            noted.write_text(json.dumps({"port": server.port, "data": server.data, "pid": server.pid}))
        return Postgres(**json.loads(noted.read_text()))


def shared_template(run: Run, name: str, migrate: Callable[[str], None]) -> str:
    """Return the name of a database that `migrate(url)` has filled once in this run, to be copied and never changed."""
    server = shared_postgres(run)
    with run.lock(f"template-{name}"):
        done = run.path(f"template-{name}.done")
        if not done.exists():
            server.drop_database(name)
            migrate(server.create_database(name))
            done.touch()
    return name


def find_binaries() -> Path:
    """Return the folder of the newest server: PG_BIN, Debian's places, or what stands on PATH."""
    named = os.environ.get("PG_BIN")
    if named and (Path(named) / "initdb").exists():
        return Path(named)
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    raise PostgresMissing("no PostgreSQL server here: install the package postgresql, or name its folder in PG_BIN")


def _version(path: Path) -> float:
    number = re.search(r"/(\d+(?:\.\d+)?)/bin/", str(path))
    return float(number[1]) if number else 0.0


def _server_user() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name  # PostgreSQL refuses to run as root
    except KeyError:
        raise PostgresMissing("as root, PostgreSQL needs the system user 'postgres'") from None


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _settings(*, durable: bool) -> list[str]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "shared_buffers": "64MB",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "max_wal_size": "4GB",
    }
    if not durable:
        settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _answers(server: Postgres) -> bool:
    try:
        with psycopg.connect(server.conninfo()):
            return True
    except psycopg.OperationalError:
        return False
