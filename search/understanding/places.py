"""Places that queries name: those of the corpus by all their names, others where the words around say so."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from search.records import Span
from search.understanding.gazetteer import AREA_KM, Area, cities, continents, countries, fold_name, regions, wider_names
from search.understanding.informal_places import informal_places
from search.understanding.levels import NAMES as LEVELS
from search.understanding.vocabulary import FIELDS, JOBS, JOINING, ROLES, word_set
from search.understanding.words import MIN_SLIP_LETTERS, Word, facet_after, facet_before, is_typed, span_of_words

MAX_WORDS = 4
BEFORE_PLACES = word_set("in near around at based living located to from within greater elsewhere")
# "MSc Edinburgh": where somebody was.
STUDIES = word_set("phd msc bsc ma ba degree studied university graduated thesis post-doc postdoc doc masters")
FROM_A_PLACE = word_set("work working job anywhere")
# "Paris Hilton", "London Stock Exchange", "Boston Dynamics": names that begin with a place.
OF_A_NAME = word_set(
    """stock exchange hilton university college school institute museum times review club marathon bridge dynamics
    consulting scientific cowboys bulls bears giants jets symphony underground zoo wall housing dataset data crime
    airport hospital united taxi taxis bike bikes subway star magazine airlines airways bank bakery style fashion hall
    opera philharmonic orchestra group mavericks broncos nuggets celtics yankees knicks mets dodgers lakers rangers
    seahawks mariners raptors leafs fc agreement accord protocol convention treaty olympics festival tube"""
)
# "Bank of Ireland", "Univ. of Toronto".
NAMED_OF = word_set("bank univ government republic port bishop mayor museum")
# Other words too, where they begin a query.
AMBIGUOUS = word_set(
    "reading china chad jordan turkey mobile orange bath nice split hull lincoln phoenix columbia victoria"
)
# Words that a gazetteer has for a city.
OTHER_WORDS = (
    JOBS
    | ROLES
    | word_set(
        """time come media lids lints terminus lolli talas pastan puna man sea sin den pun san spring rest than most part same
    turn goes hire drug much spoken date mentor manage along hail name sale officer holiday tour tours mission fleet delta
    union federal marks normal deal mile okay peak basic gold golden drama green coin rota young airport villages central
    hang police save begun enterprise google caller salt bake sour acre bell oral logos peer orchards bury perm brick bear
    genes tunes retreat wedding rugby tame metro lend fate hindi valley tape lens alley clay vineyard surprise deli
    monster tank pest humble plantation seaside dual sake meds lime opportunity"""
    )
)
OF_AN_OFFICE = word_set("office area hybrid remote onsite based")
MODES = word_set("remote hybrid onsite on wfh office area region metro only based or")
TIMES = word_set("this next now starting asap summer spring autumn fall winter preferred preferably ideally")
# "my dog Denver", "called Austin".
NAMED = word_set("named called dog cat daughter son wife husband partner boss friend mr mrs ms dr surname")
NEAR = 8
# Words that are a slip away from a city.
NO_SLIPS = word_set("settle denier landon austen rayleigh")
# Whatever follows them is spoken of: "on London transport".
SPOKEN_OF = word_set(
    "of the at on about with for by like as a an and our their its some predict forecast model analyse"
)


class PlaceNames:
    """The places that a query may name, over the places of a corpus."""

    def __init__(self, corpus: Iterable[Area]) -> None:
        places = [place for place in set(corpus) if place.country]
        # Names of the corpus's own come first.
        self.known: dict[str, tuple[Area, ...]] = dict(_own_cities({place.city for place in places if place.city}))
        # Regions' codes, which are words or degrees elsewhere: "Austin, TX", "in MA".
        self.codes: dict[str, tuple[Area, ...]] = {}
        for code in sorted({place.country for place in places}):
            self._add_regions(code)
        for names in (continents(), countries()):
            for name, area in names.items():
                # Bengaluru is BLR, and Belarus.
                if len(name) > 3 or name not in self.known:
                    self.known[name] = (*self.known.get(name, ()), area)
        self.known |= informal_places()
        self._long_names = _long_names(places, self.known)

    def _add_regions(self, country: str) -> None:
        for name, region in regions(country).items():
            if len(name) > 3:
                self.known[name] = (*self.known.get(name, ()), region)
                self.known.setdefault(f"{name} state", (region,))
            else:
                self.codes.setdefault(name, (region,))

    def find(self, words: Sequence[Word]) -> Iterator[tuple[tuple[Area, ...], Span]]:
        """Yield the places that a query names, any of which will do, with their characters."""
        names = [fold_name(word.typed) for word in words]
        found: list[tuple[tuple[Area, ...], Span]] = []
        position, end = 0, -1
        while position < len(words):
            # "Toronto or Montreal"
            follows = position - end == 1 and words[position - 1].folded in ("or", "and")
            count, areas = self._longest(words, names, position, follows=follows)
            if areas:
                end = position + count
                found.append((areas, (words[position].span[0], words[end - 1].span[1])))
            position += count
        yield from _narrowest(words, found)

    def _longest(
        self, words: Sequence[Word], names: Sequence[str], position: int, *, follows: bool
    ) -> tuple[int, tuple[Area, ...]]:
        for count in range(min(MAX_WORDS, len(words) - position), 0, -1):
            name = " ".join(names[position : position + count])
            if count == 1 and name not in self.known and name in self.codes and self._is_code(words, position):
                return 1, self.codes[name]
            own = self.known.get(name, ()) or self._slipped(name)
            # Another city has to be said to be a place; three letters are an airport, or NLP.
            areas = own or (cities().get(name, ())[:1] if len(name) > 3 and name not in OTHER_WORDS else ())
            if not areas or words[position].facet != words[position + count - 1].facet:
                continue
            if _is_meant(words, position, count, name, is_own=bool(own), follows=follows):
                return count, _widened(areas, words, position, count)
        return 1, ()

    def _slipped(self, name: str) -> tuple[Area, ...]:
        """Return the place of the corpus that a name is, but for one slip."""
        if len(name) < MIN_SLIP_LETTERS - 1 or name in cities() or name in NO_SLIPS:
            return ()
        # "German" is no slip of "Germany".
        meant = (one for one in self._long_names.get(name[0], ()) if is_typed(name, one) and not one.startswith(name))
        return next((self.known[one] for one in meant), ())

    def _is_code(self, words: Sequence[Word], position: int) -> bool:
        if not words[position].typed.isupper() or not position:
            return False
        before = words[position - 1]
        return before.folded in ("in", "near") or fold_name(before.typed) in self.known


def _narrowest(
    words: Sequence[Word], found: Sequence[tuple[tuple[Area, ...], Span]]
) -> Iterator[tuple[tuple[Area, ...], Span]]:
    """Yield places, of two that stand side by side and one in the other the narrower: "Columbus, Ohio"."""
    skipped = -1
    for number, (areas, span) in enumerate(found):
        if number == skipped:
            continue
        wider, its_span = found[number + 1] if number + 1 < len(found) else ((), span)
        is_next = span_of_words(words, its_span)[0] == span_of_words(words, span)[1] + 1
        if is_next and all(any(one.holds(area) and one != area for one in wider) for area in areas):
            skipped, span = number + 1, (span[0], its_span[1])
        yield areas, span


def _own_cities(own: Collection[int]) -> Iterator[tuple[str, tuple[Area, ...]]]:
    """Yield the names of a corpus's cities, by their GeoNames ids."""
    for name, named in cities().items():
        if not any(area.city in own for area in named):
            continue
        # Where a city has the name itself, others are not meant by it: Waterloo is no London.
        called_so = [area for area in named if fold_name(area.name) == name]
        found = tuple(area for area in called_so or named if area.city in own)
        if found and (called_so or name not in OTHER_WORDS):
            yield name, found


