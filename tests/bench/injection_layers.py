"""Take one layer of the defence away, to see what it is worth: each switch patches the shipped code for a while."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from mailroom.domain.answer import Answer, RawRow, RawValue
from mailroom.domain.doctype import FieldSpec, TypeSpec, Validated, ValueKind
from mailroom.domain.evidence import Evidence, Method
from mailroom.domain.evidence_location import locate_in
from mailroom.domain.judgement import Judgement, judge
from mailroom.domain.message import ZoneKind

_BELIEVED = Evidence(
    Method.EXACT, 0, 1, ZoneKind.LATEST, score=1.0, candidates=1, quote_found=True, denotes=True, labelled=True
)


def _all_visible(*args: Any, **kwargs: Any) -> Evidence:
    found = locate_in(*args, **kwargs)
    return replace(found, zone=ZoneKind.LATEST) if found.zone is ZoneKind.HIDDEN else found


def _pasted_json(*, channel: str, form: str, zones: Any, attachments: Any = ()) -> str:
    """Paste words into JSON as a careless template would: quotation marks and brackets survive."""
    pasted = ",".join(f'{{"zone":"{kind}","label":"{label}","text":"{_lined(text)}"}}' for kind, label, text in zones)
    whole = f'{{"channel":"{channel}","form":"{form}","zones":[{pasted}],"attachments":[]}}'
    try:
        json.loads(whole)
    except ValueError:  # the careless template breaks on honest quotation marks as well; then it falls back to escaping
        listed = [{"zone": kind, "label": label, "text": text} for kind, label, text in zones]
        return json.dumps({"channel": channel, "form": form, "zones": listed, "attachments": list(attachments)})
    return whole


def _lined(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def _anything(text: str, types: Mapping[str, TypeSpec]) -> Answer:
    """Take an answer at its word, whatever kind and fields it names."""
    said = json.loads(text)

    def raw(value: Mapping[str, str]) -> RawValue:
        return RawValue(value["field"], value["value"] or value["quote"], value["quote"])

    rows = tuple(RawRow(row["group"], tuple(map(raw, row["values"]))) for row in said["rows"])
    kind = said["kind"] if said["kind"] in types else "other"
    return Answer(kind, tuple(map(raw, said["values"])), rows, tuple(said["unsure"]))


def _judged_as_said(answer: Answer, message: Any, spec: TypeSpec, *args: Any, **kwargs: Any) -> Judgement:
    known = {field.name for field in spec.fields}
    unknown = {value.field: value.value for value in answer.values if value.field not in known}
    fields = (*spec.fields, *(FieldSpec(name, ValueKind.TEXT, "") for name in unknown))

    def validate(wire: Mapping[str, Any]) -> Validated:
        checked = spec.validate({name: value for name, value in wire.items() if name not in unknown})
        return Validated({**unknown, **checked.values}, checked.problems)

    return judge(answer, message, replace(spec, fields=fields, validate=validate), *args, **kwargs)


_JUDGEMENT = "mailroom.domain.judgement"
_SWITCHES: Mapping[str, Mapping[str, Callable[..., Any]]] = {
    "grounding": {f"{_JUDGEMENT}.locate_in": lambda *_, **__: _BELIEVED},
    "zone_rule": {
        f"{_JUDGEMENT}.locate_in": _all_visible,
        "mailroom.reading.selection._is_withheld": lambda _: False,
    },
    "json_encoding": {"mailroom.prompts.requests.message_json": _pasted_json},
    "kind_and_field_check": {
        "mailroom.pipeline.asking.parse_answer": _anything,
        "mailroom.pipeline.extract.judge": _judged_as_said,
    },
    "order_detection": {f"{_JUDGEMENT}.marked": lambda message, _: message},
    "plausibility": {f"{_JUDGEMENT}.implausible": lambda *_: {}},
    "statements": {f"{_JUDGEMENT}.unstated": lambda *_: {}},
}
LAYERS = tuple(_SWITCHES)


@contextmanager
def without(*layers: str) -> Iterator[None]:
    """Run the shipped code with some layers of the defence switched off."""
    with ExitStack() as stack:
        for layer in layers:
            for target, stub in _SWITCHES[layer].items():
                stack.enter_context(patch(target, stub))
        yield
