"""``mailroom process``: a person's own files through the twin."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from local.cli.rows import row
from local.cli.tables import Line, console, progress_bar, records_table, totals
from local.inputs import Input, InputError, inputs_of
from local.session import Session, SessionError, session
from local.snapshot import keep
from mailroom.domain.record import Record


def run(paths: Sequence[Path], *, as_json: bool, form: str, live: bool, host: str | None, timeout_s: float) -> int:
    """Process the files; returns 0 when every one of them became a record, 1 otherwise, 2 when nothing could start."""
    try:
        with session(live=live, host=host) as running:
            return _process(paths, running, as_json=as_json, form=form, timeout_s=timeout_s)
    except SessionError as error:
        print(f"mailroom: {error}", file=sys.stderr)
        return 2


def _process(paths: Sequence[Path], running: Session, *, as_json: bool, form: str, timeout_s: float) -> int:
    bad = 0
    sources: dict[str, str] = {}
    delivered_at: dict[str, float] = {}
    done: list[Line] = []
    failed: SessionError | None = None
    with progress_bar() as progress:
        task = progress.add_task("Delivering", total=None)
        for item in (found for path in paths for found in inputs_of(path, running.domain, form=form)):
            problem = str(item) if isinstance(item, InputError) else _delivered(item, running, sources, delivered_at)
            if problem:
                bad += 1
                print(f"mailroom: {problem}", file=sys.stderr)
        progress.update(task, description="Reading", total=len(sources))
        try:
            for record in running.at_rest(list(sources), timeout_s):
                seconds = time.monotonic() - delivered_at[record.record_id]
                done.append(Line(sources[record.record_id], record, seconds=seconds))
                progress.advance(task)
                if as_json:
                    print(json.dumps(row(record, sources[record.record_id]), ensure_ascii=False), flush=True)
        except SessionError as error:
            failed = error
    if failed:
        print(f"mailroom: {failed}", file=sys.stderr)
        bad += 1
    records: list[Record] = [line.record for line in done if line.record]
    keep(records)
    if not as_json and done:
        out = console()
        out.print(records_table(done, "What became of each message"))
        out.print(totals(records))
    return 1 if bad else 0


def _delivered(item: Input, running: Session, sources: dict[str, str], delivered_at: dict[str, float]) -> str:
    """Hand one input to its door; returns the problem in words, or "" when it is on its way."""
    told = running.deliver(item)
    if told.refusal:
        return f"{item.source}: {told.refusal}"
    if told.record_id in sources:
        return f"{item.source}: the same message as {sources[told.record_id]}; it makes no second record."
    sources[told.record_id] = item.source
    delivered_at[told.record_id] = time.monotonic()
    return ""
