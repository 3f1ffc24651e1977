import pytest

from mailroom.domain.doctype import FieldSpec, GroupSpec, TypeSpec, Validated, ValueKind
from mailroom.domain.message import AttachmentOutcome, Message, ZoneKind
from mailroom.reading import limits, match_form, read_form

JSON = "application/json"


def answers(message: Message) -> list[tuple[str, str, str]]:
    return [(field.name, field.label, field.value) for field in message.form_fields]


def spec() -> TypeSpec:
    text = {"kind": ValueKind.TEXT, "description": ""}
    return TypeSpec(
        kind="order",
        description="",
        fields=(FieldSpec("customer", **text), FieldSpec("tags", **text, many=True)),
        groups=(GroupSpec("lines", "", (FieldSpec("sku", **text), FieldSpec("quantity", **text))),),
        addresses=(),
        forms=(),
        examples=(),
        validate=Validated,
    )


def test_flat_json_gives_one_zone_per_answer():
    message = read_form(b'{"first_name": "Ana", "age": 31, "news": true}', content_type=JSON, form="contact")

    assert answers(message) == [("first_name", "First name", "Ana"), ("age", "Age", "31"), ("news", "News", "true")]
    assert [message.words_of(zone) for zone in message.zones] == ["First name: Ana", "Age: 31", "News: true"]
    assert {zone.kind for zone in message.zones} == {ZoneKind.FORM}
    assert [zone.part for zone in message.zones] == ["first_name", "age", "news"]


def test_nested_json_is_flattened_with_paths():
    body = b'{"person": {"name": "Ana"}, "lines": [{"sku": "A"}, {"sku": "B"}], "tags": ["x", "y"]}'
    message = read_form(body, content_type=JSON, form="f")

    assert [(name, value) for name, _, value in answers(message)] == [
        ("person.name", "Ana"),
        ("lines[1].sku", "A"),
        ("lines[2].sku", "B"),
        ("tags", "x"),
        ("tags", "y"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        '{"fields": [{"key": "mail", "label": "Your mail", "value": "a@x.example"}]}',
        '{"data": {"fields": [{"key": "mail", "label": "Your mail", "type": "INPUT", "value": "a@x.example"}]}}',
        '{"answers": [{"name": "mail", "question": "Your mail", "answer": "a@x.example"}]}',
        (
            '{"form_response": {"definition": {"fields": [{"id": "1", "title": "Your mail"}]},'
            ' "answers": [{"type": "email", "email": "a@x.example", "field": {"id": "1", "ref": "mail"}}]}}'
        ),
    ],
)
def test_the_shapes_of_form_services_give_the_question_and_the_answer(body):
    message = read_form(body.encode(), content_type=JSON, form="f")

    assert answers(message) == [("mail", "Your mail", "a@x.example")]
    assert message.sender.email == "a@x.example"


def test_urlencoded_forms_keep_repeated_fields_apart():
    message = read_form(
        b"name=Ana+Diaz&tag%5B%5D=x&tag%5B%5D=y&empty=", content_type="application/x-www-form-urlencoded", form="f"
    )

    assert [(name, value) for name, _, value in answers(message)] == [
        ("name", "Ana Diaz"),
        ("tag", "x"),
        ("tag", "y"),
        ("empty", ""),
    ]
    assert len(message.zones) == 3


def test_uploads_in_multipart_forms_are_attachments():
    body = (
        b'--B\r\nContent-Disposition: form-data; name="note"\r\n\r\nHello\r\n'
        b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\nsku,qty\r\nA,2\r\n--B--\r\n"
    )
    message = read_form(body, content_type="multipart/form-data; boundary=B", form="f")

    assert answers(message) == [("note", "Note", "Hello")]
    assert (message.attachments[0].name, message.attachments[0].outcome) == ("a.csv", AttachmentOutcome.READ)
    assert "A,2" in message.text


@pytest.mark.parametrize("body", [b"{}", b"", b"[]", b"null"])
def test_empty_forms_have_no_fields_and_say_so(body):
    message = read_form(body, content_type=JSON, form="f")

    assert [field for field in message.form_fields if field.value] == []
    assert message.defects or message.form_fields


def test_a_form_that_is_not_utf_8_is_read_and_says_so():
    message = read_form("name=J\xfcrgen".encode("latin-1"), content_type="application/x-www-form-urlencoded", form="f")

    assert answers(message) == [("name", "Name", "Jürgen")]
    assert "The form is not UTF-8: characters outside ASCII may be wrong." in message.defects


def test_json_nested_ten_thousand_deep_is_refused_in_words():
    body = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
    message = read_form(body, content_type=JSON, form="f")

    assert message.form_fields == ()
    assert message.defects == ("The form's JSON is nested too deep: it was not read.",)


def test_json_nested_beyond_the_limit_keeps_what_is_above_it():
    body = b'{"top": 1, "a":' + b'{"a":' * 50 + b"2" + b"}" * 51
    message = read_form(body, content_type=JSON, form="f")

    assert answers(message) == [("top", "Top", "1")]
    assert any(f"deeper than {limits.FORM_NESTING}" in defect for defect in message.defects)


def test_broken_json_is_refused_with_the_line():
    message = read_form(b'{"a": 1,\n"b" 2}', content_type=JSON, form="f")

    assert (message.form_fields, message.defects) == ((), ("The form's JSON is broken (line 2): it was not read.",))


def test_a_form_whose_fields_are_all_the_types_needs_no_model():
    body = (
        b'{"customer": "Ana", "tags": ["a", "b"], "lines": [{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}]}'
    )
    values = match_form(read_form(body, content_type=JSON, form="f"), spec())

    assert values == {
        "customer": "Ana",
        "tags": ["a", "b"],
        "lines": [{"sku": "A", "quantity": "2"}, {"sku": "B", "quantity": "1"}],
    }


@pytest.mark.parametrize(
    "body",
    [
        b'{"customer": "Ana", "surprise": "x"}',
        b'{"customer": ["Ana", "Eve"]}',
        b'{"lines": [{"sku": "A", "colour": "red"}]}',
        b'{"Customer": "Ana"}',
        b"{}",
    ],
)
def test_one_field_that_is_not_the_types_leaves_the_form_to_the_model(body):
    assert match_form(read_form(body, content_type=JSON, form="f"), spec()) is None


def test_escapes_of_an_old_page_that_named_no_charset_are_read_and_it_says_so():
    body = b"name=Bego%F1a+Ib%E1%F1ez&note=plain"
    message = read_form(body, content_type="application/x-www-form-urlencoded", form="f")

    assert answers(message)[0] == ("name", "Name", "Begoña Ibáñez")
    assert any("not UTF-8" in defect for defect in message.defects)
