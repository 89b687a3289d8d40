"""A file brought to the page: taken once, read, compared, and gone."""

import json

import pytest

from comparison.request import read_address
from pages.context import PageContext
from pages.own_listings import Uploads, bring, taken
from pages.own_systems import build_own_systems
from pages.visits import Visits
from tests.comparison.test_systems import make_systems
from tests.conftest import small_corpus
from tests.fakes import listing

ADDRESS = "?q=sql&family=Data+Analyst"


@pytest.fixture
def uploads():
    return Uploads(Visits(PageContext(make_systems())), most=50, hybrid_weight=0.3, received=set())


def receive(uploads, tmp_path, rows, name="jobs.json"):
    """Put a file where Gradio does: in a folder named by its content."""
    path = tmp_path / "content-hash" / name
    path.parent.mkdir()
    path.write_text(json.dumps(rows))
    uploads.received.add(str(path))
    return str(path)


def bring_file(uploads, path, told=None, session="anna"):
    return bring(uploads, session, path, ADDRESS, lambda done, total: told is not None and told.append((done, total)))


@pytest.mark.slow
def test_file_is_read_kept_for_its_visitor_and_deleted(uploads, tmp_path):
    told = []
    rows = [*small_corpus(20), {"title": "<img src=x>", "description": "word " * 25 + "${evil}", "listing_id": "x"}]
    html = bring_file(uploads, receive(uploads, tmp_path, rows), told)
    assert "<b>jobs.json (JSON)</b>: 21 listings of 21 rows." in html
    assert "Columns: listing_id=listing_id, title=title, description=description" in html
    assert "<img" not in html
    assert 'href="?q=sql&amp;listings=own"' in html
    # Both models, each passage once.
    assert told[-1] == (42, 42)
    assert list(tmp_path.iterdir()) == []
    assert uploads.received == set()
    own = uploads.visits.context("anna", "?listings=own")
    assert own.own == "jobs.json, 21"
    assert set(own.systems.labels) == {"base", "tuned", "bm25", "hybrid"}
    assert "Data Analyst" in own.choices["family"]
    assert uploads.visits.context("ben", "?listings=own") is uploads.visits.served


@pytest.mark.slow
def test_file_without_listings_is_told_and_changes_nothing(uploads, tmp_path):
    html = bring_file(uploads, receive(uploads, tmp_path, [{"<b>": "x", "size": "y"}]))
    assert "expected a column for title and description in jobs.json" in html
    assert "<b>" not in html.replace("<b>jobs", "")
    assert "rename the column in your file" in html
    assert uploads.visits.context("anna", "?listings=own") is uploads.visits.served
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["/etc/hostname", "", "../../x"])
def test_path_that_this_server_was_not_sent_is_refused(uploads, path):
    assert "The file is not here any more" in bring_file(uploads, path)


def test_file_is_taken_once(uploads, tmp_path):
    path = receive(uploads, tmp_path, [])
    with taken(uploads.received, path) as file:
        assert file.name == "jobs.json"
        with pytest.raises(ValueError, match="not here any more"), taken(uploads.received, path):
            pass
    assert not file.exists()


def test_file_is_deleted_also_while_somebody_else_reads(uploads, tmp_path):
    with uploads.visits.reading("ben"):
        assert "being read right now" in bring_file(uploads, receive(uploads, tmp_path, []))
    assert list(tmp_path.iterdir()) == []


def test_own_systems_rank_other_listings_with_the_same_models():
    served = make_systems()
    corpus = [listing("1", "python"), listing("2", "sql")]
    told = []
    own = build_own_systems(served, corpus, hybrid_weight=0.3, report=lambda *counts: told.append(counts))
    request = read_address("?q=sql", choices={})[0]
    assert own.compare(request).tuned.listing_ids[0] == "2"
    assert own.fingerprints == served.fingerprints
    assert [one.scoring for one in own.sides.values()] == [one.scoring for one in served.sides.values()]
    assert told[-1] == (4, 4)
    assert own.searcher("hybrid").listing_ids == ("1", "2")
