"""Prompts' slots, and the JSON in answers."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any


def read_template(path: Path, slots: Mapping[str, str]) -> str:
    """Read a prompt's text, which must have slots.

    Args:
        path: The prompt's file.
        slots: A slot's name -> what goes there, for people.

    Raises:
        ValueError: a slot is missing.
    """
    template = path.read_text(encoding="utf-8")
    for name, content in slots.items():
        if f"{{{name}}}" not in template:
            raise ValueError(f"expected {{{name}}} in the prompt {path}, where {content} goes; add it")
    return template


def fill_slots(template: str, values: Mapping[str, str]) -> str:
    """Put values into the slots `{name}`; what looks like a slot inside a value stays as it is."""
    # Not str.format: neither prompts nor listings mean their braces that way.
    slot = re.compile("|".join(rf"\{{{re.escape(name)}\}}" for name in values))
    return slot.sub(lambda match: values[match.group()[1:-1]], template)


def name_faults(prompt: str, faults: Sequence[str]) -> str:
    """Add why earlier answers were refused, so that a second question is another."""
    return f"{prompt}\nAn earlier answer was refused ({'; '.join(faults)}). Answer better." if faults else prompt


def json_objects(content: str) -> Iterator[dict[str, Any]]:
    """Yield each JSON object, also inside prose or a code block."""
    yield from _decode(content, json.JSONDecoder())


def json_values(content: str, name: str) -> Iterator[Any]:
    """Yield each value of a name in JSON objects, all of them where one object has it several times."""
    for pairs in _decode(content, json.JSONDecoder(object_pairs_hook=tuple)):
        yield from (value for key, value in pairs if key == name)


def _decode(content: str, decoder: json.JSONDecoder) -> Iterator[Any]:
    start = content.find("{")
    while start >= 0:
        with suppress(ValueError, RecursionError):
            yield decoder.raw_decode(content, start)[0]
        start = content.find("{", start + 1)
