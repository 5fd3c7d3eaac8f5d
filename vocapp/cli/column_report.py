"""What an import came to, by column: how many cells said something, how many were read as something else, and what was
refused, why, and on which lines. Quotes no cell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

MOST_LINES = 5
MOST_REASONS = 5


@dataclass
class ColumnReport:
    header: Sequence[str]
    filled: Counter[str] = field(default_factory=Counter)
    mapped: Counter[str] = field(default_factory=Counter)
    refused: dict[str, dict[str, list[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    """Column → reason → lines; the empty column is the row as a whole."""
    told: dict[str, dict[str, list[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    """The same of what was taken all the same, in a way that one should know of."""
    taken_as: Mapping[str, str] = field(default_factory=dict)
    """Column → what becomes of it, where that is not plain."""

    def saw(self, cells: Iterable[str], mapped: Iterable[str]) -> None:
        """Count the filled cells of a row, by their columns, and those that were read as something else."""
        self.filled.update(cells)
        self.mapped.update(mapped)

    def refuse(self, column: str, why: str, line: int) -> None:
        """Note a reason why a row was refused."""
        self.refused[column][why].append(line)

    def tell(self, column: str, what: str, line: int) -> None:
        """Note what one should know of a row that was taken."""
        self.told[column][what].append(line)

    def lines(self) -> list[str]:
        """Return the report, a line for each column and for each reason."""
        width = max((len(name) for name in self.header), default=0)
        said = []
        for name in [*self.header, ""]:
            reasons = self.refused.get(name, {})
            if not name and not reasons:
                continue
            n = sum(map(len, reasons.values()))
            counts = [] if not name else [f"{self.filled[name]} filled"]
            counts += [f"{self.mapped[name]} by the mapping"] if self.mapped[name] else []
            counts += [f"{n} refused"] if n else []
            counts += [self.taken_as[name]] if name in self.taken_as else []
            said.append(f"  {name or '(the row)':<{max(width, 9)}}  {', '.join(counts)}")
            said += [
                f"      {len(lines)} × {what} ({_where(lines)})"
                for what, lines in sorted(self.told.get(name, {}).items())
            ]
            worst = sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))
            said += [f"      {len(lines)} × {why} ({_where(lines)})" for why, lines in worst[:MOST_REASONS]]
            if len(worst) > MOST_REASONS:
                said.append(f"      and {len(worst) - MOST_REASONS} other reasons")
        return said


def _where(lines: list[int]) -> str:
    some = ", ".join(map(str, lines[:MOST_LINES]))
    return f"line{'s' if len(lines) > 1 else ''} {some}{'…' if len(lines) > MOST_LINES else ''}"
