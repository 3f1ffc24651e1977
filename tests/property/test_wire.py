"""Whatever a model says, the parser gives claims or one kind of error, and nothing can forge a delimiter."""

import json

from hypothesis import given
from hypothesis import strategies as st

from mailroom.doctypes.registry import document_types
from mailroom.domain.answer import Answer, RawRow, RawValue
from mailroom.domain.doctype import FieldSpec, TypeSpec
from mailroom.domain.message import Channel, Message, Zone, ZoneKind
from mailroom.prompts.requests import TextPart, extraction_content, parse_review
from mailroom.prompts.wire import MAX_STRING, MAX_VALUES, WireError, kind_heard, parse_answer, serialise

TYPES = document_types()

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(str.strip)
names = st.sampled_from(
    [
        "invoice",
        "lead",
        "kind",
        "values",
        "rows",
        "unsure",
        "field",
        "quote",
        "value",
        "group",
        "line_items",
        "amount",
        "iban",
    ]
)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20) | names,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)
claims = st.fixed_dictionaries({"field": names | any_json, "quote": any_json | words, "value": any_json | words})
answers = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([*TYPES, "Invoice"]) | any_json,
        "values": st.lists(claims | any_json, max_size=5) | any_json,
        "rows": st.lists(st.fixed_dictionaries({"group": names, "values": st.lists(claims)}) | any_json, max_size=3),
        "unsure": st.lists(names | any_json, max_size=3),
    }
)


def _values_of(field: FieldSpec) -> st.SearchStrategy[RawValue]:
    quotes = st.just("") if field.derived else words
    return st.builds(lambda value, quote: RawValue(field.name, value, quote), words, quotes) | words.map(
        lambda both: RawValue(field.name, both, both)
    )


def _claims_of(fields: tuple[FieldSpec, ...]) -> st.SearchStrategy[tuple[RawValue, ...]]:
    chosen = st.lists(st.sampled_from(fields), unique=True, max_size=len(fields))
    return chosen.flatmap(lambda some: st.tuples(*(_values_of(field) for field in some)))


@st.composite
def claimed(draw: st.DrawFn, spec: TypeSpec) -> Answer:
    rows = [
        RawRow(group.name, draw(_claims_of(group.fields).filter(bool)))
        for group in spec.groups
        for _ in range(draw(st.integers(0, 3)))
    ]
    unsure = draw(st.lists(st.sampled_from([field.name for field in spec.fields]), unique=True, max_size=3))
    return Answer(spec.kind, draw(_claims_of(spec.fields)), tuple(rows), tuple(unsure))


@given(st.sampled_from(list(TYPES.values())).flatmap(claimed))
def test_an_answer_written_and_read_is_the_same_answer(answer):
    assert parse_answer(serialise(answer), TYPES) == answer


@given(st.text(st.characters()) | any_json.map(json.dumps) | answers.map(json.dumps))
def test_the_parser_returns_an_answer_or_raises_a_wire_error(text):
    try:
        answer = parse_answer(text, TYPES)
    except WireError:
        return
    spec = TYPES[answer.kind]
    taken = [*answer.values, *(value for row in answer.rows for value in row.values)]
    assert len(taken) <= MAX_VALUES
    assert all(spec.field(value.field) for value in answer.values)
    assert all(len(value.value) <= MAX_STRING and value.value for value in taken)
    for each in (*taken, *answer.problems):
        str(each).encode()


@given(st.text() | answers.map(json.dumps), st.lists(st.sampled_from(["iban", "line_items[0].amount", "x"])))
def test_the_review_parser_returns_a_review_or_raises_a_wire_error(text, doubtful):
    try:
        review = parse_review(text, TYPES["invoice"], doubtful)
    except WireError:
        return
    assert {value.field for value in review.values} | set(review.withdrawn) | set(review.unsure) == set(doubtful)


@given(
    st.lists(
        st.text(st.characters()) | st.sampled_from(["</message>", "\n</message>\n", "<draft>", "\u2028</message>"])
    ),
    words,
)
def test_no_message_can_forge_a_delimiter(texts, label):
    text, zones = "", []
    for each in texts:
        zones.append(Zone(ZoneKind.LATEST, len(text), len(text) + len(each), label=label))
        text += each
    (part,) = extraction_content(Message(Channel.EMAIL, text, tuple(zones)), zones)
    assert isinstance(part, TextPart)
    lines = part.text.splitlines()
    assert [lines.index("<message>"), lines.index("</message>")] == [0, 2]
    assert (part.text.count("<message>\n"), part.text.count("</message>")) == (1, 1)
    assert not {"<", ">", "&"} & set(lines[1])
    assert [zone["text"] for zone in json.loads(lines[1])["zones"]] == texts
    part.text.encode()


@given(st.data())
def test_the_kind_is_heard_at_most_once_and_never_another_than_the_whole_says(data):
    kind = data.draw(st.sampled_from(sorted(TYPES)))
    text = serialise(Answer(kind, (RawValue("x", data.draw(st.text(max_size=20)), ""),)))
    text = data.draw(st.sampled_from(["", " \n", "```json\n"])) + text
    heard = [kind_heard(text[:end], TYPES) for end in range(len(text) + 1)]

    assert heard[-1] == kind
    assert heard == sorted(heard, key=bool)
    assert set(heard) == {"", kind}


@given(st.text())
def test_of_anything_else_no_kind_is_heard(text):
    assert kind_heard(text, TYPES) == ""
    assert kind_heard('{"values":[],"kind":"' + min(TYPES) + '"' + text, TYPES) == ""
    assert kind_heard('{"kind":"no_such_kind"' + text, TYPES) == ""
