"""Sections: what is cut, what stays, and how much of the requirements is read."""

import pytest

from data.corpus.coverage import measure_coverage
from data.corpus.section_patterns import ABOUT, BENEFITS, DUTIES, EQUAL_OPPORTUNITY, OTHER, REQUIREMENTS
from data.corpus.sections import cut_sections, section_of_heading
from data.queries.extractive import build_extractive_queries, find_terms
from tests.fakes import listing

POSTING = """Data Analyst at the harbour
About us:
Quayside Freight is a leading provider of container logistics.
We have offices in nine ports and love what we do.
The role
You will build dashboards for the night shift.
Requirements:
- 3 years of experience with SQL and Tableau
- A degree, or as much practice
Benefits
- Dental insurance and a gym
- Free fish on Fridays
Quayside Freight is an equal opportunity employer. All qualified applicants will be considered.
Location: Hull"""

CUT = """Data Analyst at the harbour
Quayside Freight is a leading provider of container logistics.
The role
You will build dashboards for the night shift.
Requirements:
- 3 years of experience with SQL and Tableau
- A degree, or as much practice"""


def test_cut_takes_sections_and_leaves_the_rest():
    """The first sentence about the company stays: it names the industry. So does the location."""
    cut = cut_sections(POSTING).text
    assert cut.startswith(CUT)
    assert "Location: Hull" in cut
    for gone in ("nine ports", "Dental", "fish", "equal opportunity", "qualified applicants", "Benefits"):
        assert gone not in cut


@pytest.mark.parametrize(
    "text",
    [
        "About us:\nWe sail.\nWe are happy.\nYou will need 5 years of experience with Kafka.\nAnd a boat.",
        "Benefits:\n- Free fruit\n- Proficiency in Python is a must",
        "Equal Opportunity:\nWe hire all.\nExperience with SAS is required.",
    ],
)
def test_cut_keeps_a_requirement_under_the_wrong_heading(text):
    last = text.split("\n")[-1]
    assert cut_sections(text).text.endswith(last)


def test_cut_without_line_breaks_cuts_sentences_only():
    text = (
        "Harbour Bank was founded in 1890. We seek an analyst who knows SQL. You bring 3 years of experience with "
        "risk models. We offer 401(k) and dental insurance. Harbour Bank is an equal opportunity employer."
    )
    assert cut_sections(text).text == (
        "Harbour Bank was founded in 1890. We seek an analyst who knows SQL. You bring 3 years of experience with "
        "risk models."
    )


def test_cut_leaves_a_text_that_lost_its_full_stops():
    text = "we are an equal opportunity employer " + "and you know python " * 60
    assert cut_sections(text.strip()).text == text.strip()


@pytest.mark.parametrize(
    ("line", "section"),
    [
        ("Requirements:", REQUIREMENTS),
        ("What you’ll bring", REQUIREMENTS),
        ("Minimum Qualifications", REQUIREMENTS),
        ("About you", REQUIREMENTS),
        ("Responsibilities", DUTIES),
        ("About the role", DUTIES),
        ("What You'll Do:", DUTIES),
        ("About us", ABOUT),
        ("About Larkspur Ridge", ABOUT),
        ("Our mission and values", ABOUT),
        ("Why join us?", ABOUT),
        ("Perks & Benefits", BENEFITS),
        ("What we offer you:", BENEFITS),
        ("EEO Statement", EQUAL_OPPORTUNITY),
        ("Equal Employment Opportunity", EQUAL_OPPORTUNITY),
        ("Physical requirements:", OTHER),
        ("Location:", OTHER),
        ("Benefits Analyst", None),
        ("Opportunity", DUTIES),
        ("Commitment:", OTHER),
        ("About the job:", DUTIES),
        ("About Position:", DUTIES),
        ("Who is the ideal candidate?", REQUIREMENTS),
        ("What we do", None),
        ("About Data Engineers", None),
        ("Python and SQL", None),
        ("- Experience with SQL", None),
        ("We are looking for skills that matter.", None),
    ],
)
def test_section_of_heading(line, section):
    assert section_of_heading(line) == section


def test_measure_coverage_by_hand():
    """ "T" and a line break are 2 characters; of the 10 of "ab cd efgh" in 14..24, a limit of 21 reads 5."""
    text = "Requirements:\nab cd efgh"
    coverage = measure_coverage(["T", "T"], [text, "no such part"], lambda documents: [21, 21])
    assert (coverage.n_listings, coverage.n_with_requirements, coverage.requirement_characters) == (2, 1, 10)
    assert coverage.share_read == 0.5
    assert coverage.share_read_whole == 0.0
    assert measure_coverage(["T"], [text], lambda documents: [999]).share_read_whole == 1.0


def test_find_terms_are_runs_between_common_words_and_punctuation():
    terms = find_terms("Strong experience with Apache Airflow, dbt and CI/CD.\nPower BI or R/Python is nice")
    assert set(terms) == {"apache airflow", "dbt", "ci/cd", "power bi", "r", "python"}
    assert terms["dbt"].listed == 1
    assert terms["apache airflow"].listed == 0
    assert terms["apache airflow"].is_name
    assert not find_terms("Dashboards matter")["dashboards matter"].is_name


def test_extractive_queries_name_skills_not_places_or_the_company():
    """Kafka and Spark stand in lists of requirements; Hull and the company do not; all in half of the listings."""
    skills = [("Kafka", "Spark"), ("Flink", "Druid")]
    postings = [
        listing(
            f"l{n}",
            f"We sit in {('Hull', 'Ghent')[n % 2]}, as ever.\nRequirements:\n{', '.join(skills[n % 2])}, Acme tools.",
            title=f"Senior Data Engineer - Hull ({n})",
            company="Acme",
            family="Data Engineer",
            work_mode="remote",
            location="Hull, UK",
        )
        for n in range(12)
    ]  # fmt: skip
    made = build_extractive_queries(postings, per_listing=3, seed=1)
    assert len(made) == 12
    for n, posting in enumerate(postings):
        text = made[posting.listing_id][0].text
        assert all(skill.lower() in text for skill in skills[n % 2])
        assert "hull" not in text
        assert "acme" not in text
    assert build_extractive_queries(postings, seed=1) == made
    assert any(
        query.text != made[name][0].text
        for name, queries in build_extractive_queries(postings, seed=2).items()
        for query in queries
    )


def test_extractive_styles_come_in_turn_with_years_role_and_place():
    lists = ["Kafka, Spark, Flink, Druid, Hive, Presto", "Excel, Tableau, Looker, Word, Access, Outlook"]
    postings = [
        listing(
            f"l{n}", f"Requirements:\n4+ years of practice\n{lists[n % 2]}",
            title="Senior Data Engineer - Hull (m/f/d)",
            family="Data Engineer", work_mode="Remote", location="Hull, UK",
        )
        for n in range(30)
    ]  # fmt: skip
    made = [query for queries in build_extractive_queries(postings).values() for query in queries]
    assert [query.style for query in made[:3]] == ["skills", "profile", "wish"]
    profiles = [query.text for query in made if query.style == "profile"]
    wishes = [query.text for query in made if query.style == "wish"]
    assert all("senior data engineer" in text and "m/f/d" not in text for text in profiles)
    assert any("4 years of" in text for text in profiles)
    assert all("remote" in text for text in wishes)
    assert any(text.endswith("in Hull") for text in wishes)
