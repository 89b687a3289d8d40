"""A listing's prompt, and the queries in its answer."""

import json
from collections.abc import Mapping, Sequence

from data.chat.prompts import fill_slots, json_objects, name_faults
from search.records import Listing

STYLE_GUIDE: Mapping[str, str] = {
    "skills": "a bare list of skills and tools, three to six of them, no sentence",
    "profile": "the searcher describes themselves: role, years of experience, skills, perhaps a field of work",
    "wish": "a plain wish in everyday words: what they want to do, for whom, where or how",
}
MAX_POSTING_CHARACTERS = 6000


def fill_prompt(template: str, listing: Listing, wanted: Sequence[str], faults: Sequence[tuple[str, str]] = ()) -> str:
    """Ask for queries of the `wanted` styles.

    Earlier `faults`, (name, text), are named, so that a second question is another.
    """
    styles = dict.fromkeys(wanted)
    values = {
        "count": str(len(wanted)),
        "styles": "\n".join(f"- {style}: {STYLE_GUIDE[style]}" for style in styles),
        "form": json.dumps({style: ["..."] * wanted.count(style) for style in styles}),
        "posting": listing.document[:MAX_POSTING_CHARACTERS],
    }
    return name_faults(fill_slots(template, values), [f"{fault.replace('_', ' ')}: {text!r}" for fault, text in faults])


def parse_answer(content: str) -> list[tuple[str, str]]:
    """Return (style, query) pairs of the first object with some."""
    for value in json_objects(content):
        offered = {style: value.get(style) for style in STYLE_GUIDE}
        listed = {style: texts if isinstance(texts, list) else [texts] for style, texts in offered.items()}
        pairs = [(style, text) for style, texts in listed.items() for text in texts if isinstance(text, str)]
        if pairs:
            return pairs
    return []
