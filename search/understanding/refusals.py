"""What a query rules out: the words that refuse, and how far they reach."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from search.records import Span
from search.understanding.vocabulary import word_set

DO = r"(?:want(?:\s+to)?(?:\s+(?:do|be|become))?|like(?:\s+to)?|involve|include|mean|sit\s+in|ask\s+for|require|need(?:\s+to)?|have\s+to(?:\s+(?:touch|use|write|do|know))?|work\s+(?:with|in|for|on)|do)"
DO_NOT = r"(?:do(?:es)?\s+not|do(?:es)?n['’]?t|would\s+not|wouldn['’]?t|won['’]?t)"
CANNOT = r"(?:cannot|can\s+not|can['’]?t)"
THINGS = r"(?:jobs?|roles?|positions?|posts?|compan(?:y|ies)|firms?|employers?|teams?|projects?|work|anything|everything|something|stuff|ones|those)"
# Longer ones first. What follows is refused.
TRIGGER = re.compile(
    r"(?<![\w-])(?:"
    r"(?:anything|everything|anywhere|everywhere|any\s+\w+)\s+(?:but|except(?:\s+for)?|other\s+than|besides|apart\s+from|outside\s+of)"
    r"|except(?:\s+for)?|exclud(?:ing|e)(?:\s*:)?|instead\s+of|rather\s+than|allergic\s+to|other\s+than|apart\s+from|outside\s+of"
    r"|outside(?=\s+(?:the\s+)?(?:us|usa|u\.s\.|uk|eu|states|(?-i:[A-Z]))(?![^,;]*\b(?:fine|ok|okay)\b))"
    r"|(?:not|n['’]t)\s+(?:be\s+)?(?:based|located|situated)\s+(?:in|near|around|at)"
    r"|(?:(?:must|should|can|could|may|will|would|need)(?:\s*not|n['’]?t|['’]t)|has\s+not\s+to|not)\s+be(?=\s+(?:remote|hybrid|on[\s-]?site|in\s+|an?\s+|based|located|senior|junior))"
    r"|(?:not|n['’]t|nt)\s+(?:interested\s+in|into|looking\s+for|keen\s+on)"
    rf"|{DO_NOT}\s+(?:(?:really|ever|particularly)\s+)?{DO}"
    rf"|{DO_NOT}\s+(?:show|send|give|offer|suggest|list)(?:\s+me)?|{CANNOT}\s+(?:do|stand|bear|work(?=\s+(?:from\s+home|remotely)))|(?:{DO_NOT}|{CANNOT})(?=\s+(?:travel|commute)\b)"
    r"|stop\s+(?:showing|sending)(?:\s+me)?|(?:filter|weed|leav|leave)(?:ing)?\s+out|barring|spare\s+me|hide\s+(?:me\s+)?(?:everything|anything|all|any)|free\s+of|none\s+of\s+(?:that|the|this|those)"
    r"|burn(?:ed|t)\s+out\s+(?:from|by|on)|hate|avoid(?:ing)?|skip(?:ping)?|refus(?:e|es|ing)(?:\s+to)?|(?:so\s+)?(?:tired|sick)\s+of|bored\s+of"
    r"|done\s+(?:with|w/)|fed\s+up\s+(?:with|w/?)|(?:had\s+)?enough\s+of|steer(?:ing)?\s+(?:well\s+)?clear\s+of|(?:stay|keep|steer|get|move)(?:ing)?(?:\s+me)?\s+away\s+from"
    r"|(?:want|get)(?:t?ing)?\s+out\s+of|(?:not\s+(?:a|an?\s+\w+)|no)\s+fan\s+of|no\s+interest\s+in"
    r"|(?:rather|prefer(?:ably)?)\s+not(?:\s+to)?(?:\s+(?:be|have|do|work|touch|use|write))?"
    r"|(?:that|which|it|they|whats?)\s*(?:is\s+not|isn['’]?t|are\s+not|aren['’]?t)"
    r"|nothing(?:\s+(?:in|with|about|related\s+to|to\s+do\s+with|from|involving|for))?"
    r"|without(?:\s+any)?|w/o|neither|nor|never|minus|zero|just\s+not|not|no"
    r")(?![\w-])",
    re.IGNORECASE,
)
# Before a trigger, they go with it: "and I'd", "with no".
PREFIX = word_set(
    """and but so also then please pls ideally preferably definitely absolutely really just that where which who with it is
    i i'd i'm im i'll am something must do does would should will rather ok"""
)
# After them it is no refusal: "not only", "no experience", "no problem", "zero trust", "skip connections".
GUARDED = re.compile(
    r"\s*(?:only|just|necessarily|sure|much\b(?!\s+(?:travel\w*|on[\s-]?call|meetings?|overtime|management))|a\s+lot|anything(?=\s*(?:$|[.,;!]|special|specific|fancy|in\s+particular))|a\s+problem|required|"
    r"important|yet|too|so|very|far|many|fussy|picky|afraid|shy|new\s+to|matter|problems?|preference|idea|need|needs?|longer|one|doubt|"
    r"wonder|rush|limits?|(?:\w+\s+){0,2}experi[ae]nce|(?:\w+\s+)?degree|a\s+step|phd\s+(?:yet|but)|phd$|industry\s+job|code\b|sql\b|less|sponsorship|"
    r"(?:a\s+)?visa|notice|formal|previous|prior|certificates?|budget|(?:more|less|fewer)\s+than|special|fancy|specific|else\b|later|question|stranger|bad|a\s+(?:day|single|minute)|down\s*time|"
    r"losing|loss|charge|wanted|welcome|use\b|used|tried|seen|touched|apply|breaking|waiting|available|native|fluent|there|here|have|be|know|care|mind|worked|done|finished|live|using|"
    r"in\s+a\s+(?:rush|hurry)|(?:be\s+)?(?:in|at)\s+(?:the\s+)?(?:office|home)\s+(?:all|every|full|daily|always)\b|"
    r"shots?|trust|day|knowledge|inflat\w+|touch|copy|waste|emissions?|carbon|sum|party|latency|to\b|"
    r"connections?|grams?|lists?|logic|tracing|layers?|patterns?|the\s+line|labels?|label?led|supervision|ground\s+truth|a\s+gpu|gpus?|training|"
    r"retraining|fine[\s-]?tuning|human|parallel|(?:a\s+)?car|\d)\b",
    re.IGNORECASE,
)
# Who says what they are or have, rather than what they want.
ABOUT_ONESELF = re.compile(
    r"\b(?:i\s+am|i['’]?m|im|am|i\s+have|i['’]ve|have|has|had|got|was|were|did|there\s+(?:is|are|was)|net|ground)\s+(?:a\s+)?$",
    re.IGNORECASE,
)
PERSISTS = re.compile(r"interested|into|looking|keen|tired|sick|bored|done|fed|enough|fan|prefer|rather", re.IGNORECASE)
SCOPE_END = re.compile(
    r"\band\s+(?=(?:a\s+)?(?:good|great|nice|decent|flexible|interesting|lots|plenty|wants?|wish(?:es)?|likes?|prefers?|needs?|would|can|will|"
    r"loves?|enjoys?|happy|open|willing|only|is|am|are)\b)|"
    r"\b(?:but|because|since|so|if|as|when|where|while|though|although|just|rather|instead|please|pls|plz|either|any\s*more|at\s+all|"
    r"i['’]?m?|i['’]ve|my|we|you|looking|seeking|preferably|ideally|thanks|under\s+any\s+circumstances|at\s+any\s+(?:price|cost))\b"
    r"|[–—]|\s-\s|\(|:|\.(?:\s|$)|[;!?\n)]",
    re.IGNORECASE,
)
# "no consulting roles remote"
THING_ENDS = re.compile(
    r"\b(?:jobs|roles|positions|companies|firms|employers)\s+(?!(?:or|and|nor|in|at|with|that|which|who|where|needing|requiring|involving|from|for|on|of|to|like|related|"
    r"please|pls|either|again|whatsoever|required)\b)(?=\w)|(?<=\w )(?:required|needed|necessary|wanted)\s+(?=\w)",
    re.IGNORECASE,
)
BETWEEN_ITEMS = re.compile(
    r"\s*(?:,\s*(?:or|and|nor)\b|\b(?:or|and|nor)\b|,|(?<=\w\w)\s*/(?=\s*\w\w)|&)\s*", re.IGNORECASE
)
JOINED_LAST = re.compile(r",\s*(?:or|nor)\b|\b(?:or|nor)\b", re.IGNORECASE)
LEADING = re.compile(
    rf"^(?:(?:{THINGS}\s+(?:(?:that|which|who|where)\s+)?(?:(?:is|are)\s+)?(?:needs?|needing|requir(?:es?|ing)|involv(?:es?|ing)|in|with|at|for|about|to\s+do\s+with|related\s+to|has|have)|"
    r"(?:building|making|writing|creating|maintaining)(?=\s+\w)|a|an|the|any|some|more|another|in|with|at|for|of|about|to|do|doing|from|being|be|on(?!\W?call|\W?site)|again|ever|"
    r"work|working|requires?|anything|everything|something|stuff|full|too|much|want|also|please|kind\s+of|sort\s+of|big(?=\s+on)|yet|me|near|"
    r"go(?:ing)?\s+(?:back|anywhere|near|to)|carry(?:ing)?)\s+)+",
    re.IGNORECASE,
)
TRAILING = re.compile(
    r"\s+(?:work|jobs?|roles?|titles?|posts?|positions?|stuff|things?|nonsense|crap|makers|manufacturers|spreadsheets|this\s+time|all\s+day(?:\s+long)?|every\s+day|compan(?:y|ies)|contractors?|firms?|industry|sector|"
    r"related|heavy|teams?|projects?|tasks?|duties|shops?|levels?|ones?|only|required|needed|necessary|wanted|requirement|whatsoever|again|altogether|tho|though|lol|thanks|"
    r"(?:at|in|for|from|with|to|on|of|by|during|before|after|like)(?:\s+.*)?)$",
    re.IGNORECASE,
)
# Whoever refuses to lead people, in many words.
PEOPLE = re.compile(
    r"\b(?:manag(?:e|ing)|lead(?:ing)?|supervis(?:e|ing)|(?:in\s+)?charge\s+of|responsib(?:le|ility)\s+for)\s+"
    r"(?:anyone|anybody|people|others|(?:a\s+|the\s+)?teams?|staff|someone|somebody|humans|direct\s+reports|reports)\b",
    re.IGNORECASE,
)
MANAGEMENT = "people management"
# Goes with what was refused.
COURTESY = re.compile(
    r"(?:\s*\b(?:please|pls|plz|any\s*more|at\s+all|either|tho(?:ugh)?|thanks|under\s+any\s+circumstances|at\s+any\s+(?:price|cost))\b)*",
    re.IGNORECASE,
)
# What stands before is refused: "banking excluded", "ad targeting is off the table".
REFUSED_AFTER = re.compile(
    r"\s+(?P<verb>(?:is|are|being)\s+)?(?:excluded|(?P<firm>off\s+the\s+table|off[\s-]limits|out\s+of\s+the\s+question|ruled\s+out|need\s+not\s+apply|not\s+(?:wanted|welcome)|(?:[:=]\s*)(?:nope|nah|no\s+way|(?:hard\s+)?pass)|(?:[:=]\s*)?(?<!\bor\s)(?<!\bsay\s)no(?:\s+(?:thanks|thank\s+you))?(?=\s*(?:$|[.,;!)])))"
    r"|(?(verb)(?:not\s+(?:an\s+option|for\s+me|wanted|my\s+thing)|out(?=\s*(?:$|[.,;!)]))|(?:a\s+)?(?:no[\s-]go|deal[\s-]?breaker|hard\s+no|no(?=\s+for\s+me|\s*(?:$|[.,;!)])))(?:\s+for\s+me)?)|(?!)))\b",
    re.IGNORECASE,
)
CLAUSE_START = re.compile(r"[.,;:!?()\n–—]|\s-\s|\b(?:but|so|because|though|while|that|i)\b", re.IGNORECASE)
# As search engines have it: "python -tableau".
MINUS = re.compile(r"(?<=\S )-(?P<what>[^\W\d_][\w+#./]*)(?![\w-])")
ALTOGETHER = re.compile(
    r"(?<!\w)(?:(?:and|so)\s+)?(?:i\s+)?(?:(?:want|would\s+like|i['’]d\s+like|hope|need)\s+)?(?:to\s+)?(?:leave|leaving|quit|quitting)\s+"
    r"(?P<what>\w+(?:\s+\w+){0,2}?)\s+(?:altogether|behind|for\s+good)\b",
    re.IGNORECASE,
)
# "R rather than Python, data analyst or statistician"
OF_TWO = re.compile(r"instead|rather\s+than", re.IGNORECASE)
OPENED = re.compile(r"\s*\(")
MARKS = " .,:-\"'*()[]{}<>“”‘’"
MAX_ITEM_WORDS = 4
# Nobody means more of them.
MAX_REFUSALS = 30
MAX_ITEM_WORDS_BEFORE = 3


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something refused: its words, their characters, and the characters of all that is said of it."""

    phrase: str
    span: Span
    scope: Span


def find_refusals(text: str) -> list[Refusal]:
    """Return each thing that a query rules out, in order."""
    found: list[Refusal] = []
    for refusals in (_minus(text), _after(text), _altogether(text), _before(text)):
        taken = [one.scope for one in found]
        for one in refusals:
            if not any(one.scope[0] < end and one.scope[1] > start for start, end in taken):
                found.append(one)
    return sorted(found, key=lambda one: (one.scope, one.span))[:MAX_REFUSALS]


def _before(text: str) -> Iterator[Refusal]:
    """Yield what is refused by words before it: "no", "without", "anything but"."""
    end = 0
    for match in TRIGGER.finditer(text):
        if match.start() < end or _is_guarded(text, match):
            continue
        reach = _reach(text, match)
        items = list(_items(text, match.end(), reach))
        reach += OPENED.match(text, match.end()) is not None and text[reach : reach + 1] == ")"
        if items:
            scope = _with_prefix(text, match.start(), end), _courtesy_end(text, reach)
            end = scope[1]
            yield from (Refusal(phrase, span, scope) for phrase, span in items)


def _after(text: str) -> Iterator[Refusal]:
    """Yield what is refused by words after it: "banking excluded"."""
    for match in REFUSED_AFTER.finditer(text):
        window = max(0, match.start() - 80)
        starts = [found.end() for found in CLAUSE_START.finditer(text, window, match.start())]
        start = max(starts, default=window)
        items = list(_items(text, start, match.start()))
        lengths = [len(phrase.split()) for phrase, _ in items]
        if lengths and not match["verb"] and lengths[-1] > 1:
            # "berlin analyst banking excluded": no more than the last word.
            phrase, (first, last) = items[-1]
            if phrase == text[first:last]:
                phrase = phrase.split()[-1]
                items = [(phrase, (last - len(phrase), last))]
        if not items or max(len(phrase.split()) for phrase, _ in items) > MAX_ITEM_WORDS_BEFORE:
            continue
        scope = _with_prefix(text, items[0][1][0], start), _courtesy_end(text, match.end())
        yield from (Refusal(phrase, span, scope) for phrase, span in items)


def _altogether(text: str) -> Iterator[Refusal]:
    """Yield what somebody wants to leave behind."""
    for match in ALTOGETHER.finditer(text):
        yield Refusal(match["what"], match.span("what"), match.span())


def _minus(text: str) -> Iterator[Refusal]:
    """Yield the words that a minus stands before."""
    for match in MINUS.finditer(text):
        yield Refusal(match["what"], match.span("what"), match.span())


def _with_prefix(text: str, start: int, least: int) -> int:
    """Return where the words before a refusal begin that go with it."""
    while before := re.search(r"([\w'’]+) +$", text[max(least, start - 14) : start]):
        begin = start - len(before[0])
        if before[1].casefold().replace("’", "'") not in PREFIX or (begin > 0 and text[begin - 1] in "-/"):
            break
        start = begin
    return start


def _courtesy_end(text: str, start: int) -> int:
    match = COURTESY.match(text, start)
    return match.end() if match else start


def _is_guarded(text: str, match: re.Match[str]) -> bool:
    if GUARDED.match(text, match.end()):
        return True
    opened = text.rfind("(", 0, match.start())
    is_told_apart = match[0].casefold() == "not" and opened >= 0 and ")" not in text[opened : match.start()]
    if is_told_apart and "," in text[opened : match.start()]:
        # "(buildings, not software)" tells two things apart.
        return True
    says_so = PERSISTS.search(match[0])
    return bool(ABOUT_ONESELF.search(text[max(0, match.start() - 20) : match.start()])) and not says_so


def _reach(text: str, match: re.Match[str]) -> int:
    """Find the end of what a refusal is about."""
    start = match.end()
    if text[start : start + 1] == "\n":
        return start
    following = TRIGGER.search(text, start)
    stop = following.start() if following else len(text)
    # "no (sales) jobs"
    opened = OPENED.match(text, start)
    if found := SCOPE_END.search(text, opened.end() if opened else start + 1, stop):
        stop = found.start()
    if thing := THING_ENDS.search(text, start, stop):
        stop = thing.end()
    first_comma = text.find(",", start, stop)
    if first_comma < 0 or text[start - 1] == ":":
        return stop
    if OF_TWO.match(match[0]):
        return first_comma
    # A list goes on over commas where "or" joins its last item: "no fintech, gambling or adtech".
    joined = JOINED_LAST.search(text, first_comma, stop)
    if not joined:
        return first_comma
    after_list = text.find(",", joined.end(), stop)
    stop = after_list if after_list >= 0 else stop
    parts = BETWEEN_ITEMS.split(text[first_comma:stop])
    return stop if all(len(part.split()) <= MAX_ITEM_WORDS for part in parts) else first_comma


def _items(text: str, start: int, end: int) -> Iterator[tuple[str, Span]]:
    position = start
    for gap in [*BETWEEN_ITEMS.finditer(text, start, end), None]:
        stop = gap.start() if gap else end
        phrase, span = _trim(text, position, stop)
        if phrase:
            yield phrase, span
        position = gap.end() if gap else end


def _trim(text: str, start: int, end: int) -> tuple[str, Span]:
    """Return what an item is about, without articles and words such as "jobs"."""
    if people := PEOPLE.search(text, start, end):
        return MANAGEMENT, people.span()
    part = text[start:end]
    start += len(part) - len(part.lstrip(MARKS))
    part = part.strip(MARKS)
    if found := LEADING.match(part):
        start, part = start + found.end(), part[found.end() :]
    while found := TRAILING.search(part):
        part = part[: found.start()]
    part = part.rstrip(MARKS)
    has_word = any(character.isalnum() for character in part) and not TRIGGER.fullmatch(part)
    if not has_word or len(part.split()) > MAX_ITEM_WORDS or part.casefold() in ("it", "that", "this", "them", "work"):
        return "", (start, start)
    return part, (start, start + len(part))
