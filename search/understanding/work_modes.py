"""Work modes: what listings call them, and what queries say of them."""

import re
from collections.abc import Iterator, Sequence

from search.records import Span
from search.understanding.gazetteer import cities, countries, fold_name, regions
from search.understanding.vocabulary import FIELDS, JOBS, JOINING, ROLES, word_set
from search.understanding.words import SENTENCE_END, WORD, Word, facet_after, facet_before, is_typed

WORK_MODES = ("remote", "hybrid", "on-site")
REMOTE, HYBRID, ON_SITE = WORK_MODES
# Days a week in one place that leave none for the other.
FULL_WEEK = ("5", "five")

COUNT = r"(?:\d|one|two|three|four|five|some|several|an?|(?:a\s+)?(?:few|couple(?:\s+of)?))"
DAYS = rf"(?P<days>{COUNT})(?:\s*(?:-|–|to|or)\s*(?:\d|two|three|four|five))?\s*(?:days?(?:\s+or\s+two)?|(?<=\d)[dx])\b"
A_WEEK = r"(?:\s*(?:(?:an?|per|each|every|the|/|in\s+the)\s*(?:week|wk|month)|weekly|p/?w)\b)?"
THE = r"(?:(?:the|an?|your|our|their|my)\s+)?"
OFFICE = (
    rf"(?:(?:in|at|from|into)\s+{THE}office|on[\s-]?site|in[\s-]?office|office|in[\s-]?person|face[\s-]to[\s-]face)\b"
)
HOME = rf"(?:(?:from|at)\s+{THE}home(?:[\s-]?office)?|home(?:[\s-]?office)?|remote(?:ly)?|wfh|tele[\s-]?(?:work|commut)(?:ing|e)?)\b"
EITHER = rf"(?:{OFFICE}|{HOME})"
WEEKDAY = r"(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri)(?:days?)?"
ALL_WEEK = (
    r"(?:(?:every|each)\s+(?:single\s+)?(?:working\s+)?day|daily|all\s+(?:the\s+)?(?:week|days?|time)|throughout\s+the\s+week|"
    r"(?:the\s+)?(?:whole|entire|full)\s+week|full[\s-]?time|always|permanently|100\s*%|(?:5|five)\s+days(?:\s+(?:a|per)\s+week)?|"
    r"mon(?:day)?s?\s*(?:-|–|to|through|till)\s*fri(?:day)?s?)"
)
SOME_WEEK = (
    r"(?:half\s+(?:of\s+)?(?:the|my|a)\s+(?:week|time|days)|(?:some|part)\s+of\s+the\s+(?:week|time)|some\s+days|sometimes|"
    r"occasional(?:ly)?|now\s+and\s+then|from\s+time\s+to\s+time|once\s+in\s+a\s+while|every\s+other\s+day|"
    r"(?:once|twice|(?:two|three|\d)\s+times)[\s-]+(?:(?:an?|per|every)[\s-]+(?:other\s+)?(?:week|month|fortnight|quarter)|weekly|monthly)|"
    r"every\s+(?:other\s+)?(?:week|month)|(?:one|two|three|\d)\s*x\s+a\s+week)"
)
WEEKLY = r"weekly|monthly|occasional|regular"
# Where people work who do not work at home.
WORKPLACE = (
    r"(?:(?:in|at|to|into|from)\s+(?:the\s+|an?\s+|your\s+|our\s+|their\s+)(?:same\s+)?(?:company(?:['’]?s)?\s+|head\s+)?"
    r"(?:office|hq|headquarters|desk|building|premises|trading\s+floor|plant|factory|shop\s+floor|lab|campus|studio|workplace|room)|"
    r"(?:in|at|to|into)\s+(?:office|headquarters|hq)|at\s+(?:the|a)\s+desk|on[\s-]?site|on[\s-]premises?|in[\s-]person|"
    r"in[\s-]office|face[\s-]to[\s-]face)\b"
)
COME = (
    r"(?:com(?:e|ing)|go(?:ing)?|be(?:ing)?|show(?:ing)?\s+up|commut(?:e|ing)|travel(?:l?ing)?)\s+(?:in(?:to)?|there)\b"
)
OWN_ROOM = r"(?:spare\s+)?(?:bed\s?room|kitchen|sofa|couch|living\s+room|garage|flat|apartment|house|village|farm|van|boat|garden)"
MIX = r"(?:mix(?:ture)?|split|blend|combination|balance|alternat\w+|both|switch\w*)"
HOME_AND_OFFICE = rf"(?:{HOME}\s*(?:and|/|&|\+|with)\s*(?:{OFFICE}|{COME.replace('(?:in(?:to)?|there)', 'in')})|{OFFICE}\s*(?:and|/|&|\+|with)\s*{HOME})"
# What says it in so many words; the first that fits a place of the text counts.
PHRASES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), modes)
    for pattern, modes in (
        # Some days here, some there.
        (
            rf"\b{DAYS}{A_WEEK}\s+(?:in|{EITHER})\W*(?:and\s+)?(?:{COUNT}|the\s+rest|rest)(?:\s+days?)?\s+{EITHER}",
            (HYBRID,),
        ),
        (
            rf"\b{MIX}\b(?:\s+\w+){{0,3}}?\s+{HOME_AND_OFFICE}|\b{HOME_AND_OFFICE}\s+(?:mix|split|combination)\b",
            (HYBRID,),
        ),
        (rf"\b(?:from|at)\s+home\s+and\s+(?:at|in)\s+{THE}office\b", (HYBRID,)),
        (
            rf"\b(?:part(?:ly|ial|ially)?|semi)[\s-]*{EITHER}(?:\W+(?:and\s+)?(?:part(?:ly)?|semi)\s+{EITHER})?",
            (HYBRID,),
        ),
        (rf"\bpart\s+of\s+the\s+week\s+{EITHER}(?:\s+(?:and\s+)?part\s+{EITHER})?", (HYBRID,)),
        (
            rf"\b(?:some|partial|occasional|a\s+bit\s+of|limited|half)\s+{HOME}(?:\s+(?:work(?:ing)?|days?|time)\b)?",
            (HYBRID,),
        ),
        (rf"\b(?:some|occasional|half)\s+(?:{OFFICE}\s+(?:days?|time)|in\s+{THE}office,?\s+half\s+{HOME})", (HYBRID,)),
        (
            rf"\b50\s*[/-]\s*50\s+{EITHER}(?:\s*(?:/|and)\s*{EITHER})?|\b{EITHER}\s*(?:/|and)\s*{EITHER}\s+50\s*[/-]\s*50\b",
            (HYBRID,),
        ),
        (rf"\b{SOME_WEEK}[\s-]+{EITHER}(?:\s+(?:presence|attendance|days?|visits?))?", (HYBRID,)),
        (rf"\b(?:{OFFICE}|(?:from|at)\s+home|remote(?:ly)?|{COME}(?:\s+{THE}office)?)\s+{SOME_WEEK}\b", (HYBRID,)),
        (
            rf"\b(?:(?:{WEEKLY})\s+(?:visits?|trips?)\s+to|visits?\s+to)\s+{THE}office\b|\b(?:{WEEKLY})\s+office\s+(?:days?|visits?)\b",
            (HYBRID,),
        ),
        (rf"\b(?:not|n['’]t|never)\s+(?:be\s+)?(?:{OFFICE}|(?:at|from)\s+home)\s+{ALL_WEEK}\b", (HYBRID,)),
        (
            r"\b(?:most(?:ly)?(?:\s+days)?|mainly|largely|primarily|predominantly)\s+(?:remote(?:ly)?|from\s+home|wfh)\b",
            (REMOTE, HYBRID),
        ),
        (rf"\b(?:most(?:ly)?(?:\s+days)?|mainly|largely|primarily|predominantly)\s+{OFFICE}", (ON_SITE, HYBRID)),
        # All of them there.
        (r"\bnever\s+(?:\w+\s+){0,6}?(?:in|into|to|at)\s+(?:the\s+|an?\s+|any\s+|your\s+)?office\b", (REMOTE,)),
        (r"\b(?:in|at|to)\s+(?:the\s+|an\s+)?office\s+never\b|\bhome\s+all\s+week\b", (REMOTE,)),
        (rf"\b(?:{ALL_WEEK}|only|entirely|fully|completely)[\s,-]*(?:(?:from|at)\s+(?:my\s+)?home|wfh)\b", (REMOTE,)),
        (rf"\b(?:from|at)\s+(?:my\s+)?home[\s,]+(?:{ALL_WEEK}|only)", (REMOTE,)),
        (rf"\b{ALL_WEEK}[\s,]+(?:\w+\s+){{0,2}}?{WORKPLACE}", (ON_SITE,)),
        (rf"\b(?:{WORKPLACE}|{COME})[\s,]+(?:\w+\s+){{0,2}}?{ALL_WEEK}(?!\w)", (ON_SITE,)),
        (rf"\b(?:office\s+{ALL_WEEK}|{ALL_WEEK}\s+office)(?=\s*(?:$|[,.;)]|(?:or|and|please|in)\b))", (ON_SITE,)),
        (rf"\b{WEEKDAY}(?:\W+(?:and\s+)?{WEEKDAY}){{0,2}}\s+(?:in|at|from)\s+{THE}(?:office|home)\b", (HYBRID,)),
        (rf"\b{EITHER}\s+(?:on\s+)?{WEEKDAY}(?:\W+(?:and\s+)?{WEEKDAY}){{0,2}}\b", (HYBRID,)),
    )
)
# Days and shares of a week: `days` or `share` of them in one place.
COUNTED: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{DAYS}{A_WEEK}(?:\s+of)?\s+(?:(?P<home>{HOME})|{OFFICE})",
        rf"\b(?P<days>{COUNT})(?:\s*(?:-|–|to|or)\s*(?:\d|two|three|four|five))?\s+(?:(?P<home>home|remote|wfh)|office|on[\s-]?site)\s+days?{A_WEEK}",
        rf"\b(?:(?P<home>{HOME})|{OFFICE})\W{{0,2}}\s*(?:for\s+|only\s+)?{DAYS}{A_WEEK}(?:\s+max)?(?:\W*(?:the\s+)?rest\s+(?:at|from)\s+home)?",
        rf"\bdays\s+(?:in|at)\s+{THE}office\W{{1,3}}(?P<days>\d)\b",
        rf"\b(?:{COME}(?:\s+{THE}office)?)\s+(?:for\s+)?{DAYS}{A_WEEK}",
        rf"(?<!\d)(?P<share>\d{{1,3}})\s*%\s*(?:(?P<home>{HOME})|{OFFICE})(?:\W*(?:and\s+)?\d{{1,2}}\s*%\s*{EITHER})?",
    )
)
# One place, named in another way than by the modes' own names.
NAMED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), mode)
    for pattern, mode in (
        (r"\b(?:100\s*%|fully|full|completely|all|entirely)[\s-]*remote(?:ly)?\b", REMOTE),
        (r"\bremote[\s-](?:only|first|friendly|ok|okay)\b", REMOTE),
        (r"\bwfh\b|\btele[\s-]?(?:commut|work)\w*|(?-i:\bhome[\s-]?office\b)|\bhome[\s-]?(?:based|working)\b", REMOTE),
        (r"\bremotely\b(?!\s+(?:sensed|controlled|operated|piloted|exploit\w*))|\bfrom\s+anywhere\b", REMOTE),
        (r"\b(?:jobs?|role|position)\s+(?:at|from)\s+home\b|\bat[\s-]home\s+(?:jobs?|role|position)\b", REMOTE),
        (r"\b(?:work(?:ing)?[\s-]+)?from[\s-]+(?:my[\s-]+)?home(?:\s+office)?\b|\bwork(?:ing)?\s+at\s+home\b", REMOTE),
        (r"\bwork(?:ing)?\s+(?:remotely|from\s+(?:anywhere|abroad))\b", REMOTE),
        (rf"\b(?:from|out\s+of|in)\s+my\s+(?:own\s+)?{OWN_ROOM}\b", REMOTE),
        (
            r"(?<!manage )(?<!managing )(?<!lead )(?<!leading )(?<!across )\b(?:fully\s+)?distributed\s+(?:team|company|workforce|workplace)\b",
            REMOTE,
        ),
        (r"\blocation[\s-](?:independent|agnostic)\b|\bdigital\s+nomad\b", REMOTE),
        (r"\bfully\s+virtual\b|\bvirtual[\s-](?:first|position|role|job|office|workplace)\b", REMOTE),
        (
            r"\bwherever\s+(?:i\s+(?:am|live|like|want|happen)|i['’]m)\b|\bwork\w*\s+where(?:ver)?\s+(?:they|i|you|we)\s+live\b",
            REMOTE,
        ),
        (
            r"\bin[\s-]?person\b(?!\s+(?:re\b|search|detection|tracking))|\b(?:full(?:y|[\s-]?time)?\s+)?(?:in[\s-]office|office[\s-](?:based|only|first|centric)|full\s+office)\b",
            ON_SITE,
        ),
        (
            r"\bco-?located\s+team\b|\bsit(?:s|ting)?\s+(?:together\s+)?(?:next\s+to|with)\s+(?:the|my|a)\s+(?:team|colleagues)\b",
            ON_SITE,
        ),
        (
            r"\bwork(?:ing)?\s+face[\s-]to[\s-]face\b|\bface[\s-]to[\s-]face\s+(?:work|job|role|position|team)\b",
            ON_SITE,
        ),
        (r"\bwfo\b|\bwork(?:ing)?\s+from\s+(?:the\s+|an\s+)?office\b", ON_SITE),
        (
            r"\bphysically\s+present\b|\b(?:proper|real|physical|bricks[\s-]and[\s-]mortar)\s+office\b(?!\s+\w+(?:ing|ation)\b)",
            ON_SITE,
        ),
        (
            r"(?:(?<=^)|(?<=[,;(]\s)|(?<=[.]\s)|(?<=\bor\s)|\bwork(?:ing)?\s+|\bjobs?\s+|\brole\s+|\b(?:be|sit|sitting|being|prefer|back|happy)\s+)(?:in|at)\s+(?:the\s+|an\s+|your\s+)?office"
            r"(?=\s*(?:$|[,.;!)])|\s+(?:or|please|pls|preferred|is\s+(?:best|fine|ok|good|preferred)|with)\b)",
            ON_SITE,
        ),
    )
)
MODE = re.compile(r"\bon[\s-]?site\b", re.IGNORECASE)
# One letter from "remote" and "hybrid", and other words.
NO_SLIPS = word_set("remove removes remotes remoter hybrids")
# "remote sensing", "hybrid cars", "on-site search": the word is of the trade.
NEVER_BEFORE = word_set(
    """sensing sensed desktop control controlled controller patient patients monitoring procedure procedures server servers
    access host hosts site sites area areas community communities village villages diagnostics education learning teams
    health healthcare care surgery execution code machine machines device devices vehicle vehicles search retrieval
    cloud clouds car cars electric model models modelling modeling app apps mobile transactional recommender
    recommenders recommendation architecture architectures approach approaches ranking rankers quantum seed seeds rice
    warfare event events system systems powertrain powertrains engine engines htap rag index indexes method methods
    algorithm algorithms drive drives conversion optimisation optimization sampling solar generation inspection
    inspections storage wifi banner survey surveys study studies nursing meetings workers adoption productivity policy
    policies furniture"""
)
SAID_OF_WISHES = word_set(
    """first friendly preferred possible anywhere work working days arrangement setup schedule contract company startup
    team culture us usa uk eu europe emea worldwide globally asap w"""
)
JUDGED = word_set("best fine ok okay good great preferred prefer possible must perfect ideal")
OPTIONAL = re.compile(r"[\s-]*optional\b", re.IGNORECASE)
Found = tuple[tuple[str, ...], Span]


