"""What an answer is worth: every value validated, located, scored, and either fit to pass unseen or named as doubtful."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from mailroom.domain.answer import Answer
from mailroom.domain.claims import Claim, Claims, claims_of
from mailroom.domain.completeness import Held, missing_parts
from mailroom.domain.confidence import Weights, default_weights, field_confidence, record_confidence
from mailroom.domain.doctype import OTHER, TypeSpec
from mailroom.domain.doubts import doubts_of, must_be_seen
from mailroom.domain.evidence import Evidence
from mailroom.domain.evidence_location import locate_in
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.message import AttachmentOutcome, Message
from mailroom.domain.signals import Reading, signals_of
from mailroom.domain.thresholds import default_threshold


@dataclass(frozen=True, slots=True)
class JudgedValue:
    """A value with its proof. ``doubts`` are sentences that a person understands; empty where there are none."""

    field: str
    value: Any
    quote: str
    evidence: Evidence
    confidence: float
    doubts: tuple[str, ...] = ()


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

    ``second`` is another reading of the same message, or of some of its fields; where it says the same, confidence rises,
    where it says otherwise, it falls.
    """
    index = MessageIndex(message)
    claimed = claims_of(answer, spec)
    claims = claimed.claims
    reading = Reading(message, answer, claimed.faulted, claims_of(second, spec).claims if second else None)
    judged = {claim.path: _judge_value(claim, index, reading, policy, spec) for claim in claims}
    values, groups = _arranged(claims, judged, spec)
    missing = [f.name for f in spec.fields if f.essential and f.name not in values]
    blocking = [
        *_wrong_kind(answer, spec),
        *(f"The essential field {name} is missing." for name in missing),
        *claimed.problems,
        *answer.problems,
        *missing_parts(index, spec, _held(claims, judged)),
    ]
    doubtful = [claim.path for claim in claims if _is_doubtful(claim, judged[claim.path], policy, spec)]
    reasons = [*blocking, *message.defects, *_skipped(message)]
    return Judgement(
        kind=answer.kind,
        values=values,
        groups=groups,
        confidence=record_confidence((v.confidence for v in judged.values()), policy.weights)
        * 0.5 ** min(len(blocking), 8),
        reasons=tuple(dict.fromkeys(reasons)),
        doubtful=tuple(dict.fromkeys([*doubtful, *missing, *_faulted_scalars(claimed, spec)])),
        acceptable=not blocking and not doubtful,
    )


def _judge_value(claim: Claim, index: MessageIndex, reading: Reading, policy: Policy, spec: TypeSpec) -> JudgedValue:
    evidence = locate_in(index, value=claim.text, quote=claim.quote, spec=claim.spec)
    signals = signals_of(claim, evidence, reading)
    confidence = field_confidence(signals, policy.weights)
    return JudgedValue(claim.spec.name, claim.value, claim.quote, evidence, confidence, doubts_of(claim.spec, signals))


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
            yield f"The attachment {attachment.name or attachment.part} was not read: {attachment.reason or 'no reason given'}."


def _faulted_scalars(claimed: Claims, spec: TypeSpec) -> Iterable[str]:
    """Yield the fields that validation found fault with, whether or not a value of them is left."""
    return (path for path in sorted(claimed.faulted) if spec.field(path))


def _arranged(
    claims: Sequence[Claim], judged: Mapping[str, JudgedValue], spec: TypeSpec
) -> tuple[dict[str, JudgedValue | tuple[JudgedValue, ...]], dict[str, tuple[Mapping[str, JudgedValue], ...]]]:
    values: dict[str, JudgedValue | tuple[JudgedValue, ...]] = {}
    rows: dict[str, dict[int, dict[str, JudgedValue]]] = {}
    for claim in claims:
        value = judged[claim.path]
        if claim.group:
            rows.setdefault(claim.group, {}).setdefault(claim.row, {})[claim.spec.name] = value
        elif claim.spec.many:
            earlier = values.get(claim.spec.name, ())
            values[claim.spec.name] = (*(earlier if isinstance(earlier, tuple) else ()), value)
        else:
            values[claim.spec.name] = value
    groups: dict[str, tuple[Mapping[str, JudgedValue], ...]] = {
        name: tuple(table[row] for row in sorted(table)) for name, table in rows.items()
    }
    return values, groups


def _held(claims: Sequence[Claim], judged: Mapping[str, JudgedValue]) -> list[Held]:
    proofs = (judged[claim.path].evidence for claim in claims)
    return [Held(c.spec, c.text, c.group, c.row, e.start, e.end) for c, e in zip(claims, proofs, strict=True)]
