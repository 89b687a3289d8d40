"""The lists of queries that fine-tuning helped and hurt most."""

from tests.fakes import listing
from views.gained import most_changed, render_changed


def row(query_id, base, tuned, query="python"):
    return {"query_id": query_id, "query": query, "listing_id": "a", "ranks": {"base": base, "tuned": tuned}}


def test_most_changed_orders_by_how_far_up_the_change_is():
    rows = [row("small", 400, 300), row("same", 3, 3), row("top", 2, 1), row("fall", 1, 2), row("deep", 11, 90)]
    changed = most_changed(rows)
    assert [one["query_id"] for one in changed["gained"]] == ["top", "small"]
    assert [one["query_id"] for one in changed["lost"]] == ["fall", "deep"]


def test_most_changed_keeps_so_many_of_each():
    rows = [row(f"up{n:02}", n + 2, 1) for n in range(30)] + [row(f"down{n:02}", 1, n + 2) for n in range(30)]
    changed = most_changed(rows, most=20)
    assert [len(changed[kind]) for kind in ("gained", "lost")] == [20, 20]
    assert changed["gained"][0]["query_id"] == "up29"


def test_render_changed_counts_all_links_the_query_and_escapes_it():
    report = {"per_query": [row("q", 5, 1, "<b>&x"), row("r", 5, 9), row("s", 7, 9)]}
    html = render_changed(report, {"a": listing("a", "text", title="Chef & more")})
    assert "1 of 3 queries rank their listing higher" in html
    assert "2 of 3 rank it lower" in html
    assert '<a class="sl-link" href="?q=%3Cb%3E%26x">&lt;b&gt;&amp;x</a>' in html
    assert "Chef &amp; more" in html
    assert "<b>5 → 1</b>" in html


def test_render_changed_needs_both_systems():
    assert render_changed({"per_query": [row("q", 5, 1) | {"ranks": {"base": 1}}]}, {}) == ""
    assert render_changed({}, {}) == ""
