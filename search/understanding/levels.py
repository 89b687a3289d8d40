"""Levels of seniority: what listings call them, and what queries say of them."""

import re
from collections.abc import Iterator, Sequence

from search.records import Span
from search.understanding import experience
from search.understanding.vocabulary import FIELDS, JOBS, JOINING, ROLE_PATTERN, ROLES, WISHES, read_number, word_set
from search.understanding.words import Word, facet_after, facet_before, is_typed

LEVELS = ("internship", "junior", "mid", "senior", "lead", "principal")
INTERNSHIP, JUNIOR, MID, SENIOR, LEAD, PRINCIPAL = LEVELS
Found = tuple[tuple[str, ...], Span]

NAMES = {
    **dict.fromkeys(("senior", "sr", "snr"), (SENIOR,)),
    **dict.fromkeys(("junior", "jr", "jnr"), (JUNIOR,)),
    **dict.fromkeys(("mid", "midlevel", "medior", "intermediate"), (MID,)),
    **dict.fromkeys(("intern", "internship", "internships", "werkstudent", "praktikum", "praktikant"), (INTERNSHIP,)),
    **dict.fromkeys(("trainee", "traineeship", "apprentice", "apprenticeship", "beginner", "entrylevel"), (JUNIOR,)),
    **dict.fromkeys(("graduate", "grad", "associate"), (JUNIOR,)),
    "lead": (LEAD,),
    **dict.fromkeys(("principal", "principle"), (PRINCIPAL,)),
    "staff": (LEAD, PRINCIPAL),
}
# Names of job boards that are none of ours, or two of them.
BOARD_LEVELS = {
    "entry level": (JUNIOR,),
    "entry-level": (JUNIOR,),
    "associate": (JUNIOR, MID),
    "mid-senior level": (MID, SENIOR),
    "mid-level": (MID,),
    "director": (LEAD, PRINCIPAL),
    "executive": (PRINCIPAL,),
}
# "senior care", "lead generation", "principal components", "mid market", "staff scheduling".
NEVER_BEFORE = word_set(
    """care living citizen citizens housing home homes center centre centers community communities college colleges school
    schools high league leagues hockey football soccer management leadership leader leaders executive executives people
    person stakeholder stakeholders colleague colleagues managers partner partners secondary generation gen scoring
    scores time times magnet qualification conversion routing nurturing author component components investigator
    investigators market size sized cap range scheduling planning rostering reports training turnover shortage members
    member meals health dating discount population years year adults adult patients residents exposure poisoning pipes
    pipe acid battery mine compounds representation representations"""
)
# They lead something, count something, or are other words: no title without a role behind.
NEEDS_A_ROLE = frozenset({"lead", "staff"})
NEEDS_A_ROLE_NEXT = word_set("graduate grad associate principle")
LEARNERS = word_set("trainee traineeship apprentice apprenticeship")
LEAD_OF = word_set("team tech technical squad group chapter")
# "data science lead": what is led, where the lead stands last; marketing's and sales' leads are others.
LED = FIELDS - {"marketing", "business", "sales"}
# Who mentors juniors is none.
MENTORS = word_set(
    """mentor mentored mentoring coach coached coaching train trained training managed managing supervise supervised
    supervising led leading onboard onboarded onboarding hired hiring helped helping two three four five several many"""
)
FIELD = rf"(?:{'|'.join(sorted(FIELDS))})"
TEAM = r"(?:team|group|squad|department|function|unit)"
NOT_MINE = r"(?<!\bthe )(?<!\bmy )(?<!\bour )(?<!\bto )(?<!\ba )(?<!\ban )"
PHRASES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), levels)
    for pattern, levels in (
        (r"\bent(?:ry|ery|rey)[\s-]*(?:level|lvl)\b|\bfreshers?\b|\bschool[\s-]leavers?\b", (JUNIOR,)),
        (r"\bmid[\s-]*(?:level|lvl|career)\b", (MID,)),
        (r"(?<!data )(?<!order )\b(?:entry|starter|beginner['’]?s?)\s+(?:job|role|position|post)s?\b", (JUNIOR,)),
        (rf"\bexperienced\s+(?:{FIELD}\s+){{1,3}}{ROLE_PATTERN}\b", (MID, SENIOR)),
        (r"\bearly[\s-]career\b|\bgraduate[\s-]entry\b|\bcareer\s+starter\b", (JUNIOR,)),
        (r"\b(?:start|starting|begin)\s+(?:from|at)\s+the\s+(?:very\s+)?bottom\b|\bjust\s+starting\s+out\b", (JUNIOR,)),
        (r"\b(?:start|beginning)\s+of\s+(?:my|a|the)\s+career\b", (JUNIOR,)),
        (
            r"\b(?:takes?|hires?|hiring|taking(?:\s+on)?|trains?|welcomes?)\s+(?:complete\s+|total\s+|absolute\s+)?beginners\b",
            (JUNIOR,),
        ),
        (r"\bbeginners?[\s-](?:friendly|welcome)\b|\b(?:for|as)\s+(?:a|an\s+absolute)\s+beginner\b", (JUNIOR,)),
        (r"\b(?:new|recent|fresh)\s+(?:\w+\s+){0,2}grad(?:uate)?\b", (JUNIOR,)),
        (r"\b(?:just|recently|newly)\s+graduated\b|\bgraduating\s+(?:in|this|next)\b", (JUNIOR,)),
        (r"\bgrad(?:uate)?\s+(?:scheme|program(?:me)?|role|job|position|opening|level)s?\b", (JUNIOR,)),
        (r"\bfresh\s+(?:out\s+of|from)\s+(?:college|university|uni|school)\b", (JUNIOR,)),
        (r"\b(?:no|without|zero|little|limited|0)\s+(?:\w+\s+){0,2}experi[ae]nce\b", (JUNIOR,)),
        (r"\bfirst\s+(?:[\w-]+\s+){0,4}?(?:job|role|position)\b", (JUNIOR,)),
        (r"\bas\s+an?\s+(?:apprentice|trainee)\b", (JUNIOR,)),
        (
            r"\bworking\s+student\b|\bplacement\s+(?:year|student)\b|\b(?:student|industrial|work)\s+placement\b",
            (INTERNSHIP,),
        ),
        (r"\bco-op(?:\s+(?:student|position|role|term|job|placement|program(?:me)?)\b|\s*(?:$|,|or\b))", (INTERNSHIP,)),
        (rf"\bstudent\s+(?:job|role|position|assistant\s+in\s+{FIELD})\b", (INTERNSHIP,)),
        (
            rf"(?<!the )\bhead\s+of\s+(?:the\s+)?(?!household|state|school)(?:[\w-]+\s+){{0,2}}?{FIELD}\b",
            (LEAD, PRINCIPAL),
        ),
        (rf"{NOT_MINE}\b(?:director|vp|vice\s+president)\s+(?:of\s+)?(?:[\w-]+\s+)?{FIELD}\b", (LEAD, PRINCIPAL)),
        (r"\b(?:director|vp)(?:-ish)?[\s-]+(?:level|role|position|title)\b", (LEAD, PRINCIPAL)),
        (rf"{NOT_MINE}\bchief\s+(?:{FIELD}\s+){{1,3}}(?:{ROLE_PATTERN}|officer)\b", (LEAD, PRINCIPAL)),
        (r"\b(?:analytics|data\s+science|data\s+engineering)\s+director\b", (LEAD, PRINCIPAL)),
        (
            r"\b(?:data\s+science|data\s+engineering|analytics|ml|machine\s+learning|ai|bi|insights?|mlops|engineering|data\s+team)"
            r"\s+(?:team\s+)?(?:manager|mgr)\b(?!['’])",
            (LEAD,),
        ),
        (r"\b(?:leadership|management|managerial)\s+(?:role|position|job)s?\b", (LEAD,)),
        (rf"{NOT_MINE}\bmanager\s+of\s+(?:an?|the)\s+(?:[\w-]+\s+){{0,3}}?{TEAM}\b", (LEAD,)),
        (rf"{NOT_MINE}\b(?:team|squad|group|tech)\s+leader\b", (LEAD,)),
        (
            r"(?<!hired )(?<!asked )(?<!promoted )\b(?:to|would|could|['’]d)\s+(?:lead|manage|run|head(?:\s+up)?|build(?:\s+up)?)"
            rf"\s+(?:a|an|my\s+own|your)\s+(?:[\w-]+\s+){{0,3}}?{TEAM}\b",
            (LEAD,),
        ),
        (
            r"\b(?:looking\s+forward\s+to|want|keen\s+on|love|like|ready\s+for|into|interested\s+in)\s+(?:leading|managing|running)"
            rf"\s+(?:an?|my\s+own|your)\s+(?:[\w-]+\s+){{0,3}}?{TEAM}\b",
            (LEAD,),
        ),
        (r"\barchitect\s+level\b|\bdistinguished\s+(?=engineer|scientist)", (PRINCIPAL,)),
    )
)
BOUND = r"(?P<{}>junior|mid|intermediate|medior|senior|lead|staff|principal)(?:[\s-]*level)?"
BETWEEN = re.compile(
    rf"\bbetween\s+(?:an?\s+)?{BOUND.format('low')}\s+and\s+(?:an?\s+)?{BOUND.format('high')}\b", re.IGNORECASE
)
BESIDE = re.compile(
    rf"\b(?P<way>above|beyond|below|under)\s+(?:an?\s+|the\s+)?{BOUND.format('one')}\b(?!\s+(?:management|leadership|citizens?))",
    re.IGNORECASE,
)
STEP_UP = re.compile(
    rf"\b(?:(?:step(?:ping)?|mov(?:e|ing)|grow(?:ing)?)\s+(?:up\s+)?(?:in)?to|next\s+step:?(?:\s+is)?)\s+(?:an?\s+)?{BOUND.format('one')}\b",
    re.IGNORECASE,
)
UP_TO = re.compile(
    rf"\b{BOUND.format('one')}(?:\s*\+(?!\w)|\s+(?:or|and|&)\s+(?P<way>above|higher|up|upwards?|more\s+senior|below|lower|under)\b)",
    re.IGNORECASE,
)
# Up to how many years a person's level is usually called so, as the judged development queries state it; train/LOG.md
# has what the bundled queries say.
YEARS_OF = (
    (2.0, (JUNIOR,)),
    (5.0, (MID,)),
    (9.0, (SENIOR,)),
    (12.0, (SENIOR, LEAD, PRINCIPAL)),
    (60.0, (LEAD, PRINCIPAL)),
)


