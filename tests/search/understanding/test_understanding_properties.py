"""Whatever is typed: no error, characters of the query, nothing refused that is wanted, no slow pattern."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.understanding import experience, levels, places, refusals, vocabulary, work_modes
from search.understanding.listening import Listener
from search.understanding.locations import resolve_location
from search.understanding.understanding import KINDS, QueryReader
from tests.fakes import listing

READER = QueryReader(
    map(resolve_location, ("Berlin, Germany", "Austin, TX", "London, UK")), {"Data Scientist", "Data Engineer"}
)
SETS = [
    value
    for module in (experience, levels, places, refusals, vocabulary, work_modes)
    for value in vars(module).values()
]
# The words that the reader knows, and what joins them in its patterns.
PATTERN_WORDS = """no not without never except n't isn't excluded skip a an the i at in of or and home office on-site % 5 3
days week years experience Berlin TX ( ) it every daily team nothing leave altogether off table while between above * *** [ ] “ ” \\ senİor junıor fıve lead team people - = : ;"""
OWN_WORDS = sorted(
    {word for one in SETS if isinstance(one, (frozenset, dict)) for word in one if isinstance(word, str)}
    | set(PATTERN_WORDS.split())
)
JOINTS = st.sampled_from((" ", " ", " ", " ", ", ", ". ", "; ", " - ", "-", "/", "\n", "  "))
QUERIES = st.one_of(
    st.text(max_size=120),
    st.lists(st.tuples(st.sampled_from(OWN_WORDS), JOINTS), max_size=24).map(
        lambda pairs: "".join(map("".join, pairs))
    ),
)
# Many times what they take; patterns that backtrack take seconds.
LIMIT_SECONDS = 0.25


@given(QUERIES)
def test_any_query_is_understood_on_its_own_characters(query):
    understood = READER.read(query)
    assert understood.query == query
    for one in understood.statements:
        assert one.kind in KINDS
        assert one.values
        assert 0 <= one.span[0] < one.span[1] <= len(query)
        assert one.text == query[slice(*one.span)]
        assert one.label
    # Two chips of one key name the same words.
    keys = {
        (one.key, one.is_refused): " ".join(one.text.casefold().replace(";", " ").split())
        for one in understood.statements
    }
    assert all(key.endswith(f":{text}") for (key, _), text in keys.items())
    assert bool(understood.wanted) is bool(query.strip())


@given(QUERIES)
def test_any_query_ranks(query):
    """Also words that no listing can hold are looked for."""
    listener = Listener([listing("one", "Remote work on banks, no on-call.", title="Data Scientist")])
    assert listener.penalties(listener.read(query)).shape == (1,)


@given(QUERIES)
def test_what_is_refused_is_not_wanted(query):
    """But for what a query says elsewhere too."""
    understood = READER.read(query)
    for one in understood.statements:
        times = query.casefold().count(one.text.casefold())
        if one.is_refused and times == 1 and understood.wanted != "job" and len(one.text) > 1:
            assert one.text.casefold() not in understood.wanted.casefold()


@given(QUERIES)
def test_ignored_statements_are_gone_and_all_is_wanted(query):
    keys = {one.key for one in READER.read(query).statements}
    understood = READER.read(query, ignored=keys)
    assert not understood.statements
    assert understood.wanted.split() == query.split()


@pytest.mark.parametrize(
    "part",
    [
        *("no ", "no a, ", "no a or ", "(no ", "and ", "a ", "1 ", "1", "x", " ", "\n", "- ", "a-"),
        *("3 days ", "in the office ", "half the week ", "home and ", "never in b ", "mon and ", "both x y z "),
        *(
            "senior or ",
            "to lead a b ",
            "manager of a b ",
            "head of the b ",
            "first b ",
            "6 years as a ",
            "a b excluded ",
        ),
        *("i want to leave b ", "London or ", "data ", "remote ", "no jobs ", "anything that needs "),
    ],
)
def test_long_queries_are_read_fast(part):
    query = (part * 2000)[:2000]
    READER.read(query)
    seconds = []
    for _ in range(3):
        start = time.process_time()
        READER.read(query)
        seconds.append(time.process_time() - start)
    assert min(seconds) < LIMIT_SECONDS
