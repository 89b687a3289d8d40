"""What the tests of the pages share."""

import pytest

from comparison.systems import Systems
from tests.comparison.test_systems import make_systems
from tests.fakes import listing, searcher


@pytest.fixture
def systems() -> Systems:
    """Two fake models over two listings."""
    return make_systems()


@pytest.fixture
def stating() -> Systems:
    """Two fake models over two listings: of "sql" they have cosines 1 and 3 / sqrt(10) = 0.95."""
    corpus = [
        listing("near", "sql", work_mode="on-site"),
        listing("far", "sql sql sql python", work_mode="remote"),
    ]
    base, tuned = (searcher(("sql", "python"), corpus, name) for name in ("one", "two"))
    return Systems(base, tuned, {one.listing_id: one for one in corpus})
