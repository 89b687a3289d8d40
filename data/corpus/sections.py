"""Which part of a posting a line belongs to, and the text without the employer's boilerplate."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

REQUIREMENTS, DUTIES, ABOUT, BENEFITS, EQUAL_OPPORTUNITY, OTHER = (
    "requirements",
    "duties",
    "about the company",
    "benefits",
    "equal opportunity",
    "other",
)
BOILERPLATE = (ABOUT, BENEFITS, EQUAL_OPPORTUNITY)

MAX_HEADING_CHARACTERS = 100
# With a colon at the end, and without.
MAX_HEADING_WORDS, MAX_BARE_HEADING_WORDS = 14, 6
# A sentence this long is a text that lost its full stops; it may hold anything.
MAX_SENTENCE_CHARACTERS = 700
MAX_INTRODUCTION_CHARACTERS = 300

JOB_WORD = r"(?:analyst|developer|director|engineer|intern|lead|manager|officer|scientist|specialist)s?"
# Headings whose section may go must match as a whole; those that stay are found by one word.
EQUAL_OPPORTUNITY_HEADING = re.compile(
    r"(?=.*\b(?:equal|eeo[c/]?|eoe|diversity|inclusion|belonging|affirmative|accommodations?|non-?discrimination|e-verify)\b)"
    r"(?:our |a )?(?:(?:equal|employment|opportunity|employer|eeo[c/]?|eoe|diversity|inclusion|equity|belonging|dei|"
    r"affirmative action|reasonable|accommodations?|non-?discrimination|statement|policy|notice|commitment|to|for|and|"
    r"&|,|/|disabilit(?:y|ies)|veterans?|applicants?|e-verify)(?: |$|(?=[,/])))+"
)
BENEFITS_HEADING = re.compile(
    r"(?:(?:our|the|your|some of|company|employee|key|other|core|great|full|comprehensive|competitive|amazing|total|team|additional) )*"
    r"(?:benefits?|perks?|total rewards?|what(?:'s| is) in it for you|what's on offer|(?:what )?we(?:'ll)? (?:can )?(?:offer|provide)|what you(?:'ll| will)? (?:get|receive)|"
    r"rewards?|compensation (?:and|&) benefits?|salary (?:and|&) benefits?|pay (?:and|&) benefits?)"
    r"(?:[ ,](?:and|&|/|\+|package|includes?|including|included|offered|summary|details|overview|information|you|us|for you|perks?|benefits?|"
    r"compensation|bonus(?:es)?|rewards?|of working (?:here|with us)|great|amazing|excellent|competitive|at .{2,30}|in return))*"
)
ABOUT_HEADING = re.compile(
    r"(?:more |a (?:bit|little) )?about (?:us|our (?:company|organi[sz]ation|client|culture|values)|(?:the )?company|"
    rf"(?!you\b|the\b|this\b|your\b|team\b|.*\b(?:role|job|position|opportunity)\b)(?!.*\b{JOB_WORD}\b)[\w.&'-]+(?: [\w.&'-]+){{0,3}})|who we are|who is (?!the\b|this\b|right\b|it\b|an?\b).{{2,30}}|(?:the |our )?company(?: (?:overview|"
    r"description|summary|profile|background|information|culture|values))?|our (?:company|story|mission|values|culture|"
    r"purpose|vision|history|client)(?:(?:,| and| &)+ (?:our )?\w+)*|life at .{2,30}|why (?:join|work (?:for|at)|choose|us\b).{0,30}"
)
NEUTRAL_HEADING = re.compile(
    r"\b(?:physical|travel|environment(?:al)?|working conditions|application|legal|apply|location|schedule|job type|"
    r"salary|pay|compensation|contact|disclaimer|privacy|clearance)\b"
)
REQUIREMENTS_HEADING = re.compile(
    r"\b(?:requirements?|qualifications?|skills?|skillset|competenc\w+|experience|education|certifications?|must[- ]haves?|"
    r"nice[- ]to[- ]haves?|good to have|prerequisites?|essentials?|desir\w+|preferred|minimum|basic|about you|"
    r"you (?:have|bring|are|need|must have)|you(?:'ll| will) (?:bring|need|have)|who you are|your profile|ideal candidate|"
    r"successful (?:applicant|candidate)|looking for|look for|expect from you|background|knowledge|(?:tech|technology|"
    r"our) stack|tools|bonus points|technologies|what it takes|you(?:'ll)? succeed)\b"
)
DUTIES_HEADING = re.compile(
    r"\b(?:responsib\w+|dut(?:y|ies)|you(?:'ll| will)|what you do|(?:the|this) job|role|position|job (?:description|summary|overview|"
    r"purpose|details)|your (?:mission|tasks|impact|day|work)|day[- ]to[- ]day|functions?|accountabilit\w+|tasks?|"
    r"opportunity|summary|overview|description|team|projects?|deliverables|challenge)\b"
)
CUT_HEADINGS = (
    (EQUAL_OPPORTUNITY_HEADING, EQUAL_OPPORTUNITY),
    (BENEFITS_HEADING, BENEFITS),
    (ABOUT_HEADING, ABOUT),
)
KEPT_HEADINGS = ((NEUTRAL_HEADING, OTHER), (REQUIREMENTS_HEADING, REQUIREMENTS), (DUTIES_HEADING, DUTIES))
EQUAL_OPPORTUNITY_CUE = re.compile(
    r"equal[- ]opportunit|equal employment|without regard to|regardless of (?:race|age|gender|sex|color|ethnic|background)|"
    r"protected (?:veteran|class|characteristic|status|under|by)|sexual orientation|gender identity|reasonable "
    r"(?:accommodation|adjustment)|affirmative action|e-verify|drug[- ]free workplace|all qualified applicants|"
    r"criminal histor|fair chance|race, (?:color|colour|religion|ethnicity)|(?:celebrate|value|embrace)s? (?:and \w+ )?diversity",
    re.IGNORECASE,
)
BENEFIT_CUE = re.compile(
    r"401\(?k|dental|vision (?:insurance|plan|care|coverage)|paid time off|\bpto\b|health (?:insurance|care|benefits)|medical"
    r"(?:,| insurance| plan)|parental leave|paid holidays|life insurance|tuition (?:reimbursement|assistance)|pension|sick "
    r"leave|gym membership|wellness|stock options|annual leave|unlimited vacation|commuter benefits|disability insurance",
    re.IGNORECASE,
)
ABOUT_CUE = re.compile(
    r"\b(?:founded in|headquartered|is (?:a|an|the|one of the) (?:\w+[ -]){0,4}(?:leader|leading|provider|company|firm|"
    r"organi[sz]ation|consultancy|manufacturer|agency|bank|retailer|platform)|fortune \d+|offices in|our mission is|we are a (?:global|"
    r"leading|team of)|since (?:19|20)\d\d|employees (?:worldwide|globally|across|in)|our (?:values|culture|people|purpose))\b",
    re.IGNORECASE,
)
# What says that a sentence is about the work or the person, whatever its section.
ROLE_CUE = re.compile(
    r"\byou(?:'ll|'re| will| are| have| should| must|r (?:role|work|mission|responsib\w+))\b|\b(?:looking|searching) for\b|"
    r"\b(?:seeking|hiring|recruiting)\b|\b(?:this|the) (?:role|position|job|opportunity|candidate|successful|ideal)\b|\bresponsib|"
    rf"\bas an? (?:[\w/-]+ ){{0,4}}{JOB_WORD}\b|\b{JOB_WORD} (?:to|who|with)\b|\bopportunity (?:for|to)\b|\bcontract\b",
    re.IGNORECASE,
)
SKILL_CUE = re.compile(
    r"\bexperience (?:in|with|of|as|using|working)\b|\byears?(?:'|’)? (?:of )?(?:\w+ ){0,3}experience|\bdegree\b|bachelor|"
    r"\bmaster'?s\b|\bph\.?d\b|proficien|knowledge of|familiar|\bskills?\b|fluen|expertise|\b(?:python|sql|java|excel|aws|azure|spark|tableau)\b",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"(?<=[.!?]) +(?=[A-Z\"“(])")


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence or heading of a posting: its section, its place in the text, whether it may go."""

    section: str
    start: int
    end: int
    is_heading: bool
    is_boilerplate: bool


