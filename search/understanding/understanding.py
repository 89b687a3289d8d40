"""What a query states: role, level, work mode, place, and what it rules out."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, Literal

from search.records import Span
from search.understanding.experience import CHANGE
from search.understanding.gazetteer import Area
from search.understanding.levels import find_levels, find_years
from search.understanding.places import PlaceNames
from search.understanding.refusals import OF_TWO, Refusal, find_refusals
from search.understanding.roles import find_roles
from search.understanding.vocabulary import WISHES
from search.understanding.wanted import left_out_of, without
from search.understanding.wanted_places import wanted_places_of
from search.understanding.words import Word, overlaps, span_of_words, split_words, squeeze_spaces
from search.understanding.work_modes import ON_SITE, REMOTE, find_work_modes

Kind = Literal["role", "level", "work_mode", "place", "words"]
ROLE: Final = "role"
LEVEL: Final = "level"
WORK_MODE: Final = "work_mode"
PLACE: Final = "place"
WORDS: Final = "words"
KINDS: tuple[Kind, ...] = (ROLE, LEVEL, WORK_MODE, PLACE, WORDS)
# Patterns take them for an i, and their small letters are none.
TURKISH = str.maketrans("İı", "Ii")
# Read in place of a query that only rules out.
ANYTHING = "job"
# So many sentences are no short query.
CV_SENTENCES = 3
# Refused, they are work modes.
PLACES_OF_WORK = {
    **dict.fromkeys(("office work", "on-site work"), ON_SITE),
    **dict.fromkeys(("home working", "homeworking", "home office", "home"), REMOTE),
}
ITSELF_DENIES = re.compile(r"(?:never|not|no|without|zero|little)\b|n['’]t\b", re.IGNORECASE)
# Without them, there is remote work alone.
OF_AN_OFFICE = ("office", "the office", "office days", "office visits", "commute", "commuting")
# "not full office", where a part of the week would do.
FULL = re.compile(r"\bfull[\s-]+(?:time\s+)?$", re.IGNORECASE)
# "not big on remote work": what follows belongs to it.
ENDS_OPEN = re.compile(
    r"\b(?:on|of|for|about|to|with|from|in|at|the|and|or|fully|only|all|more|than)$|^$", re.IGNORECASE
)
# Between what is refused and a wish that follows: "no consulting jobs in Berlin".
BEFORE_A_WISH = re.compile(
    r"\s*(?:jobs?|roles?|positions?|work|stuff)?(?P<gap>\s*,?\s*(?:(?:in|near|around|at)\s+(?:the\s+)?)?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """Something that a query states, and the characters that it stands on.

    `values` are levels or work modes as listings have them, names of places, or the words that are refused; of several
    one is enough. `areas` are the places.
    """

    kind: Kind
    values: tuple[str, ...]
    span: Span
    text: str
    is_refused: bool = False
    areas: tuple[Area, ...] = ()

    @property
    def key(self) -> str:
        """What an address calls it."""
        # An address has a semicolon between keys.
        return f"{self.kind}:{' '.join(self.text.casefold().replace(';', ' ').split())}"

    @property
    def label(self) -> str:
        """What people read: `senior (6 years)`, `remote`, `not: management`."""
        said = " or ".join(self.values)
        if self.kind == LEVEL and self.text.casefold() not in self.values:
            said = f"{said} ({self.text})"
        return f"not: {said}" if self.is_refused else said


@dataclass(frozen=True, slots=True)
class Understanding:
    """A query, what it states, and what of it is wanted."""

    query: str
    statements: tuple[Statement, ...] = ()
    wanted: str = ""
    place_or_remote: bool = False


class QueryReader:
    """Understands queries over the places and title families of one corpus."""

    def __init__(self, places: Iterable[Area] = (), families: Collection[str] = ()) -> None:
        self.places, self.families = PlaceNames(places), frozenset(families)

    def read(self, query: str, *, ignored: Collection[str] = ()) -> Understanding:
        """Understand a query; statements whose keys are `ignored` are left out, and read as any other words."""
        typed, positions = squeeze_spaces(query)
        text = typed.translate(TURKISH)
        words = split_words(text)
        found = list(self._find(text, words))
        refused, scopes = self._refused(text, words, found)
        wished = [one for one in _merged(found) if not overlaps(one.span, scopes)]
        wished += [] if any(one.kind == LEVEL for one in wished) else _years(text, words, scopes)
        ruled_out = {value for one in refused if one.kind == LEVEL for value in one.values}
        wished = [one for one in wished if one.kind != LEVEL or not ruled_out.issuperset(one.values)]
        statements = sorted([*_preferred(words, wished), *refused], key=lambda one: one.span)
        kept = tuple(one for one in statements if one.key not in ignored)
        taken_back = [one.span for one in refused if one.key in ignored]
        left_out = [span for scope in scopes for span in left_out_of(scope, taken_back, [one.span for one in refused])]
        wanted = without(typed, left_out) or (ANYTHING if typed.strip() else "")
        placed = tuple(_placed(one, query, positions) for one in kept)
        return Understanding(query, placed, wanted, _place_or_remote(text, kept))

    def _find(self, text: str, words: Sequence[Word]) -> Iterator[Statement]:
        """Yield the levels, families, work modes and places that a text names."""
        found: list[tuple[Kind, tuple[str, ...], Span, tuple[Area, ...]]] = []
        found += [(LEVEL, *pair, ()) for pair in find_levels(text, words)]
        changes = CHANGE.search(text)
        # Who changes trades is what stands before.
        for values, span in find_roles(words, self.families, start=changes.start() if changes else 0):
            found.append((ROLE, values, span, ()))
        found += [(WORK_MODE, *pair, ()) for pair in find_work_modes(text, words)]
        found += [
            (PLACE, tuple(dict.fromkeys(area.name for area in areas)), span, areas)
            for areas, span in self.places.find(words)
        ]
        for kind, values, span, areas in found:
            yield Statement(kind, values, span, text[slice(*span)], areas=areas)

    def _refused(
        self, text: str, words: Sequence[Word], found: Sequence[Statement]
    ) -> tuple[list[Statement], list[Span]]:
        """Return what is refused, and all the characters that say so."""
        statements: list[Statement] = []
        scopes: list[Span] = []
        named = [
            one
            for one in _merged(found)
            if one.kind in (WORK_MODE, PLACE) or (one.kind == ROLE and len(one.text.split()) > 1)
        ]
        meant = (one for one in find_refusals(text) if _is_meant(text, words, one))
        for (start, end), refusals in groupby(meant, key=lambda refusal: refusal.scope):
            of_scope: list[Statement] = []
            if any(start <= one.span[0] < end and ITSELF_DENIES.match(one.text) for one in found):
                # "never in an office"
                continue
            for refusal in refusals:
                one = self._refused_statement(text, _until_a_wish(text, refusal, named), found)
                is_list = ":" in text[start : refusal.span[0]]
                if of_scope and not is_list and _is_next_wish(text, of_scope, one):
                    end = of_scope[-1].span[1]
                    break
                of_scope.append(one)
            statements += of_scope
            scopes.append((start, _end_of_scope(text, of_scope[-1].span[1], end, named)))
        return statements, scopes

    def _refused_statement(self, query: str, refusal: Refusal, named: Sequence[Statement]) -> Statement:
        """Read a refusal as a level, work mode or place where it is one, else as words."""
        text = query[slice(*refusal.span)]
        if text.casefold() in OF_AN_OFFICE and FULL.search(query, 0, refusal.span[0]):
            return Statement(WORK_MODE, (ON_SITE,), refusal.span, text, is_refused=True)
        if text.casefold() in OF_AN_OFFICE:
            return Statement(WORK_MODE, (REMOTE,), refusal.span, text)
        if mode := PLACES_OF_WORK.get(text.casefold()):
            return Statement(WORK_MODE, (mode,), refusal.span, text, is_refused=True)
        found = [one for one in named if one.span == refusal.span]
        for name in (text, text.removesuffix("s")):
            # "no seniors"
            found += [one for one in self._find(name, split_words(name)) if one.text == name]
        words = Statement(WORDS, (refusal.phrase.casefold(),), refusal.span, text)
        return replace(found[0] if found else words, span=refusal.span, text=text, is_refused=True)


def _is_meant(text: str, words: Sequence[Word], refusal: Refusal) -> bool:
    """Tell whether a refusal is one, and not a story of a CV: it begins a sentence there, or stands beside a wish."""
    if len({word.sentence for word in words}) < CV_SENTENCES:
        return True
    first = span_of_words(words, refusal.scope)[0]
    own = [word for word in words if word.sentence == words[first].sentence]
    compares = OF_TWO.match(text, *refusal.scope) is not None
    return own[0] is words[first] or (not compares and any(word.folded in WISHES for word in own))


def _years(text: str, words: Sequence[Word], refused: Sequence[Span]) -> list[Statement]:
    """Return the level that years of experience tell, if any do."""
    found = (pair for pair in find_years(text, words) if not overlaps(pair[1], refused))
    return [Statement(LEVEL, levels, span, text[slice(*span)]) for levels, span in found]


def _placed(one: Statement, query: str, positions: Sequence[int]) -> Statement:
    """Return a statement on the characters of the query as it was typed."""
    start, end = positions[one.span[0]], positions[one.span[1] - 1] + 1
    return replace(one, span=(start, end), text=query[start:end])


def _is_next_wish(query: str, refused: Sequence[Statement], one: Statement) -> bool:
    """Tell whether what stands in a list after a refusal is a wish: "no sales, Sydney or Singapore", "no sales and remote"."""
    is_fact = one.kind in (LEVEL, WORK_MODE, PLACE) and one.kind != refused[0].kind
    return is_fact and bool(re.search(r",|\band\b", query[refused[-1].span[1] : one.span[0]], re.IGNORECASE))


def _until_a_wish(query: str, refusal: Refusal, named: Sequence[Statement]) -> Refusal:
    """Cut what is refused before a place or work mode: "no consulting remote"."""
    start, end = refusal.span
    wish = min((one.span[0] for one in named if start < one.span[0] < end), default=end)
    head = query[start:wish].rstrip(" ,-")
    if wish == end or ENDS_OPEN.search(head) or not any(map(str.isalnum, head)):
        return refusal
    return replace(refusal, phrase=head, span=(start, start + len(head)))


def _end_of_scope(query: str, refused: int, end: int, named: Sequence[Statement]) -> int:
    """Return the end of all that is said of a refusal, before a place or work mode that is none of it."""
    for one in named:
        between = BEFORE_A_WISH.fullmatch(query, refused, one.span[0]) if refused <= one.span[0] < end else None
        if between:
            return between.start("gap")
    return end


def _merged(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Yield statements, of overlapping ones of a kind the longest."""
    taken: dict[Kind, set[int]] = {kind: set() for kind in KINDS}
    for one in sorted(statements, key=lambda one: one.span[0] - one.span[1]):
        if taken[one.kind].isdisjoint(range(*one.span)):
            taken[one.kind].update(range(*one.span))
            yield one


