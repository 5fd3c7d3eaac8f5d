"""`mail status|resume|bounces`: what stops the mail, letting it go on, and reading what came back."""

from __future__ import annotations

import argparse
import mailbox
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from vocapp.cli.frame import CommandRefused, installation, opened, workspace_named

_WHY = {"asked_to_wait": "was asked to wait", "turned_away": "was turned away"}


def add(parser: argparse.ArgumentParser) -> None:
    """Add the actions."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    status = actions.add_parser("status", parents=[installation()], help="say what stops the mail; exit 1 if anything")
    status.set_defaults(run=_status)
    resume = actions.add_parser("resume", parents=[installation()], help="send what waits, as if nothing stopped it")
    resume.set_defaults(run=_resume)
    bounces = actions.add_parser(
        "bounces",
        parents=[installation()],
        help="read mails that came back (RFC 3464) and complaints (RFC 5965)",
        epilog="FILE: one mail, or an mbox. A Maildir: what is new in it, which is then moved to `cur`. "
        "`-`: one mail from standard input, as a mail server's pipe gives it. The same mail again changes nothing.",
    )
    bounces.add_argument("sources", nargs="+", metavar="FILE|MAILDIR|-")
    bounces.set_defaults(run=_bounces)


def _status(args: argparse.Namespace) -> int:
    from vocapp.models import database_now, snapshot
    from vocapp.services import halting

    with opened(args), snapshot():
        halts = halting.list_halts(now=database_now(), workspace_id=workspace_named(args).id)
        for halt in halts:
            whose = "all workspaces" if halt.workspace_id == halting.EVERYBODY else args.workspace
            print(
                f"{whose}: {_WHY[halt.reason]} since {halt.since:%Y-%m-%d %H:%M:%S} UTC, "
                f"tries again at {halt.tried_again_at:%H:%M:%S}: {halt.detail}"
            )
        if not halts:
            print(f"nothing stops the mail of {args.workspace}")
    return 1 if halts else 0


def _resume(args: argparse.Namespace) -> int:
    from vocapp.models import database_now, transaction
    from vocapp.services import halting

    with opened(args), transaction():
        ended = halting.resume(workspace_id=workspace_named(args).id, now=database_now())
    print(f"the mail of {args.workspace} goes on" if ended else f"nothing stopped the mail of {args.workspace}")
    return 0


def _bounces(args: argparse.Namespace) -> int:
    from vocapp.adapters.mail.bounces import read_bounce
    from vocapp.models import database_now, transaction
    from vocapp.services import hearing_back

    counts: Counter[str] = Counter()
    with opened(args) as app:
        secret = app.config["SECRET_KEY"].encode()
        for source in args.sources:
            for raw, done in _mails(source):
                with transaction():
                    now = database_now()
                    report = read_bounce(raw, secret=secret, now=now)
                    if report is not None:
                        taken = hearing_back.take_in(reports=[report], told_by="bounce_mail", secret=secret, now=now)
                        counts[report.kind if taken.stored else "known already"] += 1
                    else:
                        counts["not about a mail of ours"] += 1
                done()
    told = ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items()))
    print(f"{counts.total()} mails{': ' if told else ''}{told}")
    return 0


def _mails(source: str) -> Iterator[tuple[bytes, Callable[[], object]]]:
    """Give each mail of a source, with what is to be done once it is taken in."""
    from vocapp.adapters.mail.bounces import LARGEST_BYTES

    if source == "-":
        yield _without_envelope(sys.stdin.buffer.read(LARGEST_BYTES)), _nothing
        return
    path = Path(source)
    try:
        if path.is_dir():
            if not (path / "new").is_dir():
                raise CommandRefused(f"{path} is no Maildir: it has no folder `new`")
            for file in sorted((path / "new").iterdir()):
                with file.open("rb") as opened_file:
                    yield opened_file.read(LARGEST_BYTES), partial(_seen, file)
            return
        with path.open("rb") as opened_file:
            start = opened_file.read(5)
        if start == b"From ":
            box = mailbox.mbox(path, create=False)
            for key in box.iterkeys():
                yield box.get_bytes(key)[:LARGEST_BYTES], _nothing
            box.close()
        else:
            with path.open("rb") as opened_file:
                yield opened_file.read(LARGEST_BYTES), _nothing
    except OSError as error:
        raise CommandRefused(f"{source} can't be read: {error.strerror or error}") from error


def _without_envelope(raw: bytes) -> bytes:
    """Leave out the line that some pipes put before the headers."""
    return raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw


def _seen(file: Path) -> None:
    target = file.parent.parent / "cur"
    target.mkdir(exist_ok=True)
    file.rename(target / f"{file.name.partition(':')[0]}:2,S")


def _nothing() -> None:
    return None
