"""Judging: pool systems' results, have them graded, put the grades beside earlier ones."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data.judging.agreement import compare_assessors, compare_marks
from data.judging.config import JudgeChatConfig, JudgeConfig
from data.judging.grader import GradeCounts, Grader
from data.judging.marks import marked_pairs
from data.judging.people import read_grades, save_pool
from data.judging.pool import PairId
from data.judging.task import Task, prepare_task
from data.judgments.files import save_judgments
from data.judgments.records import GRADES, MARKS, JudgingRecord, Judgment, Judgments
from data.triplets.from_votes import load_votes
from data.votes import Vote
from search.benchmark_report import Agreement, Assessor
from search.files import whole_folder
from search.systems import LEXICAL

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
    # Before anything is loaded or paid for: what would end the run after it.
    votes = load_votes(config.marks) if config.marks else []
    task = prepare_task(config)
    if config.pool:
        save_pool(task.pairs, config.pool)
        print(f"{config.pool}: {len(task.pairs)} results to grade from 0 to 3; then --grades FILE --assessor NAME")
        return None
    outcome = _grade_by_model(config, config.chat, task) if config.chat else _read_people(config, task)
    if outcome is None or config.out is None:
        return None
    judgments = _with_agreement(join_grades(config, task, outcome), task, votes)
    with whole_folder(config.out) as folder:
        save_judgments(judgments, folder)
    print(render_outcome(judgments, outcome.counts, config.out))
    return judgments


def _grade_by_model(config: JudgeConfig, chat: JudgeChatConfig, task: Task) -> Outcome | None:
    """Ask the model; None for a dry run."""
    grader = Grader(chat)
    assessor = Assessor(
        name=config.assessor_name, kind="language model", model=chat.model, prompt_sha256=grader.prompt_sha256
    )
    _check_assessor(assessor, task.earlier)
    if config.dry_run:
        logger.info("estimate  %s", grader.estimate(task.pairs).describe(config.price))
        return None
    return Outcome(assessor, *grader.grade(task.pairs))


def _read_people(config: JudgeConfig, task: Task) -> Outcome | None:
    """Read the grades of --grades; None where no file is named."""
    if config.grades is None:
        return None
    assessor = Assessor(name=config.assessor, kind="people")
    _check_assessor(assessor, task.earlier)
    found = read_grades(
        config.grades,
        query_ids={query.query_id for query in task.queries},
        listing_ids={listing.listing_id for listing in task.dataset.listings},
    )
    counts = GradeCounts(asked=len(found.grades) + found.n_empty, graded=len(found.grades), unanswered=found.n_empty)
    return Outcome(assessor, found.grades, counts)


def _check_assessor(assessor: Assessor, earlier: Judgments | None) -> None:
    """Refuse an assessor whose name is another's in the earlier result."""
    same = [one for one in earlier.record.assessors if one.name == assessor.name] if earlier else []
    identity = ("kind", "model", "prompt_sha256")
    if any(getattr(one, name) != getattr(assessor, name) for one in same for name in identity):
        raise ValueError(
            f"expected one assessor for each name, {assessor.name!r} of --extend is another kind, model or prompt; "
            "name this one with --assessor"
        )


def join_grades(config: JudgeConfig, task: Task, outcome: Outcome) -> Judgments:
    """Put the new grades behind the earlier ones.

    Raises:
        ValueError: there are none at all, or the assessor graded a pair before.
    """
    name, earlier = outcome.assessor.name, task.earlier
    former = earlier.grades if earlier else ()
    twice = [one for one in former if one.assessor == name and (one.query_id, one.listing_id) in outcome.grades]
    if twice:
        raise ValueError(
            f"expected results that {name} has not graded, {twice[0].listing_id!r} for {twice[0].query_id!r} and "
            f"{len(twice) - 1} more have a grade of theirs in {config.extend}; leave them out, or change --assessor"
        )
    made = tuple(Judgment(*pair_id, grade, name) for pair_id, grade in outcome.grades.items())
    if not former and not made:
        raise ValueError(
            f"expected grades, none of {outcome.counts.asked} results got one "
            f"({outcome.counts.refused} answers were no grade); check --prompt and --model, or the file of --grades"
        )
    return Judgments(str(config.out), task.queries, former + made, _record(config, task, outcome))


def _record(config: JudgeConfig, task: Task, outcome: Outcome) -> JudgingRecord:
    """Tell who graded what; the depth is that to which each system of any run was pooled."""
    former = task.earlier.record if task.earlier else JudgingRecord(assessors=[])
    known = {assessor.name for assessor in former.assessors}
    assessors = [*former.assessors, *([] if outcome.assessor.name in known else [outcome.assessor])]
    pooled = [name if name == LEXICAL else f"{name} ({system.scoring})" for name, system in task.systems.items()]
    return JudgingRecord(
        assessors=assessors,
        pooled=list(dict.fromkeys([*former.pooled, *pooled])),
        depth=min(config.depth, former.depth or config.depth),
        agreement=former.agreement,
    )


def _with_agreement(judgments: Judgments, task: Task, votes: Sequence[Vote]) -> Judgments:
    """Add how far assessors agree; of those who are not compared now, an earlier run's word stays."""
    graded = judgments.by_assessor()
    marks = compare_marks(graded, marked_pairs(votes, task.queries))
    if votes and not marks:
        logger.warning("marks     none is of a graded result of a judged query; there is nothing to compare")
    found = [*compare_assessors(graded, task.rankings), *marks]
    anew = {frozenset((one.a, one.b)) for one in found}
    former = [one for one in judgments.record.agreement if frozenset((one.a, one.b)) not in anew]
    return replace(judgments, record=judgments.record.model_copy(update={"agreement": [*former, *found]}))


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
    if fruitless:
        lines.append(
            f"caution    {len(fruitless)} queries have no grade above 0 ({', '.join(fruitless[:5])}, perhaps more); "
            "a dataset takes none such: judge more results of them, or leave them out"
        )
    return "\n".join([*lines, f"next       python -m data build ... --judgments {out}"])


def _agreement_line(one: Agreement) -> str:
    beyond = f"kappa {one.kappa:.2f}"
    if one.b != MARKS:
        tau = "none" if one.tau is None else f"{one.tau:.2f} ({len(one.systems)} systems)"
        beyond += f", weighted kappa {one.weighted_kappa:.2f}, tau of the systems' order {tau}"
    return f"agreement  {one.a} and {one.b}: {one.n} in common, {one.same:.0%} the same, {beyond}"
