"""A document type is one class; everything else follows from it."""

import types
from typing import ClassVar, Literal

import pytest

import mailroom.doctypes
from mailroom.doctypes import registry
from mailroom.doctypes.base import (
    Amount,
    Boolean,
    Date,
    DocumentType,
    DocumentTypeError,
    Example,
    Row,
    Text,
    Time,
    check,
    field,
    group,
    many,
)
from mailroom.doctypes.machinery.specify import spec_of
from mailroom.doctypes.registry import document_types
from mailroom.domain.doctype import Problem, ValueKind


class Leg(Row):
    """One leg of a trip."""

    fare: Amount | None = field("What it costs.")
    departs: Time | None = field("When it leaves.")

    @check("fare")
    def fare_is_not_negative(self) -> str | None:
        return "A fare is not negative." if self.fare is not None and self.fare < 0 else None


class Trip(DocumentType):
    """A booked trip,
    with its legs."""

    kind: ClassVar = "trip"
    addresses: ClassVar = ("travel@",)
    forms: ClassVar = ("trip",)

    title: Text | None = field("What it is called.", essential=True, labels=("Trip", "Reise"))
    starts: Date | None = field("The first day.")
    ends: Date | None = field("The last day.")
    insured: Boolean | None = field("Whether it is insured.")
    days: list[Date] = many("Each day away.")
    comfort: Literal["low", "very_high"] | None = field("The comfort.", derived=True)
    legs: list[Leg] = group("One row per leg.")

    @check("starts", "ends")
    def ends_after_start(self) -> str | None:
        return "It ends before it starts." if self.starts and self.ends and self.ends < self.starts else None

    examples: ClassVar = (
        Example(
            zones=(("latest", "", "Rome, 3 May 2026"),),
            found={"title": "Rome", "starts": ("3 May 2026", "2026-05-03"), "comfort": "low"},
            rows=(("legs", {"fare": ("12 €", "12.00")}),),
        ),
    )


TRIP = spec_of(Trip)


def test_a_class_says_everything_about_its_kind():
    assert (TRIP.kind, TRIP.description) == ("trip", "A booked trip, with its legs.")
    assert (TRIP.addresses, TRIP.forms) == (("travel@",), ("trip",))
    kinds = {spec.name: spec.kind for spec in TRIP.fields}
    assert kinds == {
        "title": ValueKind.TEXT,
        "starts": ValueKind.DATE,
        "ends": ValueKind.DATE,
        "insured": ValueKind.BOOLEAN,
        "days": ValueKind.DATE,
        "comfort": ValueKind.CHOICE,
    }
    assert [spec.name for spec in TRIP.fields if spec.essential] == ["title"]
    assert [spec.name for spec in TRIP.fields if spec.derived] == ["comfort"]
    assert [spec.name for spec in TRIP.fields if spec.many] == ["days"]
    assert {spec.choices for spec in TRIP.fields} == {(), ("low", "very_high")}
    assert {spec.labels for spec in TRIP.fields} == {(), ("Trip", "Reise")}
    assert [spec.name for spec in TRIP.groups[0].fields] == ["fare", "departs"]


def test_an_example_is_written_in_the_wire_format_quote_first():
    answer = TRIP.examples[0].answer
    assert answer["values"] == [
        {"field": "title", "quote": "Rome", "value": ""},
        {"field": "starts", "quote": "3 May 2026", "value": "2026-05-03"},
        {"field": "comfort", "quote": "", "value": "low"},
    ]
    assert list(answer["values"][0]) == ["field", "quote", "value"]
    assert answer["rows"] == [{"group": "legs", "values": [{"field": "fare", "quote": "12 €", "value": "12.00"}]}]


def test_validation_normalises_what_holds():
    raw = {
        "title": " Rome ",
        "insured": "TRUE",
        "days": ["2026-05-03", "4.5.2026"],
        "comfort": "Very high",
        "legs": [{"fare": "12,5", "departs": "9:05"}],
    }
    assert TRIP.validate(raw).values == {
        "title": "Rome",
        "insured": True,
        "days": ["2026-05-03", "2026-05-04"],
        "comfort": "very_high",
        "legs": [{"fare": "12.50", "departs": "09:05"}],
    }
    assert TRIP.validate(raw).problems == ()


def test_validation_drops_and_names_what_does_not_hold_and_keeps_the_rows_in_place():
    result = TRIP.validate(
        {
            "title": "Rome",
            "starts": "someday",
            "days": ["never", "2026-05-03", "nowhere"],
            "comfort": "medium",
            "legs": ["bad", {"fare": "x", "departs": "10:00"}, {"fare": "3", "colour": "red"}],
            "unknown": "1",
        }
    )
    assert result.values == {
        "title": "Rome",
        "days": ["2026-05-03"],
        "legs": [{}, {"departs": "10:00"}, {"fare": "3.00"}],
    }
    assert [problem.field for problem in result.problems] == [
        "starts",
        "days[0]",
        "days[2]",
        "comfort",
        "legs[0]",
        "legs[1].fare",
        "legs[2].colour",
        "unknown",
    ]
    assert all(problem.reason.endswith(".") for problem in result.problems)