def _long_names(places: Iterable[Area], known: Mapping[str, tuple[Area, ...]]) -> dict[str, list[str]]:
    """Return the names that are long enough for a slip, by first letter: of cities, their regions and countries."""
    found: dict[str, list[str]] = {}
    names = {fold_name(place.name) for place in places if place.city}
    wider = {fold_name(name) for place in places for name in wider_names(place)}
    for name in sorted(names | wider):
        if len(name) >= MIN_SLIP_LETTERS and name in known:
            found.setdefault(name[0], []).append(name)
    return found


def _widened(areas: tuple[Area, ...], words: Sequence[Word], position: int, count: int) -> tuple[Area, ...]:
    """Take in the surroundings of what is called an area."""
    after = facet_after(words, position + count - 1, limit=2)
    if (
        "area" in after
        or "region" in after
        or facet_before(words, position, limit=1) in (["greater"], ["near"], ["around"])
    ):
        return tuple(replace(area, radius=AREA_KM) if area.city else area for area in areas)
    return areas


def _is_meant(words: Sequence[Word], position: int, count: int, name: str, *, is_own: bool, follows: bool) -> bool:
    """Tell whether a place's name is meant as a place where it stands."""
    if _is_of_a_name(words, position, count) or (count == 1 and _is_other_word(words, position, name)):
        return False
    after, before = facet_after(words, position + count - 1, limit=6), facet_before(words, position, limit=4)
    if STUDIES.intersection(before) or (before[-1:] == ["from"] and not FROM_A_PLACE.intersection(before)):
        return False
    near = before[:-1] if before[-1:] == ["the"] else before
    ends = not after or after[0] in JOINING | MODES | TIMES
    after_role = bool(before) and (before[-1] in ROLES or before[-1] in JOBS)
    if follows:
        return True
    if near and near[-1] in BEFORE_PLACES:
        is_said = ends and near[-1] in ("in", "near", "around") and name not in AMBIGUOUS
        return is_own or words[position].typed[:1].isupper() or is_said
    if not is_own:
        begins = not before and name not in AMBIGUOUS and words[position].typed[:1].isupper()
        is_listed = after[:1] == ["or"] and bool(cities().keys() & after[1:2])
        if begins and (is_listed or _has_role(after[:3]) or (not after and _is_set_apart(words, position, count))):
            return True
        return (not after or after[0] in OF_AN_OFFICE) and after_role
    if ends or after_role or _has_role(after) or (not before and name not in AMBIGUOUS):
        return True
    return name not in AMBIGUOUS and _is_keyword(words, position, count)


