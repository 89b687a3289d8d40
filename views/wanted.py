"""The listing that a query was written from, above its comparison."""

from collections.abc import Mapping

from comparison.moves import Side
from search.records import Listing
from views.moves import ordinal
from views.sides import TITLES
from views.templating import render


def render_wanted(listing: Listing, ranks: Mapping[Side, int | None], *, k: int) -> str:
    """Return a line that names the listing and its rank in all, under each of the page's models.

    Args:
        listing: What is wanted.
        ranks: Among all listings; None where it is not ranked.
        k: How many listings a list shows.
    """
    places = [f"{TITLES[side]}: {ordinal(rank) if rank else 'not ranked'}" for side, rank in ranks.items()]
    hidden = all(rank is None or rank > k for rank in ranks.values())
    return render("wanted.html", listing=listing, places=places, is_hidden=hidden)
