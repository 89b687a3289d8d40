"""Years of experience: how many, and whether they were in our jobs, in another trade or of no experience at all."""

import re
from collections.abc import Iterator, Sequence

from search.records import Span
from search.understanding.vocabulary import FIELDS, NUMBERS, OUR_FIELDS, ROLE_PATTERN, ROLES, read_number, word_set
from search.understanding.words import Word, facet_after, facet_before, span_of_words

YEARS = re.compile(
    rf"(?<![\w.$€£])(?P<under>under|less than|below)?\s*(?P<low>\d{{1,2}}(?:\.\d)?|{'|'.join(NUMBERS)})\s*"
    rf"(?P<half>and\s+a\s+half|½|1/2)?\s*(?P<plus>\+|[\s-]*plus\b|[\s-]*or more\b)?"
    rf"(?:\s*(?:-|–|to)\s*(?P<high>\d{{1,2}}|{'|'.join(NUMBERS)}))?\s*\+?[\s-]*(?:years?|yrs?|yoe|y(?=\s*(?:of\s+)?exp|\)|\s+(?:at|in|as)\b))\b",
    re.IGNORECASE,
)
# In other words, and what they come to.
SPELLED_YEARS: tuple[tuple[re.Pattern[str], float], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), years)
    for pattern, years in (
        (r"\b(?:a|one)\s+(?:year|yr)\s+and\s+a\s+half\b", 1.5),
        (r"\b(?:less\s+than|under|not\s+even)\s+(?:a|one)\s+(?:year|yr)\b", 0.5),
        (r"\b(?:a\s+)?(?:couple|few)\s+(?:of\s+)?(?:years|yrs)\b", 2.0),
        (r"\b(?:(?:more\s+than|over|almost|nearly)\s+)?(?:a|one)\s+decade\b", 10.0),
        (r"\b(?:two|three)\s+decades\b", 20.0),
        (r"\bhalf\s+a\s+dozen\s+(?:years|yrs)\b", 6.0),
        (r"\b(?:a\s+)?dozen\s+(?:years|yrs)\b", 12.0),
        (r"\b(?:a|one)\s+(?:year|yr)(?=\s+(?:of\s+)?(?:\w+\s+)?(?:experience|exp)\b|\s+as\s)", 1.0),
    )
)
# Of a contract, unless they were worked.
MONTHS = re.compile(
    r"\b(?P<months>\d{1,2}|six|nine|ten|twelve|eighteen)\s*(?:months?|mos?)(?=\s+(?:of\s+)?(?:\w+\s+)?(?:experience|exp)\b|\s+as\s+an?\s)|"
    rf"\b(?:{ROLE_PATTERN})\s+for\s+(?:the\s+last\s+)?(?P<worked>\d{{1,2}}|six|nine|ten|twelve|eighteen)\s+months\b",
    re.IGNORECASE,
)
# Somebody changes trades: the years before were in another.
CHANGE = re.compile(
    r"\b(?:switch(?:ing)?|career\s+(?:chang\w*|switch\w*|pivot\w*|transition\w*)|(?:chang\w+|new|second)\s+careers?|transition(?:ing)?|"
    r"mov(?:e|ing) (?:in)?to(?:wards)?(?=\s+(?:an?\s+)?(?:[a-z]+\s+)?(?:data|ml|ai|machine|analytics|tech|it|nlp|programming)\b)|"
    r"(?:get|getting|break|breaking|got) into|bootcamp|certificates?|certification|taught (?:myself|maths?|himself|herself)|"
    r"self[\s-]taught|retrain\w*|reskill\w*|learning (?:python|sql|r|to|machine|data|ml)|becom(?:e|ing) an? (?:\w+ ){0,2}(?:analyst|engineer|scientist)|ex|former|formerly|used to(?! \w+ing)|"
    r"evenings|no industry|ended up|postdoc|finished (?:a|an|ms|my)|masters in|"
    r"turn(?:ed|ing)\s+(?:into\s+)?(?:an?\s+)?(?:\w+\s+){0,2}(?:analyst|engineer|scientist|developer|programmer))\b|->|→",
    re.IGNORECASE,
)
OCCUPATIONS = word_set(
    """accountant actor actress admin agronomist architect archaeologist artist astronomer athlete attorney auditor author
    baker banker barber barista bartender bookkeeper botanist bricklayer broker builder butcher buyer captain carer
    caregiver caretaker carpenter cashier chef chemist cleaner clerk coach composer conductor cook copywriter counsellor
    counselor courier dancer dentist designer detective dietitian diplomat doctor driver ecologist economist editor
    electrician farmer filmmaker firefighter fisherman florist gardener geographer geologist guard hairdresser handyman
    historian housekeeper interpreter janitor jeweller joiner journalist judge lawyer lecturer librarian linguist
    locksmith logger machinist mason mechanic meteorologist midwife miner musician nanny nurse officer optician painter
    paralegal paramedic pastor pathologist pharmacist philosopher photographer physician physicist physiotherapist pilot
    plumber poet policeman policewoman politician priest printer producer psychologist psychotherapist radiographer
    realtor receptionist recruiter referee reporter retailer roofer sailor salesman salesperson saleswoman sculptor
    seamstress secretary servant shopkeeper singer sociologist soldier solicitor stockbroker supervisor surgeon surveyor
    tailor teacher technician therapist tiler trader translator trucker tutor underwriter upholsterer veteran vet
    veterinarian waiter waitress warden welder writer zoologist biologist barrister assistant manager agent"""
)
# What people of other trades did, or where: "5 years teaching", "14 years in kitchens".
ACTIVITIES = word_set(
    """teaching nursing driving translating interpreting selling cooking farming fishing sailing flying soldiering policing
    acting painting welding kitchens kitchen wards ward hospitality army navy military police forces prison classroom
    classrooms schools trucks lorries restaurants restaurant hotels newspaper newspapers journalism law tax accounting
    bookkeeping physiotherapy midwifery carpentry plumbing construction retail stores shop shops fieldwork field
    academia reception theatre"""
)
# Engineers and developers of other things.
OTHER_FIELDS = word_set(
    """structural civil mechanical electrical chemical sound audio maintenance sales field service petroleum mining marine
    aerospace automotive industrial materials building property real fashion interior landscape financial security
    network support qa test process manufacturing hardware"""
)
# They end as people's trades do.
LIKE_A_TRADE = re.compile(r"(?:[a-z]{3,}(?:ist|cian|yer|man|woman|grapher)|[a-z]*(?:keeper|worker|maker|logist))$")
NO_EXPERIENCE_AFTER = re.compile(
    r"\s*(?:ago|old|olds|later|ahead|forward|out|from\s+now|into\s+the|in\s+advance|forecasts?|horizons?|contracts?|fixed|plans?|programs?|"
    r"programmes?|degree|bachelor\w*|masters?|course|study|survival|mortality|mortgages?|bonds?|treasur\w+|yields?|loans?|lease|"
    r"warranty|guarantee|cycle|window|history|maturity|projections?|anniversary|term|to\s+(?:maturity|go|default|failure)|left|until|before|"
    r"(?:worth\s+)?of\s+(?:[\w-]+\s+){0,2}(?:data(?!\s+(?:sci|eng|ana|ware|model|arch|work|plat))|records|logs|history|readings|prices|images|footage|"
    r"age|college|university|study|school|parental|maternity|leave|travel(?:ling|ing)?))\b",
    re.IGNORECASE,
)
NO_EXPERIENCE_BEFORE = re.compile(
    r"(?:\b(?:next|coming|every|each|within|aged?|ages|another|ahead|predict\w*|forecast\w*|horizon|last(?:ed|s)?\s+for|in|(?:in|over|during|for)\s+the\s+(?:last|past)|contract(?:\s+for)?)|"
    r"\b(?:children|kids|infants|babies)|\b(?:data|records|history|prices|children|kids|patients)\s+(?:of|over|from|under|for)(?:\s+the)?(?:\s+(?:last|past))?)\s*$",
    re.IGNORECASE,
)
# "5-year", "10 year": a thing's, where no experience follows.
OF_A_THING = re.compile(r"[\s-]*(?:year|yr|month|decade)$", re.IGNORECASE)
EXPERIENCE_FOLLOWS = re.compile(
    r"\s*(?:$|[,.;:!)+&/]|(?:of\s+)?(?:\w+\s+){0,3}(?:exp\w*|xp|yoe|background|career)\b|(?:in|as|with)\b)",
    re.IGNORECASE,
)
NEAR = 5
SENTENCE_WORDS = 60


