"""The sentence of evidence below the lists."""

import pytest

from tests.views.reports import compared, judged_part, judged_system, make_report, words
from views.proof import render_proof

SIDES = {"base": "base", "tuned": "tuned"}
WRONG = {"metric": "wrong@10", "difference": -0.06, "low": -0.1, "high": -0.02}
ORDER = {"difference": 0.082, "low": 0.03, "high": 0.134}


def proof(*rows, **place):
    """What the sentence says, with these comparisons in the report."""
    systems = {"base": judged_system(0.465, 0.47, 1), "tuned": judged_system(0.547, 0.41, 1)}
    report = make_report(judged=judged_part(systems=systems, comparisons=list(rows)))
    return words(render_proof(report, SIDES, **place))


@pytest.mark.parametrize(
    ("order", "wrong", "lead"),
    [
        ("WIN", "WIN", "Fine-tuned ranks better than Base and gives fewer wrong results:"),
        ("NO DIFFERENCE", "WIN", "Fine-tuned gives fewer wrong results than Base:"),
        ("NO DIFFERENCE", "LOSS", "Fine-tuned gives more wrong results than Base:"),
        ("LOSS", "NO DIFFERENCE", "Fine-tuned ranks worse than Base:"),
        ("NO DIFFERENCE", "NO DIFFERENCE", "Fine-tuned is not surely better or worse than Base:"),
    ],
)
def test_lead_says_what_both_verdicts_say(order, wrong, lead):
    assert proof(compared(**ORDER, verdict=order), compared(**WRONG, verdict=wrong)).startswith(lead)


def test_sentence_has_both_means_and_intervals_and_says_what_is_not_sure():
    said = proof(compared(**ORDER, verdict="NO DIFFERENCE"), compared(**WRONG))
    assert (
        "on 48 judged queries 4.7 → 4.1 (-0.60 [-1.00, -0.20]) of ten results are wrong; "
        "nDCG@10 0.465 → 0.547 (+0.082 [+0.030, +0.134], no sure change). See the evidence"
    ) in said


def test_changed_sides_are_told_from_the_right_one():
    said = proof(compared(**ORDER), compared(**WRONG, verdict="WIN"), left="tuned", right="base")
    assert said.startswith("Base ranks worse than Fine-tuned and gives more wrong results:")
    assert "0.547 → 0.465 (-0.082 [-0.134, -0.030])" in said


def test_systems_that_the_report_lacks_have_no_sentence():
    assert proof(compared(**ORDER), compared(**WRONG), right="bm25") == ""
    assert render_proof(None, SIDES) == ""


def test_report_without_judged_queries_tells_of_known_items():
    assert "Finding one known listing" in words(render_proof(make_report(), SIDES))
