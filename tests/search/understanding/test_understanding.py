"""What queries state, wording by wording: what is understood, what must not be, and what is wanted."""

import pytest

from search.understanding.locations import resolve_location
from search.understanding.understanding import ROLE, QueryReader, Understanding

LOCATIONS = (
    "Berlin, Germany",
    "Austin, TX",
    "New York, NY",
    "Toronto, ON",
    "London, UK",
    "Dublin, Ireland",
    "Denver, CO",
)
FAMILIES = {"Data Scientist", "Data Engineer", "Data Analyst", "Machine Learning Engineer", "AI Engineer"}
READER = QueryReader(map(resolve_location, LOCATIONS), FAMILIES)


def said(understood: Understanding) -> list[str]:
    """Return the statements but for the families, in order: `level junior`, `not place London`."""
    return [
        f"{'not ' * one.is_refused}{one.kind} {' or '.join(one.values)}"
        for one in understood.statements
        if one.kind != ROLE
    ]


UNDERSTOOD = [
    # Levels by their names.
    ("snr data engineer, kafka", ["level senior"]),
    ("entry-level analytics position", ["level junior"]),
    ("starter role in reporting", ["level junior"]),
    ("early career statistician", ["level junior"]),
    ("graduate machine learning engineer", ["level junior"]),
    ("associate data analyst in energy", ["level junior"]),
    ("a shop that takes beginners, sql", ["level junior"]),
    ("midlevel data analyst", ["level mid"]),
    ("werkstudent NLP", ["level internship"]),
    ("placement year, computer vision", ["level internship"]),
    ("data engineering lead", ["level lead"]),
    ("analytics manager, logistics", ["level lead"]),
    ("Next I want to run a small team of analysts", ["level lead"]),
    ("head of machine learning", ["level lead or principal"]),
    ("director of data products", ["level lead or principal"]),
    ("principle data scientist", ["level principal"]),
    ("anything above mid, spark", ["level senior or lead or principal"]),
    ("somewhere between junior and senior", ["level mid"]),
    ("senior or above, search ranking", ["level senior or lead or principal"]),
    ("internshp in pricing", ["level internship"]),
    ("research engineer internship at a museum", ["level internship"]),
    ("intermediate power bi analyst", ["level mid"]),
    ("experienced data engineer", ["level mid or senior"]),
    ("senior analyst, ready to step up to lead", ["level lead"]),
    ("no experiance, sql", ["level junior"]),
    # Levels by years of experience.
    ("SQL and dbt for 3 years", ["level mid"]),
    ("data scientist with seven yrs of experience", ["level senior"]),
    ("a decade of fraud modelling", ["level senior or lead or principal"]),
    ("a dozen years as an ML engineer", ["level lead or principal"]),
    ("data analyst for 14 months", ["level junior"]),
    ("a year and a half of Python", ["level junior"]),
    ("couple of years with Tableau", ["level mid"]),
    ("less than a year in, SQL", ["level junior"]),
    ("Data engineer (4y), Spark", ["level mid"]),
    ("Ten years as a baker, then four years as a data analyst", ["level mid"]),
    # Work modes.
    ("wfh data engineer", ["work_mode remote"]),
    ("hybird ml role", ["work_mode hybrid"]),
    ("rmote python position", ["work_mode remote"]),
    ("tele-work, forecasting", ["work_mode remote"]),
    ("location independent ai engineer", ["work_mode remote"]),
    ("at home 100 %, causal inference", ["work_mode remote"]),
    ("I never want to sit in an office again, NLP", ["work_mode remote"]),
    ("data analyst, no commute", ["work_mode remote"]),
    ("two office days a week, risk models", ["work_mode hybrid"]),
    ("data engineer 3 days in 2 days home", ["work_mode hybrid"]),
    ("mon and wed in the office, rest from home", ["work_mode hybrid"]),
    ("semi-remote analyst", ["work_mode hybrid"]),
    ("a mix of home and office suits me", ["work_mode hybrid"]),
    ("40% home 60% office", ["work_mode hybrid"]),
    ("come in once a week, mlops", ["work_mode hybrid"]),
    ("five days a week on site", ["work_mode on-site"]),
    ("I like to come in every day", ["work_mode on-site"]),
    ("at the desk daily, forecasting", ["work_mode on-site"]),
    ("face to face all week", ["work_mode on-site"]),
    ("at the plant every day", ["work_mode on-site"]),
    ("flexible mix of WFH and coming in", ["work_mode hybrid"]),
    ("remote or hybrid, llm", ["work_mode remote", "work_mode hybrid"]),
    # Places.
    ("data scientist Berlin", ["place Berlin"]),
    ("nyc, recommender systems", ["place New York"]),
    ("toronto or dublin, data engineer", ["place Toronto", "place Dublin"]),
    ("ML engineer in the UK", ["place United Kingdom"]),
    ("analyst jobs in Colorado", ["place Colorado"]),
    ("colorado state, cloud data", ["place Colorado"]),
    ("remote Berlin, dbt", ["work_mode remote", "place Berlin"]),
    ("I interned in Austin and now look for work in Denver; want to stay there", ["place Denver"]),
    ("I worked in Dublin before. Moving to Toronto in May. Spark and Scala.", ["place Toronto"]),
    ("autumn internship forecasting Austin biotech", ["level internship", "place Austin"]),
    ("bostn or torronto, nlp", ["place Toronto"]),
    ("candaa, nlp", ["place Canada"]),
    ("midwest data science", ["place Midwest"]),
    ("EU based data engineer", ["place EU"]),
    ("jobs in the GTA or in philly", ["place GTA", "place Philadelphia"]),
    ("Denver, Colorado, spark", ["place Denver"]),
    ("Quebec data scientist", ["place Quebec"]),
    ("Lisbon data analyst", ["place Lisbon"]),
    ("data analyst, Lisbon, dbt", ["place Lisbon"]),
    ("SQL and charts. Lisbon, on site is fine.", ["place Lisbon", "work_mode on-site"]),
    ("Brooklyn or Manhattan, media", ["place Brooklyn", "place Manhattan"]),
    ("data engineer in München", ["place Munich"]),
    ("Data scientist. Years at a bank in London. Looking for a post in Berlin.", ["place Berlin"]),
]
MUST_NOT = [
    "R",
    "no SQL",
    "senior care",
    "Paris Hilton fan club",
    "lead generation",
    "junior college",
    "not only Python but R",
    "I am not looking for much",
    "remote sensing",
    "hybrid cars",
    "London Stock Exchange data",
    "on-site search engine",
    # Levels that are none.
    "staff scheduling for clinics",
    "principal component analysis",
    "lead time of suppliers",
    "mid-market retailers",
    "associate professor of statistics",
    "graduate school admissions",
    "data entry jobs",
    "mentored two junior engineers",
    "head and neck imaging",
    "head of household surveys",
    "film director recommendations",
    "intermediate caching of results",
    # Years that are no experience, or another trade's.
    "forecasts 15 years ahead",
    "30-year mortgage prepayment",
    "20 years of weather data",
    "next 5 years of energy demand",
    "Plumber, 12 yrs",
    "Solicitor (9 years)",
    "Eleven years as a pharmacist",
    "Geologist, 6 years",
    "I have been teaching for 8 years",
    "Nurse for nine years, now a bootcamp in analytics",
    "In the last 3 years I took courses in statistics",
    "I was a team lead, SQL",
    # Work modes that are none.
    "remote patient monitoring",
    "remove duplicates",
    "hybrid search with bm25",
    "distributed training of transformers",
    "on-premises clusters",
    "telecommunications churn",
    "virtual assistants",
    "face recognition",
    "home insurance claims",
    "office automation",
    # Places that are none.
    "Paris Whitlock - forecasting",
    "Kate London, forecasting",
    "my dog Denver",
    "University of Toronto thesis",
    "Bank of Ireland scorecards",
    "new york taxi demand",
    "reading comprehension models",
    "Databricks, Delta, Kafka",
    "forecasts of London house prices",
    "ready to settle claims",
    "German native, good English",
    "hide personal details in logs",
    "Rayleigh scattering",
    # Refusals that are none.
    "zero-shot classification",
    "net zero emissions",
    "skip connections",
    "learning without labels",
    "no-code tools",
    "no problem at all",
    "not afraid of legacy code",
    "I have no degree",
    "nothing special",
    "model-free control",
    "never used Spark, Kafka",
    "sooner rather than later",
    "state -of-the-art 3-5 models - trees",
]
REFUSED = [
    ("Java, not JavaScript", ["not words javascript"], "Java"),
    ("data scientist, not senior", ["not level senior"], "data scientist"),
    ("remote data engineer in Canada, no on-call", ["work_mode remote", "place Canada", "not words on-call"], "remote data engineer in Canada"),
    ("anything but consulting", ["not words consulting"], "job"),
    ("data analyst outside of banking", ["not words banking"], "data analyst"),
    ("spark engineer minus airflow", ["not words airflow"], "spark engineer"),
    ("zero travel, dbt", ["not words travel"], "dbt"),
    ("skip anything that needs a clearance, nlp", ["not words clearance"], "nlp"),
    ("leave out gambling and tobacco; pricing models", ["not words gambling", "not words tobacco"], "pricing models"),
    ("pricing models, please steer clear of SAS", ["not words sas"], "pricing models"),
    ("I refuse to work on weapons. Robotics", ["not words weapons"], "Robotics"),
    ("robotics, military projects excluded, Berlin", ["not words military", "place Berlin"], "robotics, Berlin"),
    ("LLM evaluation, and adtech is off the table", ["not words adtech"], "LLM evaluation"),
    ("something that isn't insurance, dbt", ["not words insurance"], "dbt"),
    ("I'd rather not be on call, kafka", ["not words on call"], "kafka"),
    ("avoid crypto, kafka", ["not words crypto"], "kafka"),
    ("Don't show me agencies. Kafka and Flink", ["not words agencies"], "Kafka and Flink"),
    ("dashboards, but I don't want to manage anyone", ["not words people management"], "dashboards"),
    ("No surveillance work under any circumstances, vision", ["not words surveillance"], "vision"),
    ("no consulting jobs in Berlin", ["not words consulting", "place Berlin"], "in Berlin"),
    ("no consulting remote", ["not words consulting", "work_mode remote"], "remote"),
    ("no sales, Toronto or Dublin", ["not words sales", "place Toronto", "place Dublin"], "Toronto or Dublin"),
    ("no fintech, gambling or adtech, hybrid", ["not words fintech", "not words gambling", "not words adtech", "work_mode hybrid"], "hybrid"),
    ("no startups and remote", ["not words startups", "work_mode remote"], "remote"),
    ("Fed up with adtech and wants SQL", ["not words adtech"], "wants SQL"),
    ("neither junior nor lead, SQL", ["not level junior", "not level lead"], "SQL"),
    ("not remote, SQL", ["not work_mode remote"], "SQL"),
    ("SQL but not in London", ["not place London"], "SQL"),
    ("nothing above mid, SQL", ["not level senior or lead or principal"], "SQL"),
    ("python -tableau -excel", ["not words tableau", "not words excel"], "python"),
    ("SQL rather than Excel, dbt or Spark", ["not words excel"], "SQL, dbt or Spark"),
    ("dbt instead of Informatica and SSIS", ["not words informatica", "not words ssis"], "dbt"),
    ("Kafka, exclude: banks, casinos, ads", ["not words banks", "not words casinos", "not words ads"], "Kafka"),
    ("cannot stand Excel. Spark", ["not words excel"], "Spark"),
    ("nlp jobs that don't involve chatbots", ["not words chatbots"], "nlp jobs"),
    ("nlp, keep me away from PowerPoint", ["not words powerpoint"], "nlp"),
    ("gcp yes, azure no", ["not words azure"], "gcp yes"),
    ("spark, hadoop = no thanks", ["not words hadoop"], "spark"),
    ("remote, none of that hybrid nonsense", ["work_mode remote", "not work_mode hybrid"], "remote"),
    ("everywhere but London, dbt", ["not place London"], "dbt"),
    ("stop sending me agencies. Flink", ["not words agencies"], "Flink"),
    ("filter out startups, Flink", ["not words startups"], "Flink"),
    ("burned out from pager duty, Flink", ["not words pager duty"], "Flink"),
    ("sick of building dashboards all day", ["not words dashboards"], "job"),
    ("spare me the a/b tests, Flink", ["not words a/b tests"], "Flink"),
    ("remote, I'd rather not go anywhere near defense", ["work_mode remote", "not words defense"], "remote"),
    ("fed up w legacy SSIS, dbt", ["not words legacy ssis"], "dbt"),
    ("Flink, not *remote*", ["not work_mode remote"], "Flink"),
    ("Flink, no “remote”", ["not work_mode remote"], "Flink"),
    ("Flink, no (sales)", ["not words sales"], "Flink"),
    ("Flink, leading a team excluded, dbt", ["not words people management"], "Flink, dbt"),
    ("no no banking, Flink", ["not words banking"], "no, Flink"),
    ("node.js, vue.js and d3.js, no travel", ["not words travel"], "node.js, vue.js and d3.js"),
    ("Flink, lead posts not wanted", ["not level lead"], "Flink"),
    ("Flink, recruiters need not apply", ["not words recruiters"], "Flink"),
    ("I don't want to be a manager, Flink", ["not words manager"], "Flink"),
    ("no java or scala data engineer", ["not words java", "not words scala"], "data engineer"),
    ("nothing above mid, senior posts are no use to me", ["not level senior or lead or principal"], "senior posts are no use to me"),
    ("remote is fine, not full office", ["work_mode remote", "not work_mode on-site"], "remote is fine"),
    ("forecasting (no travel)", ["not words travel"], "forecasting"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "expected"), UNDERSTOOD)