def find_experience(text: str, words: Sequence[Word]) -> Iterator[tuple[float, float, Span]]:
    """Yield the fewest and the most years of each mention of experience in our jobs, with its characters."""
    changes = bool(CHANGE.search(text))
    for low, high, span in sorted(_years(text), key=lambda years: years[2]):
        if not _is_no_experience(text, span) and not _is_other_trade(words, span, changes=changes):
            yield low, max(low, high), span


def _years(text: str) -> Iterator[tuple[float, float, Span]]:
    for match in YEARS.finditer(text):
        low = read_number(match["low"].casefold()) or 0.0
        high = read_number((match["high"] or match["low"]).casefold()) or 0.0
        half = 0.5 if match["half"] else 0.0
        least, most = (0.0, high - 1) if match["under"] else (low, high)
        yield least + half, most + half, (match.start("under" if match["under"] else "low"), match.end())
    for pattern, years in SPELLED_YEARS:
        yield from ((years, years, match.span()) for match in pattern.finditer(text))
    for match in MONTHS.finditer(text):
        group = "months" if match["months"] else "worked"
        years = (read_number(match[group].casefold()) or 0.0) / 12
        yield years, years, (match.start(group), match.end())


def _is_no_experience(text: str, span: Span) -> bool:
    """Tell whether years are a thing's or a plan's: "10 years ahead", "30-year mortgage"."""
    if NO_EXPERIENCE_AFTER.match(text, span[1]) or NO_EXPERIENCE_BEFORE.search(text[max(0, span[0] - 40) : span[0]]):
        return True
    said = text[slice(*span)].casefold()
    is_one = said.startswith(("1", "one", "a")) and not said.startswith(tuple(f"1{digit}" for digit in range(10)))
    return not is_one and bool(OF_A_THING.search(said)) and not EXPERIENCE_FOLLOWS.match(text, span[1])