def _is_set_apart(words: Sequence[Word], position: int, count: int) -> bool:
    """Tell whether a facet alone is a place by its neighbours: "data scientist, Manchester", "Munich, on site"."""
    word = words[position]
    if word.facet == 1 and _has_role([words[position - 1].folded]):
        return True
    begins = position == 0 or words[position - 1].sentence != word.sentence
    following = words[position + count : position + count + 1]
    return begins and any(one.folded in OF_AN_OFFICE or one.folded in ("on", "in") for one in following)


def _is_keyword(words: Sequence[Word], position: int, count: int) -> bool:
    """Tell whether a name stands in a list without commas: "summer internship data science Boston biotech"."""
    before = facet_before(words, position, limit=MAX_WORDS)
    following = words[position + count : position + count + 1]
    is_of_a_name = any(word.typed[:1].isupper() and not _is_term(word.folded) for word in following)
    return not is_of_a_name and bool(before) and before[-1] not in SPOKEN_OF and any(_is_term(word) for word in before)


def _is_of_a_name(words: Sequence[Word], position: int, count: int) -> bool:
    """Tell whether a place's name is part of another: "Paris Hilton", "Bank of Ireland", "my dog Denver"."""
    after, before = facet_after(words, position + count - 1, limit=4), facet_before(words, position, limit=3)
    named_so = after[1:] if after[:1] == ["state"] else after
    if named_so and named_so[0] in OF_A_NAME and not (_has_role(named_so[1:3]) or FIELDS.intersection(named_so[1:2])):
        return True
    if (before[-1:] == ["of"] and NAMED_OF.intersection(before)) or before[-2:] == ["name", "is"]:
        return True
    return bool(NAMED.intersection(before[-1:])) or _is_person(words, position, count)


def _is_other_word(words: Sequence[Word], position: int, name: str) -> bool:
    """Tell whether a short name is another word: "us", "la" and "in" are, as typed; "nyc" and "sf" are not."""
    typed = words[position].typed.replace(".", "")
    is_shouted = typed.isupper() and not all(word.typed.isupper() for word in words)
    return len(name) <= 3 and not is_shouted and bool(set(name) & set("aeiou")) and name not in ("uk", "usa")


def _has_role(words: Sequence[str]) -> bool:
    return any(word in ROLES or word in JOBS or word == "startup" for word in words)


def _is_person(words: Sequence[Word], position: int, count: int) -> bool:
    """Tell whether a place's name is a person's: "Paris Whitfield, analyst", "Kate London - data engineer"."""
    if words[position].facet or count > 1:
        return False
    facet = [word for word in words[:NEAR] if not word.facet]
    others = [word for word in facet if word is not words[position]]
    if len(others) not in (1, 2) or len(facet) == len(words) or not all(word.typed.istitle() for word in facet):
        return False
    return not any(_is_term(word.folded) for word in others)


def _is_term(word: str) -> bool:
    if word in ROLES | JOBS | FIELDS | MODES | BEFORE_PLACES | JOINING or word in LEVELS:
        return True
    return any(
        word in names for names in (cities(), countries(), continents(), regions("US"), regions("CA"), regions("GB"))
    )
