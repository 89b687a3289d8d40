"""Queries that several listings answer: how they are gathered, and in which split they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.queries.given import GivenQuery, SelectedQuery, read_queries_file, select_queries
from data.queries.splitting import BY_GROUP, BY_LISTING, BY_QUERY, Earlier, split_queries
from data.splits import SPLITS, Unit, draw_split, place_units
from data.triplet_rows import pair_up
from search.records import Answer


def asked(text, *answers, splits=None, **grades):
    graded = {**dict.fromkeys(answers, 3), **grades}
    return SelectedQuery(text, "", tuple(Answer(*pair) for pair in graded.items()), splits or {})


def select(given, **copies):
    names = {name: name for name in given}
    return select_queries(given, names | copies)


def test_one_text_for_several_listings_is_one_query_with_several_answers():
    given = {"a": [GivenQuery("SQL", "query"), GivenQuery("dbt", "query")], "b": [GivenQuery(" sql ", "wish")]}
    [sql, dbt], counts = select(given)
    assert (sql.text, sql.style, sql.answers, dbt.answers) == ("SQL", "query", ("a", "b"), ("a",))
    assert counts.model_dump(exclude_unset=True) == {
        "given": 3,
        "retained": 3,
        "empty": 0,
        "too_long": 0,
        "duplicate": 0,
        "without_listing": 0,
        "texts": 2,
        "several_answers": 1,
        "most_answers": 2,
    }


def test_grades_order_the_answers_and_the_best_of_a_repost_counts():
    grades = {"a": 2, "b": 1, "c": 3, "d": 0, "e": 2, "copy": 3}
    [query], counts = select(
        {name: [GivenQuery("sql", "", None, grade)] for name, grade in grades.items()}, copy="a", gone="a"
    )
    assert query.graded == (Answer("a", 3), Answer("c", 3), Answer("e", 2), Answer("b", 1), Answer("d", 0))
    assert (query.answers, query.wrong) == (("a", "c", "e"), ("d",))
    assert (counts.given, counts.retained, counts.duplicate) == (6, 5, 1)
    assert counts.grades == {"0": 1, "1": 1, "2": 1, "3": 2}


def test_query_without_a_right_answer_is_dropped_and_counted():
    given = {"a": [GivenQuery("sql", "", None, 1)], "b": [GivenQuery("sql", "", None, 0), GivenQuery("dbt", "")]}
    [query], counts = select(given)
    assert query.text == "dbt"
    assert (counts.retained, counts.without_answer, counts.grades) == (1, 2, None)


def test_queries_file_reads_grades(write_lines):
    rows = [{"listing_id": "a", "query": "sql", "grade": grade} for grade in (0, 2.0, None)]
    read = read_queries_file(write_lines(*rows, {"listing_id": "a", "query": "sql"}))
    assert [one.grade for one in read["a"]] == [0, 2, 3, 3]
    assert {one.style for one in read["a"]} == {"query"}


@pytest.mark.parametrize("grade", [4, -1, 1.5, "2", True, [1]])
def test_queries_file_refuses_other_scales(write_lines, grade):
    path = write_lines({"listing_id": "a", "query": "sql"}, {"listing_id": "b", "query": "sql", "grade": grade})
    with pytest.raises(ValueError, match=r"expected `grade` to be one of 0, 1, 2, 3 .*listings.jsonl:2 has") as caught:
        read_queries_file(path)
    assert "\n" not in str(caught.value)


def split(queries, leader=None, **options):
    return split_queries(queries, leader=leader or {}, seed=42, **options)


# What one case may have: a few listings, queries that some of them answer, and which are near-duplicates.
LISTINGS = [f"l{number:02d}" for number in range(24)]
ANSWERS = st.lists(st.lists(st.sampled_from(LISTINGS), min_size=1, max_size=3, unique=True), min_size=1, max_size=24)
LEADERS = st.dictionaries(st.sampled_from(LISTINGS[8:]), st.sampled_from(LISTINGS[:8]), max_size=6)


def n_groups(queries, leader):
    """Count what hangs together, by growing each group until it grows no more."""
    groups = [{*query.answers, *(leader.get(name, name) for name in query.answers)} for query in queries]
    found: list[set[str]] = []
    while groups:
        group = groups.pop()
        while touching := [other for other in groups if other & group]:
            group = group.union(*touching)
            groups = [other for other in groups if other not in touching]
        found.append(group)
    return len(found)


@given(ANSWERS, LEADERS, st.integers(0, 5))
def test_no_query_and_no_listing_is_in_two_splits_and_none_is_empty(answers, leader, seed):
    queries = [asked(f"q{number}", *one) for number, one in enumerate(answers)]
    if len(queries) < 3:
        return
    has_several = any(len(query.answers) > 1 for query in queries)
    if not has_several and n_groups(queries, leader) < 3:
        with pytest.raises(ValueError, match="expected listings with queries in all of train, validation, test"):
            split_queries(queries, leader=leader, seed=seed)
        return
    found = split_queries(queries, leader=leader, seed=seed)
    assert set(found.splits) == set(SPLITS)
    assert [query.text for query in found.queries] == [query.text for query in queries]
    own = {name: set() for name in SPLITS}
    for query, where in zip(found.queries, found.splits, strict=True):
        assert set(query.answers) == set(queries[int(query.text[1:])].answers)
        own[where].update(query.answers)
    led = {name: {leader.get(one, one) for one in listings} for name, listings in own.items()}
    if found.by != BY_QUERY:
        assert sum(map(len, own.values())) == len(set().union(*own.values()))
    else:
        assert has_several
    if found.by == BY_GROUP:
        assert sum(map(len, led.values())) == len(set().union(*led.values()))


@given(ANSWERS, LEADERS)
def test_splits_do_not_depend_on_the_order_of_the_queries(answers, leader):
    queries = [asked(f"q{number}", *one) for number, one in enumerate(answers)]
    try:
        found = split(queries, leader)
    except ValueError:
        return
    turned = split(queries[::-1], leader)
    assert found.splits == turned.splits[::-1]


def test_single_answers_are_drawn_by_their_listing_as_ever():
    queries = [asked(f"q{number}", f"l{number}") for number in range(60)]
    assert list(split(queries).splits) == [draw_split(f"l{number}", seed=42) for number in range(60)]


def test_empty_split_takes_the_smallest_group_of_the_fullest_split():
    """Of keys that are all drawn for training, the smallest goes to validation, the next one to test."""
    keys = [key for key in map(str, range(99)) if draw_split(key, seed=1) == "train"][:4]
    units = [Unit(key, size) for key, size in zip(keys, (4, 1, 2, 3), strict=True)]
    assert place_units(units, seed=1) == ["train", "validation", "test", "train"]
    assert place_units(units[:2], seed=1) == ["train", "validation"]
    fixed = [Unit(unit.key, unit.size, "train") for unit in units]
    assert place_units(fixed, seed=1) == ["train"] * 4


def test_large_group_is_trained_on_and_the_others_fill_up_the_rest():
    """Twelve of twenty queries hang together: whatever its draw, they are trained on, and most others are held out."""
    chain = [asked(f"c{number}", f"l{number}", f"l{number + 1}") for number in range(12)]
    others = [asked(f"o{number}", f"x{number}") for number in range(8)]
    for seed in range(8):
        found = split_queries([*chain, *others], leader={}, seed=seed)
        assert found.by == BY_GROUP
        assert set(found.splits[:12]) == {"train"}
    counts = [split_queries([*chain, *others], leader={}, seed=seed).splits.count("train") - 12 for seed in range(40)]
    # (0.8 - 12/20) / (1 - 12/20) = 0.5 of eight, and 13 of 21 listings are more: 0.475 of them.
    assert 3 < sum(counts) / 40 < 4.6


def test_log_of_clicks_is_split_by_query(caplog):
    chain = [asked(f"c{number}", f"l{number}", f"l{number + 1}") for number in range(50)]
    found = split(chain)
    assert found.by == BY_QUERY
    assert 35 < found.splits.count("train") < 45
    assert "splits    by query, as too many of the 50 queries hang together by shared listings" in caplog.text


def test_near_duplicates_that_join_all_queries_are_let_go(caplog):
    queries = [asked(f"q{number}", *(f"l{number}x{place}" for place in range(5))) for number in range(4)]
    leader = {answer: "l0x0" for query in queries for answer in query.answers}
    found = split(queries, leader)
    assert (found.by, sorted(found.splits)) == (BY_LISTING, ["test", "train", "train", "validation"])
    assert "no query and no listing is in two splits, near-duplicates may be" in caplog.text


def test_answer_that_is_fixed_in_another_split_is_left_out(caplog):
    rest = [asked("v", "v", splits={"v": "validation"}), asked("t", "t", splits={"t": "test"})]
    query = asked("q", "a", "t", "b", splits={"a": "train"}, r=1)
    found = split([query, *rest])
    assert found.splits == ("train", "validation", "test")
    assert (found.queries[0].answers, found.left_out) == (("a", "b"), 1)
    assert "left out 1 answer(s) that are fixed in another split" in caplog.text


def test_splits_that_are_fixed_by_query_share_listings():
    queries = [asked(where, "a", "b", splits={"a": where}) for where in SPLITS]
    assert (split(queries).by, split(queries).splits) == (BY_QUERY, SPLITS)
    both = [asked("q", "a", "b", splits={"a": "train", "b": "test"}), *queries]
    with pytest.raises(ValueError, match=r"one split for a query, 'q' has \['test', 'train'\]"):
        split(both)


def test_earlier_dataset_split_by_query_keeps_each_query():
    queries = [asked(f"C{number}", f"l{number}", f"l{number + 1}") for number in range(50)]
    first = split(queries)
    texts = {query.text.casefold(): where for query, where in zip(queries, first.splits, strict=True)}
    more = [asked("new", "l3", "l4"), *queries]
    assert split(more, earlier=Earlier({}, texts, BY_QUERY)).splits[1:] == first.splits


def test_two_queries_are_too_few():
    with pytest.raises(ValueError, match=r"2 left (train|validation|test) empty; add listings and queries"):
        split([asked("a", "x", "y"), asked("b", "z")])


def test_pairs_hold_each_answer_and_each_negative():
    assert list(pair_up("abc", "n")) == [("a", "n"), ("b", "n"), ("c", "n")]
    assert list(pair_up("a", "mn")) == [("a", "m"), ("a", "n")]
    assert list(pair_up("ab", "mno")) == [("a", "m"), ("b", "n"), ("a", "o")]
