"""Hostile text in every field comes out as text, and nothing of it is evaluated."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote_plus

import numpy as np
import pytest
from jinja2 import UndefinedError

from comparison.filters import Filters
from comparison.moves import Comparison
from comparison.projection import CorpusMap
from comparison.query_parts import FactAnswer
from comparison.request import ComparisonRequest
from comparison.sentences import Sentence
from search.records import Hit, Ranking
from search.understanding.understanding import KINDS, Statement, Understanding
from tests.fakes import listing
from tests.views.reports import compared, group_row, interval, judged_part, judged_row, make_report, query_row
from views.blind import render_blind
from views.cards import Head
from views.compare import render_columns, render_head
from views.detail import Answers, render_detail
from views.evidence import render_evidence
from views.map import Marks, render_map
from views.templating import TEMPLATES, render
from views.understood import render_controls, render_understood

# Short enough to be shown whole wherever texts are cut.
HOSTILE = "<script>f(1)</script><img onerror='f(2)'> ${f(3)} {{x}} {%y%} `\"'\\ &amp; #"
HARMLESS = "harmless"


def listings(text):
    fields = dict.fromkeys(("title", "company", "location", "work_mode", "seniority", "family"), text)
    return {name: listing(name, text, **fields) for name in ("a", "b")} | {text: listing(text, text, **fields)}


def ranked(*names):
    return Ranking(tuple(Hit(name, 0.5, rank) for rank, name in enumerate(names, start=1)))


def columns(text, view):
    """Hostile listings, models and statements."""
    ranking, stated = ranked("a", text), Statement("place", (text,), (0, 9), text)
    comparison = Comparison(
        ranking,
        ranking,
        k=2,
        left=text,
        right=text,
        understanding=Understanding(text, (stated,)),
        checks={"a": (True,), text: (False,)},
    )
    heads = dict.fromkeys(("base", "tuned"), Head(text, text, text))
    cut, systems = {"base": {text: (3, 9)}}, {text: text}
    return render_columns(comparison, listings(text), query="zebra", heads=heads, systems=systems, cut=cut, view=view)


def head(text, base, tuned):
    """The listing that rose most is hostile."""
    comparison = Comparison(base, tuned, k=2, ranked=1)
    return render_head(REQUEST[text], [text, text], comparison, listings=listings(text))


def detail(text):
    title, sentence = Sentence((0, 0), 0.75), Sentence((0, len(text)), 0.5)
    parts = [(text, {"base": title, "tuned": sentence})] * 2
    stated = FactAnswer(Statement("place", (text,), (0, 9), text), text, fits=True)
    answers = Answers([stated], {"base": sentence, "tuned": sentence}, parts)
    titles = {"base": text, "tuned": text}
    return render_detail(listings(text)["a"], answers, {"base": 1, "tuned": None}, query="zebra", titles=titles)


def drawn(text):
    coordinates = np.zeros((2, 2), dtype=np.float32)
    marks = {"base": Marks((0.5, 0.5), [(text, (0.1, 0.2))])}
    corpus_map = CorpusMap(np.arange(2), coordinates, coordinates, 1, 1)
    return render_map(corpus_map, listings(text), query=text, marks=marks, total=9)


def understood(text):
    """A chip of each look."""
    plain, back, must = (Statement(kind, (text,), (0, 9), text, is_refused=kind == "words") for kind in KINDS[-3:])
    request = ComparisonRequest(text, ignored=(back.key,), required=(must.key,))
    return render_understood(request, [plain, back, must])


def controls(text):
    choices = {name: [text] for name in ("seniority", "family", "mode")}
    return render_controls(REQUEST[text], list(choices), choices, remote=text)


def evidence(text):
    """Hostile systems, groups, assessors and queries, judged and known items."""
    names = (text, f"{text} tuned")
    sides = {"base": names[0], "tuned": names[1]}
    system = make_report().systems["base"].model_dump() | {"scoring": text}
    pair = compared(a=names[1], b=names[0])
    group = {text: group_row(7, names)}

    def renamed(row):
        """Let the row's two systems have the hostile names."""
        return {
            field: dict(zip(names, value.values(), strict=False)) if isinstance(value, dict) else value
            for field, value in row.items()
        }

    judged = judged_part(
        split=text,
        assessors=[{"name": text, "kind": "people", "note": text, "model": text}],
        agreement=[judged_part()["agreement"][0] | {"a": text, "b": text}],
        systems=dict.fromkeys(names, judged_part()["systems"]["tuned"]),
        comparisons=[pair],
        kinds=group,
        facts={text: {"n": 7, "chance": 0.5, "best": 1, "systems": dict.fromkeys(names, interval(0.5))}},
        per_query=[renamed(judged_row("q", 0.1, 0.2, text)) | {"kind": text}, renamed(judged_row("r", 0.2, 0.1, text))],
    )
    report = make_report(
        split=text,
        systems=dict.fromkeys(names, system),
        comparisons=[pair],
        styles=group,
        families=group,
        robustness=group,
        per_query=[renamed(query_row("q", 5, 1, text)), renamed(query_row("r", 1, 5, text))],
        judged=judged,
    )
    return render_evidence(report, listings=listings(text), sides=sides)


