"""`python -m vocapp COMMAND`."""

from __future__ import annotations

import sys

from vocapp.cli import main

if __name__ == "__main__":
    sys.exit(main())
