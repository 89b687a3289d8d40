"""Judging: pool systems' results, have them graded, put the grades beside earlier ones."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data.judging.agreement import compare_assessors, compare_marks
from data.judging.config import JudgeConfig
from data.judging.grader import GradeCounts, Grader
from data.judging.marks import marked_pairs
from data.judging.people import PeopleGrades, check_pairs, read_grades, save_pool
from data.judging.pool import PairId, pool_results
from data.judging.task import Inputs, Task, load_inputs, prepare_task
from data.judgments.files import save_judgments
from data.judgments.records import GRADES, JudgingRecord, Judgment, Judgments
from data.triplets.from_votes import load_votes
from data.votes import Vote
from search.benchmark_report import MARKS, Agreement, Assessor
from search.files import whole_folder
from search.systems import LEXICAL
from search.terminal import say

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """One assessor's new grades, and what became of the pairs."""

    assessor: Assessor
    grades: Mapping[PairId, int]
    counts: GradeCounts


def judge_results(config: JudgeConfig) -> Judgments | None:
    """Grade systems' results; None where nothing is graded yet: a dry run, or a pool for people.

    Raises:
        FileNotFoundError: the dataset, the queries, a system or the votes are not there.
        ValueError: the queries, the earlier result or the grades are unusable; the message says why.
    """
    # Before systems are loaded or anything is paid for: what would end the run after it.
    votes = load_votes(config.marks) if config.marks else []
    grader = Grader(config.chat) if config.chat else None
    people = read_grades(config.grades) if config.grades else PeopleGrades()
    inputs = load_inputs(config)
    assessor = _name_assessor(config, grader)
    _check_assessor(assessor, inputs.earlier)
    _check_people(config, people, inputs)
    task = prepare_task(config, inputs)
    if config.out is None:
        _prepare_only(config, task, grader)
        return None
    outcome = Outcome(assessor, *(grader.grade(task.pairs) if grader else _count(people)))
    judgments = _with_agreement(join_grades(config, inputs, task, outcome), inputs, task, votes)
    with whole_folder(config.out) as folder:
        save_judgments(judgments, folder)
    say(render_outcome(judgments, outcome.counts, config.out))
    return judgments


def _name_assessor(config: JudgeConfig, grader: Grader | None) -> Assessor:
    if grader is None:
        return Assessor(name=config.assessor_name, kind="people")
    model, prompt = config.chat_options.model, grader.prompt_sha256
    return Assessor(name=config.assessor_name, kind="language model", model=model, prompt_sha256=prompt)


def _check_assessor(assessor: Assessor, earlier: Judgments | None) -> None:
    """Refuse an assessor whose name is another's in the earlier result."""
    same = [one for one in earlier.record.assessors if one.name == assessor.name] if earlier else []
    identity = ("kind", "model", "prompt_sha256")
    if any(getattr(one, name) != getattr(assessor, name) for one in same for name in identity):
        raise ValueError(
            f"expected one assessor for each name, {assessor.name!r} of --extend is another kind, model or prompt; "
            "name this one with --assessor"
        )


def _check_people(config: JudgeConfig, people: PeopleGrades, inputs: Inputs) -> None:
    """Refuse people's grades of what is not there, or of what they graded before."""
    listing_ids = {listing.listing_id for listing in inputs.dataset.listings}
    check_pairs(people, query_ids={query.query_id for query in inputs.queries}, listing_ids=listing_ids)
    name, former = config.assessor_name, inputs.earlier.grades if inputs.earlier else ()
    twice = [one for one in former if one.assessor == name and (one.query_id, one.listing_id) in people.grades]
    if twice:
        raise ValueError(
            f"expected results that {name} has not graded, {twice[0].listing_id!r} for {twice[0].query_id!r} and "
            f"{len(twice) - 1} more have a grade of theirs in {config.extend}; leave them out, or change --assessor"
        )


def _prepare_only(config: JudgeConfig, task: Task, grader: Grader | None) -> None:
    """Write the pool for people, or say what a model would cost."""
    if config.pool:
        if not task.pairs:
            raise ValueError(
                "expected results to grade, there are none: each has a grade in --extend, or no system found any; "
                "raise --depth, or name other --systems or --queries"
            )
        save_pool(task.pairs, config.pool)
        say(f"{config.pool}: {len(task.pairs)} results to grade from 0 to 3; then --grades FILE --assessor NAME")
    if grader:
        logger.info("estimate  %s", grader.estimate(task.pairs).describe(config.price))


def _count(people: PeopleGrades) -> tuple[dict[PairId, int], GradeCounts]:
    graded, empty = len(people.grades), people.n_empty
    return people.grades, GradeCounts(asked=graded + empty, graded=graded, unanswered=empty)


