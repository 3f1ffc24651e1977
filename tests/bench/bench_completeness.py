"""How many truncated answers are seen to be incomplete, and how many complete ones are suspected.

    python -m tests.bench.bench_completeness

True answers are cut after every value, in the order of the wire: first the single values, then row by row. A cut is
caught where an essential field is missing or the completeness checks find something. Written tables come in layouts
that the code was mended on and in layouts it was only measured on (``HELD_OUT``); journeys of several legs
are real, and so are letters without any table, which are not cut. A cut after the last value is the complete answer:
what is found there is a false alarm.
"""

# ruff: noqa: T201 - a bench prints its tables

import json
from collections import Counter, defaultdict
from pathlib import Path

from mailroom.domain.completeness import Held, missing_parts
from mailroom.domain.doctype import FieldSpec, GroupSpec, TypeSpec, Validated, ValueKind
from mailroom.domain.evidence_location import locate_in
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.message import Channel, Message, Zone, ZoneKind
from tests.bench.labelled import LABELLED, documents, normalised
from tests.bench.tables import HELD_OUT, LAYOUTS, Case, cases

RESULT = Path(__file__).parents[2] / "build" / "bench" / "completeness.json"
SEED = 20260302


def held_of(case: Case, index: MessageIndex) -> list[Held]:
    """Return all values of a true answer in the order of the wire, located as the judge does it."""
    wire = [(field, case.scalars[field.name], "", -1) for field in case.spec.fields if field.name in case.scalars]
    group = case.spec.groups[0]
    for number, row in enumerate(case.rows):
        wire += [(field, row[field.name], group.name, number) for field in group.fields if field.name in row]
    held = []
    for field, value, name, number in wire:
        evidence = locate_in(index, value=value, quote=value, spec=field)
        held.append(Held(field, value, name, number, evidence.start, evidence.end))
    return held


def measure(found: list[Case], misses: list[str] | None = None) -> dict[str, Counter[str]]:
    """Return counts by the first word of the cases' names: cuts, caught, complete, alarms."""
    tally: dict[str, Counter[str]] = defaultdict(Counter)
    for case in found:
        row = tally[case.name.split()[0]]
        message = Message(Channel.EMAIL, case.text, (Zone(ZoneKind.LATEST, 0, len(case.text)),))
        index = MessageIndex(message)
        held = held_of(case, index)
        essential = {field.name for field in case.spec.fields if field.essential and field.name in case.scalars}
        for cut in range(len(held) + 1) if case.rows else (len(held),):
            kept = held[:cut]
            reasons = missing_parts(index, case.spec, kept)
            lacks = bool(essential - {value.spec.name for value in kept if not value.group})
            if cut == len(held):
                row["complete"] += 1
                row["alarms"] += bool(reasons)
                if reasons and misses is not None:
                    misses.append(f"ALARM {case.name}: {reasons}")
            else:
                row["cuts"] += 1
                row["caught"] += lacks or bool(reasons)
                if not lacks and not reasons and misses is not None:
                    misses.append(f"MISSED {case.name}: {cut} of {len(held)} values")
    return tally


_K = ValueKind
_LEGS = {
    "departureTime": FieldSpec("departure_time", _K.DATETIME, ""),
    "arrivalTime": FieldSpec("arrival_time", _K.DATETIME, ""),
    "flightNumber": FieldSpec("number", _K.IDENTIFIER, ""),
    "trainNumber": FieldSpec("number", _K.IDENTIFIER, ""),
    "departureAirport.name": FieldSpec("origin", _K.NAME, ""),
    "departureStation.name": FieldSpec("origin", _K.NAME, ""),
    "departureBusStop.name": FieldSpec("origin", _K.NAME, ""),
}
_LEG_FIELDS = (_LEGS["departureAirport.name"], _LEGS["departureTime"], _LEGS["arrivalTime"], _LEGS["flightNumber"])
JOURNEY = TypeSpec(
    "journey",
    "",
    (FieldSpec("reservation_number", _K.IDENTIFIER, ""),),
    (GroupSpec("legs", "", _LEG_FIELDS),),
    (),
    (),
    (),
    lambda wire: Validated(dict(wire)),
)
BILL = GroupSpec(
    "lines",
    "",
    (FieldSpec("name", _K.TEXT, ""), FieldSpec("quantity", _K.NUMBER, ""), FieldSpec("line_total", _K.AMOUNT, "")),
)


def journeys() -> list[Case]:
    """Return the real journeys of the kitinerary set whose legs all have the same values."""
    found = []
    for line in (LABELLED / "kitinerary-core.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        gold = {name.removeprefix("reservationFor."): values for name, values in row["gold"].items()}
        legs: dict[str, list[str]] = {}
        for name, spec in _LEGS.items():
            if name in gold:
                legs[spec.name] = [normalised(value, spec.kind) or value for value in gold[name]]
        if not legs or len({len(values) for values in legs.values()}) != 1:
            continue
        rows = [dict(zip(legs, values, strict=True)) for values in zip(*legs.values(), strict=True)]
        rows = [row for i, row in enumerate(rows) if row not in rows[:i]]
        scalars = {"reservation_number": gold["reservationNumber"][0]} if gold.get("reservationNumber") else {}
        found.append(Case(f"kitinerary {row['id']}", row["text"], scalars, rows, JOURNEY))
    return found


def letters() -> list[Case]:
    """Return real messages without a table: whatever is found missing in them is a false alarm."""
    fields = (FieldSpec("amount_paid", _K.AMOUNT, ""),)
    spec = TypeSpec("letter", "", fields, (BILL,), (), (), (), lambda wire: Validated(dict(wire)))
    found = documents("seminars", "redmine", "receipt-emails", "kleister-nda", "presidio")
    paid = [{gold.field: gold.value for gold in document.gold if gold.field == "amount_paid"} for document in found]
    return [Case(f"letters {d.id}", d.text, scalars, [], spec) for d, scalars in zip(found, paid, strict=True)]


def main() -> None:
    """Print the table, and write the figures to build/bench/completeness.json."""
    tally = measure(cases(200, SEED, LAYOUTS)) | measure(cases(200, SEED + 1, HELD_OUT))
    if LABELLED.exists():
        tally |= measure(journeys()) | measure(letters())
    print(f"{'cases':20}{'complete':>9}{'alarms':>8}{'cuts':>8}{'caught':>8}{'share':>8}")
    for name, row in tally.items():
        print(
            f"{name:20}{row['complete']:>9}{row['alarms']:>8}{row['cuts']:>8}{row['caught']:>8}"
            f"{row['caught'] / max(1, row['cuts']):>8.3f}"
        )
    total = sum(tally.values(), Counter())
    held_out = sum((tally[layout.__name__] for layout in HELD_OUT), Counter())
    figures = {
        "caught": round(total["caught"] / total["cuts"], 4),
        "false_alarms": round(total["alarms"] / total["complete"], 4),
        "caught_held_out": round(held_out["caught"] / held_out["cuts"], 4),
        "false_alarms_held_out": round(held_out["alarms"] / held_out["complete"], 4),
        "cuts": total["cuts"],
        "complete": total["complete"],
        "seed": SEED,
    }
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
