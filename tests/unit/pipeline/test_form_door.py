import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.delivery import Post
from mailroom.domain.message import Channel, FormField
from mailroom.domain.record import ClaimCheck, Status
from mailroom.domain.retention import Retention
from mailroom.pipeline.form_door import SIGNATURE, FormDoor, quarantine, signature
from mailroom.reading import read_form
from tests.fakes import FakeClock, FakeRecordStore

SECRETS = {"contact": "s3cret"}
DOOR = FormDoor("fax_number", secrets=lambda: SECRETS)


def post(form: str = "contact", **fields: str) -> Post:
    return Post(form, json.dumps(fields).encode(), "application/json", "", date(2026, 3, 2))


def signed(form: str = "contact", **fields: str) -> Post:
    read = read_form(post(form, **fields).body, content_type="application/json", form=form)
    return post(form, **fields, **{SIGNATURE: signature(read.form_fields, SECRETS["contact"])})


def test_a_signed_form_passes():
    assert DOOR.reason_against(signed(name="Ada", message="Hello")) == ""


@pytest.mark.parametrize(
    "sent",
    [
        post(name="Ada"),
        post(name="Ada", **{SIGNATURE: ""}),
        post(name="Ada", **{SIGNATURE: "0" * 64}),
        post(name="Ada", **{SIGNATURE: "ä"}),
        Post("contact", b"not json", "application/json", "", date(2026, 3, 2)),
    ],
)
def test_a_form_whose_signature_is_missing_or_wrong_is_not_read(sent: Post):
    assert "signature" in DOOR.reason_against(sent)


def test_a_signature_is_worth_nothing_once_a_field_is_changed():
    fields = json.loads(signed(name="Ada", total="1.00").body)

    assert "signature" in DOOR.reason_against(post(**(fields | {"total": "2.00"})))


def test_only_forms_with_a_secret_have_to_be_signed():
    assert DOOR.reason_against(post("brochure", name="Ada")) == ""


def test_a_field_that_only_robots_fill_gives_them_away():
    assert "robot" in DOOR.reason_against(post("brochure", name="Ada", fax_number="1"))
    assert DOOR.reason_against(post("brochure", name="Ada", fax_number=" ")) == ""


def test_a_door_without_settings_lets_every_form_of_a_usual_size_in():
    assert FormDoor().reason_against(post(name="Ada")) == ""


def test_a_form_larger_than_the_limit_is_not_even_parsed():
    def secrets():
        raise AssertionError("asked for")

    huge = Post("contact", b"{" * 2_000, "application/json", "", date(2026, 3, 2))

    assert "2,000 bytes; more than 1,999" in FormDoor(max_bytes=1_999, secrets=secrets).reason_against(huge)


def test_a_post_that_does_not_pass_is_quarantined_once_with_its_reason():
    records, clock = FakeRecordStore(), FakeClock()
    claim = ClaimCheck("form-1", "bucket", "forms/form-1", Channel.FORM, "contact", "application/json")

    for _ in range(2):
        quarantine(claim, "A robot.", records, clock, Retention(timedelta(days=30)))

    record = records.rows["form-1"]
    assert (record.status, record.reasons, records.writes) == (Status.QUARANTINED, ("A robot.",), 1)
    assert record.expires_at == clock.now() + timedelta(days=30)


@given(st.dictionaries(st.text(min_size=1, max_size=10), st.text(max_size=20), max_size=5), st.randoms())
def test_a_signature_does_not_depend_on_the_order_of_the_fields(fields: dict[str, str], random):
    listed = [FormField(name, name, value) for name, value in fields.items()]
    shuffled = random.sample(listed, len(listed))

    assert signature(listed, "key") == signature(shuffled, "key")
