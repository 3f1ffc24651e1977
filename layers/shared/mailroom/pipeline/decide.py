"""Decide: what people do with a record; each decision is kept on it, and is a labelled example for calibration."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from mailroom.domain.doctype import TypeSpec
from mailroom.domain.errors import ConflictError, PermanentError
from mailroom.domain.record import Decision, Record, Status
from mailroom.pipeline.corrections import Source, corrected
from mailroom.ports import Clock, RecordStore

UNDO_WITHIN = timedelta(hours=24)
"""How long a person may take a decision back: others have heard of it, and the longer ago, the more they have done."""

MOST_ROWS_KEPT = 200
"""Rows of a group that a correction keeps to be undone: a row takes half a kilobyte, DynamoDB's item 400 at most."""

UNDONE = "undone"
_STANDS_AS = {"approved": Status.APPROVED, "corrected": Status.CORRECTED, "rejected": Status.REJECTED}
"""The state that each decision which can be undone leads to."""


@dataclass(frozen=True, slots=True)
class DecidePorts:
    """What deciding needs of the world."""

    records: RecordStore
    clock: Clock
    types: Mapping[str, TypeSpec]


def approve(record_id: str, by: str, ports: DecidePorts, *, version: int | None = None) -> Record:
    """Take a record as it stands.

    ``version`` is the one the person saw; raises ConflictError where somebody has changed the record since, and
    PermanentError where there is no such record or it does not wait for a person.
    """
    record = _waiting(record_id, ports, version)
    decision = Decision(action="approved", by=by, at=ports.clock.now(), was=record.status)
    return _decided(record, Status.APPROVED, decision, ports)


def reject(record_id: str, by: str, reason: str, ports: DecidePorts, *, version: int | None = None) -> Record:
    """Put a record aside for good, with the reason; raises as ``approve`` does."""
    record = _waiting(record_id, ports, version, also=Status.ACCEPTED)
    decision = Decision(action="rejected", by=by, at=ports.clock.now(), reason=reason, was=record.status)
    return _decided(record, Status.REJECTED, decision, ports)


def correct(
    record_id: str,
    by: str,
    changes: Mapping[str, str],
    ports: DecidePorts,
    *,
    version: int | None = None,
    source: Source | None = None,
) -> Record:
    """Write values in place of the machine's; "" takes one away.

    ``changes`` are by path, as a person writes them (see ``pipeline.corrections``): they are validated and normalised
    like the model's, and with ``source`` located in the message. Raises as ``approve`` does, and PermanentError with a
    sentence a person understands for a name or a value that the kind does not take.
    """
    record = _waiting(record_id, ports, version, also=Status.ACCEPTED)
    spec = ports.types.get(record.kind)
    if spec is None:
        raise PermanentError(
            f"Nothing is known of the kind {record.kind or 'without a name'}, so nothing can be written."
        )
    made = corrected(record, changes, spec, source)
    if not made.before and record.status is Status.NEEDS_HUMAN:  # the same, only written in another way
        return approve(record_id, by, ports, version=record.version)
    names = {path.partition("[")[0] for path in made.before}
    undoable = all(len(record.groups.get(name, ())) <= MOST_ROWS_KEPT for name in names)
    decision = Decision(
        action="corrected",
        by=by,
        at=ports.clock.now(),
        before=made.before,
        was=record.status if undoable else None,
        fields={name: record.fields.get(name) for name in sorted(names) if undoable and spec.field(name)},
        groups={name: record.groups.get(name) for name in sorted(names) if undoable and spec.group(name)},
    )
    changed = record.model_copy(update={"fields": made.fields, "groups": made.groups})
    return _decided(changed, Status.CORRECTED, decision, ports)


def why_not_undone(record: Record, by: str, ports: DecidePorts) -> str:
    """Return in a sentence why a person cannot take back the last decision about a record; "" where they can."""
    last = record.decisions[-1] if record.decisions else None
    if last is None or last.was is None or record.status is not _STANDS_AS.get(last.action):
        return "There is no decision that could be taken back."
    if last.by != by:
        return f"{last.by} decided this; only they can take it back."
    if ports.clock.now() - last.at > UNDO_WITHIN:
        return "That was more than a day ago: requeue the record instead."
    return ""


def undo(record_id: str, by: str, ports: DecidePorts, *, version: int | None = None) -> Record:
    """Take back one's last decision: state and values are again what they were, and both decisions stay on the record.

    Raises ConflictError where the record has changed since ``version``, and PermanentError with the reason where there
    is nothing that this person could take back.
    """
    record = _seen(record_id, ports, version)
    if reason := why_not_undone(record, by, ports):
        raise PermanentError(reason)
    last = record.decisions[-1]
    assert last.was is not None
    restored = record.model_copy(
        update={
            "fields": _restored(record.fields, last.fields),
            "groups": _restored(record.groups, last.groups),
        }
    )
    return _decided(restored, last.was, Decision(action=UNDONE, by=by, at=ports.clock.now()), ports)


def _restored[Value](now: Mapping[str, Value], before: Mapping[str, Value | None]) -> dict[str, Value]:
    kept = {name: value for name, value in now.items() if name not in before}
    return kept | {name: value for name, value in before.items() if value is not None}


def _seen(record_id: str, ports: DecidePorts, version: int | None) -> Record:
    record = ports.records.get(record_id)
    if record is None:
        raise PermanentError(f"There is no record {record_id}.")
    if version is not None and record.version != version:
        raise ConflictError(f"Somebody has changed record {record_id} since; look at it again.")
    return record


def _waiting(record_id: str, ports: DecidePorts, version: int | None, *, also: Status | None = None) -> Record:
    record = _seen(record_id, ports, version)
    if record.status not in {Status.NEEDS_HUMAN, also}:
        raise PermanentError(f"Record {record_id} is {record.status.replace('_', ' ')}; it does not wait for a person.")
    return record


def _decided(record: Record, status: Status, decision: Decision, ports: DecidePorts) -> Record:
    decided = record.moved(status, at=decision.at, decisions=(*record.decisions, decision))
    ports.records.replace(decided, expected_version=record.version)
    return decided
