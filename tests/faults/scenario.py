"""What a scenario is, and the line it becomes in the table."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.faults.invariants import Findings
from tests.faults.stage import Stage


@dataclass(frozen=True)
class Told:
    """What a scenario has to say of itself; what was lost or doubled, the invariants say."""

    done: str
    seconds: float | None = None
    """From the end of the fault until all was followed up; None: nothing had to recover."""


Play = Callable[[Stage], Told]


@dataclass(frozen=True)
class Scenario:
    number: str
    """As `FAULTS.md` counts them; a letter tells two ways of looking at the same one apart."""
    title: str
    play: Play | None = None
    tests: tuple[str, ...] = ()
    """Tests that stand elsewhere and tell this scenario: they are run as they are."""
    built: bool = True
    short: bool = True
    """Belongs into the short form: no test elsewhere tells the same."""
    doctor: bool = True
    """The product's own doctor is asked, too."""


@dataclass
class Row:
    number: str
    title: str
    done: str = ""
    findings: Findings = field(default_factory=Findings)
    seconds: float | None = None
    took: float = 0.0
    built: bool = True

    @property
    def word(self) -> str:
        if not self.built:
            return "not built"
        return "clean" if self.findings.clean else "WRONG"


def table(rows: Sequence[Row]) -> str:
    """Write the table; what is wrong follows it, a line for each."""
    head = f"{'':>4} {'scenario':<34} {'lost':>5} {'doubled':>7} {'recovered':>9}  {'':<9} what was done"
    lines = [head, "─" * 150]
    for row in rows:
        counted = row.built
        lost = str(len(row.findings.lost)) if counted else "–"
        doubled = str(len(row.findings.doubled)) if counted else "–"
        seconds = f"{row.seconds:.1f} s" if row.seconds is not None else "–"
        first, *more = textwrap.wrap(row.done, 78) or [""]
        lines.append(f"{row.number:>4} {row.title:<34} {lost:>5} {doubled:>7} {seconds:>9}  {row.word:<9} {first}")
        lines += [" " * 74 + one for one in more]
    for row in rows:
        found = row.findings
        for word, what in (("lost", found.lost), ("doubled", found.doubled), ("wrong", found.wrong)):
            lines += [f"{row.number}: {word}: {one}" for one in what[:10]]
            lines += [f"{row.number}: {word}: … and {len(what) - 10} more"] if len(what) > 10 else []
    return "\n".join(lines)


def verdict(rows: Sequence[Row]) -> str:
    """Say it in one line."""
    played = [row for row in rows if row.built]
    wrong = [row.number for row in played if not row.findings.clean]
    missing = [row.number for row in rows if not row.built]
    told = f"; not built: {', '.join(missing)}" if missing else ""
    if wrong:
        return f"faults: FAILED, {len(wrong)} of {len(played)} rows are not clean: {', '.join(wrong)}{told}"
    return f"faults: all {len(played)} rows are clean, nothing lost, nothing doubled{told}"
