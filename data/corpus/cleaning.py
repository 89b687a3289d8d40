"""Scraped text -> plain text without markup and contacts."""

import html
import re
from html.parser import HTMLParser
from pathlib import Path

from phonenumbers import PhoneNumberMatcher

from data.patterns import load_patterns

PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
# Tags by name, so that "<100 ms" and "List<String>" stay text; with attributes only where there is an
# equals sign, so that "a<b and c>d" does too.
TAG_NAME = PATTERNS["tag_name"]
TAG_REST = rf"(?:/?{TAG_NAME}(?:\s*/?>|\s[^<>]*=[^<>]*>)|!doctype\b[^<>]*>)"
TAG = re.compile(f"<{TAG_REST}", re.IGNORECASE)
NO_TAG = re.compile(f"<(?!{TAG_REST})", re.IGNORECASE)
BLOCK_TAG = re.compile(
    r"address|article|blockquote|br|d[dlt]|div|footer|h[1-6]|header|hr|li|[ou]l|p|section|table|tr", re.IGNORECASE
)
HIDDEN = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
# One that is never closed is no more than its mark: what follows may be the posting.
COMMENT = re.compile(r"<!--.*?-->|<!--", re.DOTALL)
# "&amp;amp;lt;": escaped again and again.
ESCAPED_AGAIN = re.compile(r"&(?:amp;|#0*38;|#x0*26;)+", re.IGNORECASE)
# No character has such a number, and Python refuses to read the longest of them.
NO_CHARACTER = re.compile(r"&#x?[0-9a-f]{8,};?", re.IGNORECASE)
# Real texts are stable after two or three; what goes on is built to go on.
MAX_PASSES = 12
# A word of two letters or more, a full stop, a capitalised word: "models.You", not "Node.JS".
MISSING_SPACE = re.compile(r"(?<=[a-z]{2})([.!?])(?=[A-Z][a-z])")
MISSING_SPACE_AFTER_COLON = re.compile(r"(?<=[A-Za-z]{2}):(?=[A-Z][a-z])")
# Two list items that lost their line break, "processingDesign". A name such as PyTorch starts with a
# capital, and the few that do not are shorter ("javaScript") or named here.
GLUED_WORDS = re.compile(r"\b(?!tensor|elastic|power|linked|sage|light|snow|cloud|micro|data)([a-z]{5,})(?=[A-Z][a-z])")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff\ud800-\udfff]")
MARKDOWN_ESCAPE = re.compile(r"\\+(?=[-+&.*_#()\[\]!~|>])")
MARKDOWN_BOLD = re.compile(r"\*{2,}|(?<!\w)_{2,}(?=[^\W_])|(?<=[^\W_])_{2,}(?!\w)")
BULLET = re.compile(r"^[ \t]*(?:[*•·●▪◦‣○■–—o»✔✓➢→][ \t]+|[•·●▪◦‣○■➢][ \t]*)(?=\S)", re.MULTILINE)
INLINE_BULLET = re.compile(r"(?<=\S)[ \t]*[•●▪◦‣○■➢][ \t]*(?=\S)|(?<=\S)[ \t]+·[ \t]+(?=\S)|(?<=[.;])·[ \t]*(?=\S)")
INLINE_HEADING = re.compile(PATTERNS["inline_heading"], re.MULTILINE)
EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]+(?:(?:@| ?[\[(]at[\])] ?)[\w-]+(?:(?:\.| ?[\[(]dot[\])] ?)[\w-]+)+)+", re.IGNORECASE
)
EMAIL_MASK, PHONE_MASK = "[email]", "[phone]"
# National numbers are read as those of these two; others are found by their +country prefix.
PHONE_REGIONS = ("US", "GB")
# Seven digits with little between them; the matcher is slow and looks at such texts only.
PHONE_LIKE = re.compile(r"\d(?:\W{0,3}\d){6}")


class _TextOfMarkup(HTMLParser):
    """Gathers the text of markup, however deep it nests."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    # The parser's signature.
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if BLOCK_TAG.fullmatch(tag):
            self.pieces.append("\n- " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if BLOCK_TAG.fullmatch(tag):
            self.pieces.append("\n")

    def set_cdata_mode(self, elem: str, *, escapable: bool = False) -> None:
        """Do nothing: a script never closed must hide no text."""

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def strip_markup(text: str) -> str:
    """Return the text of (escaped) HTML, blocks on own lines."""
    for _ in range(MAX_PASSES):
        stripped = _strip_once(text)
        if stripped == text:
            return text
        text = stripped
    return text.replace("<", " ").replace("&", " ")


def _strip_once(text: str) -> str:
    text = NO_CHARACTER.sub(" ", ESCAPED_AGAIN.sub("&", text))
    if not TAG.search(text) and not COMMENT.search(text):
        return html.unescape(text)
    # The parser takes any "<word>" for a tag.
    text = NO_TAG.sub("&lt;", COMMENT.sub(" ", HIDDEN.sub("", text)))
    parser = _TextOfMarkup()
    parser.feed(text)
    parser.close()
    return "".join(parser.pieces)


def clean_text(text: str) -> str:
    """Clean a text; cleaning it again changes nothing."""
    for _ in range(MAX_PASSES):
        cleaned = _tidy(strip_markup(text))
        if cleaned == text:
            break
        text = cleaned
    return text


def _tidy(text: str) -> str:
    text = CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = MARKDOWN_BOLD.sub("", MARKDOWN_ESCAPE.sub("", text))
    text = BULLET.sub("- ", text)
    text = INLINE_BULLET.sub("\n- ", text)
    text = MISSING_SPACE.sub(r"\1 ", text)
    text = MISSING_SPACE_AFTER_COLON.sub(": ", text)
    text = GLUED_WORDS.sub(r"\1\n", text)
    text = INLINE_HEADING.sub(r"\n\1:\n", text)
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def clean_line(text: str) -> str:
    """Clean a text of one line, such as a title."""
    return " ".join(clean_text(text).split())


def clean_and_mask(text: str) -> str:
    """Clean a text and mask its contacts, also hidden ones."""
    # Markup and entities hide some; the spacing rules would part "jobs@Acme.Com".
    return mask_contacts(clean_text(mask_contacts(CONTROL.sub("", strip_markup(text)))))


def clean_and_mask_line(text: str) -> str:
    """Clean and mask a text of one line."""
    return " ".join(clean_and_mask(text).split())


def mask_contacts(text: str) -> str:
    """Replace addresses and dialable numbers by "[email]" and "[phone]".

    Source: phonenumbers (libphonenumber's rules), so that salaries, years and ids stay.
    """
    text = EMAIL.sub(EMAIL_MASK, text)
    for region in PHONE_REGIONS if PHONE_LIKE.search(text) else ():
        for match in reversed(list(PhoneNumberMatcher(text, region))):
            text = text[: match.start] + PHONE_MASK + text[match.end :]
    return text
