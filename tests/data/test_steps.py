"""The steps from listings to triplets, one by one."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.corpus.cleaning import clean_line, clean_text
from data.corpus.near_duplicates import SAME_SPLIT, group_texts, sketch_text
from data.corpus.titles import find_family, parse_titles
from data.queries.given import GivenQuery, QueryCounts, SelectedQuery, read_queries_file, select_queries
from data.queries.splitting import fixed_splits
from data.sources.source import open_source, read_listings
from data.splits import assign_splits, check_splits, draw_split
from data.triplets.least_similar import least_similar_negatives
from search.records import Answer


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("<p><b>About</b></p><ul><li>SQL</li><li>R &amp; Python</li></ul>", "About\n\n- SQL\n\n- R & Python"),
        ("&lt;p&gt;Summary&lt;/p&gt;We &amp;amp; you", "Summary\nWe & you"),
        ("Know List&lt;String&gt;, see &lt;100", "Know List<String>, see <100"),
        ("<p>Java List<String> and <100 ms</p>", "Java List<String> and <100 ms"),
        ("page\x0cbreak", "page break"),
        ("Latency <100 ms, C++ &gt; C", "Latency <100 ms, C++ > C"),
        ("We build models.You ship them.Node.js too", "We build models. You ship them. Node.js too"),
        ("a\r\nb\r\n\r\n\r\n\r\nc", "a\nb\n\nc"),
        ("x<script>alert(1)</script>y", "xy"),
        ("\u202etext\x00 with\u200b marks ", "text with marks"),
        ("**Must have**: C\\+\\+ \\- now", "Must have: C++ - now"),
        ("Skills: • SQL • R; · Git", "Skills:\n- SQL\n- R;\n- Git"),
        (
            "downstream processingDesign accurate PyTorch models",
            "downstream processing\nDesign accurate PyTorch models",
        ),
        ("What You'll Do:Build at 10:30", "What You'll Do:\nBuild at 10:30"),
        ("We care.RequirementsBachelor of Arts", "We care.\nRequirements:\nBachelor of Arts"),
        ("a <!-- b --> c <!-- d", "a c d"),
    ],
)
def test_clean_text(raw, clean):
    assert clean_text(raw) == clean


def test_clean_line_is_one_line():
    assert clean_line(" Senior<br>Data\nScientist ") == "Senior Data Scientist"


@pytest.mark.parametrize(
    ("title", "family"),
    [
        ("Senior data scientist (m/f/d)", "Data Scientist"),
        ("Data Scientist / Data Analyst", "Data Scientist"),
        ("Deep Learning Engineer", "Deep Learning"),
        ("Data Scientists' Assistant", None),
        ("Metadata Analyst", None),
        ("Nurse", None),
    ],
)
def test_find_family_matches_whole_words_in_stated_order(title, family):
    assert find_family(title) == family


def test_parse_titles():
    assert parse_titles(" Nurse , Cook ") == (("Nurse", "Cook"), False)
    assert parse_titles("all")[1] is True
    with pytest.raises(ValueError, match="titles separated by commas"):
        parse_titles(" , ")


sketch_once = cache(sketch_text)


def group(texts):
    return group_texts([sketch_once(text) for text in texts])


def test_group_near_duplicates_finds_copies_and_slight_changes():
    text = " ".join(f"word{n}" for n in range(100))
    other = " ".join(f"other{n}" for n in range(100))
    texts = [text, other, text + " and one more sentence here", text, "short"]
    assert group(texts) == [0, 1, 0, 0, 4]


def words(first, last):
    return " ".join(f"word{n}" for n in range(first, last))


def test_group_near_duplicates_half_of_all_runs_in_common_is_the_limit():
    """Of 100 words each, 70 in common are 68 of 128 runs, 0.53; 60 in common are 58 of 138, 0.42."""
    assert group([words(0, 100), words(30, 130)]) == [0, 0]
    assert group([words(0, 100), words(40, 140)]) == [0, 1]


def test_group_for_one_split_is_looser():
    """60 words in common are 58 of 138 runs, 0.42: two jobs, but one split; 30 in common are 28 of 168, two splits."""
    near, far = (
        [sketch_text(words(0, 100)), sketch_text(words(40, 140))],
        [sketch_text(words(0, 100)), sketch_text(words(70, 170))],
    )
    assert group_texts(near) == [0, 1]
    assert group_texts(near, SAME_SPLIT) == [0, 0]
    assert group_texts(far, SAME_SPLIT) == [0, 1]


def test_group_near_duplicates_shortened_copy_belongs_to_the_whole():
    """40 of 100 words: 38 of 98 runs, 0.39, but all of the shorter one's."""
    assert group([words(0, 100), words(20, 60)]) == [0, 0]


