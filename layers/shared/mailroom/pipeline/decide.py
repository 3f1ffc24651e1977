"""Decide: what people do with a record; each decision is kept on it, and is a labelled example for calibration."""

from collections.abc import Mapping
from dataclasses import dataclass

from mailroom.domain.doctype import TypeSpec
from mailroom.domain.errors import ConflictError, PermanentError
from mailroom.domain.record import Decision, FieldResult, Record, Status
from mailroom.ports import Clock, RecordStore

BY_A_PERSON = "person"
"""The origin of a value that a person wrote; it keeps the confidence of the value that it replaces (calibration)."""


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
    return _decided(record, Status.APPROVED, Decision(action="approved", by=by, at=ports.clock.now()), ports)


def reject(record_id: str, by: str, reason: str, ports: DecidePorts, *, version: int | None = None) -> Record:
    """Put a record aside for good, with the reason; raises as ``approve`` does."""
    record = _waiting(record_id, ports, version, also=Status.ACCEPTED)
    decision = Decision(action="rejected", by=by, at=ports.clock.now(), reason=reason)
    return _decided(record, Status.REJECTED, decision, ports)


def correct(
    record_id: str, by: str, changes: Mapping[str, str], ports: DecidePorts, *, version: int | None = None
) -> Record:
    """Write values in place of the machine's; "" takes a field away.

    ``changes`` are by field name, as a person writes them: they are validated and normalised like the model's. Raises
    PermanentError with a sentence a person understands for a name or a value that the kind does not take.
    """
    record = _waiting(record_id, ports, version, also=Status.ACCEPTED)
    spec = ports.types[record.kind]
    validated = _validated(changes, spec)
    fields = dict(record.fields)
    before: dict[str, str] = {}
    for name in changes:
        found = fields.pop(name, None)
        old = found if isinstance(found, FieldResult) else None  # lists are not written so
        before[name] = "" if old is None else str(old.value)
        if name in validated:
            confidence = 0.0 if old is None else old.confidence
            fields[name] = FieldResult(
                value=validated[name], method=BY_A_PERSON, confidence=confidence, origin=BY_A_PERSON
            )
    decision = Decision(action="corrected", by=by, at=ports.clock.now(), before=before)
    return _decided(record.model_copy(update={"fields": fields}), Status.CORRECTED, decision, ports)


def _waiting(record_id: str, ports: DecidePorts, version: int | None, *, also: Status | None = None) -> Record:
    record = ports.records.get(record_id)
    if record is None:
        raise PermanentError(f"There is no record {record_id}.")
    if version is not None and record.version != version:
        raise ConflictError(f"Somebody has changed record {record_id} since; look at it again.")
    if record.status not in {Status.NEEDS_HUMAN, also}:
        raise PermanentError(f"Record {record_id} is {record.status.replace('_', ' ')}; it does not wait for a person.")
    return record


def _validated(changes: Mapping[str, str], spec: TypeSpec) -> Mapping[str, object]:
    for name in changes:
        field = spec.field(name)
        if field is None or field.many:
            known = ", ".join(each.name for each in spec.fields if not each.many)
            raise PermanentError(f"A {spec.kind} has no field {name} that can be written so; it has {known}.")
    found = spec.validate({name: value for name, value in changes.items() if value})
    for problem in found.problems:
        if problem.field in changes and problem.field not in found.values:
            raise PermanentError(f"{problem.field}: {problem.reason}")
    return found.values


def _decided(record: Record, status: Status, decision: Decision, ports: DecidePorts) -> Record:
    decided = record.moved(status, at=decision.at, decisions=(*record.decisions, decision))
    ports.records.replace(decided, expected_version=record.version)
    return decided
