"""``mailroom demo``: the sample messages through the whole pipeline, and what became of each."""

import json
import sys
import time
from pathlib import Path

from local.cli.rows import row
from local.cli.tables import Line, console, records_table, totals
from local.inputs import Sample, samples
from local.session import Session, SessionError, Told, session
from local.snapshot import keep
from mailroom.domain.record import Record

EVENTS = Path(__file__).parents[2] / "events"
TIMEOUT_S = 120.0


def run(*, live: bool, host: str | None, as_json: bool) -> int:
    """Run the demo; returns 0 when every input ended as it should: in one record, or refused at its door."""
    out = console(stderr=as_json)
    started = time.monotonic()
    try:
        out.print(
            "Starting the local twin: AWS emulator, deployed stack, " + ("Claude." if live else "stand-in model.")
        )
        with session(live=live, host=host) as running:
            up_s = time.monotonic() - started
            found = samples(EVENTS, running.domain)
            lines = _through(running, found)
            records = [line.record for line in lines if line.record]
            keep(records)
            stored = len(running.records().query())
    except SessionError as error:
        print(f"mailroom: {error}", file=sys.stderr)
        return 2
    if as_json:
        _print_rows(lines)
        return 0 if stored == len(records) else 1
    out.print(records_table(lines, f"{len(found)} inputs through the whole pipeline"))
    out.print(totals(records), highlight=False)
    simulated = "" if live else " Answers, tokens and costs come from the stand-in model: simulated."
    out.print(f"Twin up in {up_s:.1f} s, all done in {time.monotonic() - started:.1f} s.{simulated}", highlight=False)
    out.print(_where_next(), highlight=False)
    return 0 if stored == len(records) else 1


def _through(running: Session, found: list[Sample]) -> list[Line]:
    told: dict[str, Told] = {}
    delivered_at: dict[str, float] = {}
    for sample in found:
        for _ in range(sample.deliveries):
            answer = running.deliver(sample.input)
        told[sample.input.source] = answer
        delivered_at.setdefault(answer.record_id, time.monotonic())
    wanted = [answer.record_id for answer in told.values() if answer.record_id]
    records: dict[str, Record] = {}
    seconds: dict[str, float] = {}
    for record in running.at_rest(wanted, TIMEOUT_S):
        records[record.record_id] = record
        seconds[record.record_id] = time.monotonic() - delivered_at[record.record_id]
    return [
        Line(
            sample.input.source,
            records.get(told[sample.input.source].record_id),
            deliveries=sample.deliveries,
            note=sample.note,
            refusal=told[sample.input.source].refusal,
            seconds=seconds.get(told[sample.input.source].record_id, 0.0),
        )
        for sample in found
    ]


def _print_rows(lines: list[Line]) -> None:
    for line in lines:
        shown = row(line.record, line.source) if line.record else {"source": line.source, "refusal": line.refusal}
        print(json.dumps(shown, ensure_ascii=False))


def _where_next() -> str:
    return (
        "\nWhere to look next:\n"
        "  .venv/bin/mailroom records list                      these records again\n"
        "  .venv/bin/mailroom records show RECORD_ID            one record, each value with the words it came from\n"
        "  .venv/bin/mailroom read events/emails/FILE.eml       how a message is read, zone by zone\n"
        "  .venv/bin/mailroom process YOUR_MAIL.eml             your own mail through the same pipeline\n"
        "  .venv/bin/mailroom dev                               keep it up: SMTP 1025, forms 8025, console 8026\n"
        "  layers/shared/mailroom/doctypes/                     the kinds of document; add yours in one file"
    )
