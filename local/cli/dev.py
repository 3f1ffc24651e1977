"""``mailroom dev``: the twin stays up, and records appear as they are filed."""

import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from local.cli.rows import row
from local.cli.tables import COLOURS, console
from local.session import STATE, Session, SessionError, session
from local.twin import TwinError
from mailroom.adapters.aws import client
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.domain.record import WORKING, Record

if TYPE_CHECKING:
    from rich.console import Console

RUNNING = STATE / "twin.json"
POLL_S = 0.5


def run(*, live: bool, host: str | None, as_json: bool, smtp_port: int, forms_port: int, console_port: int) -> int:
    """Keep the twin up until it is asked to stop; returns the exit code."""
    out, stop = console(stderr=as_json), Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with session(live=live, host=host) as running:
            smtp, forms = running.twin.smtp_door(smtp_port), running.twin.forms_door(forms_port)
            with smtp, forms, running.twin.console_door(console_port):
                _announce(running)
                out.print(f"Console: http://127.0.0.1:{console_port}")
                out.print(f"Mail:  SMTP on 127.0.0.1:{smtp_port}, to anybody at {running.domain}")
                out.print(f"Forms: POST http://127.0.0.1:{forms_port}/forms/FORM")
                if running.twin.host.containers:
                    _invite_sam(running, out)
                out.print(f"Logs:  {running.twin.log_path.parent}    Records: mailroom records list    Stop: Ctrl-C")
                if not running.twin.host.idle:  # as a new rule does in AWS; the console's overview shows what it counts
                    running.twin.invoke("SweepRecordsFunction", {})
                _watch(running, stop, _as_data if as_json else _as_line)
    except (SessionError, TwinError) as error:
        print(f"mailroom: {error}", file=sys.stderr)
        return 2
    finally:
        RUNNING.unlink(missing_ok=True)
    out.print("Stopped.")
    return 0


def _invite_sam(running: Session, out: "Console") -> None:
    from local.containers.events import lay_out
    from local.twin.console import open_session
    from mailroom.console.web import SESSION_COOKIE

    if running.twin.host.idle:
        lay_out(running.twin)
    cookie = f"{SESSION_COOKIE}={open_session(running.twin.sessions())}"
    out.print("SAM:   .sam/bin/sam local invoke FUNCTION -e events/EVENT.json    (events/README.md lists them)")
    out.print(f"       .sam/bin/sam local start-api, then: curl -b {cookie} http://127.0.0.1:3000/", soft_wrap=True)


def running_store() -> DynamoDBRecordStore | None:
    """Return the ledger of a twin that runs in another terminal, or None."""
    import os

    if not RUNNING.is_file():
        return None
    found = json.loads(RUNNING.read_text())
    if not Path(f"/proc/{found['pid']}").exists():
        return None  # it was killed and could not tidy up
    os.environ.update(found["environment"])
    return DynamoDBRecordStore(client("dynamodb"), found["environment"]["RECORDS_TABLE"])


def _announce(running: Session) -> None:
    import os

    environment = {name: value for name, value in running.twin.environment.items() if name != "ANTHROPIC_API_KEY"}
    RUNNING.parent.mkdir(exist_ok=True)
    RUNNING.write_text(json.dumps({"pid": os.getpid(), "environment": environment}))


def _watch(running: Session, stop: Event, show: Callable[[Record], None]) -> None:
    store = running.records()
    told: dict[str, str] = {}
    while not stop.is_set():
        for record in reversed(store.query()):
            if record.status not in WORKING and told.get(record.record_id) != record.status:
                told[record.record_id] = record.status
                show(record)
        stop.wait(POLL_S)


def _as_data(record: Record) -> None:
    print(json.dumps(row(record), ensure_ascii=False), flush=True)


def _as_line(record: Record) -> None:
    console().print(_line(record), highlight=False)


def _line(record: Record) -> str:
    from rich.markup import escape

    colour = COLOURS.get(record.status, "")
    reasons = f"  {escape(record.reasons[0])}" if record.reasons else ""
    confidence = "" if record.confidence is None else f" {record.confidence:.2f}"
    moment = time.strftime("%H:%M:%S")
    state = record.status.replace("_", " ")
    what = f"{record.record_id}  {record.kind or '-'}  [{colour}]{state}[/{colour}]{confidence}"
    return f"{moment}  {what}  ${record.cost_usd:.5f}{reasons}"
