"""A visitor's own listings: what may be brought, what was read of it, and what went wrong."""

from collections.abc import Mapping, Sequence
from textwrap import shorten

from comparison.request import ComparisonRequest
from search.records import Listing
from views.templating import render

SHOWN_LISTINGS, SHOWN_CHARACTERS = 3, 220


def render_panel(most: int, max_bytes: int) -> str:
    """Return what the panel says above the field for the file.

    Args:
        most: How many listings are taken of a file.
        max_bytes: How large it may be.
    """
    return render("own_panel.html", most=most, megabytes=max_bytes >> 20)


def render_problem(problem: str) -> str:
    """Return why no listings could be taken."""
    return render("own_problem.html", problem=problem)


def render_read(
    listings: Sequence[Listing],
    request: ComparisonRequest,
    *,
    file: str,
    rows: int,
    left_out: Mapping[str, int],
    notes: Sequence[str],
) -> str:
    """Return what was read of a file, its first listings, and the link that compares over them.

    Args:
        listings: All, as they are ranked.
        request: The comparison that the link opens.
        file: What was read, such as `jobs.csv (CSV)`.
        rows: How many.
        left_out: Rows by the reason.
        notes: What else is to know.
    """
    shown = [(one, shorten(one.text, SHOWN_CHARACTERS, placeholder=" …")) for one in listings[:SHOWN_LISTINGS]]
    return render(
        "own_read.html",
        count=len(listings),
        shown=shown,
        request=request,
        file=file,
        rows=rows,
        left_out=left_out,
        notes=notes,
    )