def find_work_modes(text: str, words: Sequence[Word]) -> Iterator[Found]:
    """Yield the work modes that a query names, with their characters."""
    found: list[Found] = []
    taken: set[int] = set()
    for modes, span in (*_phrases(text), *_names(text, words)):
        if taken.isdisjoint(range(*span)) and not OPTIONAL.match(text, span[1]):
            found.append((modes, span))
            taken.update(range(*span))
    mixes = [
        span for modes, span in found if modes == (HYBRID,) and not is_typed(text[slice(*span)].casefold(), HYBRID)
    ]
    for modes, span in found:
        if modes == (HYBRID,) or not any(_is_part(text, span, mix) for mix in mixes):
            yield modes, span


def _phrases(text: str) -> Iterator[Found]:
    for pattern, modes in PHRASES:
        yield from ((modes, match.span()) for match in pattern.finditer(text))
    for pattern in COUNTED:
        yield from (((_counted(match),), match.span()) for match in pattern.finditer(text))
    for pattern, mode in NAMED:
        for match in pattern.finditer(text):
            following = WORD.search(text, match.end(), match.end() + 24)
            if (
                not following
                or following[0].casefold() not in NEVER_BEFORE
                or text[match.end() : following.start()].strip()
            ):
                yield (mode,), match.span()


