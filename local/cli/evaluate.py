"""``mailroom eval``: labelled messages through the real steps, and how much of what came out is right."""

import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from local.cli.tables import console, progress_bar
from local.evaluation.asking import LIVE, Answering, answering
from local.evaluation.choosing import dataset_of
from local.evaluation.comparison import Comparison, acceptance, compare
from local.evaluation.datasets import Dataset, Labelled
from local.evaluation.errors import EvaluationError
from local.evaluation.metrics import summarise
from local.evaluation.report import COLUMNS, Report, report_html, report_json, row_of, sentences
from local.evaluation.results import Result
from local.evaluation.running import Bench, evaluate
from local.evaluation.runs import Run, RunSettings
from mailroom.domain.errors import MailroomError, StopTheLineError
from mailroom.policies import policy_of

WORKERS_LIVE = 8
"""Messages asked about at once: Claude answers them side by side, the stand-in shares this machine's cores."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asked for."""

    dataset: str
    live: bool = False
    limit: int | None = None
    seed: int = 0
    against: Path | None = None
    record: Path | None = None
    replay: Path | None = None
    out: Path | None = None
    as_json: bool = False


def run(wish: Wish) -> int:
    """Evaluate; returns 0 when every message has a result, 1 when some have none, 2 when nothing could start."""
    try:
        against = Run.open(wish.against) if wish.against else None
        dataset = dataset_of(wish.dataset).sample(wish.limit, wish.seed)
        with answering(live=wish.live, record=wish.record, replay=wish.replay) as ready:
            policy = policy_of(ready.settings)
            bench = Bench.of(dataset.types, ready, policy)
            kept = Run.begin(_settings(wish, dataset, ready, bench), wish.out)
            problems = _work(dataset, bench, kept)
        results = kept.results()
        compared = _compared(against, kept, results, wish.seed) if against else None
    except (EvaluationError, MailroomError) as error:
        print(f"mailroom: {error}", file=sys.stderr)
        return 2
    _show(Report(kept.settings, summarise(results), results, compared), kept, as_json=wish.as_json)
    for problem in problems:
        print(f"mailroom: {problem}", file=sys.stderr)
    if problems:
        print("mailroom: start the same command again to go on with what is missing.", file=sys.stderr)
    return 1 if problems else 0


def _settings(wish: Wish, dataset: Dataset, ready: Answering, bench: Bench) -> RunSettings:
    return RunSettings(
        dataset=dataset.name,
        digest=dataset.digest,
        messages=len(dataset.messages),
        limit=wish.limit,
        seed=wish.seed,
        origin=ready.origin,
        extract_model=ready.settings.extract_model,
        review_model=ready.settings.review_model,
        prompt_fingerprint=bench.prompt.fingerprint,
        target_error_rate=bench.policy.target_error_rate,
        confidence=bench.policy.weights.source if bench.policy.weights else "",
    )


def _work(dataset: Dataset, bench: Bench, kept: Run) -> list[str]:
    """Evaluate what has no line yet; returns in words what could not be asked. Lines are kept as they come."""
    done = {result.id for result in kept.results()}
    waiting = [message for message in dataset.messages if message.id not in done]
    problems: list[str] = []
    with progress_bar() as progress:
        task = progress.add_task(f"Evaluating {dataset.name}", total=len(dataset.messages), completed=len(done))
        for message, outcome in _outcomes(waiting, bench):
            if isinstance(outcome, Result):
                kept.add(outcome)
            else:
                problems.append(f"{message.id}: {outcome}")
            progress.advance(task)
    return problems


def _outcomes(waiting: Sequence[Labelled], bench: Bench) -> Iterator[tuple[Labelled, Result | MailroomError]]:
    """Yield each message's outcome. The first goes alone: a cached prompt can be read only once it has been written."""
    for message in waiting[:1]:
        yield message, _outcome(message, bench)
    workers = WORKERS_LIVE if bench.answering.origin == LIVE else 1
    if workers == 1:
        for message in waiting[1:]:
            yield message, _outcome(message, bench)
        return
    with ThreadPoolExecutor(workers) as pool:
        for start in range(1, len(waiting), workers):
            batch = waiting[start : start + workers]
            futures = [pool.submit(_outcome, message, bench) for message in batch]
            wait(futures)
            # What was paid for is kept before one call's StopTheLineError ends the run.
            for message, future in sorted(zip(batch, futures, strict=True), key=lambda pair: bool(pair[1].exception())):
                yield message, future.result()


def _outcome(message: Labelled, bench: Bench) -> Result | MailroomError:
    """Evaluate one message; what concerns it alone is returned, what concerns all of them is raised."""
    try:
        return evaluate(message, bench)
    except StopTheLineError:
        raise
    except MailroomError as error:
        return error


def _compared(against: Run, kept: Run, results: Sequence[Result], seed: int) -> Comparison:
    if against.settings.dataset != kept.settings.dataset:
        raise EvaluationError(f"{against.name} is a run over {against.settings.dataset}, not {kept.settings.dataset}.")
    return compare(against.results(), results, names=(against.name, kept.name), seed=seed)


def _show(report: Report, kept: Run, *, as_json: bool) -> None:
    data = json.dumps(report_json(report), indent=2, ensure_ascii=False)
    kept.write("report.json", data + "\n")
    path = kept.write("report.html", report_html(report))
    if as_json:
        print(data)
        return
    out = console()
    out.print(field_table(report))
    for sentence in sentences(report.summary):
        out.print(Text(sentence))
    if report.comparison:
        out.print(Text(f"Beside {report.comparison.before}: {report.comparison.sentence}", style="bold"))
        out.print(Text(acceptance(report.comparison)))
    out.print(Text(f"The whole report: {path}", style="dim"))


def field_table(report: Report) -> Table:
    """Return the table of a run's fields."""
    table = Table(
        title=f"{report.settings.dataset} ({report.origin})",
        title_justify="left",
        title_style="bold",
        header_style="bold",
        pad_edge=False,
        box=box.HORIZONTALS,
    )
    for place, column in enumerate(COLUMNS):
        table.add_column(column, justify="left" if place == 0 else "right", overflow="fold")
    for score in report.summary.fields:
        table.add_row(*(Text(cell) for cell in row_of(score)))
    table.add_section()
    table.add_row(*(Text(cell, style="bold") for cell in row_of(report.summary.total)))
    return table
