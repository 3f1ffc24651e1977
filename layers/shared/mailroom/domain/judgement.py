"""What an answer is worth: every value validated, located, scored, and fit to pass unseen or named as doubtful."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from mailroom.domain.answer import Answer
from mailroom.domain.claims import Claim, claims_of
from mailroom.domain.completeness import Held, missing_parts
from mailroom.domain.confidence import Signals, Weights, default_weights, field_confidence, record_confidence
from mailroom.domain.doctype import OTHER, TypeSpec
from mailroom.domain.doubts import doubts_of, must_be_seen
from mailroom.domain.evidence import Evidence
from mailroom.domain.evidence_location import locate_in
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.locate.lines import lines_of
from mailroom.domain.message import AttachmentOutcome, Message
from mailroom.domain.orders import marked, steering
from mailroom.domain.paths import reviewable
from mailroom.domain.plausibility import implausible
from mailroom.domain.row_places import row_places
from mailroom.domain.signals import Reading, signals_of
from mailroom.domain.statements import unstated
from mailroom.domain.thresholds import default_threshold


@dataclass(frozen=True, slots=True)
class JudgedValue:
    """A value with its proof. ``doubts`` are sentences that a person understands; empty where there are none.

    ``signals`` are what its confidence was computed from.
    """

    field: str
    value: Any
    quote: str
    evidence: Evidence
    confidence: float
    doubts: tuple[str, ...] = ()
    signals: Signals | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known of a record.

    ``values`` holds one judged value per field, and a tuple of them for ``many`` fields; ``groups`` the rows.
    ``reasons`` concern the whole record. ``doubtful`` are the paths to review: "total_amount", "tags[1]",
    "line_items[2].quantity", and the names of essential fields that are missing. ``acceptable`` says whether the
    record may be accepted without anyone looking at it.
    """

    kind: str
    values: Mapping[str, JudgedValue | tuple[JudgedValue, ...]]
    groups: Mapping[str, tuple[Mapping[str, JudgedValue], ...]]
    confidence: float
    reasons: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    acceptable: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """How sure is sure enough.

    ``thresholds`` by "kind.field" (or "kind.group.field"), "kind" or "" for everything, the most specific wins; where
    none is set the threshold follows from ``target_error_rate``, the share of values accepted unseen that may be wrong.
    """

    target_error_rate: float = 0.01
    thresholds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    weights: Weights | None = None

    def threshold_of(self, kind: str, path: str) -> float:
        """Return the least confidence with which a field passes unseen; ``path`` is "field" or "group.field"."""
        for key in (f"{kind}.{path}", kind, ""):
            if key in self.thresholds:
                return self.thresholds[key]
        return default_threshold(self.target_error_rate, (self.weights or default_weights()).thresholds)


def judge(
    answer: Answer, message: Message, spec: TypeSpec, policy: Policy = Policy(), *, second: Answer | None = None
) -> Judgement:
    """Return what an answer is worth, given the message it claims to have read. Never raises, whatever the answer.

    ``second`` is another reading of the same message, or of some of its fields; where it says the same, confidence
    rises, where it says otherwise, it falls.
    """
    index = MessageIndex(marked(message, spec))
    claimed = claims_of(answer, spec)
    claims = claimed.claims
    reading = Reading(message, answer, claimed.faulted, claims_of(second, spec).claims if second else None)
    rows = _row_spans(claims, index)
    judged = {
        claim.path: _judge_value(claim, index, reading, policy, rows.get((claim.group, claim.row))) for claim in claims
    }
    proofs = {path: value.evidence for path, value in judged.items()}
    suspected = unstated(claims, proofs, index) | implausible(claims, proofs, message)
    judged |= {path: replace(judged[path], doubts=(*judged[path].doubts, why)) for path, why in suspected.items()}
    values, groups = _arranged(claims, judged, Counter(row.group for row in answer.rows if spec.group(row.group)))
    missing = [f.name for f in spec.fields if f.essential and f.name not in values]
    blocking = [
        *_wrong_kind(answer, spec),
        *steering(index.message),
        *(f"The essential field {name} is missing." for name in missing),
        *claimed.problems,
        *answer.problems,
        *missing_parts(index, spec, _held(claims, judged)),
    ]
    doubtful = [
        claim.path
        for claim in claims
        if claim.path in suspected or _is_doubtful(claim, judged[claim.path], policy, spec)
    ]
    reasons = [*blocking, *message.defects, *_skipped(message)]
    return Judgement(
        kind=answer.kind,
        values=values,
        groups=groups,
        confidence=record_confidence((v.confidence for v in judged.values()), policy.weights)
        * 0.5 ** min(len(blocking), 8),
        reasons=tuple(dict.fromkeys(reasons)),
        doubtful=reviewable([*doubtful, *missing, *sorted(claimed.faulted)], spec),
        acceptable=not blocking and not doubtful,
    )


