"""Sections of a posting, and its text without boilerplate."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from data.corpus.headings import (
    BULLET,
    MAX_BARE_HEADING_WORDS,
    MAX_HEADING_CHARACTERS,
    MAX_HEADING_WORDS,
    NONE,
    NUMBERED,
    Heading,
    is_heading_like,
    names_tools,
    read_heading,
    stands_apart,
)
from data.corpus.section_patterns import (
    ABOUT,
    BENEFITS,
    BOILERPLATE_HEADINGS,
    CUES,
    DUTIES,
    EQUAL_OPPORTUNITY,
    NAMES,
    OTHER,
    OTHER_HEADINGS,
    REQUIREMENTS,
)

# A sentence this long is a text that lost its full stops; it may hold anything.
MAX_SENTENCE_CHARACTERS = 700
MAX_INTRODUCTION_CHARACTERS = 300
SENTENCE_END = re.compile(r"(?<=[.!?]) +(?=[A-Z\"“(])")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or heading, its section and its characters.

    `cut_as` names the kind of boilerplate that it is, nothing for what stays.
    """

    section: str
    start: int
    end: int
    is_heading: bool
    cut_as: str = ""

    @property
    def is_boilerplate(self) -> bool:
        """Whether it is cut."""
        return bool(self.cut_as)


@dataclass(frozen=True, slots=True)
class Cut:
    """A text without boilerplate, and how many characters of each section are gone."""

    text: str
    characters: Mapping[str, int]


def section_of_heading(line: str) -> str | None:
    """Return the section that a heading opens, whatever its mark; None for a line that is none."""
    heading = read_heading(line)
    text = re.sub(r"\s+", " ", heading.text.replace("’", "'")).lower()
    has_colon = line.endswith(":")
    max_words = MAX_BARE_HEADING_WORDS if heading.mark in (NONE, BULLET) and not has_colon else MAX_HEADING_WORDS
    if not text or text.count(" ") >= max_words or line.endswith((".", ";", ",")):
        return None
    for patterns in (BOILERPLATE_HEADINGS, NAMES):
        if section := next((section for section, pattern in patterns.items() if pattern.fullmatch(text)), None):
            return section
    return _section_of_words(heading, text, has_colon=has_colon)


def _section_of_words(heading: Heading, text: str, *, has_colon: bool) -> str | None:
    """Tell a heading by a word in it; a line that is no heading by its form is none."""
    is_marked = heading.mark not in (NONE, BULLET)
    if not has_colon and (heading.mark == BULLET or not (is_marked or heading.text[:1].isupper())):
        return None
    others = (section for section, pattern in OTHER_HEADINGS.items() if pattern.search(text))
    return next(others, OTHER if has_colon else None)


def split_sections(text: str, headings: Collection[str] = ()) -> Iterator[Sentence]:
    """Yield a cleaned text's headings and sentences, in order.

    Args:
        text: Cleaned.
        headings: Lines of the text that its markup made headings.
    """
    reader = _SectionReader(text.split("\n"), frozenset(headings))
    for start, sentence, number in _sentences(text):
        fills_line = len(sentence) == len(reader.lines[number])
        if heading := reader.open_section(sentence, number, fills_line=fills_line):
            end = start + len(heading)
            cut_as = reader.section if reader.section in BOILERPLATE_HEADINGS else ""
            yield Sentence(reader.section, start, end, is_heading=True, cut_as=cut_as)
            start, sentence = end, sentence[len(heading) :]
        if sentence.strip():
            cut_as = reader.read(sentence)
            yield Sentence(reader.section, start, start + len(sentence), is_heading=False, cut_as=cut_as)


@dataclass(slots=True)
class _SectionReader:
    """Which section the next sentence belongs to."""

    lines: Sequence[str]
    headings: frozenset[str]
    section: str = OTHER
    mark: str = NONE  # of the heading that opened it
    is_named: bool = False  # whether a heading opened it

    def open_section(self, sentence: str, number: int, *, fills_line: bool) -> str:
        """Return the heading that a sentence begins with, after opening its section; else nothing."""
        heading = _heading(sentence, fills_line)
        opened = section_of_heading(heading) if heading else None
        mark = read_heading(heading).mark if heading else NONE
        if opened and mark == BULLET and heading == sentence and not self._may_be_bulleted(number):
            opened = None
        if not opened and fills_line and self._is_unknown_heading(sentence, number):
            heading, opened = sentence, OTHER
        if not opened:
            return ""
        self.section, self.mark, self.is_named = opened, mark, True
        return heading

    def _may_be_bulleted(self, number: int) -> bool:
        """Tell whether a bulleted line is a heading rather than an item."""
        return self.mark == BULLET or self.section in BOILERPLATE_HEADINGS or stands_apart(self.lines, number)

    def _is_unknown_heading(self, line: str, number: int) -> bool:
        if self.section not in BOILERPLATE_HEADINGS:
            return False
        if line in self.headings:
            return True
        return not (CUES["perk"].search(line) or _has_cue(line)) and is_heading_like(self.lines, number, self.mark)

    def read(self, sentence: str) -> str:
        """Return what kind of boilerplate a sentence is, nothing for none."""
        if self.section in BOILERPLATE_HEADINGS and _ends_boilerplate(sentence, self.section):
            self.section = OTHER
        return _boilerplate(sentence, self.section, is_item=self.is_named and sentence.startswith("- "))


