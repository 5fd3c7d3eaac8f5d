"""A PostgreSQL of one's own that may be stopped, killed and started again; it keeps its port and its rows."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import Self

import psycopg

from tests.rig.postgres import Postgres, serve_cluster, start_postgres
from tests.rig.processes import descendants
from tests.rig.run import Run, born
from tests.rig.waiting import wait_until


class PostgresServer:
    """One cluster with its process. `cluster` says how to reach it; its number changes with every start."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.cluster: Postgres
        self._process: subprocess.Popen[bytes]
        self.cluster, self._process = start_postgres(run, durable=True)

    @property
    def version(self) -> str:
        with psycopg.connect(self.cluster.conninfo()) as connection:
            row = connection.execute("show server_version").fetchone()
        return str(row[0]) if row else "?"

    def start(self) -> Self:
        """Start it again; after a kill it recovers from its log first."""
        if self._process.poll() is not None:
            self.cluster, self._process = serve_cluster(
                self._run, Path(self.cluster.data), port=self.cluster.port, durable=True, seconds=60
            )
            assert self._process.poll() is None, "PostgreSQL does not start again"
        return self

    def stop(self) -> None:
        """Stop it as an operator does, without waiting for its clients."""
        self._run.stop(self._process, seconds=30)

    def kill(self) -> None:
        """Kill the server and every process of it, all at once, as a power cut would."""
        family = [self.cluster.pid, *descendants(self.cluster.pid)]
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._run.stop(self._process)
        wait_until(lambda: not [pid for pid in family if born(pid)], 10, what="all of PostgreSQL gone")

    def end_backends(self, database: str, *, most: int | None = None, crash: bool = False) -> int:
        """End backends of a database (all, or `most`), and return how many; a `crash` takes all the others along."""
        with psycopg.connect(self.cluster.conninfo(), autocommit=True) as connection:
            pids = connection.execute(
                "select pid from pg_stat_activity where datname = %s and pid <> pg_backend_pid() order by random()",
                (database,),
            ).fetchall()
            chosen = [pid for (pid,) in pids][:most]
            if not crash:
                for pid in chosen:
                    connection.execute("select pg_terminate_backend(%s)", (pid,))
        if crash:
            for pid in chosen[:1]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        return len(chosen)
