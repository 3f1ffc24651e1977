"""Similar records: shown first, then approved together, and taken back together."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mailroom.console.pages.record import found
from mailroom.console.ports import ConsolePorts
from mailroom.console.record_view import flat, names_of, title_of
from mailroom.console.templating import render
from mailroom.console.web import BadRequestError, Request, Response, see_other
from mailroom.console.words import readable, spoken
from mailroom.domain.attention import Wanted
from mailroom.domain.claims import text_of
from mailroom.domain.errors import ConflictError, PermanentError
from mailroom.domain.record import Record, Status
from mailroom.pipeline import decide
from mailroom.pipeline.similar import alike, why_looked_at_alone

MOST = 25
"""Records that are approved at once: as many as a person can look over on one page."""

_TAKEN = re.compile(r"([A-Za-z0-9_-]{1,200})@([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Similar:
    """One of the similar records: its values, the doubtful ones first, and why it is left out, if it is."""

    record_id: str
    version: int
    title: str
    doubtful: tuple[tuple[str, str, int], ...]
    others: tuple[tuple[str, str], ...]
    left_out: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record that was to be approved; ``version`` is 0 where it can no longer be taken back."""

    record_id: str
    title: str
    state: str
    version: int


def show(request: Request, ports: ConsolePorts, record_id: str) -> Response:
    """Show the waiting records that are like one, and which of them may be approved together."""
    record = found(record_id, ports)
    rows = [_similar(each, ports) for each in _like(record, ports)]
    return render(
        "similar.html", request, record=record, title=title_of(record), rows=rows, decides=request.person.decides
    )


def approve(request: Request, ports: ConsolePorts, record_id: str) -> Response:
    """Approve the chosen ones, each against the version that the person saw; what has changed since is left alone."""
    record = found(record_id, ports)
    done = []
    for name, version in _taken(request):
        other = ports.records.get(name)
        if other is None or not alike(record, other) or why_looked_at_alone(other):
            continue
        try:
            done.append(decide.approve(name, request.person.name, ports.deciding, version=version).record_id)
        except (ConflictError, PermanentError):
            continue
    return see_other("/approved", ids=" ".join(done) or "none")


def approved(request: Request, ports: ConsolePorts) -> Response:
    """Show what was approved together, as it stands now, and offer to take it back."""
    names = [name for name in request.asked("ids").split() if re.fullmatch(r"[A-Za-z0-9_-]{1,200}", name)][:MOST]
    records = [record for name in names if (record := ports.records.get(name))]
    return render("approved.html", request, outcomes=[_outcome(each, request, ports) for each in records])


def undo(request: Request, ports: ConsolePorts) -> Response:
    """Take back what was approved together."""
    names = []
    for name, version in _taken(request):
        names.append(name)
        try:
            decide.undo(name, request.person.name, ports.deciding, version=version)
        except (ConflictError, PermanentError):
            continue
    return see_other("/approved", ids=" ".join(names) or "none")


def _like(record: Record, ports: ConsolePorts) -> Iterable[Record]:
    waiting = ports.attention.waiting(Wanted(record.kind, record.sender), None, 2 * MOST).records
    others = [other for other in waiting if alike(record, other)]
    return sorted(others, key=lambda other: (bool(why_looked_at_alone(other)), other.record_id != record.record_id))[
        :MOST
    ]


def _similar(record: Record, ports: ConsolePorts) -> Similar:
    doubtful, others = [], []
    for path, value in flat(record):
        if path in record.doubtful or path.partition("[")[0] in record.doubtful:
            doubtful.append((spoken(path), text_of(value.value), round(100 * value.confidence)))
        elif "[" not in path:
            others.append((spoken(path), text_of(value.value)))
    why = why_looked_at_alone(record)
    said = readable([why], names_of(ports.types.get(record.kind)))[0] if why else ""
    return Similar(record.record_id, record.version, title_of(record), tuple(doubtful), tuple(others[:6]), said)


def _taken(request: Request) -> list[tuple[str, int]]:
    chosen = [_TAKEN.fullmatch(value) for name, value in request.form if name == "take"]
    if len(chosen) > MOST or not all(chosen):
        raise BadRequestError("The form does not say which records you saw.")
    return [(each[1], int(each[2])) for each in chosen if each]


def _outcome(record: Record, request: Request, ports: ConsolePorts) -> Outcome:
    undoable = record.status is Status.APPROVED and not decide.why_not_undone(
        record, request.person.name, ports.deciding
    )
    state = record.status.replace("_", " ")
    return Outcome(record.record_id, title_of(record), state, record.version if undoable else 0)
