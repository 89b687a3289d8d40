"""What a query states, held against listings whose facts can be read off."""

import pytest

from comparison.checks import check_listings, distinct
from search.understanding.listening import Listener
from tests.fakes import listing

CORPUS = [
    listing("berlin", "Dashboards.", location="Berlin, Germany", work_mode="on-site", seniority="senior"),
    listing("munich", "Banking.", location="Munich, Germany", work_mode="remote", seniority="junior"),
    listing("unknown", "Dashboards."),
]
POSITIONS = {one.listing_id: position for position, one in enumerate(CORPUS)}
LISTENER = Listener(CORPUS)


@pytest.mark.parametrize(
    ("query", "berlin", "munich", "unknown"),
    [
        ("analyst, remote", (False,), (True,), (None,)),
        ("analyst, senior, remote", (True, False), (False, True), (None, None)),
        # Of two places one is enough: the other is no contradiction.
        ("analyst in Berlin or Munich", (True, None), (None, True), (None, None)),
        # Neither is what does for the other.
        ("analyst, remote or Berlin", (None, True), (True, None), (None, None)),
        ("analyst, not senior", (False,), (True,), (None,)),
        # Words stand in the text or don't, which is always known.
        ("analyst, no banking", (True,), (False,), (True,)),
        ("sql", (), (), ()),
    ],
)
def test_listings_fit_or_contradict_only_by_what_is_known(query, berlin, munich, unknown):
    checks = check_listings(LISTENER.facts, LISTENER.read(query), POSITIONS)
    assert checks == {"berlin": berlin, "munich": munich, "unknown": unknown}


def test_checks_are_of_the_listings_asked_for_in_any_order():
    checks = check_listings(LISTENER.facts, LISTENER.read("analyst, remote"), {"munich": 1, "berlin": 0})
    assert checks == {"munich": (True,), "berlin": (False,)}


def test_statement_said_twice_is_checked_once():
    understood = LISTENER.read("remote analyst, remote")
    assert len(distinct(understood.statements)) == 1
    assert check_listings(LISTENER.facts, understood, {"munich": 1}) == {"munich": (True,)}