def test_wish_is_understood_and_stays_wanted(query, expected):
    understood = READER.read(query)
    assert sorted(said(understood)) == sorted(expected)
    if not query.endswith("no commute"):
        assert understood.wanted == query


@pytest.mark.parametrize("query", MUST_NOT)
def test_query_that_states_nothing_is_left_alone(query):
    understood = READER.read(query)
    assert said(understood) == []
    assert understood.wanted == query


@pytest.mark.parametrize(("query", "expected", "wanted"), REFUSED)
def test_refusal_is_understood_and_not_wanted(query, expected, wanted):
    understood = READER.read(query)
    assert sorted(said(understood)) == sorted(expected)
    assert understood.wanted == wanted


CV = "Data analyst, 4 years. I {}. Stats degree. Looking for a post in Berlin{}."


@pytest.mark.parametrize(
    ("story", "wish", "expected"),
    [
        ("write short notes rather than decks", "", []),
        ("explain charts without jargon, never late", "", []),
        ("cut reports nobody read, no findings in any audit", ", no travel", ["not words travel"]),
        ("report to a board", ". No insurance", ["not words insurance"]),
    ],
)
def test_story_of_a_cv_refuses_nothing(story, wish, expected):
    understood = READER.read(CV.format(story, wish))
    assert sorted(said(understood)) == sorted(["level mid", "place Berlin", *expected])
    assert story in understood.wanted