def _preferred(words: Sequence[Word], statements: Sequence[Statement]) -> Iterator[Statement]:
    """Yield what a person wishes; of a CV's statements those of the sentence that says what is looked for."""
    wishing = {word.sentence for word in words if word.folded in WISHES}
    is_cv = bool(wishing) and len({word.sentence for word in words}) >= CV_SENTENCES
    wished_kinds = {one.kind for one in statements if is_cv and wishing & _sentences(words, one)}
    places = [one for one in statements if one.kind == PLACE]
    wanted_places = {
        places[number].span for number in wanted_places_of(words, [one.span for one in places], is_cv=is_cv)
    }
    for one in statements:
        if is_cv and one.kind in wished_kinds and not wishing & _sentences(words, one):
            continue
        if one.kind != PLACE or one.span in wanted_places:
            yield one


def _sentences(words: Sequence[Word], one: Statement) -> set[int]:
    first, last = span_of_words(words, one.span)
    return {word.sentence for word in words[first : last + 1]}


def _place_or_remote(query: str, statements: tuple[Statement, ...]) -> bool:
    """Tell whether remote work would do in place of the place."""
    wished = [one for one in statements if not one.is_refused]
    modes = [one for one in wished if one.kind == WORK_MODE]
    places = [one for one in wished if one.kind == PLACE]
    if len(modes) != 1 or modes[0].values != (REMOTE,):
        return False
    pairs = ((min(mode.span, place.span), max(mode.span, place.span)) for mode in modes for place in places)
    between = (query[first[1] : second[0]] for first, second in pairs)
    return any(re.fullmatch(r"\s*,?\s*(?:or|/)\s*(?:in\s+)?", gap, re.IGNORECASE) for gap in between)
