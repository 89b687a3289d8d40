"""Exports of job boards, scrapers and data sets, by the names of their fields: what each becomes."""

import csv
import gzip
import json

import pyarrow
import pytest
from pyarrow import parquet

from data.sources.source import open_source, start_reading

TEXT = "We keep the night ferries on time and need someone who reads their logs."
SKILLS = "dbt and Kafka, four years"

GREENHOUSE = {
    "jobs": [
        {
            "absolute_url": "https://example.com/1", "id": 127817, "internal_job_id": 144381, "title": "Data Engineer",
            "updated_at": "2026-01-14T10:55:28-05:00", "location": {"name": "Bristol, UK"}, "company_name": "Quarry & Fern",
            "content": f"&lt;p&gt;{TEXT}&lt;/p&gt;&lt;h3&gt;Bring&lt;/h3&gt;{SKILLS}",
            "departments": [{"id": 1, "name": "Data"}], "offices": [{"id": 8, "name": "Leeds", "location": "Leeds, UK"}],
        }
    ],
    "meta": {"total": 1},
}  # fmt: skip
LEVER = [
    {
        "id": "ff1", "text": "Data Engineer", "createdAt": 1767225600000, "hostedUrl": "https://example.com", "country": "GB",
        "categories": {"commitment": "Full-time", "location": "Bristol, UK", "team": "Data"}, "workplaceType": "remote",
        "description": f"<div>{TEXT}</div>", "descriptionPlain": TEXT, "additional": "<div>Write soon.</div>",
        "lists": [{"text": "What you bring", "content": f"<li>{SKILLS}</li>"}], "additionalPlain": "Write soon.",
    }
]  # fmt: skip
ASHBY = {
    "apiVersion": "1",
    "jobs": [
        {
            "id": "a1", "title": "Data Engineer", "department": "Data", "team": "Loads", "location": "Bristol, UK",
            "secondaryLocations": [], "isRemote": True, "workplaceType": None, "publishedAt": "2026-01-01T00:00:00Z",
            "descriptionHtml": f"<p>{TEXT}</p><p>{SKILLS}</p>", "descriptionPlain": f"{TEXT} {SKILLS}",
            "address": {"postalAddress": {"addressLocality": "Bristol", "addressCountry": "UK"}},
            "compensation": {"compensationTierSummary": "£40K – £50K", "summaryComponents": []},
        }
    ],
}  # fmt: skip
ADZUNA = {
    "count": 1,
    "results": [
        {
            "id": "9", "title": "Data Engineer", "description": f"{TEXT} {SKILLS}", "created": "2026-01-01T00:00:00Z",
            "company": {"display_name": "Quarry & Fern", "__CLASS__": "Adzuna::API::Response::Company"},
            "location": {"display_name": "Bristol, UK", "area": ["UK", "Bristol"]}, "category": {"label": "IT Jobs", "tag": "it"},
            "salary_min": 40000.0, "salary_max": 50000.0, "redirect_url": "https://example.com", "contract_time": "full_time",
        }
    ],
}  # fmt: skip
USAJOBS = {
    "LanguageCode": "EN",
    "SearchResult": {
        "SearchResultCount": 1,
        "SearchResultItems": [
            {
                "MatchedObjectId": "700",
                "MatchedObjectDescriptor": {
                    "PositionID": "X-1", "PositionTitle": "Data Engineer", "PositionLocationDisplay": "Bristol, UK",
                    "PositionLocation": [{"LocationName": "Bristol, UK", "CountryCode": "UK"}], "OrganizationName": "Quarry & Fern",
                    "QualificationSummary": SKILLS, "PositionRemuneration": [{"MinimumRange": "40000", "MaximumRange": "50000"}],
                    "UserArea": {"Details": {"JobSummary": TEXT, "MajorDuties": ["Read the logs", "Tell the harbour"]}},
                },
            }
        ],
    },
}  # fmt: skip
JSON_LD = {
    "@context": "https://schema.org", "@type": "JobPosting", "title": "Data Engineer", "datePosted": "2026-01-01",
    "description": f"<p>{TEXT}</p><p>{SKILLS}</p>", "identifier": {"@type": "PropertyValue", "name": "Q", "value": "77"},
    "hiringOrganization": {"@type": "Organization", "name": "Quarry & Fern", "sameAs": "https://example.com"},
    "jobLocation": {"@type": "Place", "address": {"@type": "PostalAddress", "addressLocality": "Bristol", "addressCountry": {"@type": "Country", "name": "UK"}}},
    "jobLocationType": "TELECOMMUTE", "employmentType": "FULL_TIME",
    "baseSalary": {"@type": "MonetaryAmount", "currency": "GBP", "value": {"@type": "QuantitativeValue", "minValue": 40000, "maxValue": 50000, "unitText": "YEAR"}},
}  # fmt: skip
JOBSPY = {
    "id": "in-1", "site": "indeed", "job_url": "https://example.com", "title": "Data Engineer", "company": "Quarry & Fern",
    "location": "Bristol, UK", "date_posted": "2026-01-01", "job_type": "fulltime", "interval": "yearly", "min_amount": "40000.0",
    "max_amount": "50000.0", "currency": "GBP", "is_remote": "True", "job_level": "", "description": f"{TEXT}\n\n**Bring**\n\n{SKILLS}",
}  # fmt: skip
GLASSDOOR = {
    "": "0", "Job Title": "Data Engineer", "Salary Estimate": "$53K-$91K (Glassdoor est.)", "Job Description": f"{TEXT} {SKILLS}",
    "Rating": "3.8", "Company Name": "Quarry & Fern\n3.8", "Location": "Bristol, UK", "Headquarters": "-1", "Competitors": "-1",
}  # fmt: skip
LINKEDIN = {
    "job_id": "3", "company_name": "Quarry & Fern", "title": "Data Engineer", "description": TEXT, "max_salary": "50000.0",
    "pay_period": "YEARLY", "location": "Bristol, UK", "med_salary": "", "min_salary": "40000.0", "remote_allowed": "1.0",
    "formatted_experience_level": "Entry level", "skills_desc": SKILLS, "currency": "GBP", "listed_time": "1.7E12",
}  # fmt: skip
KAGGLE = {
    "Job Id": "1", "Experience": "2 to 4 Years", "Qualifications": "M.Tech", "Salary Range": "$59K-$99K", "location": "Bristol, UK",
    "Job Title": "Data Engineer", "Role": "ETL", "Job Description": TEXT, "Benefits": "{'Gym'}", "skills": SKILLS,
    "Responsibilities": "Read the logs.", "Company": "Quarry & Fern",
}  # fmt: skip
JSEARCH = {
    "status": "OK",
    "data": [
        {
            "job_id": "j1", "employer_name": "Quarry & Fern", "job_title": "Data Engineer", "job_description": f"{TEXT}\n{SKILLS}",
            "job_is_remote": True, "job_city": "Bristol", "job_state": None, "job_country": "UK",
        }
    ],
}  # fmt: skip
SMART_RECRUITERS = {
    "content": [
        {
            "id": "s1", "name": "Data Engineer", "company": {"identifier": "qf", "name": "Quarry & Fern"},
            "location": {"city": "Bristol", "country": "UK", "remote": False},
            "jobAd": {"sections": {"jobDescription": {"title": "The job", "text": f"<p>{TEXT}</p>"}, "qualifications": {"title": "Needed", "text": SKILLS}}},
        }
    ]
}  # fmt: skip
MUSE = {
    "results": [
        {
            "id": 5, "name": "Data Engineer", "contents": f"<p>{TEXT}</p> {SKILLS}", "company": {"id": 1, "name": "Quarry & Fern"},
            "locations": [{"name": "Bristol, UK"}], "levels": [{"name": "Entry Level", "short_name": "entry"}],
        }
    ]
}  # fmt: skip
SHAPES = {
    "greenhouse": GREENHOUSE, "lever": LEVER, "ashby": ASHBY, "adzuna": ADZUNA, "usajobs": USAJOBS, "json-ld": JSON_LD,
    "json-ld graph": {"@context": "https://schema.org", "@graph": [JSON_LD]}, "jobspy": [JOBSPY], "glassdoor": [GLASSDOOR],
    "linkedin": [LINKEDIN], "kaggle": [KAGGLE], "jsearch": JSEARCH, "smartrecruiters": SMART_RECRUITERS, "the muse": MUSE,
}  # fmt: skip
WITHOUT_COMPANY = {"lever", "ashby"}


