"""`counters rebuild [--verify]`: a workspace's exact counters against its rows."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from vocapp.cli.frame import workspace_named
from vocapp.cli.rebuilding import add_rebuild

if TYPE_CHECKING:
    from vocapp.services.counting import Difference

MOST_SHOWN = 50


def add(parser: argparse.ArgumentParser) -> None:
    """Add the action `rebuild`."""
    add_rebuild(parser, about="write the counters anew from the rows", verify=_verify, write=_write_anew)


def _verify(args: argparse.Namespace) -> int:
    """Return 0 where every counter is what the rows say, 1 where one is not."""
    from vocapp.models import snapshot
    from vocapp.services import counting

    with snapshot():  # answers may come in meanwhile
        differences = counting.verify(workspace_id=workspace_named(args).id)
        unfolded = counting.verify_folded(workspace_id=workspace_named(args).id) if not differences else []
    for row in unfolded[:MOST_SHOWN]:
        print(
            f"{row.survey_key} v{row.survey_version}, the {row.unit} of {row.start}: off by {row.off} of its counters"
        )
    if unfolded:
        print(f"vocapp: {len(unfolded)} summaries of {args.workspace} are not their counters’", file=sys.stderr)
        return 1
    if not differences:
        print(f"the counters of {args.workspace} are clean: each is what its rows say")
        return 0
    for one in differences[:MOST_SHOWN]:
        print(_line(one))
    if len(differences) > MOST_SHOWN:
        print("…")
    print(f"vocapp: {len(differences)} counters of {args.workspace} are not what their rows say", file=sys.stderr)
    return 1


def _write_anew(args: argparse.Namespace) -> int:
    from vocapp.models import transaction
    from vocapp.services import counting

    with transaction():
        sums = counting.rebuild(workspace_id=workspace_named(args).id)
    print(f"the counters of {args.workspace} are written anew: {sums} of them")
    return 0


def _line(one: Difference) -> str:
    key = one.key
    place = f" at {key['place']}" if key["place"] else ""
    asked = f"{key['question'] or 'responses'}={key['bucket']}"
    return (
        f"{key['survey_key']} v{key['survey_version']}, {key['day']}, by {key['channel']}{place}: "
        f"{asked} is counted {one.counted} times, and stands in {one.rows} rows"
    )
