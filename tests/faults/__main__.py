"""`python -m tests.faults`: do everything that `FAULTS.md` asks for to a running vocapp; the last line is the verdict.

Without names all scenarios are played, then the soak. Exit status 0: every row is clean; 1: one is not.
"""

from __future__ import annotations

import argparse
import sys

from bench import machine
from tests.faults.playing import SOAK, play, play_soak
from tests.faults.scenario import Row, table, verdict
from tests.faults.scenarios import ALL
from tests.faults.soak.run import Size
from tests.faults.stage import Servers
from tests.rig.run import current_run


def main() -> int:
    """Play, print the table and the verdict; return the exit status."""
    size = Size()
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NUMBER", help=f"scenarios, by number; the soak is {SOAK}")
    parser.add_argument("--list", action="store_true", help="list the scenarios, and play none")
    parser.add_argument("--responses", type=int, default=size.responses, help="of the soak (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=size.seconds, help="over which they are spread (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=size.seed, help="of the storm's lots (default: %(default)s)")
    args = parser.parse_args()
    known = [scenario.number for scenario in ALL] + [SOAK]
    unknown = set(args.names) - set(known)
    if unknown:
        parser.error(f"no scenario is called {', '.join(sorted(unknown))}: there are {', '.join(known)}")
    if args.list:
        print("\n".join(f"{one.number:>4} {one.title}" for one in ALL) + f"\n{SOAK:>4} the soak")
        return 0
    rows = _play_all(set(args.names) or set(known), Size(args.responses, args.seconds, args.seed))
    print(table(rows))
    print(verdict(rows), flush=True)
    return 0 if all(row.findings.clean for row in rows) else 1


def _play_all(wanted: set[str], size: Size) -> list[Row]:
    servers = Servers(current_run())
    said = machine.describe(servers.run.directory, server_version=servers.postgres.version)
    print(", ".join(f"{name} {value}" for name, value in said.items()), flush=True)
    rows: list[Row] = []
    try:
        rows += [_told(play(scenario, servers)) for scenario in ALL if scenario.number in wanted]
        if SOAK in wanted:
            rows.append(_told(play_soak(size, servers)))
    finally:
        servers.close()
    return rows


def _told(row: Row) -> Row:
    """Say of each row what it came to: the whole takes a quarter of an hour."""
    recovered = f", recovered in {row.seconds:.1f} s" if row.seconds is not None else ""
    print(f"{row.number:>4} {row.title:<34} {row.word:<9} after {row.took:.0f} s{recovered}: {row.done}", flush=True)
    for one in row.findings.wrong[:3] if row.built else []:
        print(f"     {one[:400]}", flush=True)
    return row


if __name__ == "__main__":
    sys.exit(main())
