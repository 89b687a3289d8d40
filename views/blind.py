"""The Blind test: two unnamed lists."""

from collections.abc import Mapping, Sequence

from search.records import Listing
from views.templating import render
from views.words import query_words

# How the page and the file of votes name a mark -> what its button says.
MARKS = {"fits": "Fits", "unfit": "Does not fit"}


def render_blind(
    query: str,
    wanted: str,
    lists: Mapping[str, Sequence[str]],
    listings: Mapping[str, Listing],
    *,
    token: str,
    names: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
) -> str:
    """Return both lists, alike but for their listings and names.

    Args:
        query: What both ranked for.
        wanted: The query without what it rules out.
        lists: `left` and `right` -> ids in rank order.
        listings: By id.
        token: Names the showing, see `Trial.token`.
        names: `left` and `right` -> `base` or `tuned`, once they may be told; then marks can't be changed any more.
        given: Ids of listings that were marked -> their mark.
    """
    return render(
        "blind.html",
        query=query,
        lists=lists,
        listings=listings,
        token=token,
        names=names or {},
        marks=MARKS,
        given=given or {},
        stems=query_words(wanted),
    )