def read_one(path):
    [listing] = start_reading(open_source(str(path))).listings
    return listing


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("indent", [None, 2])
def test_shape_is_read_with_its_text_company_and_place(tmp_path, shape, indent):
    path = tmp_path / "jobs.json"
    path.write_text(json.dumps(SHAPES[shape], indent=indent), encoding="utf-8")
    listing = read_one(path)
    assert listing.title == "Data Engineer"
    assert TEXT in listing.description
    assert SKILLS in listing.description
    assert listing.company == ("" if shape in WITHOUT_COMPANY else "Quarry & Fern")
    assert listing.location == "Bristol, UK"


@pytest.mark.parametrize(
    ("shape", "mode", "salary"),
    [
        ("lever", "remote", ""), ("ashby", "remote", "£40K – £50K"), ("adzuna", "", "40000 to 50000"),
        ("usajobs", "", "40000 to 50000"), ("json-ld", "remote", "GBP 40000 to 50000 year"),
        ("jobspy", "remote", "GBP 40000 to 50000 yearly"), ("glassdoor", "", "$53K-$91K (Glassdoor est.)"),
        ("linkedin", "remote", "GBP 40000 to 50000 yearly"), ("kaggle", "", "$59K-$99K"), ("jsearch", "remote", ""),
    ],
)  # fmt: skip
def test_shape_keeps_work_mode_and_salary(tmp_path, shape, mode, salary):
    path = tmp_path / "jobs.json"
    path.write_text(json.dumps(SHAPES[shape]), encoding="utf-8")
    listing = read_one(path)
    assert (listing.work_mode, listing.salary) == (mode, salary)


