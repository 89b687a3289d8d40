"""Scraped text -> plain text: no markup, no entities, contacts masked, spaces where they were lost."""

import html
import re

from bs4 import BeautifulSoup
from phonenumbers import PhoneNumberMatcher

# Tags by name, so that "<100 ms" and "List<String>" stay text.
TAG_REST = (
    r"/?(?:a|article|b|blockquote|body|br|code|dd|div|dl|dt|em|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|"
    r"img|input|label|li|link|main|meta|nav|ol|p|pre|s|script|section|small|span|strong|style|sub|sup|svg|table|tbody|"
    r"td|th|thead|title|tr|u|ul|video)\b[^<>]{0,500}>"
)
TAG = re.compile(f"<{TAG_REST}", re.IGNORECASE)
NO_TAG = re.compile(f"<(?!{TAG_REST})", re.IGNORECASE)
BLOCK_TAGS = ("p", "br", "li", "ul", "ol", "div", "tr", "section", "h1", "h2", "h3", "h4", "h5", "h6")
# One that is never closed is no more than its mark: what follows may be the posting.
COMMENT = re.compile(r"<!--.*?-->|<!--", re.DOTALL)
# A word of two letters or more, a full stop, a capitalised word: "models.You", not "Node.JS".
MISSING_SPACE = re.compile(r"(?<=[a-z]{2})([.!?])(?=[A-Z][a-z])")
MISSING_SPACE_AFTER_COLON = re.compile(r"(?<=[A-Za-z]{2}):(?=[A-Z][a-z])")
# Two list items that lost their line break, "processingDesign". A name such as PyTorch starts with a
# capital, and the few that do not are shorter ("javaScript") or named here.
GLUED_WORDS = re.compile(r"\b(?!tensor|elastic|power|linked|sage|light|snow|cloud|micro|data)([a-z]{5,})(?=[A-Z][a-z])")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
MARKDOWN_ESCAPE = re.compile(r"\\(?=[-+&.*_#()\[\]!~|>])")
MARKDOWN_BOLD = re.compile(r"\*\*|(?<!\w)__(?=\w)|(?<=\w)__(?!\w)")
BULLET = re.compile(r"^[ \t]*(?:[*•·●▪◦‣○■–—o»✔✓➢→][ \t]+|[•·●▪◦‣○■➢][ \t]*)(?=\S)", re.MULTILINE)
INLINE_BULLET = re.compile(r"(?<=\S)[ \t]*[•●▪◦‣○■➢][ \t]*(?=\S)|(?<=\S)[ \t]+·[ \t]+(?=\S)|(?<=[.;])·[ \t]*(?=\S)")
# Headings that stand inside a text that lost its line breaks: "inclusion. Who you are:", "QualificationsBachelor's".
INLINE_HEADING = re.compile(
    r"(?:^|(?<=[.!?;)\]])) ?((?:Key |Job |Your |Main |Primary |Core |Minimum |Basic |Preferred |Required |Desired |Additional |"
    r"Technical )?(?:Responsibilities|Qualifications|Requirements|Skills)(?: Include)?|About (?:[Uu]s|[Yy]ou|[Tt]he [Rr]ole|"
    r"[Tt]he [Tt]eam)|Who (?:We|we|You|you) [Aa]re|What [Yy]ou[’'](?:ll|re) (?:Do|do|Bring|bring|Need|need)|What [Ww]e [Oo]ffer|"
    r"(?:Nice|Good) [Tt]o [Hh]aves?|Benefits|Perks|Equal (?:Employment )?Opportunity)(?::[ \t]*|(?=[A-Z][a-z]))(?=\S)",
    re.MULTILINE,
)
EMAIL = re.compile(r"[\w.+-]{1,64}(?:@| ?[\[(]at[\])] ?)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
EMAIL_MASK, PHONE_MASK = "[email]", "[phone]"
# National numbers are read as those of these two; others are found by their +country prefix.
PHONE_REGIONS = ("US", "GB")
# Seven digits with little between them; the matcher is slow and looks at such texts only.
PHONE_LIKE = re.compile(r"\d(?:\W{0,3}\d){6}")


def clean_text(text: str) -> str:
    """Return the text as a reader would see it, one line break between blocks at most two.

    Cleaning a cleaned text changes nothing: what one pass lays bare (an entity of an entity, a tag
    in an attribute) the next takes away, until nothing is left to do.
    """
    while (cleaned := _clean_once(text)) != text:
        text = cleaned
    return text


def _clean_once(text: str) -> str:
    text = html.unescape(text) if not TAG.search(text) else text
    if TAG.search(text) or COMMENT.search(text):
        text = _without_tags(text)
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


def _without_tags(text: str) -> str:
    # The parser takes any "<word>" for a tag.
    soup = BeautifulSoup(NO_TAG.sub("&lt;", COMMENT.sub(" ", text)), "html.parser")
    for hidden in soup(["script", "style"]):
        hidden.decompose()
    for block in soup(BLOCK_TAGS):
        block.insert_before("\n")
        block.insert_after("\n")
        if block.name == "li":
            block.insert(0, "- ")
    return soup.get_text()


def clean_line(text: str) -> str:
    """Clean a text that stands on one line, such as a title or a query."""
    return " ".join(clean_text(text).split())


def mask_contacts(text: str) -> str:
    """Put "[email]" and "[phone]" in the place of addresses and of numbers that can be dialled.

    Source: phonenumbers (libphonenumber's rules), so that salaries, years and ids stay.
    """
    text = EMAIL.sub(EMAIL_MASK, text)
    for region in PHONE_REGIONS if PHONE_LIKE.search(text) else ():
        for match in reversed(list(PhoneNumberMatcher(text, region))):
            text = text[: match.start] + PHONE_MASK + text[match.end :]
    return text
