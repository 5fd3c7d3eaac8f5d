"""`python -m bench.refusals`: does the time of a 404 tell whether a link was ever real?

A link that nobody made, one that was altered, and one whose person was erased are opened in turn, many times over, on
both databases. For each pair: the medians, how far apart they are, and the chance that a single look tells the two
apart (50 % is pure guessing), with the interval in which that chance lies. Exit status 1 where it is told apart.
The application runs in this process: what a network adds could only hide a difference.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.rig.postgres import start_postgres
from tests.rig.run import current_run
from vocapp.app import add_doors, create_app
from vocapp.config import CATALOGUE, Settings
from vocapp.domain.links import Purpose, make_token
from vocapp.models import Workspace, db, transaction
from vocapp.models.migrating import upgrade
from vocapp.services import bootstrap, keys
from vocapp.web import limits

SECRET = "a secret key of the bench, long enough"
KINDS = ("unknown", "altered", "cut", "erased")
PAGES: dict[str, Purpose] = {"s": "survey", "unsubscribe": "unsubscribe", "preferences": "preferences"}
TOLD_APART = 0.60
"""One look in five better than guessing. Below that, an address has used up its wrong links long before it knows."""
WARM = 50


def main() -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.refusals", description=__doc__)
    parser.add_argument("--times", type=int, default=2000, help="how often each link is opened (2000)")
    times = parser.parse_args().times
    limits.MOST = 10**9  # what is measured is the answer that comes before the limit
    failed = 0
    for name, measure in (("SQLite", _on_sqlite), ("PostgreSQL", _on_postgres)):
        for page, taken in measure(times).items():
            failed += _tell(f"{name}, /{page}/", taken)
    return 1 if failed else 0


def _tell(title: str, taken: dict[str, list[float]]) -> int:
    failed = 0
    medians = ", ".join(f"{kind} {statistics.median(taken[kind]) * 1e6:.0f} µs" for kind in KINDS)
    print(f"{title}: medians {medians}")
    for index, kind in enumerate(KINDS):
        for other in KINDS[index + 1 :]:
            low, chance, high = told_apart(taken[kind], taken[other])
            wrong = low > TOLD_APART
            failed += wrong
            print(f"  {kind:>7} / {other:<7} {chance:.1%} ({low:.1%} to {high:.1%}){'  TOLD APART' if wrong else ''}")
    return failed


def told_apart(one: Sequence[float], other: Sequence[float], rounds: int = 200) -> tuple[float, float, float]:
    """Return the chance that the longer of two looks is of the slower kind, with its 95 % bootstrap interval."""
    chance = random.Random(1)
    found = sorted(_longer(chance.choices(one, k=len(one)), chance.choices(other, k=len(other))) for _ in range(rounds))
    return found[int(rounds * 0.025)], _longer(one, other), found[int(rounds * 0.975)]


def _longer(one: Sequence[float], other: Sequence[float]) -> float:
    """Mann and Whitney's U as a share, 0.5 to 1. Order is all that counts: a pause of the machine weighs one look."""
    ordered = sorted(other)
    below = sum(bisect_left(ordered, value) + bisect_right(ordered, value) for value in one)
    share = below / (2 * len(one) * len(other))
    return max(share, 1 - share)


def _on_sqlite(times: int) -> dict[str, dict[str, list[float]]]:
    with tempfile.TemporaryDirectory() as folder:
        return _measured(Path(folder), f"sqlite:///{folder}/v.db", times)


def _on_postgres(times: int) -> dict[str, dict[str, list[float]]]:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        run = current_run()
        postgres, process = start_postgres(run)
        stack.callback(run.stop, process)
        return _measured(Path(folder), postgres.create_database("refusals"), times)


def _measured(folder: Path, database_url: str, times: int) -> dict[str, dict[str, list[float]]]:
    upgrade(database_url)
    (folder / "var").mkdir()
    app = create_app(
        Settings(
            data_dir=folder / "var",
            database_url=database_url,
            redis_url="redis://127.0.0.1:1/0",
            embedded_redis=False,
            secret_key=SECRET,
            public_url="http://vocapp.test",
        )
    )
    client = add_doors(app).test_client()
    erased = _erased_invitations(app, client, 20)
    return {page: _looked(client, page, purpose, erased, times) for page, purpose in PAGES.items()}


def _looked(client: FlaskClient, page: str, purpose: Purpose, erased: list[UUID], times: int) -> dict[str, list[float]]:
    secret, chance = SECRET.encode(), random.Random(2)

    def altered() -> str:
        token = make_token(secret, purpose, chance.choice(erased))
        at = chance.randrange(2, 40)
        return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]

    make: dict[str, Callable[[], str]] = {
        "unknown": lambda: make_token(secret, purpose, uuid4()),
        "altered": altered,
        "cut": lambda: make_token(secret, purpose, chance.choice(erased))[: chance.randrange(4, 43)],
        "erased": lambda: make_token(secret, purpose, chance.choice(erased)),
    }
    taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for turn in range(times + WARM):
        for kind in chance.sample(KINDS, len(KINDS)):
            path = f"/{page}/{make[kind]()}"
            begun = time.perf_counter()
            answer = client.get(path)
            elapsed = time.perf_counter() - begun
            if answer.status_code != 404:
                raise RuntimeError(f"{kind}: {answer.status_code}")
            if turn >= WARM:
                taken[kind].append(elapsed)
    return taken


def _erased_invitations(app: Flask, client: FlaskClient, count: int) -> list[UUID]:
    """Invite people, erase them, and return the ids of what they were sent."""
    now = datetime.now(UTC)
    with app.app_context(), transaction():
        bootstrap.ensure(catalogue=CATALOGUE, now=now)
        workspace_id = db.session.scalars(select(Workspace.id)).one()
        key = keys.create(workspace_id=workspace_id, name="Bench", scopes=(), now=now)
    headers = {"Authorization": f"Bearer {key}"}
    found = []
    for number in range(count):
        path = f"/api/v1/customers/p{number}"
        consent = {"purpose": "surveys", "granted": True, "at": now.isoformat()}
        client.put(path, json={"email": f"p{number}@vocapp.test", "consents": [consent]}, headers=headers)
        body = {"survey": "post_delivery", "customer": {"external_id": f"p{number}"}, "channel": "link"}
        made = client.post("/api/v1/invitations", json=body, headers=headers)
        found.append(UUID(made.json["id"]))
        client.delete(path, headers=headers)
    return found


if __name__ == "__main__":
    sys.exit(main())