@pytest.mark.parametrize("row", [JOBSPY, GLASSDOOR, LINKEDIN, KAGGLE])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~", "\x01"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_table_is_read_with_any_delimiter_and_encoding(tmp_path, row, delimiter, encoding):
    path = tmp_path / "jobs.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerows([list(row), list(row.values())])
    listing = read_one(path)
    assert (listing.title, listing.company, listing.location) == ("Data Engineer", "Quarry & Fern", "Bristol, UK")
    assert SKILLS in listing.description


def test_table_with_backslash_quotes_and_a_line_break_in_a_header(tmp_path):
    path = tmp_path / "jobs.csv"
    path.write_text('"Job\nTitle","Job Description","Place"\n"Nurse","the \\"night\\" ward, and","\\N"\n')
    listing = read_one(path)
    assert (listing.title, listing.description) == ("Nurse", 'the "night" ward, and')
    assert listing.location == ""


def test_table_of_tabs_without_quoting_keeps_quotes(tmp_path):
    path = tmp_path / "jobs.tsv"
    path.write_text('title\tdescription\nWelder\t5" pipes and "more\nCook\t"soup" and "bread\n')
    listings = list(start_reading(open_source(str(path))).listings)
    assert [one.description for one in listings] == ['5" pipes and "more', '"soup" and "bread']


def test_table_with_rows_above_its_header(tmp_path):
    path = tmp_path / "jobs.csv"
    path.write_text("Openings of January\n\ntitle,description\nNurse,Nights\n")
    assert read_one(path).title == "Nurse"


def test_packed_json_parquet_and_nested_columns(tmp_path):
    rows = ADZUNA["results"]
    plain, packed = tmp_path / "jobs.parquet", tmp_path / "jobs.parquet.gz"
    parquet.write_table(pyarrow.Table.from_pylist(rows), plain)
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    zipped = tmp_path / "jobs.json.zst"
    with pyarrow.output_stream(str(zipped), compression="zstd") as out:
        out.write(json.dumps(ADZUNA).encode())
    lines = tmp_path / "jobs.ndjson.gz"
    lines.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    assert {read_one(path).location for path in (plain, packed, zipped, lines)} == {"Bristol, UK"}


def test_packed_file_that_is_cut_off_is_one_clear_line(tmp_path):
    path = tmp_path / "jobs.csv.gz"
    path.write_bytes(gzip.compress(b"title,description\n" + b"Nurse,Nights\n" * 90_000)[:200])
    with pytest.raises(ValueError, match=r"could not unpack .* is the file whole") as caught:
        list(start_reading(open_source(str(path))).listings)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", b'{"jobs": [{"title": "T", "descr', "expected JSON in UTF-8"),
        ("a.json", b"[1, 2]", "expected a column for|expected a JSON object"),
        ("a.html", b"<html><body>jobs</body></html>", "is markup; save it as CSV or JSON"),
        ("a.xlsx", b"PK\x03\x04 no workbook", "expected a spreadsheet"),
        ("a.xlsx", b"plain", "expected a spreadsheet file"),
        ("a.csv", b"\x00\x01\x02\xff" * 90, "is no text"),
    ],
)
def test_file_that_is_none_is_one_clear_line(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        list(start_reading(open_source(str(path))).listings)
    assert "\n" not in str(caught.value)


def test_bad_rows_are_left_out_up_to_a_limit(tmp_path):
    path = tmp_path / "jobs.csv"
    good, bad = "Nurse,Nights\n", "a,b,c\n"
    path.write_text("title,description\n" + good * 500 + bad * 100)
    read = start_reading(open_source(str(path)))
    assert len(list(read.listings)) == 500
    assert read.reading.lines()[0].startswith("100 row(s) left out")
    path.write_text("title,description\n" + good * 500 + bad * 101)
    with pytest.raises(ValueError, match="101 of 601 rows are bad; up to 100, or 10% of a large file"):
        list(start_reading(open_source(str(path))).listings)


def test_columns_with_commas_and_pluses_in_their_names(tmp_path):
    path = tmp_path / "jobs.jsonl"
    path.write_text(json.dumps({"t": "Nurse", "tasks, all": "Nights", "C++ notes": "none at all"}))
    read = start_reading(open_source(str(path)), {"title": "t", "description": '"tasks, all"+C++ notes'})
    assert next(read.listings).description == "Tasks, all:\nNights\n\nC++ notes:\nnone at all"