REQUEST = {
    text: ComparisonRequest(text, 7, Filters(*[text] * 5), left=text, right=text) for text in (HOSTILE, HARMLESS)
}
FRAGMENTS = {
    "about": lambda text: render(
        "about.html", names={"base": text, "tuned": text}, fictional=True, scoring="first", client="x"
    ),
    "blind": lambda text: render_blind(
        text, "zebra", {"left": ["a", text], "right": ["b"]}, listings(text), token=text
    ),
    "cards": lambda text: columns(text, "cards"),
    "controls": controls,
    "compact": lambda text: columns(text, "compact"),
    "detail": detail,
    "evidence": evidence,
    "filters": lambda text: head(text, ranked("a", text), ranked(text, "a")),
    "header": lambda text: render("header.html", count=9, fictional=True, space=text),
    "map": drawn,
    "no evidence": lambda text: render_evidence(None, problem=text),
    "nothing": lambda text: head(text, ranked(), ranked()),
    "quiet": lambda text: render_head(REQUEST[text], [text, text], None, listings=listings(text)),
    "same": lambda text: render("same.html", query=text),
    "understood": understood,
    "vote": lambda text: render("vote.html", winner="tie", query=text, marks=2),
}


class Reader(HTMLParser):
    """What a browser reads: tags with the names of their attributes, and all text, that of attributes too."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, *(name for name, _ in attrs)))
        for name, value in attrs:
            if name in ("href", "data-address"):
                value = unquote_plus(value)
            if name == "data-points":
                value = " ".join(str(part) for row in json.loads(value) for part in row)
            self.text += f"\n{value}\n"

    def handle_data(self, data):
        self.text += data


def words(text):
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("name", FRAGMENTS)
def test_hostile_text_is_shown_as_text_and_changes_no_tag(name):
    html = FRAGMENTS[name](HOSTILE)
    assert not set(html) & set("${}`\\")
    hostile, harmless = Reader(html), Reader(FRAGMENTS[name](HARMLESS))
    # Marked words are those that it shares with itself.
    assert [tag for tag in hostile.tags if tag != ("mark",)] == [tag for tag in harmless.tags if tag != ("mark",)]
    assert HARMLESS in harmless.text
    # These show what a phrase to leave out is read as: up to a comma or semicolon.
    if name not in ("filters", "nothing"):
        # A key in the address has no semicolon.
        shown = words(hostile.text).replace(HOSTILE, HARMLESS).replace(words(HOSTILE.replace(";", " ")), HARMLESS)
        assert shown == words(harmless.text)


@pytest.mark.parametrize("name", ["filters", "nothing"])
def test_filters_show_a_hostile_phrase_to_leave_out(name):
    shown = Reader(FRAGMENTS[name](HOSTILE)).text
    assert f"in “{HOSTILE}” · without “<script>f(1)" in words(shown)


def test_render_lets_no_filter_of_jinja_past_the_escape(tmp_path, monkeypatch):
    """`join`, `~` and `e` make Jinja's own safe HTML, which knows nothing of Gradio."""
    from views import templating  # noqa: PLC0415 (only here)

    source = "{{ [x | e, x] | join }}{{ x ~ (x | mark(stems)) }}{{ '${1}' }}`{{ n }}"
    (tmp_path / "x.html").write_text(source)
    environment = templating._environment.overlay(loader=type(templating._environment.loader)(tmp_path))
    monkeypatch.setattr(templating, "_environment", environment)
    html = render("x.html", x=HOSTILE, stems=frozenset(), n=0.5)
    assert not set(html) & set("${}`\\")
    assert Reader(html).tags == []
    assert Reader(html).text == HOSTILE * 4 + "${1}`0.5"


def test_template_without_one_of_its_values_is_refused():
    with pytest.raises(UndefinedError, match="'query' is undefined"):
        render("same.html")


def test_no_template_turns_the_escape_off_and_no_module_writes_tags():
    for path in TEMPLATES.glob("*.html"):
        assert not re.search(r"\bsafe\b|autoescape|tojson", path.read_text(encoding="utf-8")), path
    modules = [path for path in Path(TEMPLATES).parent.glob("*.py") if path.name != "words.py"]
    assert not [path for path in modules if re.search(r"</|Markup", path.read_text(encoding="utf-8"))]
