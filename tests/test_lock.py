"""The locks: each package with hashes, and as the requirements ask."""

import re

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

NAMES = ("requirements", "requirements-dev")
# Installed before the others, as its platform wants it.
UNLOCKED = {"torch"}


def locked(name):
    """Package -> version, of those that this platform takes; and how many hashes each entry has."""
    entries = re.split(r"\n(?=\S)", (ROOT / f"{name}.lock").read_text())
    rows = [Requirement(entry.split(" \\")[0]) for entry in entries if not entry.startswith("#")]
    hashes = [entry.count("--hash=sha256:") for entry in entries if not entry.startswith("#")]
    here = [row for row in rows if row.marker is None or Marker(str(row.marker)).evaluate()]
    return {canonicalize_name(row.name): str(row.specifier).removeprefix("==") for row in here}, hashes


def asked(name):
    lines = [line.split("#")[0].strip() for line in (ROOT / f"{name}.txt").read_text().splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-r")]


@pytest.mark.parametrize("name", NAMES)
def test_lock_has_a_hash_of_each_package_and_names_no_host(name):
    versions, hashes = locked(name)
    assert len(versions) > 80
    assert all(hashes)
    assert "://" not in (ROOT / f"{name}.lock").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_lock_is_what_the_requirements_ask(name):
    versions, _ = locked(name)
    rows = asked("requirements") + (asked(name) if name != "requirements" else [])
    for row in rows:
        if row.name not in UNLOCKED:
            assert row.specifier.contains(versions[canonicalize_name(row.name)]), f"{row}: run make lock"
