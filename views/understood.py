"""What was understood of a query: its statements as chips."""

from collections.abc import Sequence

from comparison.request import ComparisonRequest
from search.understanding.understanding import Statement
from views.templating import render


def strict_word(statement: Statement) -> str:
    """Return what makes a statement a filter: `only` for a wish, `must` for a refusal."""
    return "must" if statement.is_refused else "only"


def plain_label(statement: Statement) -> str:
    """Return a statement in plain words: `remote`, `no management`."""
    return f"no {statement.label.removeprefix('not: ')}" if statement.is_refused else statement.label


def strict_label(statement: Statement) -> str:
    """Return what a statement is called as a filter: `only remote`, `no management`."""
    return plain_label(statement) if statement.is_refused else f"only {statement.label}"


def render_understood(request: ComparisonRequest, statements: Sequence[Statement]) -> str:
    """Return a chip for each statement, and the switch that turns listening off.

    Args:
        request: What of them is taken back or required.
        statements: All that the query states; none give no line.
    """
    chips = [(one, strict_word(one)) for one in statements]
    return render("understood.html", request=request, chips=chips).strip()
