"""What a reader found beside the rows: how it read them, and which it left out."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

# Where it stands ("file:line"), and column -> value.
Row = tuple[str, dict[str, Any]]
# So many bad rows are left out: of a small file, and of a large one.
MAX_BAD_ROWS, MAX_BAD_SHARE = 100, 0.1


@dataclass(slots=True)
class Reading:
    """How a source was read, so far."""

    is_strict: bool = False  # whether the first bad row ends the reading
    format: str = ""
    notes: list[str] = field(default_factory=list)  # what else people should know
    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)  # by reason
    first_fault: str = ""

    def note(self, text: str) -> None:
        """Add a note, once."""
        if text not in self.notes:
            self.notes.append(text)

    def leave_out(self, reason: str, message: str) -> None:
        """Count a row that can't be used.

        Args:
            reason: Of many rows, such as "another number of fields".
            message: What is wrong with this one, and what to do.

        Raises:
            ValueError: there are too many.
        """
        self.left_out[reason] += 1
        self.first_fault = self.first_fault or message
        if self.is_strict:
            raise ValueError(message)
        if (bad := self.left_out.total()) > max(MAX_BAD_ROWS, MAX_BAD_SHARE * self.rows):
            raise ValueError(
                f"{message} ({bad} of {self.rows + bad} rows are bad; up to {MAX_BAD_ROWS}, or {MAX_BAD_SHARE:.0%} of "
                "a large file, are left out)"
            )

    def finish(self) -> None:
        """Refuse a source of which all rows were left out."""
        if self.first_fault and not self.rows:
            raise ValueError(self.first_fault)

    def lines(self) -> list[str]:
        """Return what people should know, a line each."""
        bad = [f"{count} row(s) left out: {reason}" for reason, count in self.left_out.items()]
        first = [f"the first: {self.first_fault}"] if bad else []
        return [*self.notes, *bad, *first]