def find_levels(text: str, words: Sequence[Word]) -> Iterator[Found]:
    """Yield the levels that a query names, with their characters; where somebody steps up, the next one alone."""
    if match := STEP_UP.search(text):
        yield (LEVELS[_rank(match["one"])],), match.span("one")
        return
    yield from _ranges(text)
    for pattern, levels in PHRASES:
        for match in pattern.finditer(text):
            yield levels, match.span()
    for position, word in enumerate(words):
        name = INTERNSHIP if is_typed(word.folded, INTERNSHIP) else word.folded
        if name in NAMES and _is_title(words, position, name):
            yield NAMES[name], word.span


def _ranges(text: str) -> Iterator[Found]:
    """Yield levels by their bounds: "above junior", "between junior and senior", "senior or above"."""
    for match in BETWEEN.finditer(text):
        low, high = sorted((_rank(match["low"]), _rank(match["high"])))
        yield LEVELS[low + 1 : high] or LEVELS[low : high + 1], match.span()
    for match in BESIDE.finditer(text):
        rank = _rank(match["one"])
        if levels := LEVELS[rank + 1 :] if match["way"].casefold() in ("above", "beyond") else LEVELS[1:rank]:
            yield levels, match.span()
    for match in UP_TO.finditer(text):
        rank = _rank(match["one"])
        is_below = (match["way"] or "").casefold() in ("below", "lower", "under")
        yield LEVELS[1 : rank + 1] if is_below else LEVELS[rank:], match.span()


