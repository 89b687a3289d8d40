"""Long regular expressions, kept readable in TOML files."""

import tomllib
from pathlib import Path
from typing import Any


def load_patterns(path: Path) -> dict[str, Any]:
    """Read a file's patterns, their lines joined without indentation."""
    return _joined(tomllib.loads(path.read_text(encoding="utf-8")))


def _joined(table: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _joined(value) if isinstance(value, dict) else "".join(line.strip() for line in value.splitlines())
        for name, value in table.items()
    }
