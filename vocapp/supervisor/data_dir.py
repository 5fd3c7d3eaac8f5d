"""The lock on a data dir: one supervisor at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vocapp.config import ConfigRefused


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Hold the data dir; the kernel lets go of it when the last process of the tree is gone. Raises ConfigRefused."""
    try:
        file = (data_dir / "lock").open("a+")
    except OSError as error:
        raise ConfigRefused(f"the data dir {data_dir} can't be locked: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise ConfigRefused(f"the data dir {data_dir} is in use by another vocapp (process {holder})") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