def _judge_value(
    claim: Claim, index: MessageIndex, reading: Reading, policy: Policy, row: tuple[int, int] | None
) -> JudgedValue:
    evidence = locate_in(index, value=claim.text, quote=claim.quote, spec=claim.spec, near=row)
    in_row = False
    if row is not None and evidence.grounded and evidence.start >= 0:
        in_row = row[0] <= index.folded.folded_span(evidence.start, evidence.end)[0] < row[1]
    signals = signals_of(claim, evidence, reading, in_row=in_row)
    confidence = field_confidence(signals, policy.weights)
    doubts = doubts_of(claim.spec, signals)
    return JudgedValue(claim.spec.name, claim.value, claim.quote, evidence, confidence, doubts, signals)


def _row_spans(claims: Sequence[Claim], index: MessageIndex) -> dict[tuple[str, int], tuple[int, int]]:
    """Return the span of the folded text on which each row of two or more values stands."""
    groups: dict[str, dict[int, list[Claim]]] = {}
    for claim in claims:
        if claim.group and not claim.spec.derived:
            groups.setdefault(claim.group, {}).setdefault(claim.row, []).append(claim)
    spans = {}
    for group, rows in groups.items():
        lines = lines_of(index)
        for row, place in zip(rows, row_places(index, list(rows.values())), strict=True):
            if place is not None and len(rows[row]) > 1:
                spans[group, row] = (lines[place[0]].start, lines[place[1]].end)
    return spans


def _is_doubtful(claim: Claim, judged: JudgedValue, policy: Policy, spec: TypeSpec) -> bool:
    path = f"{claim.group}.{claim.spec.name}" if claim.group else claim.spec.name
    return must_be_seen(claim.spec, judged.evidence) or judged.confidence < policy.threshold_of(spec.kind, path)


def _wrong_kind(answer: Answer, spec: TypeSpec) -> Iterable[str]:
    if answer.kind != spec.kind:
        yield f"The answer calls the message {answer.kind or 'nothing'}, and it was judged as {spec.kind}."
    if spec.kind == OTHER and answer.rows and not spec.groups:
        yield "The answer gives rows for a kind of document that has none."


def _skipped(message: Message) -> Iterable[str]:
    for attachment in message.attachments:
        if attachment.outcome is AttachmentOutcome.SKIPPED:
            name, reason = attachment.name or attachment.part, attachment.reason or "no reason given"
            yield f"The attachment {name} was not read: {reason}."


def _arranged(
    claims: Sequence[Claim], judged: Mapping[str, JudgedValue], row_counts: Mapping[str, int]
) -> tuple[dict[str, JudgedValue | tuple[JudgedValue, ...]], dict[str, tuple[Mapping[str, JudgedValue], ...]]]:
    values: dict[str, JudgedValue | tuple[JudgedValue, ...]] = {}
    rows: dict[str, list[dict[str, JudgedValue]]] = {
        name: [{} for _ in range(count)] for name, count in row_counts.items()
    }
    for claim in claims:
        value = judged[claim.path]
        if claim.group:
            rows[claim.group][claim.row][claim.spec.name] = value
        elif claim.spec.many:
            earlier = values.get(claim.spec.name, ())
            values[claim.spec.name] = (*(earlier if isinstance(earlier, tuple) else ()), value)
        else:
            values[claim.spec.name] = value
    return values, {name: tuple(table) for name, table in rows.items()}


def _held(claims: Sequence[Claim], judged: Mapping[str, JudgedValue]) -> list[Held]:
    proofs = (judged[claim.path].evidence for claim in claims)
    return [Held(c.spec, c.text, c.group, c.row, e.start, e.end) for c, e in zip(claims, proofs, strict=True)]