def _rank(name: str) -> int:
    return LEVELS.index(NAMES[name.casefold()][0])


def find_years(text: str, words: Sequence[Word]) -> Iterator[Found]:
    """Yield the levels of the first years of experience, unless they were in another trade."""
    for low, high, span in experience.find_experience(text, words):
        yield levels_of_years(low, high), span
        return


def levels_of_years(low: float, high: float) -> tuple[str, ...]:
    """Return the levels that so many years of experience fit: `(5, 5)` senior."""
    least = 0.0
    found: dict[str, None] = {}
    for limit, levels in YEARS_OF:
        if low < limit and high >= least:
            found |= dict.fromkeys(levels)
        least = limit
    return tuple(level for level in LEVELS if level in found)


def _is_title(words: Sequence[Word], position: int, word: str) -> bool:
    """Tell whether a level's name is meant as one where it stands."""
    after, before = facet_after(words, position, limit=4), facet_before(words, position, limit=3)
    following = after[0] if after else ""
    if (
        "was" in before
        or following in NEVER_BEFORE
        or (before and before[-1] in ("school", "branch", "our", "the") and word != "intern")
    ):
        return False
    if NAMES[word] == (INTERNSHIP,):
        return _is_internship(before, after)
    if word in NEEDS_A_ROLE_NEXT:
        return _is_before_role(after) and (not before or before[-1] not in ("research", "sales"))
    if MENTORS.intersection(before) and any(name.endswith("s") and name[:-1] in ROLES for name in after):
        return False
    if (
        _is_listed(before, after)
        or following in NAMES
        or following in ("level", "role", "position", "title", "post", "job", "grade")
    ):
        return True
    if word in NEEDS_A_ROLE:
        return _leads(word, before, after)
    if word in ("mid", "intermediate"):
        return following in NAMES or any(name in ROLES for name in after) or not (after or before)
    if word in LEARNERS and before and before[-1] in FIELDS | ROLES:
        return True
    return (
        not after
        or following in JOINING
        or following in ("remote", "hybrid", "onsite")
        or any(name in ROLES | JOBS | FIELDS for name in after[:3])
        or following[0].isdigit()
    )


