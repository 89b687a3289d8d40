"""What was understood of a query, and what filters it: chips, and the controls of the filters."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from comparison.request import ComparisonRequest
from search.understanding.understanding import Statement
from views.templating import render

# Name in the address -> what its control says, and for no choice.
CONTROLS = {"seniority": ("Level", "Any level"), "family": ("Job type", "Any"), "mode": ("Work mode", "Any")}


def strict_word(statement: Statement) -> str:
    """Return what makes a statement a filter: `only` for a wish, `must` for a refusal."""
    return "must" if statement.is_refused else "only"


def plain_label(statement: Statement) -> str:
    """Return a statement in plain words: `remote`, `no management`."""
    return f"no {statement.label.removeprefix('not: ')}" if statement.is_refused else statement.label


def strict_label(statement: Statement) -> str:
    """Return what a statement is called as a filter: `only remote`, `no management`."""
    return plain_label(statement) if statement.is_refused else f"only {statement.label}"


def filter_labels(request: ComparisonRequest, removed: Mapping[str, int] | None = None) -> dict[tuple[str, str], str]:
    """Return each filter in plain words, by its name in the address and its value.

    Args:
        request: What was asked for.
        removed: How many listings each excluded phrase removed, where that is said too.
    """
    filters = request.filters
    labels = {("family", filters.family): filters.family, ("mode", filters.work_mode): filters.work_mode}
    labels |= {("seniority", filters.seniority): filters.seniority}
    labels |= {("location", filters.location): f"in “{filters.location}”"}
    for phrase in filters.excluded_phrases:
        counted = "" if removed is None else f" ({removed.get(phrase, 0):,} left out)"
        labels |= {("without", phrase): f"without “{phrase}”{counted}"}
    return {(name, value): label for (name, value), label in labels.items() if value}


def without_filter(request: ComparisonRequest, name: str, value: str) -> ComparisonRequest:
    """Return the same comparison with one filter less: by its name in the address; of excluded phrases one."""
    filters = request.filters
    kept = ", ".join(phrase for phrase in filters.excluded_phrases if phrase != value)
    changes = {
        "family": replace(filters, family=""),
        "mode": replace(filters, work_mode=""),
        "seniority": replace(filters, seniority=""),
        "location": replace(filters, location=""),
        "without": replace(filters, exclude=kept),
    }
    return replace(request, filters=changes[name])


def render_understood(request: ComparisonRequest, statements: Sequence[Statement], *, own: str = "") -> str:
    """Return a chip for each statement and each filter, and the switch that turns listening off.

    Args:
        request: What of them is taken back or required, and the filters.
        statements: All that the query states; none and no filter give no line.
        own: What the visitor's own listings are called, where these are ranked: they have a chip, too.
    """
    chips = [(one, strict_word(one)) for one in statements]
    filters = [
        (f"{name}:{value}", label, without_filter(request, name, value))
        for (name, value), label in filter_labels(request).items()
    ]
    return render("understood.html", request=request, chips=chips, filters=filters, own=own).strip()


def render_controls(
    request: ComparisonRequest, names: Sequence[str], choices: Mapping[str, Sequence[str]], *, remote: str = ""
) -> str:
    """Return a dropdown for each of some filters, and a box for remote work where its value is given.

    Args:
        request: What is chosen.
        names: In the address, of CONTROLS.
        choices: Name -> the values there are.
        remote: The corpus's word for it.
    """
    controls = [(name, *CONTROLS[name], request.values[name], choices[name]) for name in names]
    return render("controls.html", controls=controls, mode=request.filters.work_mode, remote=remote).strip()