def _is_other_trade(words: Sequence[Word], span: Span, *, changes: bool) -> bool:
    """Tell whether years were spent in another trade, by the words of their sentence, and whether somebody changes."""
    first, last = span_of_words(words, span)
    if _is_ours(facet_before(words, first, limit=4)):
        return False
    after = facet_after(words, last, limit=2 * NEAR)
    said_as = _said_as(after)
    if said_as is not None:
        return not _is_ours(said_as) and (changes or not ROLES.intersection(said_as) or _is_other(said_as))
    before = [
        word.folded for word in words[max(0, first - SENTENCE_WORDS) : first] if word.sentence == words[first].sentence
    ]
    if changes or _is_ours(before[-2 * NEAR :]):
        return changes
    return _is_other(before[:NEAR]) or bool(
        ACTIVITIES.intersection((*before[-3:], *after[:4])) and not _is_known((*before, *after[:4]))
    )


def _said_as(after: Sequence[str]) -> Sequence[str] | None:
    """Return what follows "as a", or a bare article: "six years as a nurse", "ten years a pharmacist"."""
    if "as" in after[:NEAR]:
        start = after.index("as") + 1
    elif after[:1] in (["a"], ["an"]):
        start = 1
    else:
        return None
    return after[start : start + NEAR]


def _is_ours(words: Sequence[str]) -> bool:
    """Tell whether words name one of our jobs: "data scientist", "ml engineer", "statistician"."""
    return any(
        word in ("statistician", "biostatistician", "mle", "analyst")
        or (word in ROLES and bool(OUR_FIELDS.intersection(words[max(0, at - 2) : at])))
        for at, word in enumerate(words)
        if not OTHER_FIELDS.intersection(words[max(0, at - 1) : at])
    )


def _is_other(words: Sequence[str]) -> bool:
    """Tell whether words name a trade that is none of ours."""
    for at, word in enumerate(words):
        if word in OCCUPATIONS and not (OUR_FIELDS | {"solutions"}).intersection(words[max(0, at - 2) : at]):
            return True
        if word in ROLES and OTHER_FIELDS.intersection(words[max(0, at - 1) : at]):
            return True
        if LIKE_A_TRADE.search(word) and word not in ROLES and word not in ("specialist", "human", "german", "woman"):
            return True
    return False


def _is_known(words: Sequence[str]) -> bool:
    return any(word in ROLES or word in FIELDS for word in words)
