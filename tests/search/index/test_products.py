"""Products by whole numbers against those by floats."""

import numpy as np
import pytest

from search.arrays import unit_rows
from search.encoding.byte_products import MAX_WIDTH, load_multiply
from search.index import products
from search.index.products import FloatProducts, IntegerProducts, products_of
from tests.search.encoding.test_byte_products import multiply

BEGINS = np.array([0, 1, 7, 20])


def draw(count, width=128, seed=0):
    """Query vectors of which some numbers are far larger than others, and vectors of bytes."""
    rng = np.random.default_rng(seed)
    queries = unit_rows(rng.normal(size=(count, width)) * np.geomspace(1, 0.01, width)).astype(np.float32)
    return queries, rng.integers(-127, 128, size=(40, width)).astype(np.int8)


def exact(queries, vectors):
    return np.maximum.reduceat(queries.astype(float) @ vectors.T.astype(float), BEGINS, axis=1)


@pytest.mark.parametrize("count", [1, 3, 4, 31])
@pytest.mark.parametrize("make", [FloatProducts, lambda queries: IntegerProducts(queries, multiply)])
def test_highest_products_are_those_of_each_query_and_listing(make, count):
    queries, vectors = draw(count)
    found, expected = make(queries).highest(vectors, BEGINS), exact(queries, vectors)
    assert found.shape == (count, len(BEGINS))
    assert found.dtype == np.float32
    # Of two bytes, the last bit is a 30,000th of the query's largest number.
    assert np.abs(found - expected).max() < 1e-4 * np.abs(expected).max()


@pytest.mark.parametrize("make", [FloatProducts, lambda queries: IntegerProducts(queries, multiply)])
def test_some_rows_at_a_time_give_the_same(make, monkeypatch):
    queries, vectors = draw(9)
    whole = make(queries).highest(vectors, BEGINS)
    monkeypatch.setattr(products, "MAX_PRODUCTS", 1)
    np.testing.assert_allclose(make(queries).highest(vectors, BEGINS), whole, rtol=1e-5)


def test_whole_numbers_hold_the_largest_sums_and_queries_of_zeros():
    queries = np.stack([np.ones(MAX_WIDTH), -np.ones(MAX_WIDTH), np.zeros(MAX_WIDTH)]).astype(np.float32)
    vectors = np.full((1, MAX_WIDTH), 127, dtype=np.int8)
    found = IntegerProducts(queries, multiply).highest(vectors, np.array([0]))
    np.testing.assert_allclose(found, [[127 * MAX_WIDTH], [-127 * MAX_WIDTH], [0]], rtol=1e-6)


def test_torch_multiplies_exactly_where_it_is_taken():
    taken, (queries, rows), (_, columns) = load_multiply(), draw(2), draw(2, seed=1)
    kind = FloatProducts if taken is None else IntegerProducts
    assert isinstance(products_of(queries, rows.dtype), kind)
    if taken is not None:
        found, expected = (np.empty((5, len(columns)), dtype=np.int32) for _ in range(2))
        taken(rows[:5], columns, found, True)
        multiply(rows[:5], columns, expected, True)
        np.testing.assert_array_equal(found, expected)


def test_space_is_used_again_for_blocks_of_other_sizes():
    queries, vectors = draw(9)
    products = IntegerProducts(queries, multiply)
    for size in (7, 40, 20):
        begins = BEGINS[np.less(BEGINS, size)]
        once = IntegerProducts(queries, multiply).highest(vectors[:size], begins)
        np.testing.assert_array_equal(products.highest(vectors[:size], begins), once)


@pytest.mark.parametrize(("dtype", "width"), [("float32", 128), ("int8", MAX_WIDTH + 1)])
def test_floats_and_wide_vectors_are_multiplied_as_floats(dtype, width, monkeypatch):
    monkeypatch.setattr(products, "load_multiply", lambda: multiply)
    assert isinstance(products_of(draw(2, width)[0], np.dtype(dtype)), FloatProducts)
    assert isinstance(products_of(draw(2)[0], np.dtype(np.int8)), IntegerProducts)