def join_grades(config: JudgeConfig, inputs: Inputs, task: Task, outcome: Outcome) -> Judgments:
    """Put the new grades behind the earlier ones.

    Raises:
        ValueError: there are none at all.
    """
    former = inputs.earlier.grades if inputs.earlier else ()
    made = tuple(Judgment(*pair_id, grade, outcome.assessor.name) for pair_id, grade in outcome.grades.items())
    if not former and not made:
        raise ValueError(
            f"expected grades, none of {outcome.counts.asked} results got one "
            f"({outcome.counts.refused} answers were no grade); check --prompt and --model, or the file of --grades"
        )
    grades = former + made
    record = inputs.earlier.record if inputs.earlier else JudgingRecord(assessors=[])
    known = {assessor.name for assessor in record.assessors}
    assessors = [*record.assessors, *([] if outcome.assessor.name in known else [outcome.assessor])]
    record = record.model_copy(update={"assessors": assessors})
    return Judgments(str(config.out), inputs.queries, grades, _with_pooled(config, task, record, grades))


def _with_pooled(config: JudgeConfig, task: Task, record: JudgingRecord, grades: Sequence[Judgment]) -> JudgingRecord:
    """Add whose results were pooled; the depth is that to which each system of any run was.

    People's pool was written by another run, perhaps of other systems or to another depth: what is named with
    --grades was pooled where all of its best have a grade.
    """
    graded = {(one.query_id, one.listing_id) for one in grades}
    whole = {
        name: not config.grades or pool_results({name: ranked}, depth=config.depth).keys() <= graded
        for name, ranked in task.rankings.items()
    }
    without = [name for name in task.systems if not whole[name]]
    if without:
        logger.warning(
            "pooled    %s not recorded: some of their %d best results have no grade; give the --depth of the pool",
            *(", ".join(without), config.depth),
        )
    found = [
        name if name == LEXICAL else f"{name} ({system.scoring})"
        for name, system in task.systems.items()
        if whole[name]
    ]
    if not found:
        return record
    depth = min(config.depth, record.depth or config.depth)
    return record.model_copy(update={"pooled": list(dict.fromkeys([*record.pooled, *found])), "depth": depth})


def _with_agreement(judgments: Judgments, inputs: Inputs, task: Task, votes: Sequence[Vote]) -> Judgments:
    """Add how far assessors agree; of those who are not compared now, an earlier run's word stays."""
    graded = judgments.by_assessor()
    marks = compare_marks(graded, marked_pairs(votes, inputs.queries))
    if votes and not marks:
        logger.warning("marks     none is of a graded result of a judged query; there is nothing to compare")
    former = {frozenset((one.a, one.b)): one for one in judgments.record.agreement}
    found = [
        _keep_order(one, former.pop(frozenset((one.a, one.b)), None))
        for one in (*compare_assessors(graded, task.rankings), *marks)
    ]
    return replace(judgments, record=judgments.record.model_copy(update={"agreement": [*former.values(), *found]}))


def _keep_order(found: Agreement, former: Agreement | None) -> Agreement:
    """Keep an earlier run's tau where this one's systems give none."""
    if found.tau is not None or former is None or former.tau is None:
        return found
    return found.model_copy(update={"tau": former.tau, "systems": former.systems})


def render_outcome(judgments: Judgments, counts: GradeCounts, out: Path) -> str:
    """Say in lines what was graded, who agrees, and what comes next."""
    qrels = judgments.qrels
    grades = Counter(grade for graded in qrels.values() for grade in graded.values())
    fruitless = [query_id for query_id, graded in qrels.items() if not any(graded.values())]
    lines = [
        f"grades     {', '.join(f'{grade}: {grades[grade]}' for grade in GRADES)}",
        f"this run   {counts.graded} graded, {counts.refused} refused, {counts.unanswered} unanswered",
        *(f"at first   {count} refused, as {fault}" for fault, count in counts.faults.items()),
        *map(_agreement_line, judgments.record.agreement),
    ]
    if not fruitless:
        return "\n".join([*lines, f"next       python -m data build ... --judgments {out}"])
    named = ", ".join(fruitless[:5]) + (", ..." if fruitless[5:] else "")
    return "\n".join(
        [
            *lines,
            f"caution    {len(fruitless)} queries have no grade above 0 ({named}), and a dataset takes none such: judge "
            "more results of them with --extend, or take their lines out of queries.jsonl and judgments.jsonl",
        ]
    )


def _agreement_line(one: Agreement) -> str:
    beyond = f"kappa {one.kappa:.2f}"
    if one.b != MARKS:
        tau = "none" if one.tau is None else f"{one.tau:.2f} ({len(one.systems)} systems)"
        beyond += f", weighted kappa {one.weighted_kappa:.2f}, tau of the systems' order {tau}"
    return f"agreement  {one.a} and {one.b}: {one.n} in common, {one.same:.0%} the same, {beyond}"