def _is_listed(before: Sequence[str], after: Sequence[str]) -> bool:
    """Tell whether another level stands beside: "junior or mid"."""
    if before[-1:] in (["or"], ["and"]) and before[-2:-1] and before[-2] in NAMES:
        return True
    return after[:1] in (["or"], ["and"], ["to"]) and bool(after[1:2]) and after[1] in (*NAMES, "architect")


def _is_before_role(after: Sequence[str]) -> bool:
    """Tell whether a role follows, with nothing but its field before: "associate data scientist"."""
    role = next((at for at, name in enumerate(after) if name in ROLES), None)
    return role is not None and all(name in FIELDS for name in after[:role])


def _leads(word: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Tell whether "lead" or "staff" is a title by the role or the field that it goes with."""
    if word == "lead" and before and before[-1] in LEAD_OF:
        return True
    if word == "lead" and before and before[-1] in LED | ROLES and (not after or after[0] in JOINING):
        return True
    if not after:
        return not before
    return any(name in ROLES for name in after) and read_number(after[0]) is None


def _is_internship(before: Sequence[str], after: Sequence[str]) -> bool:
    if any(name in WISHES for name in before):
        return True
    past = {"one", "two", "three", "my", "after", "previous", "past", "did", "during", "couple", "of", "was"}
    # "data science internship at a hospital", and not "internship at Larkspur".
    is_past = after[:1] == ["at"] and not (after[1:2] in (["a"], ["an"]) and before and before[-1] in FIELDS | ROLES)
    return not is_past and not past.intersection(before[-2:])


def levels_of(seniority: str) -> tuple[str, ...]:
    """Return the levels that a listing's seniority may mean; none for what is unknown."""
    name = " ".join(seniority.casefold().split())
    if name in BOARD_LEVELS:
        return BOARD_LEVELS[name]
    return (name,) if name in LEVELS else NAMES.get(name.removesuffix(" level"), ())