def section_of_heading(line: str) -> str | None:
    """Return the section that a line opens, None when it is no heading."""
    text = re.sub(r"\s+", " ", line.replace("’", "'")).strip(" *#:-•_[]()?!.").lower()
    has_colon = line.endswith(":")
    words = text.count(" ") + 1
    if (
        not text
        or words > (MAX_HEADING_WORDS if has_colon else MAX_BARE_HEADING_WORDS)
        or line.endswith((".", ";", ","))
    ):
        return None
    for pattern, section in CUT_HEADINGS:
        if pattern.fullmatch(text):
            return section
    if not has_colon and not line[:1].isupper():
        return None
    for pattern, section in KEPT_HEADINGS:
        if pattern.search(text):
            return section
    return OTHER if has_colon else None


def split_sections(text: str) -> Iterator[Part]:
    """Yield the headings and sentences of a cleaned text in order, each with its section."""
    section = OTHER
    for start, sentence, is_whole_line in _sentences(text):
        heading = _heading(sentence, is_whole_line)
        opened = section_of_heading(heading) if heading else None
        if opened:
            section = opened
            yield Part(section, start, start + len(heading), is_heading=True, is_boilerplate=section in BOILERPLATE)
            start, sentence = start + len(heading), sentence[len(heading) :]
            if not sentence.strip():
                continue
        if section in BOILERPLATE and _ends_boilerplate(sentence, section):
            section = OTHER
        boilerplate = _is_boilerplate(sentence, section)
        yield Part(section, start, start + len(sentence), is_heading=False, is_boilerplate=boilerplate)