def test_group_near_duplicates_those_that_stand_for_groups_are_none():
    """1 is like 0, and 2 like 1 but not like 0: it joins 1's group and stands for none."""
    texts = [words(0, 100), words(30, 130), words(60, 160), words(90, 190)]
    assert group(texts) == [0, 0, 0, 0]
    assert group(texts[::2]) == [0, 1]


@given(
    st.lists(
        st.sampled_from([words(0, 80), words(10, 90), words(200, 280), words(230, 310), words(50, 130), ""]), max_size=8
    )
)
def test_group_near_duplicates_texts_at_the_end_change_no_group(texts):
    groups = group(texts)
    for count in range(len(texts)):
        assert group(texts[:count]) == groups[:count]
    assert all(groups[group] == group for group in groups)


WORDS = st.lists(st.integers(0, 999).map("word{}".format), min_size=60, max_size=120, unique=True)


@settings(max_examples=25)
@given(
    WORDS,
    st.sampled_from(["Denver, CO", "Paris", "remote in Ohio"]),
    st.sampled_from(["", "<p>", " Apply now!"]),
    WORDS,
)
def test_listing_and_its_repost_never_part(text, city, change, other):
    """The same text in another city, with markup or a sentence more."""
    posting = f"We are hiring in Boston. {' '.join(text)}"
    repost = f"{change}We are hiring in {city}. {' '.join(text)}{change}"
    groups = group([clean_text(one) for one in (posting, " ".join(other), repost)])
    assert groups[2] == groups[0]


def test_select_queries_drops_what_cannot_be_used_and_moves_a_reposts_queries():
    given = {
        "a": [GivenQuery("SQL  banking", "skills"), GivenQuery(" ", "wish")],
        "copy-of-a": [GivenQuery("sql BANKING", "skills"), GivenQuery("risk", "wish")],
        "gone": [GivenQuery("cook", "wish")],
        "b": [GivenQuery("x" * 1001, "wish")],
    }
    kept, counts = select_queries(given, {"a": "a", "copy-of-a": "a", "b": "b"})
    assert kept == [
        SelectedQuery("SQL banking", "skills", (Answer("a", 3),)),
        SelectedQuery("risk", "wish", (Answer("a", 3),)),
    ]
    assert counts == QueryCounts(given=6, retained=2, empty=1, too_long=1, duplicate=1, without_listing=1)


