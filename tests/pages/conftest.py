"""What the tests of the pages share."""

import pytest

from comparison.systems import Systems
from tests.comparison.test_systems import make_systems


@pytest.fixture
def systems() -> Systems:
    """Two fake models over two listings."""
    return make_systems()
