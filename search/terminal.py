"""Texts of others on a terminal: shown, never obeyed."""

import logging
import unicodedata

# Categories of characters that act: controls, halves of others, separators that some terminals take for line breaks.
ACTING = ("Cc", "Cs", "Zl", "Zp")
# What turns the direction of the text around it.
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def printable(text: str) -> str:
    r"""Write characters that act on a terminal as escapes: a sequence that clears it as `\x1b[2J`.

    Line breaks and tabs stay.
    """
    if text.isprintable():
        return text
    return "".join(one.encode("unicode_escape").decode("ascii") if _acts(one) else one for one in text)


def _acts(character: str) -> bool:
    is_acting = unicodedata.category(character) in ACTING or character in DIRECTIONS
    return is_acting and character not in "\n\t"


def say(*lines: str) -> None:
    """Print lines, see `printable`."""
    print(*map(printable, lines), sep="\n", flush=True)


class PlainFormatter(logging.Formatter):
    """Formats a log's lines as `printable` does."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return printable(super().format(record))
