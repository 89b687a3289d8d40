"""Damaged and hostile reports: refused in one line, or shown as text; never a traceback, never markup."""

import json
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.config import AppConfig
from pages.loading import find_report, hybrid_weight
from search.benchmark_report import BenchmarkReport
from search.hybrid import DEFAULT_WEIGHT, hybrid_fingerprint
from search.record_files import checksum
from tests.views.reports import agreement_of_marks, group_row, judged_part, judged_row, make_report, query_row
from views.evidence import SAME_NAMES, render_evidence
from views.proof import render_proof

EVIL = '<img src=x onerror="alert(1)">${alert(1)}{{7*7}}'
SCRIPTS = (EVIL, [EVIL], {EVIL: EVIL})
HOSTILE = [None, EVIL, "5", "NaN", "", -1, 0.5, 10**30, 1e308, True, [], {}, [[EVIL]], {EVIL: EVIL}]


def whole_report() -> BenchmarkReport:
    """A report with each part that there is."""
    agreement = [judged_part()["agreement"][0], agreement_of_marks()]
    judged = judged_part(agreement=agreement, per_query=[judged_row("j1", 0.2, 0.6), judged_row("j2", 0.5, 0.1)])
    similarity = {"base": {"n": 40, "spearman": 0.8, "in_order": {"mean": 0.9, "low": 0.8, "high": 1.0}}}
    groups = {name: {"plain": group_row()} for name in ("styles", "families", "robustness")}
    return make_report(judged=judged, similarity=similarity, per_query=[query_row("q1", 3, 1)], **groups)


WHOLE = whole_report().as_json()


def places(value, at=()):
    """Yield the path of each value in nested JSON."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*at, key)
        yield from places(child, (*at, key))


def value_at(path, whole=WHOLE):
    for key in path:
        whole = whole[key]
    return whole


def changed(path, value, *, drop=False):
    whole = json.loads(json.dumps(WHOLE))
    *parents, last = path
    place = value_at(parents, whole)
    if drop:
        del place[last]
    else:
        place[last] = value
    return whole


class Elements(HTMLParser):
    """Collects elements and event handlers."""

    def __init__(self):
        super().__init__()
        self.found = set()

    def handle_starttag(self, tag, attrs):
        self.found |= {tag, *(name for name, _ in attrs if name.startswith("on"))}


def show(report):
    return render_evidence(report) + render_proof(report, SAME_NAMES)


def load_hostile(file, whole):
    """Load a report with a checksum that fits, as its maker may be hostile; None where it is refused in one line."""
    file.write_text(json.dumps(whole | {"sha256": checksum(whole)}))
    try:
        return BenchmarkReport.load(file)
    except ValueError as error:
        assert "\n" not in str(error)
        return None


def assert_text_only(html):
    seen = Elements()
    seen.feed(html)
    assert not seen.found & {"img", "script", "onerror"}
    assert "${" not in html
    assert "{{" not in html


@settings(max_examples=300)
@given(path=st.sampled_from(list(places(WHOLE))), value=st.sampled_from(HOSTILE), drop=st.booleans())
def test_report_with_any_value_changed_is_refused_or_shown_as_text(tmp_path_factory, path, value, drop):
    file = tmp_path_factory.getbasetemp() / "hostile.json"
    report = load_hostile(file, changed(path, value, drop=drop))
    if report is not None:
        assert_text_only(show(report))


def test_script_at_each_place_of_a_report_is_refused_for_a_number_and_else_text(tmp_path):
    """All places, none left to chance; most texts are seen on the page, so the check of them says something."""
    loaded, seen = [], 0
    for path in places(WHOLE):
        for value in SCRIPTS:
            report = load_hostile(tmp_path / "hostile.json", changed(path, value))
            if report is not None:
                html = show(report)
                assert_text_only(html)
                seen += "&lt;img src=x" in html
                loaded.append(path)
    assert not [path for path in loaded if isinstance(value_at(path), int | float)]
    assert seen > len(loaded) / 2


@pytest.mark.parametrize("value", SCRIPTS[1:])
def test_metric_of_a_comparison_that_is_no_text_is_refused_by_its_name(tmp_path, value):
    whole = changed(("comparisons", 0, "metric"), value)
    (tmp_path / "hostile.json").write_text(json.dumps(whole | {"sha256": checksum(whole)}))
    with pytest.raises(ValueError, match=r"comparisons\.0\.metric is not so"):
        BenchmarkReport.load(tmp_path / "hostile.json")


@settings(max_examples=200)
@given(at=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_report_with_any_byte_changed_is_refused_or_says_the_same(tmp_path_factory, at, byte):
    file = tmp_path_factory.getbasetemp() / "flipped.json"
    whole_report().save(file)
    data = bytearray(file.read_bytes())
    data[at % len(data)] = byte
    file.write_bytes(data)
    try:
        assert BenchmarkReport.load(file).as_json() == WHOLE
    except ValueError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", "[" * 100_000, '{"a":' * 100_000, "\udcff", '{"n_queries": 1e999}']
)
def test_file_that_is_no_report_is_told_with_what_it_changes(tmp_path, caplog, text):
    path = tmp_path / "benchmark.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    found = find_report(AppConfig(models=("x",), benchmark=path))
    assert found.report is None
    assert "Hybrid weighs meaning by the default of 0.3" in found.problem
    assert "Hybrid weighs meaning by the default of 0.3" in caplog.text
    assert len(caplog.text.splitlines()) == 1


def test_report_of_before_checksums_is_taken_and_told(tmp_path, caplog):
    path = tmp_path / "benchmark.json"
    weight = {"hybrid": WHOLE["systems"]["base"] | {"fingerprint": hybrid_fingerprint("f"), "weight": 0.85}}
    old = {name: part for name, part in WHOLE.items() if name not in ("version", "styles", "families", "robustness")}
    old["judged"] = None
    path.write_text(json.dumps(old | {"systems": old["systems"] | weight}))
    report = find_report(AppConfig(models=("x",), benchmark=path)).report
    assert hybrid_weight(report, "f") == 0.85
    assert hybrid_weight(None, "f") == DEFAULT_WEIGHT
    assert "has no checksum" in caplog.text


def test_checksum_can_not_be_left_out(tmp_path):
    path = tmp_path / "benchmark.json"
    path.write_text(json.dumps(WHOLE))
    with pytest.raises(ValueError, match="its checksum is another"):
        BenchmarkReport.load(path)
