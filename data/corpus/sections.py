"""Sections of a posting, and its text without boilerplate."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from data.corpus.section_patterns import ABOUT, BOILERPLATE_HEADINGS, CUES, DUTIES, OTHER, OTHER_HEADINGS, REQUIREMENTS

MAX_HEADING_CHARACTERS = 100
# With a colon at the end, and without.
MAX_HEADING_WORDS, MAX_BARE_HEADING_WORDS = 14, 6
# A sentence this long is a text that lost its full stops; it may hold anything.
MAX_SENTENCE_CHARACTERS = 700
MAX_INTRODUCTION_CHARACTERS = 300
SENTENCE_END = re.compile(r"(?<=[.!?]) +(?=[A-Z\"“(])")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or heading, its section and its characters."""

    section: str
    start: int
    end: int
    is_heading: bool
    is_boilerplate: bool


def section_of_heading(line: str) -> str | None:
    """Return the section that a heading opens, else None."""
    text = re.sub(r"\s+", " ", line.replace("’", "'")).strip(" *#:-•_[]()?!.").lower()
    has_colon = line.endswith(":")
    max_words = MAX_HEADING_WORDS if has_colon else MAX_BARE_HEADING_WORDS
    if not text or text.count(" ") >= max_words or line.endswith((".", ";", ",")):
        return None
    boilerplate = (section for section, pattern in BOILERPLATE_HEADINGS.items() if pattern.fullmatch(text))
    if section := next(boilerplate, None):
        return section
    if not has_colon and not line[:1].isupper():
        return None
    others = (section for section, pattern in OTHER_HEADINGS.items() if pattern.search(text))
    return next(others, OTHER if has_colon else None)


def split_sections(text: str) -> Iterator[Sentence]:
    """Yield a cleaned text's headings and sentences, in order."""
    section = OTHER
    for start, sentence, fills_line in _sentences(text):
        heading = _heading(sentence, fills_line)
        opened = section_of_heading(heading) if heading else None
        if opened:
            section = opened
            end = start + len(heading)
            yield Sentence(section, start, end, is_heading=True, is_boilerplate=section in BOILERPLATE_HEADINGS)
            start, sentence = end, sentence[len(heading) :]
        if not sentence.strip():
            continue
        if section in BOILERPLATE_HEADINGS and _ends_boilerplate(sentence, section):
            section = OTHER
        is_boilerplate = _is_boilerplate(sentence, section)
        yield Sentence(section, start, start + len(sentence), is_heading=False, is_boilerplate=is_boilerplate)


def _sentences(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield (start, sentence, whether it fills its line)."""
    position = 0
    for line in text.split("\n"):
        start = 0
        for end in [match.start() for match in SENTENCE_END.finditer(line)] + [len(line)]:
            sentence = line[start:end].lstrip()
            if sentence:
                yield position + end - len(sentence), sentence, len(sentence) == len(line)
            start = end
        position += len(line) + 1


def _heading(sentence: str, fills_line: bool) -> str:
    """Return the text before a colon, or a short line."""
    before, colon, after = sentence.partition(":")
    if colon and (not after or after.startswith(" ")) and len(before) <= MAX_HEADING_CHARACTERS:
        return before + colon
    return sentence if fills_line and len(sentence) <= MAX_HEADING_CHARACTERS else ""


def _ends_boilerplate(sentence: str, section: str) -> bool:
    if CUES["equal_opportunity"].search(sentence):
        return False
    if CUES["skill"].search(sentence) and not CUES["benefits"].search(sentence):
        return True
    return section == ABOUT and CUES["job"].search(sentence) is not None


def _is_boilerplate(sentence: str, section: str) -> bool:
    if len(sentence) > MAX_SENTENCE_CHARACTERS:
        return False
    if section in BOILERPLATE_HEADINGS:
        return True
    if CUES["equal_opportunity"].search(sentence):
        return not (section == REQUIREMENTS and CUES["skill"].search(sentence))
    if section in (REQUIREMENTS, DUTIES) or CUES["skill"].search(sentence):
        return False
    if len({match.lower() for match in CUES["benefits"].findall(sentence)}) >= 2:
        return True
    return CUES["about"].search(sentence) is not None and not CUES["job"].search(sentence)


def cut_boilerplate(text: str) -> str:
    """Cut what is said of equal opportunity, benefits and company.

    A sentence about the work or the skills ends such a section and stays: no requirement is lost for standing under
    the wrong heading. Cutting a text again changes nothing.
    """
    while (cut := _cut_once(text)) != text:
        text = cut
    return text


def _cut_once(text: str) -> str:
    characters = list(text)
    sentences = list(split_sections(text))
    introduction = _introduction(sentences)
    for sentence in sentences:
        if sentence.is_boilerplate and sentence != introduction:
            characters[sentence.start : sentence.end] = [""] * (sentence.end - sentence.start)
    lines, position = [], 0
    for line in text.split("\n"):
        left = " ".join("".join(characters[position : position + len(line)]).split())
        # A line of which nothing is left goes, break and bullet too; empty lines between blocks stay.
        if not line.strip() or left.strip("-:* "):
            lines.append(left)
        position += len(line) + 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _introduction(sentences: Sequence[Sentence]) -> Sentence | None:
    """Find a first sentence about the company: it tells the industry."""
    about = (one for one in sentences if one.is_boilerplate and not one.is_heading and one.section in (ABOUT, OTHER))
    first = next(about, None)
    return first if first and first.end - first.start <= MAX_INTRODUCTION_CHARACTERS else None


def requirement_sentences(text: str) -> list[Sentence]:
    """Return the sentences under a heading of requirements, without headings."""
    return [one for one in split_sections(text) if one.section == REQUIREMENTS and not one.is_heading]
