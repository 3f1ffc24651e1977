"""A record beside the truth."""

from collections import Counter

from local.evaluation.datasets import Truth
from local.evaluation.scoring import score
from mailroom.doctypes.registry import document_types
from mailroom.domain.message import Channel
from mailroom.domain.record import FieldResult, Record, Status
from tests.fakes import START

TYPES = document_types()


def found(value: str, confidence: float = 0.9) -> FieldResult:
    return FieldResult(value=value, method="exact", confidence=confidence)


def record(kind: str, fields: dict, groups: dict | None = None, **more) -> Record:
    facts = {"status": Status.NEEDS_HUMAN} | more
    return Record(
        record_id="r",
        channel=Channel.EMAIL,
        received_at=START,
        updated_at=START,
        bucket="b",
        key="k",
        kind=kind,
        fields=fields,
        groups=groups or {},
        **facts,
    )


def verdicts(record_: Record, truth: Truth) -> Counter:
    """Count (field, truth is there, value was found, right)."""
    return Counter((v.field, v.truth is not None, v.found is not None, v.right) for v in score(record_, truth, TYPES))


def test_each_field_is_right_wrong_missed_or_invented():
    truth = Truth(
        "invoice", {"invoice_number": ("7",), "total_amount": ("10.00",), "currency": ("EUR",)}, ignored=frozenset()
    )
    read = {"invoice_number": found("7"), "total_amount": found("11.00"), "iban": found("DE1")}

    assert verdicts(record("invoice", read), truth) == Counter(
        [
            ("invoice.invoice_number", True, True, True),
            ("invoice.total_amount", True, True, False),
            ("invoice.currency", True, False, False),
            ("invoice.iban", False, True, False),
        ]
    )


def test_any_of_several_right_values_is_right_and_an_optional_one_may_be_absent():
    truth = Truth("invoice", {"currency": ("CAD", "USD", None)})

    assert verdicts(record("invoice", {"currency": found("USD")}), truth) == Counter(
        [("invoice.currency", True, True, True)]
    )
    assert verdicts(record("invoice", {}), truth) == Counter()
    assert verdicts(record("invoice", {"currency": found("EUR")}), truth) == Counter(
        [("invoice.currency", True, True, False)]
    )


def test_a_list_is_matched_without_regard_to_order_and_each_true_value_once():
    truth = Truth("lead", {"products": [("oil",), ("tapenade",)]})
    read = {"products": (found("tapenade"), found("oil"), found("oil"))}

    assert verdicts(record("lead", read), truth) == Counter(
        [
            ("lead.products", True, True, True),
            ("lead.products", True, True, True),
            ("lead.products", False, True, False),
        ]
    )


def test_rows_find_their_partners_by_what_agrees():
    truth = Truth("invoice", rows={"line_items": [{"description": ("Ink",)}, {"description": ("Paper",)}]})
    rows = {"line_items": ({"description": found("Paper")}, {"description": found("Pens")})}

    assert verdicts(record("invoice", {}, rows), truth) == Counter(
        [
            ("invoice.line_items.description", True, True, True),
            ("invoice.line_items.description", True, False, False),
            ("invoice.line_items.description", False, True, False),
        ]
    )


def test_a_record_of_another_kind_has_everything_wrong():
    truth = Truth("invoice", {"invoice_number": ("7",)})
    read = {"contact_name": found("Ada"), "summary": found("Wants something.")}

    assert verdicts(record("lead", read), truth) == Counter(
        [("lead.contact_name", False, True, False), ("invoice.invoice_number", True, False, False)]
    )


def test_what_nobody_labelled_is_not_judged():
    read = {"contact_name": found("Ada"), "contact_email": found("a@b.example"), "summary": found("…")}

    partial = Truth("lead", {"contact_name": ("Ada",)}, complete=False, ignored=frozenset({"contact_email"}))
    complete = Truth("lead", {"contact_name": ("Ada",), "contact_email": ("a@b.example",)})

    assert set(verdicts(record("lead", read), partial)) == {("lead.contact_name", True, True, True)}
    assert "lead.summary" not in {field for field, *_ in verdicts(record("lead", read), complete)}
    assert score(record("lead", read), Truth(None), TYPES) == ()


def test_a_doubtful_path_does_not_pass_and_an_accepted_record_passes_whole():
    truth = Truth("lead", {"products": [("oil",), ("tapenade",)]})
    read = {"products": (found("oil"), found("tapenade"))}

    held = score(record("lead", read, doubtful=("products[1]",)), truth, TYPES)
    accepted = score(record("lead", read, status=Status.ACCEPTED), truth, TYPES)

    assert [(value.passes, value.accepted) for value in held] == [(True, False), (False, False)]
    assert all(value.accepted for value in accepted)
