"""What a query states, and whether a listing meets it."""

import pytest

from data.judgments.records import StatedFacts
from tests.fakes import listing

STATED = StatedFacts(excluded=("on-call", "Lead"))


@pytest.mark.parametrize(
    ("changes", "is_met"),
    [
        ({}, True),
        ({"title": "LEAD engineer"}, False),
        ({"seniority": "lead"}, False),
        ({"text": "some On-Call duty"}, False),
        ({"text": "a leading firm"}, False),
        ({"location": "Leadville", "company": "Lead Ltd", "work_mode": "on-call"}, True),
    ],
)
def test_exclusion_looks_at_title_level_and_text_only(changes, is_met):
    """Also inside longer words; place, company and work mode are other facts."""
    one = listing("a", **{"text": "dashboards", "title": "Engineer", "seniority": "Junior"} | changes)
    assert STATED.meets(one) == {"exclusion": is_met}