@pytest.mark.parametrize(
    ("query", "families"),
    [
        ("data scientst for churn", ["Data Scientist"]),
        ("ml eng or data engineering", ["Machine Learning Engineer", "Data Engineer"]),
        ("MSc in data science, wants to be an ai engineer", ["AI Engineer"]),
        ("former data engineer moving into data analyst work", ["Data Engineer", "Data Analyst"]),
        ("deep learning engineer", []),
        ("customer analysis", []),
    ],
)
def test_family_is_understood_where_the_corpus_has_it(query, families):
    found = [value for one in READER.read(query).statements if one.kind == ROLE for value in one.values]
    assert found == families


@pytest.mark.parametrize(
    ("query", "expected"),
    [("Austin or remote", True), ("remote / Austin", True), ("remote, Austin", False), ("Austin or hybrid", False)],
)
def test_remote_work_may_stand_in_for_a_place(query, expected):
    assert READER.read(query).place_or_remote is expected


@pytest.mark.parametrize(
    ("query", "ignored", "expected", "wanted"),
    [
        ("senior analyst, no banking", "words:banking", ["level senior"], "senior analyst, no banking"),
        ("senior analyst, no banking", "level:senior", ["not words banking"], "senior analyst"),
        ("sql, no banking or tax", "words:banking", ["not words tax"], "sql, banking"),
        ("sql, no banking or tax", "words:tax", ["not words banking"], "sql, tax"),
        ("data  analyst,\nno  office", "work_mode:office", [], "data analyst, no office"),
    ],
)
def test_ignored_statement_is_gone_and_its_words_are_wanted(query, ignored, expected, wanted):
    understood = READER.read(query, ignored={ignored})
    assert said(understood) == expected
    assert understood.wanted == wanted


def test_key_of_a_statement_holds_no_semicolon():
    (one,) = READER.read("2 days in the office; rest from home").statements
    assert one.key == "work_mode:2 days in the office rest from home"


def test_label_says_what_it_stands_on():
    labels = [one.label for one in READER.read("Senior, hybrid, Berlin, no management").statements]
    assert labels == ["senior", "hybrid", "Berlin", "not: management"]
    assert [one.label for one in READER.read("6 years of SQL").statements] == ["senior (6 years)"]


def test_empty_query_states_and_wants_nothing():
    for query in ("", " \n "):
        assert READER.read(query) == Understanding(query)