def _sentences(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield (start, sentence, whether it is all of its line)."""
    position = 0
    for line in text.split("\n"):
        start = 0
        for end in [match.start() for match in SENTENCE_END.finditer(line)] + [len(line)]:
            sentence = line[start:end].lstrip()
            if sentence:
                yield position + end - len(sentence), sentence, len(sentence) == len(line)
            start = end
        position += len(line) + 1


def _heading(sentence: str, is_whole_line: bool) -> str:
    """Return what may be the heading of a sentence: the part before its colon, or a line of its own."""
    before, colon, after = sentence.partition(":")
    if colon and (not after or after.startswith(" ")) and len(before) <= MAX_HEADING_CHARACTERS:
        return before + colon
    return sentence if is_whole_line and len(sentence) <= MAX_HEADING_CHARACTERS else ""


def _ends_boilerplate(sentence: str, section: str) -> bool:
    if EQUAL_OPPORTUNITY_CUE.search(sentence):
        return False
    if SKILL_CUE.search(sentence) and not BENEFIT_CUE.search(sentence):
        return True
    return section == ABOUT and ROLE_CUE.search(sentence) is not None


def _is_boilerplate(sentence: str, section: str) -> bool:
    if len(sentence) > MAX_SENTENCE_CHARACTERS:
        return False
    if section in BOILERPLATE:
        return True
    if EQUAL_OPPORTUNITY_CUE.search(sentence):
        return not (section == REQUIREMENTS and SKILL_CUE.search(sentence))
    if section in (REQUIREMENTS, DUTIES) or SKILL_CUE.search(sentence):
        return False
    if len({match.lower() for match in BENEFIT_CUE.findall(sentence)}) >= 2:
        return True
    return ABOUT_CUE.search(sentence) is not None and not ROLE_CUE.search(sentence)


def cut_boilerplate(text: str) -> str:
    """Return a cleaned text without its equal-opportunity, benefits and about-the-company parts.

    Works by section and sentence: a sentence about the work or the skills ends such a section and
    stays, so that no requirement is lost for standing under the wrong heading. Cutting a text again
    changes nothing.
    """
    while (cut := _cut_once(text)) != text:
        text = cut
    return text


def _cut_once(text: str) -> str:
    kept = list(text)
    parts = list(split_sections(text))
    introduction = _introduction(parts)
    for part in parts:
        if part.is_boilerplate and part != introduction:
            kept[part.start : part.end] = [""] * (part.end - part.start)
    lines, position = [], 0
    for line in text.split("\n"):
        left = " ".join("".join(kept[position : position + len(line)]).split())
        # A line of which nothing is left goes, break and bullet too; empty lines between blocks stay.
        if not line.strip() or left.strip("-:* "):
            lines.append(left)
        position += len(line) + 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _introduction(parts: Sequence[Part]) -> Part | None:
    """Find the first sentence about the company: it tells the industry, which queries name."""
    about = (part for part in parts if part.is_boilerplate and not part.is_heading and part.section in (ABOUT, OTHER))
    first = next(about, None)
    return first if first and first.end - first.start <= MAX_INTRODUCTION_CHARACTERS else None


def requirement_parts(text: str) -> list[Part]:
    """The sentences that stand under a heading of requirements, without the headings."""
    return [part for part in split_sections(text) if part.section == REQUIREMENTS and not part.is_heading]
