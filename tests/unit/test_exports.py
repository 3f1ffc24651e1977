"""Exports in files: every value comes back as it was, and nothing of a mail becomes a formula or a link."""

import re
import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from local.cli import exports
from local.cli.exports import ExportError, write_parquet, write_xlsx
from mailroom.domain.cost import Usage
from mailroom.domain.message import Channel
from mailroom.domain.record import Attempt, CacheVerdict, FieldResult, Record, Status
from tests.fakes import START

HOSTILE = '=HYPERLINK("http://evil.example";"x")'


def made(number: int, **fields: object) -> Record:
    return Record(
        record_id=f"mail-{number}",
        status=Status.ACCEPTED,
        channel=Channel.EMAIL,
        received_at=START,
        updated_at=START,
        bucket="raw",
        key="raw/1",
        subject=HOSTILE,
        confidence=0.5,
        fields={name: FieldResult(value=value, method="exact", confidence=0.9) for name, value in fields.items()},
        attempts=(
            Attempt(
                step="extract",
                model="m",
                outcome="complete",
                usage=Usage(),
                cost_usd=Decimal("0.001234567"),
                cache=CacheVerdict.HIT,
                duration_ms=1,
                at=START,
            ),
        ),
    )


def test_a_parquet_file_holds_every_field_that_any_record_has_with_exact_costs_and_times(tmp_path: Path):
    assert write_parquet([made(1, note=HOSTILE), made(2, total="12.50", paid=True)], tmp_path / "a.parquet") == 2

    first, second = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert (first["field.note"], first["field.total"]) == (HOSTILE, None)
    assert (second["field.total"], second["field.paid"]) == ("12.50", "true")
    assert (first["cost_usd"], first["received_at"], first["confidence"]) == (Decimal("0.001234567"), START, 0.5)


def test_an_export_of_nothing_is_a_file_with_columns_and_no_rows(tmp_path: Path):
    assert write_parquet([], tmp_path / "a.parquet") == 0
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 0


def test_a_workbook_holds_texts_as_texts_whatever_they_begin_with(tmp_path: Path):
    assert write_xlsx([made(1, note=HOSTILE)], tmp_path / "a.xlsx") == 1

    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        names = book.namelist()
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert not re.search(r"<f>|hyperlink", sheet)
    assert sheet.count("=HYPERLINK(") == 2
    assert not any("rels" in name and "worksheets" in name for name in names)


def test_more_records_than_a_sheet_has_rows_are_refused_with_what_to_do(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(exports, "MOST_EXCEL_ROWS", 2)

    with pytest.raises(ExportError, match="--parquet"):
        write_xlsx([made(number) for number in range(3)], tmp_path / "a.xlsx")