def test_read_queries_file_takes_every_column_as_a_style(write_lines):
    path = write_lines({"listing_id": 7, "split": "test", "skills": "sql", "wish": "near home"})
    assert read_queries_file(path) == {
        "7": [GivenQuery("sql", "skills", "test"), GivenQuery("near home", "wish", "test")]
    }


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"skills": "sql"}, "expected the field 'listing_id'"),
        ({"listing_id": "a", "split": "dev", "skills": "sql"}, "one of train, validation, test"),
        ({"listing_id": "a", "skills": 3}, "expected a text in 'skills'"),
        ({"listing_id": "a"}, "at least one query column"),
    ],
)
def test_read_queries_file_refuses_bad_lines_by_number(write_lines, row, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_queries_file(write_lines({"listing_id": "z", "skills": "fine"}, row))
    assert "listings.jsonl:2" in str(caught.value)


def test_draw_split_is_stable_and_near_80_10_10():
    splits = [draw_split(f"id-{n}", seed=42) for n in range(5000)]
    assert splits == [draw_split(f"id-{n}", seed=42) for n in range(5000)]
    assert splits != [draw_split(f"id-{n}", seed=43) for n in range(5000)]
    assert 0.78 < splits.count("train") / 5000 < 0.82
    assert 0.085 < splits.count("test") / 5000 < 0.115


def test_assign_splits_keeps_fixed_ones_then_the_leaders_then_draws():
    fixed = {"a": "train", "b": "validation", "c": "test"}
    assert assign_splits("abc", fixed, seed=1, leader={}) == fixed
    held_out = {"x0": "test", "x2": "train", "x3": "validation"}
    leader = {"x1": "x0", "x2": "x0"}
    splits = assign_splits(["x0", "x1", "x2", "x3"], held_out, seed=42, leader=leader)
    assert splits == held_out | {"x1": "test"}
    drawn = [f"x{n}" for n in range(60)]
    leader = {f"x{n}": f"x{n % 40}" for n in range(60)}
    led = assign_splits(drawn, {}, seed=1, leader=leader)
    assert all(led[name] == led[leader[name]] for name in drawn)
    assert all(led[name] == draw_split(leader[name], seed=1) for name in drawn)


def test_fixed_splits_are_an_earlier_datasets_then_the_queries_and_never_two():
    given = {
        "a": [GivenQuery("sql", "skills", "train"), GivenQuery("risk", "wish")],
        "b": [GivenQuery("cook", "wish", "test"), GivenQuery("soup", "wish", "train")],
        "c": [GivenQuery("nights", "wish")],
    }
    queries, _ = select_queries(given, {name: name for name in given})
    assert fixed_splits(queries, {"b": "validation", "d": "test"}) == {"a": "train", "b": "validation", "d": "test"}
    with pytest.raises(ValueError, match=r"one split for a listing and its reposts, 'b' has \['test', 'train'\]"):
        fixed_splits(queries, {})


def test_check_splits_names_the_empty_ones():
    check_splits(["train", "validation", "test"])
    with pytest.raises(ValueError, match="1 left validation, test empty"):
        check_splits(["train"])


def test_least_similar_negatives_are_the_farthest_each_used_once():
    """On the unit circle at 0, 10, 180 and 190 degrees: 0 takes 180, 10 takes 190, and back."""
    angles = np.radians([0, 10, 180, 190])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert least_similar_negatives(vectors) == [2, 3, 0, 1]


@pytest.mark.parametrize("count", [2, 3, 4, 7, 30])
def test_least_similar_negatives_never_repeat_and_never_are_the_listing_itself(count):
    rng = np.random.default_rng(count)
    vectors = rng.normal(size=(count, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    negatives = least_similar_negatives(vectors)
    assert sorted(negatives) == list(range(count))
    assert all(index != negative for index, negative in enumerate(negatives))


def test_least_similar_negatives_last_left_with_itself_swaps():
    """0 and 1 are opposite and take each other; 2 is left with itself and swaps with 1."""
    vectors = np.array([[1, 0], [-1, 0], [0, 1]], dtype=np.float32)
    assert least_similar_negatives(vectors) == [1, 2, 0]


def test_least_similar_negatives_of_one_listing_are_refused():
    with pytest.raises(ValueError, match="at least 2 listings in a split"):
        least_similar_negatives(np.ones((1, 3), dtype=np.float32))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"listing_id": "b", "title": "T", "description": "d", "queries": 3}, "`queries` to be a text or a list"),
        ({"listing_id": "b", "title": "T", "description": "d", "queries": [3]}, "expected a text in 'queries'"),
        ([1], "expected a JSON object"),
        ({"listing_id": ["x"], "title": "T", "description": "d"}, "expected a text in 'listing_id'"),
        ({"listing_id": " ", "title": "T", "description": "d"}, "expected an id in 'listing_id'"),
        ({"listing_id": "b", "title": {"a": 1}, "description": "d"}, "expected a text in 'title'"),
        ({"listing_id": "b", "title": "T", "description": "\ud800"}, "text that UTF-8 can hold"),
    ],
)
def test_read_listings_refuses_bad_lines_by_number(write_lines, row, message):
    good = {"listing_id": "a", "title": "T", "description": "d", "queries": []}
    with pytest.raises(ValueError, match=message) as caught:
        list(read_listings(open_source(str(write_lines(good, row)))))
    assert "listings.jsonl:2" in str(caught.value)


def test_read_listings_refuses_an_empty_file_and_broken_json(write_lines, tmp_path):
    with pytest.raises(ValueError, match="at least one listing"):
        list(read_listings(open_source(str(write_lines()))))
    broken = tmp_path / "broken.jsonl"
    broken.write_bytes(b'{"listing_id": \xff}\n')
    with pytest.raises(ValueError, match="one JSON object a line"):
        list(read_listings(open_source(str(broken))))
