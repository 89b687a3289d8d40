"""Each visitor's own listings: whose they are, how many are kept, and until when."""

import threading
from types import SimpleNamespace

import pytest

from comparison.request import NOT_KEPT
from pages import visits as visits_module
from pages.compare import open_address, open_listing
from pages.context import PageContext
from pages.visits import MAX_KEPT, Visits
from tests.comparison.test_systems import make_systems

OWN = "?q=sql&listings=own"


def make_visits(**sessions: str) -> Visits:
    """Visits of which some sessions have listings, called as they say."""
    made = Visits(PageContext(make_systems()))
    for session, name in sessions.items():
        with made.reading(session):
            made.keep(session, PageContext(make_systems(), own=name))
    return made


def test_each_visitor_gets_their_own_and_others_the_apps():
    visits = make_visits(anna="a.csv, 2", ben="b.csv, 2")
    assert visits.context("anna", OWN).own == "a.csv, 2"
    assert visits.context("ben", OWN).own == "b.csv, 2"
    for session in ("carol", "", None):
        assert visits.context(session, OWN) is visits.served
    assert visits.context("anna", "?q=sql") is visits.served


def test_listings_are_gone_when_the_visit_ends():
    visits = make_visits(anna="a.csv, 2")
    visits.end("anna")
    visits.end(None)
    assert visits.context("anna", OWN) is visits.served


def test_visit_that_ends_while_its_listings_are_read_keeps_nothing():
    visits = make_visits()
    with visits.reading("anna") as check:
        check()
        visits.end("ben")
        check()
        visits.end("anna")
        with pytest.raises(ValueError, match="The visit ended"):
            check()
        with pytest.raises(ValueError, match="The visit ended"):
            visits.keep("anna", visits.served)
    assert visits.context("anna", OWN) is visits.served


def test_one_reads_at_a_time_and_the_next_is_told():
    visits = make_visits()
    with visits.reading("anna"), pytest.raises(ValueError, match="being read right now"), visits.reading("ben"):
        pass
    with visits.reading("ben"):
        pass


def test_no_room_is_told_until_somebody_was_idle(monkeypatch):
    visits = make_visits(**{f"s{number}": "x, 1" for number in range(MAX_KEPT)})
    with pytest.raises(ValueError, match=f"{MAX_KEPT} visitors have"), visits.reading("new"):
        pass
    with visits.reading("s0"):
        visits.keep("s0", visits.served)
    monkeypatch.setattr(visits_module, "IDLE_SECONDS", 0.0)
    with visits.reading("new"):
        visits.keep("new", visits.served)
    assert visits.context("s1", OWN) is visits.served
    assert visits.context("s2", OWN).own == "x, 1"


def ask(visits, handler, session, *values, **options):
    return visits.bind(handler, **options)(SimpleNamespace(session_hash=session), *values)


def test_bound_handler_answers_over_the_visitors_listings_and_says_whose():
    visits = make_visits(anna="a<b>.csv, 2")
    html = "".join(map(str, ask(visits, open_address, "anna", OWN)))
    assert "Your listings: a&lt;b&gt;.csv, 2" in html
    assert "listings=own" in html
    assert "Copied; your listings are not in it" in html
    html = "".join(map(str, ask(visits, open_address, "ben", OWN)))
    assert "Your listings:" not in html
    assert NOT_KEPT.replace("'", "&#39;") in html
    assert "listings=own" not in html


def test_listing_opened_from_another_tab_is_the_apps():
    visits = make_visits(anna="a.csv, 2")
    seen = []

    def handler(context, address, listing_id):
        seen.append(context.own)

    for address in (OWN, f"{OWN}&tab=map"):
        ask(visits, handler, "anna", address, "a", in_all_tabs=True)
    assert seen == ["a.csv, 2", ""]
    assert "sl-dialog" in ask(visits, open_listing, "anna", f"{OWN}&tab=map", "a", in_all_tabs=True)


def test_visits_of_many_threads_keep_each_their_own():
    visits = make_visits(**{f"s{number}": f"{number}, 1" for number in range(MAX_KEPT)})
    wrong = []

    def look(number):
        for _ in range(300):
            if visits.context(f"s{number}", OWN).own != f"{number}, 1":
                wrong.append(number)

    threads = [threading.Thread(target=look, args=[number]) for number in range(MAX_KEPT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