def _has_cue(line: str) -> bool:
    return any(CUES[name].search(line) for name in ("equal_opportunity", "benefits", "about"))


def _sentences(text: str) -> Iterator[tuple[int, str, int]]:
    """Yield (start, sentence, its line's number)."""
    position = 0
    for number, line in enumerate(text.split("\n")):
        start = 0
        # "1. Benefits" is one.
        number_end = found.end() if (found := NUMBERED.match(line)) else 0
        ends = [match.start() for match in SENTENCE_END.finditer(line, number_end)]
        for end in (*ends, len(line)):
            sentence = line[start:end].lstrip()
            if sentence:
                yield position + end - len(sentence), sentence, number
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
    if (CUES["skill"].search(sentence) or names_tools(sentence)) and not CUES["benefits"].search(sentence):
        return True
    return section == ABOUT and CUES["job"].search(sentence) is not None


def _boilerplate(sentence: str, section: str, *, is_item: bool) -> str:
    """Return what kind of boilerplate a sentence is; `is_item` is for those of a list under a heading."""
    if len(sentence) > MAX_SENTENCE_CHARACTERS:
        return ""
    if section in BOILERPLATE_HEADINGS:
        return section
    is_skill = CUES["skill"].search(sentence) is not None
    if CUES["equal_opportunity"].search(sentence):
        return "" if is_skill and (section == REQUIREMENTS or is_item) else EQUAL_OPPORTUNITY
    if section in (REQUIREMENTS, DUTIES) or is_skill or is_item or names_tools(sentence):
        return ""
    if len({match.lower() for match in CUES["benefits"].findall(sentence)}) >= 2:
        return BENEFITS
    return ABOUT if CUES["about"].search(sentence) and not CUES["job"].search(sentence) else ""


def cut_sections(text: str, headings: Collection[str] = ()) -> Cut:
    """Cut what is said of equal opportunity, benefits and company.

    Only known boilerplate goes: a heading of any other name ends such a section, and so does a sentence about the work
    or the skills. Cutting a text again changes nothing.

    Args:
        text: Cleaned.
        headings: Lines of the text that its markup made headings.
    """
    gone: Counter[str] = Counter()
    while (cut := _cut_once(text, headings)).text != text:
        gone.update(cut.characters)
        text = cut.text
    return Cut(text, dict(gone))


def find_boilerplate(text: str, headings: Collection[str] = ()) -> list[Sentence]:
    """Return the sentences and headings of a cleaned text that are cut at first, in order."""
    sentences = list(split_sections(text, headings))
    introduction = _introduction(sentences)
    return [one for one in sentences if one.is_boilerplate and one != introduction]


def _cut_once(text: str, headings: Collection[str]) -> Cut:
    characters = list(text)
    gone: Counter[str] = Counter()
    for sentence in find_boilerplate(text, headings):
        length = sentence.end - sentence.start
        characters[sentence.start : sentence.end] = [""] * length
        gone[sentence.cut_as] += length
    lines, position = [], 0
    for line in text.split("\n"):
        left = " ".join("".join(characters[position : position + len(line)]).split())
        # A line of which nothing is left goes, break and bullet too; empty lines between blocks stay.
        if not line.strip() or left.strip("-:* "):
            lines.append(left)
        position += len(line) + 1
    return Cut(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), dict(gone))


def _introduction(sentences: Sequence[Sentence]) -> Sentence | None:
    """Find a first sentence about the company: it tells the industry."""
    about = (one for one in sentences if one.is_boilerplate and not one.is_heading and one.section in (ABOUT, OTHER))
    first = next(about, None)
    return first if first and first.end - first.start <= MAX_INTRODUCTION_CHARACTERS else None


def requirement_sentences(text: str) -> list[Sentence]:
    """Return the sentences under a heading of requirements, without headings."""
    return [one for one in split_sections(text) if one.section == REQUIREMENTS and not one.is_heading]
