"""`python -m tests.tour`: start the demo beside everything else, walk through it, and keep a picture of each stop.

The product runs on a free port over a data directory of its own; both are gone in the end.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.rig.browser import chromium
from tests.rig.product import ROOT, Product
from tests.tour.stops import EVERY, SHOWN
from tests.tour.walking import Walk

HOME = ROOT / "docs/tour"


def main() -> int:
    """Take the pictures, and say how many, how large, and what is wrong with their pages."""
    parser = argparse.ArgumentParser(prog="python -m tests.tour", description=__doc__)
    parser.add_argument("--into", type=Path, default=HOME, metavar="DIR", help="where they go (default: docs/tour)")
    parser.add_argument(
        "--every",
        action="store_true",
        help="whole pages, at every stop, in both languages, at both widths, light and dark, each checked: by axe, for"
        " its width, for what its scripts complain of and whom they ask",
    )
    parser.add_argument("--only", nargs="+", metavar="STOP", help="at these stops alone, of `tests/tour/stops.py`")
    args = parser.parse_args()
    args.into.mkdir(parents=True, exist_ok=True)
    wanted = frozenset(one for one in (EVERY if args.every else SHOWN) if not args.only or one.stop in args.only)
    with Product(demo=True) as product, chromium() as browser:
        walk = Walk(product, browser, wanted=wanted, into=args.into, whole=args.every)
        walk.go()
    size = sum(path.stat().st_size for path in walk.taken)
    print(f"{len(walk.taken)} pictures in {args.into}, {size / 1024:.0f} KB")
    for fault in walk.faults:
        print(fault)
    return 1 if walk.faults else 0


if __name__ == "__main__":
    sys.exit(main())