def _names(text: str, words: Sequence[Word]) -> Iterator[Found]:
    """Yield where the modes' own names stand as wishes, with a slip or without."""
    for position, word in enumerate(words):
        named = next((mode for mode in (REMOTE, HYBRID) if is_typed(word.folded, mode)), None)
        if named and word.folded not in NO_SLIPS and _is_wish(words, position):
            yield (named,), word.span
    for match in MODE.finditer(text):
        position = next(number for number, word in enumerate(words) if word.span[1] >= match.end())
        if _is_wish(words, position):
            yield (ON_SITE,), match.span()


def _counted(match: re.Match[str]) -> str:
    """Return the mode of so many days, or of such a share of the week, in one place."""
    groups = match.groupdict()
    is_all = groups["share"] == "100" if "share" in groups else groups["days"].casefold() in FULL_WEEK
    if not is_all:
        return HYBRID
    return REMOTE if groups.get("home") else ON_SITE


def _is_part(text: str, span: Span, mix: Span) -> bool:
    """Tell whether what is said at `span` is a part of the mix: "2 days in the office, rest from home"."""
    between = text[min(span[1], mix[1]) : max(span[0], mix[0])]
    is_apart = re.search(r"\bor\b|\bnow\b|[/;]", between, re.IGNORECASE) or SENTENCE_END.search(between)
    return not is_apart and len(between) <= 20


