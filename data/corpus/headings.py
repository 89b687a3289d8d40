"""Which lines of a posting are headings: by its markup, or by their look, in any mark."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from data.corpus.cleaning import clean_and_mask_line
from data.corpus.section_patterns import CUES

MAX_HEADING_CHARACTERS = 100
# With a colon at the end or a mark of a heading, and without.
MAX_HEADING_WORDS, MAX_BARE_HEADING_WORDS = 14, 6
# What is longer is a sentence, also without a full stop.
MAX_ITEM_WORDS = 10
NONE, BULLET, NUMBER, SYMBOL, STRONG = "", "bullet", "number", "symbol", "strong"
BULLETED = re.compile(r"[-–—*•·+][ \t]+(?=\S)")
NUMBERED = re.compile(r"[(\[]?(?:\d{1,2}|[IVX]{1,4}|[A-Ha-h])[.)\]:][ \t]*(?=\S)")
# Emoji, dingbats, arrows and other symbols, in front of words.
SYMBOLS = re.compile(r"(?:[^\w\s\"'“‘(\[【<#*_=~\-–—•·+$€£&/.]\ufe0f?)+[ \t]*(?=\S)")
# Of whole lines: `## x`, `**x**`, `_x_`, `--- x ---`, `== x ==`, `[x]`, `【x】`, `<x>`.
WRAPPED = (
    re.compile(r"#{1,6}[ \t]+(?P<text>.+?)[ \t]*#*"),
    re.compile(r"#{2,6}(?P<text>[^\s#].*?)#*"),
    re.compile(r"([-–—=~*_#+|]{2,})[ \t]*(?P<text>.+?)[ \t]*[-–—=~*_#+|:]{2,}:?"),
    re.compile(r"([*_~|])(?=\S)(?P<text>.+?)(?<=\S)\1:?"),
    re.compile(r"[-–—][ \t]*(?P<text>[^-–—].*?)[ \t]*[-–—]"),
    re.compile(r"[\[【〔「『《〈<«](?P<text>.+?)[\]】〕」』》〉>»]:?"),
)
MARKS = " \t*#:-–—•·_=~|+[](){}<>«»【】〔〕「」『』《》〈〉?!.…→➤►▶"
TRAILING = re.compile(r"[^\w)\]%+#$€£]+$")
# What a heading of a posting's own begins with, where nothing else tells.
HEADING_WORDS = re.compile(
    r"(?:what|who|how|you|your|must|nice|needed|wanted|skills?|stack|tech|technolog\w+|tools?|toolbox|toolkit|ideally|"
    r"profile|candidates?|day to day|in this role|the (?:role|job|work|stack|profile|candidate|person))\b",
    re.IGNORECASE,
)
# Heading elements, bold text that is all of its block, and bold lines of Markdown.
BOLD = r"(?:[ \t]|<(?:u|em|i|span)\b[^<>]*>){0,9}<(b|strong)\b[^<>]*>(?P<text>[^\n]{1,200}?)</\1\s*>(?:[ \t]|</?(?:u|em|i|span)\b[^<>]*>|:){0,9}"
MARKUP_HEADINGS = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL | re.MULTILINE)
    for pattern in (
        r"<h([1-6])\b[^<>]*>(?P<text>.{1,300}?)</h\1\s*>",
        rf"(?:^|<br\b[^<>]*>|<(?:p|div|td)\b[^<>]*>|</(?:p|div|[uo]l|h[1-6])\s*>){BOLD}(?=<(?:br|[uo]l|/p|/div|/td|p|div)\b|\n|\Z)",
        r"^[ \t]*(\*\*|__)(?=\S)(?P<text>[^\n]{1,100}?)\1:?[ \t]*$",
    )
)


def find_headings(raw_text: str) -> frozenset[str]:
    """Return the lines of a cleaned text that its (escaped) markup made headings."""
    if "<" not in raw_text and "&" not in raw_text and "**" not in raw_text and "__" not in raw_text:
        return frozenset()
    # Real texts are escaped once or twice.
    text = html.unescape(html.unescape(raw_text))
    found = {clean_and_mask_line(match["text"]) for pattern in MARKUP_HEADINGS for match in pattern.finditer(text)}
    return frozenset(line for line in found if 0 < len(line) <= MAX_HEADING_CHARACTERS)


@dataclass(frozen=True, slots=True)
class Heading:
    """A line without its marks, and which mark it had."""

    text: str
    mark: str


def read_heading(line: str) -> Heading:
    """Take the marks of a heading off a line.

    >>> read_heading("### Requirements")
    Heading(text='Requirements', mark='strong')
    """
    text, mark = line.strip(), NONE
    for pattern, name in ((BULLETED, BULLET), (NUMBERED, NUMBER), (SYMBOLS, SYMBOL)):
        if found := pattern.match(text):
            text, mark = text[found.end() :], name
    for pattern in WRAPPED:
        if found := pattern.fullmatch(text):
            text, mark = found["text"], STRONG
    if mark != STRONG and _is_shouted(text):
        mark = mark or STRONG
    return Heading(" ".join(TRAILING.sub("", text.strip(MARKS)).split()), mark)


def _is_shouted(text: str) -> bool:
    """Tell whether two words or more are all capitals, as in `WHAT YOU BRING`."""
    words = [word for word in text.split() if any(map(str.isalpha, word))]
    return len(words) > 1 and text.upper() == text and sum(map(str.isalpha, text)) > 2 * len(words)


def is_heading_like(lines: Sequence[str], position: int, opened_by: str) -> bool:
    """Tell whether a line of boilerplate may open another section, whatever its name.

    What is no heading after all costs little: a line of boilerplate stays. So anything that could be one is.

    Args:
        lines: The text's lines.
        position: Which of them.
        opened_by: The mark of the heading that opened the section.
    """
    line = lines[position].strip()
    heading = read_heading(line)
    words = heading.text.count(" ") + 1
    if not heading.text or len(line) > MAX_HEADING_CHARACTERS or words > MAX_HEADING_WORDS:
        return False
    if line.endswith((".", ";", ",")) or not any(map(str.isalpha, heading.text)):
        return False
    if heading.mark == STRONG:
        return True
    before, after = _neighbour(lines, position, -1), _neighbour(lines, position, 1)
    if heading.mark:
        return _differs(lines, position, heading.mark, opened_by)
    if words > MAX_ITEM_WORDS or not after:
        return False
    if HEADING_WORDS.match(heading.text) or BULLETED.match(after):
        return True
    begins_paragraph = position == 0 or not lines[position - 1].strip()
    # A paragraph's first line without a full stop; after a sentence, or before one, where all lines are alike.
    if begins_paragraph and lines[position + 1].strip():
        return True
    return _is_sentence(before) or _is_sentence(after)


def _differs(lines: Sequence[str], position: int, mark: str, opened_by: str) -> bool:
    """Tell whether a marked line is no item among others of its mark."""
    before, after = (read_heading(_neighbour(lines, position, step)).mark for step in (-1, 1))
    if mark not in (before, after):
        return True
    return mark == opened_by and (mark != BULLET or stands_apart(lines, position))


def stands_apart(lines: Sequence[str], position: int) -> bool:
    """Tell whether no line of the same block stands before and after a line."""
    around = [lines[other] for other in (position - 1, position + 1) if 0 <= other < len(lines)]
    return not any(line.strip() for line in around)


def _neighbour(lines: Sequence[str], position: int, step: int) -> str:
    """Return the nearest line before or after that is not blank, or nothing."""
    position += step
    while 0 <= position < len(lines):
        if line := lines[position].strip():
            return line
        position += step
    return ""


def _is_sentence(line: str) -> bool:
    return line.endswith((".", "!")) and line.count(" ") >= MAX_BARE_HEADING_WORDS and not BULLETED.match(line)


def names_tools(sentence: str) -> bool:
    """Tell whether an item or a short line names a tool: boilerplate seldom does."""
    is_short = BULLETED.match(sentence) or sentence.count(" ") < MAX_ITEM_WORDS
    found = {match.lower() for match in CUES["tool"].findall(sentence)}
    return len(found) > 1 or bool(found and is_short)
