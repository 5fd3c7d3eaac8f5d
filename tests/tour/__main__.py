"""`python -m tests.tour`: start the demo beside everything else, walk through it, and keep a picture of each stop.

The product runs on a free port over a data directory of its own; both are gone in the end.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.rig.browser import chromium
from tests.rig.product import ROOT, Product
from tests.tour.stops import EVERY, SHOWN
from tests.tour.walking import Walk

HOME = ROOT / "docs/tour"


def main() -> None:
    """Take the pictures, and say how many and how large."""
    parser = argparse.ArgumentParser(prog="python -m tests.tour", description=__doc__)
    parser.add_argument("--into", type=Path, default=HOME, metavar="DIR", help="where they go (default: docs/tour)")
    parser.add_argument(
        "--every", action="store_true", help="whole pages, at every stop, in both languages, at both widths"
    )
    args = parser.parse_args()
    args.into.mkdir(parents=True, exist_ok=True)
    wanted = EVERY if args.every else SHOWN
    with Product(demo=True) as product, chromium() as browser:
        walk = Walk(product, browser, wanted=wanted, into=args.into, whole=args.every)
        walk.go()
    size = sum(path.stat().st_size for path in walk.taken)
    print(f"{len(walk.taken)} pictures in {args.into}, {size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