def _is_wish(words: Sequence[Word], position: int) -> bool:
    """Tell whether the mode that ends with this word is a wish by what stands around in its facet."""
    after = facet_after(words, position, limit=6)
    if not after or after[0] in JOINING or after[0] in WORK_MODES or after[0][0].isdigit():
        # "remote or hybrid search" is a wish with a search in it; as far as can be told.
        return True
    if after[0] in NEVER_BEFORE:
        return False
    if after[0] in ("is", "would", "days") or after[0] in SAID_OF_WISHES:
        return after[0] != "is" or bool(JUDGED.intersection(after))
    if _is_place(after[:1]) or _is_place(after[:2]):
        # "remote Berlin"
        return True
    if after[0] in ("full", "part"):
        # "remote full time"
        return not facet_before(words, position, limit=1)
    if any(word in ROLES or word in JOBS for word in facet_before(words, position, limit=1)):
        # "data engineer remote spark"
        return True
    return after[0] in FIELDS or any(word in ROLES or word in JOBS for word in after)


def _is_place(words: Sequence[str]) -> bool:
    name = fold_name(" ".join(words))
    is_city = len(name) > 3 and name in cities() and fold_name(cities()[name][0].name) == name
    return is_city or name in countries() or (len(name) > 3 and name in regions("US"))


def work_mode_of(work_mode: str) -> str:
    """Return a listing's work mode by our name; empty for what is unknown."""
    name = re.sub(r"[\s_-]+", "", work_mode.casefold())
    known = {"remote": REMOTE, "fullyremote": REMOTE, "telecommute": REMOTE, "hybrid": HYBRID}
    return known.get(name, ON_SITE if name in ("onsite", "inoffice", "office", "inperson") else "")