@pytest.mark.parametrize(
    "raw", [{"title": ["a"]}, {"days": "2026-05-03"}, {"legs": "x"}, {"legs": {"fare": "1"}}, {"title": None}]
)
def test_validation_of_the_wrong_shape_does_not_raise(raw):
    assert TRIP.validate(raw).values == {}


def test_a_check_across_fields_casts_doubt_on_each_of_them_and_drops_none():
    result = TRIP.validate({"starts": "2026-05-03", "ends": "2026-05-01", "legs": [{"fare": "1"}, {"fare": "-1"}]})
    assert result.values["ends"] == "2026-05-01"
    assert result.problems == (
        Problem("starts", "It ends before it starts."),
        Problem("ends", "It ends before it starts."),
        Problem("legs[1].fare", "A fare is not negative."),
    )


def test_a_check_that_fails_itself_is_a_problem_of_the_document_and_not_an_accident():
    class Odd(DocumentType):
        """Something odd."""

        kind: ClassVar = "odd"
        title: Text | None = field("Its title.")

        @check()
        def divides_by_nothing(self) -> str | None:
            return str(1 / 0)

    assert spec_of(Odd).validate({"title": "x"}).problems == (
        Problem("", "The check divides_by_nothing failed itself: ZeroDivisionError."),
    )


def _type(name: str, doc: str | None, **namespace: object) -> type[DocumentType]:
    annotations = namespace.pop("annotations", {})
    body = {"__doc__": doc, "__annotations__": annotations, "__module__": __name__, **namespace}
    return types.new_class(name, (DocumentType,), exec_body=lambda scope: scope.update(body))


@pytest.mark.parametrize(
    ("broken", "mend"),
    [
        (lambda: _type("NoKind", "Something."), "set `kind`"),
        (lambda: _type("BadKind", "Something.", kind="Bad Kind", annotations={"kind": ClassVar[str]}), "set `kind`"),
        (lambda: _type("NoDoc", None, kind="x", annotations={"kind": ClassVar[str]}), "docstring"),
        (lambda: _type("Empty", "Something.", kind="x", annotations={"kind": ClassVar[str]}), "at least one field"),
        (
            lambda: _type("Bare", "S.", kind="x", a=field("It."), annotations={"kind": ClassVar[str], "a": str | None}),
            "one of the types",
        ),
        (
            lambda: _type("Mute", "S.", kind="x", a=None, annotations={"kind": ClassVar[str], "a": Text | None}),
            "say what it is",
        ),
        (
            lambda: _type(
                "Camel", "S.", kind="x", aB=field("It."), annotations={"kind": ClassVar[str], "aB": Text | None}
            ),
            "lower case",
        ),
    ],
)
def test_a_type_that_cannot_work_is_refused_with_its_name_and_the_mend(broken, mend):
    model = broken()
    with pytest.raises(DocumentTypeError, match=mend) as caught:
        spec_of(model)
    assert model.__name__ in str(caught.value)


def test_every_shipped_kind_is_found_in_order_with_other_last():
    assert list(document_types()) == [
        "invoice",
        "job_application",
        "lead",
        "meeting_request",
        "support_request",
        "other",
    ]


def test_a_new_file_is_found_without_any_list(tmp_path, monkeypatch):
    found = _registry_with(
        tmp_path, monkeypatch, "badge", "class Badge(DocumentType):\n    '''A badge.'''\n    kind = 'badge'"
    )
    with pytest.raises(DocumentTypeError, match="at least one field"):
        found()


def test_a_file_without_a_type_is_refused_by_name(tmp_path, monkeypatch):
    found = _registry_with(tmp_path, monkeypatch, "notes_only", "X = 1")
    with pytest.raises(DocumentTypeError, match=r"notes_only\.py describes no document"):
        found()


def test_two_files_cannot_describe_one_kind(tmp_path, monkeypatch):
    twin = (
        "class Twin(DocumentType):\n    '''A twin.'''\n    kind: ClassVar = 'lead'\n"
        "    title: Text | None = field('Its title.')\n"
    )
    found = _registry_with(tmp_path, monkeypatch, "twin", twin)
    with pytest.raises(DocumentTypeError, match=r"twin\.py: another file already describes 'lead'"):
        found()


def _registry_with(tmp_path, monkeypatch, name, code):
    head = "from typing import ClassVar\nfrom mailroom.doctypes.base import DocumentType, Text, field\n"
    (tmp_path / f"{name}.py").write_text(head + code, encoding="utf-8")
    monkeypatch.setattr(mailroom.doctypes, "__path__", [*mailroom.doctypes.__path__, str(tmp_path)])
    return registry.document_types.__wrapped__
