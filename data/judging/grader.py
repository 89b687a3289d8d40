"""Grades from a language model: a question a result, a grade or nothing.

Source: UMBRELA (Upadhyay et al. 2024) for the manner; the prompt and the form of the answer are our own.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field

from data.chat.batch import Batch, CostEstimate
from data.chat.client import ChatConfig
from data.chat.journal import Answer
from data.chat.prompts import fill_slots, json_values, name_faults, read_template
from data.judging.pool import Pair, PairId
from data.judgments.records import GRADES, StatedFacts
from search.benchmark_report import FACTS
from search.records import Listing, text_id

logger = logging.getLogger(__name__)

# Of a listing, for the model.
MAX_CHARACTERS = 6000
# Guessed, for the estimate before anything is asked.
TOKENS_PER_GRADE = 10
NOTHING_TOLD = "(not told)"


class NoGradeError(Exception):
    """An answer is no grade; the message, in words of our own, says why."""


@dataclass(slots=True)
class GradeCounts:
    """What became of the pairs; `refused` were answered, but never with a grade."""

    asked: int = 0
    graded: int = 0
    refused: int = 0
    unanswered: int = 0
    faults: Counter[str] = field(default_factory=Counter)


class Grader:
    """Asks a language model for grades, and keeps a journal."""

    def __init__(self, config: ChatConfig) -> None:
        """Read the prompt and the journal.

        Raises:
            ValueError: the prompt lacks `{query}` or `{listing}`, or the journal is none.
        """
        self.batch = Batch(config)
        self.template = read_template(config.prompt, {"query": "the query", "listing": "the listing"})

    @property
    def prompt_sha256(self) -> str:
        """The prompt's identity, before anything is filled in."""
        return hashlib.sha256(self.template.encode()).hexdigest()

    def estimate(self, pairs: Sequence[Pair]) -> CostEstimate:
        """Count the requests and guess the tokens of a run."""
        prompts = [fill_judge_prompt(self.template, pair) for pair in pairs]
        return self.batch.estimate(prompts, answer_tokens=TOKENS_PER_GRADE)

    def grade(self, pairs: Sequence[Pair]) -> tuple[dict[PairId, int], GradeCounts]:
        """Return the grades of pairs, those that got none left out, and counts.

        What is no grade is asked for once more, and the question names the fault.

        Raises:
            ServerUselessError: the server refuses, or answers no more; what came before is in the journal.
        """
        prompts = {pair.pair_id: fill_judge_prompt(self.template, pair) for pair in pairs}
        grades, faults = self._ask(prompts, "grades")
        counts = GradeCounts(asked=len(prompts), faults=Counter(faults.values()))
        again = {pair_id: name_faults(prompts[pair_id], [fault]) for pair_id, fault in faults.items()}
        second, _ = self._ask(again, "refused ones again")
        grades |= second
        counts.graded, counts.refused = len(grades), len(faults) - len(second)
        counts.unanswered = counts.asked - counts.graded - counts.refused
        logger.info(
            "asked     %d requests in this run, %d tokens in and %d out",
            *(self.batch.spent[name] for name in ("requests", "prompt_tokens", "completion_tokens")),
        )
        return grades, counts

    def _ask(self, prompts: dict[PairId, str], name: str) -> tuple[dict[PairId, int], dict[PairId, str]]:
        """Return the grades of answers, and the faults of those that have none."""
        grades, faults = {}, {}
        for pair_id, answer in zip(prompts, self.batch.ask(list(prompts.values()), name), strict=True):
            if isinstance(answer, Answer):
                try:
                    grades[pair_id] = parse_grade(answer.content)
                except NoGradeError as error:
                    faults[pair_id] = str(error)
        return grades, faults


def fill_judge_prompt(template: str, pair: Pair) -> str:
    """Ask for the grade of a pair, its texts between fences that they can't close."""
    query, want, listing = pair.query.text, pair.query.want or NOTHING_TOLD, show_listing(pair.listing)
    code = _fence_code(query, want, listing)
    values = {name: _fence(text, code) for name, text in (("query", query), ("want", want), ("listing", listing))}
    return fill_slots(template, values | {"facts": _show_facts(pair.query.stated)})


def show_listing(listing: Listing) -> str:
    """Return what the model reads of a listing: title, level, work mode, place, text."""
    facts = (
        ("Title", listing.title),
        ("Level", listing.seniority),
        ("Work mode", listing.work_mode),
        ("Place", listing.location),
    )
    head = "\n".join(f"{name}: {value}" for name, value in facts if value)
    return f"{head}\n\n{listing.text}".strip()[:MAX_CHARACTERS]


def _fence_code(*texts: str) -> str:
    """Make a code of the texts that stands in none of them: who writes one doesn't know the others."""
    code = text_id("\n".join(texts))
    while any(code in text for text in texts):
        code = text_id(code)
    return code


def _fence(text: str, code: str) -> str:
    return f"<<<{code}\n{text}\n{code}>>>"


def _show_facts(stated: StatedFacts) -> str:
    # Of several values one is enough; an exclusion has none of its words.
    shown = [
        f"{fact}: {' or '.join(' '.join(value.split()) for value in values)}"
        for fact, values in zip(FACTS, astuple(stated), strict=True)
        if values
    ]
    return "; ".join(shown) or "none"


def parse_grade(content: str) -> int:
    """Return the grade in an answer: a JSON object with an integer `grade`, or a bare digit.

    Raises:
        NoGradeError: there is none, it is not from 0 to 3, or several differ.
    """
    if content.strip() in map(str, GRADES):
        return int(content)
    found = list(json_values(content, "grade"))
    if not found:
        raise NoGradeError("it held no grade in the form that was asked for")
    for grade in found:
        if isinstance(grade, bool) or not isinstance(grade, int) or grade not in GRADES:
            raise NoGradeError("its grade was none of 0, 1, 2 and 3 as a number")
    if len(set(found)) > 1:
        raise NoGradeError("it held several grades")
    return int(found[0])
