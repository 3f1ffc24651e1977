"""What mails say goes out as cells that a spreadsheet shows and does not compute; parsed, not looked at."""

import csv
import io

import pytest

from local.cli.exports import write_csv
from local.cli.rows import FORMULA_STARTS
from mailroom.domain.record import Status
from tests.browser.vectors import FORMULAS, SCRIPTS
from tests.fakes import START
from tests.integration.test_ledger_in_dynamodb import field, record


@pytest.mark.parametrize("vector", [*FORMULAS, *SCRIPTS])
def test_no_cell_of_an_export_begins_as_a_formula_and_none_breaks_its_row(vector: str):
    hostile = record(
        status=Status.NEEDS_HUMAN, updated_at=START, sender=vector, subject=vector, reasons=(vector,), kind="invoice"
    ).model_copy(update={"fields": {"invoice_number": field(vector), "supplier_name": field(vector)}})
    out = io.StringIO(newline="")
    write_csv([hostile, hostile], out)
    rows = list(csv.reader(io.StringIO(out.getvalue(), newline="")))

    assert len(rows) == 3
    assert {len(row) for row in rows} == {len(rows[0])}
    assert [cell for row in rows[1:] for cell in row if cell.startswith(FORMULA_STARTS)] == []
    assert any(vector.strip() in cell for cell in rows[1])
