"""Imported by the process that the product's processes are forked from: all of vocapp is loaded behind it."""

from __future__ import annotations

import gc

from tests.rig.forking import load_everything

load_everything()
gc.freeze()
