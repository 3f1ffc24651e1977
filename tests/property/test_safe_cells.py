"""What a spreadsheet is given it shows: no cell of an export runs."""

import csv
import io

from hypothesis import example, given
from hypothesis import strategies as st

from local.cli.exports import write_csv
from local.cli.rows import FORMULA_STARTS, safe_cell
from mailroom.domain.message import Channel
from mailroom.domain.record import FieldResult, Record, Status
from tests.fakes import START

HOSTILE = st.one_of(
    st.text(max_size=30),
    st.builds(str.__add__, st.sampled_from([*FORMULA_STARTS, " =", '"='[:1]]), st.text(max_size=20)),
)


def runs(cell: str) -> bool:
    """Say whether a spreadsheet takes a cell for a formula: a plain number with a sign is none."""
    try:
        float(cell)
    except ValueError:
        return cell.startswith(FORMULA_STARTS)
    return cell.strip() != cell


@given(HOSTILE)
@example("=cmd|' /C calc'!A0")
@example("-1+1|cmd")
@example("+1 555 0100")
@example("\t=1")
def test_no_cell_runs(text: str):
    assert not runs(safe_cell(text))


@given(HOSTILE)
def test_a_cell_says_what_the_value_says(text: str):
    assert safe_cell(text).removeprefix("'") == text.removeprefix("'") or safe_cell(text) == text


@given(st.one_of(st.integers(-(10**9), 10**9), st.decimals(-1000, 1000, places=2)))
def test_numbers_stay_numbers(number):
    assert safe_cell(str(number)) == str(number)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_cell_of_an_export_runs(subject: str, sender: str, value: str):
    record = Record(
        record_id="mail-1",
        status=Status.ACCEPTED,
        channel=Channel.EMAIL,
        received_at=START,
        updated_at=START,
        bucket="b",
        key="raw/1",
        subject=subject,
        sender=sender,
        reasons=(value,),
        fields={"note": FieldResult(value=value, method="exact", confidence=1.0)},
    )
    out = io.StringIO(newline="")
    write_csv([record], out)

    for row in csv.reader(io.StringIO(out.getvalue(), newline="")):
        assert [cell for cell in row if runs(cell)] == []
