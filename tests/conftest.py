"""What all tests share. Sockets other than loopback are refused by pyproject's --allow-hosts."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import json
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FAMILY_TITLES = ("Data Scientist", "Data Engineer", "Data Analyst")


@pytest.fixture
def write_lines(tmp_path: Path) -> Callable[..., Path]:
    """Write objects to a JSON Lines file and return its path."""

    def write(*rows: object, name: str = "listings.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    return write


def small_corpus(count: int) -> list[dict[str, object]]:
    """Listings with words of their own, so that none is a near-duplicate of another."""
    rows = []
    for number in range(count):
        words = " ".join(f"w{number}x{place}" for place in range(30))
        rows.append(
            {
                "listing_id": f"job-{number:03d}",
                "title": FAMILY_TITLES[number % 3],
                "company": f"Company {number}",
                "location": "Town",
                "description": f"We need skill{number} and tool{number}. {words}",
                "queries": [f"skill{number} please", f"years of tool{number}"],
            }
        )
    return rows
