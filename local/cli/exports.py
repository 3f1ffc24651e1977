"""Exports as CSV, Excel and Parquet: of any length in little memory, and no cell of them runs.

Columns are what the records have, which is known only at the end; so rows wait in a temporary file meanwhile.
"""

import csv
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import batched
from pathlib import Path
from typing import IO, Any, TextIO

from local.cli.rows import row, safe_cell
from mailroom.domain.errors import MailroomError
from mailroom.domain.record import Record

FLAT = ("record_id", "status", "kind", "confidence", "received_at", "sender", "subject", "cost_usd", "reasons")
MOST_EXCEL_ROWS = 1_048_575
"""Rows of an Excel sheet beside its header."""

MOST_EXCEL_CHARACTERS = 32_767
_ROWS_A_GROUP = 10_000
_NUMBERS = frozenset({"confidence", "cost_usd"})


class ExportError(MailroomError):
    """A file cannot hold what is exported; the sentence says which can."""


@dataclass(frozen=True, slots=True)
class _Spool:
    """Rows in a temporary file: what there is of each record, and the fields that any of them has, in order."""

    rows: IO[str]
    fields: tuple[str, ...]
    count: int

    @property
    def columns(self) -> list[str]:
        return [*FLAT, *(f"field.{name}" for name in self.fields)]

    def cells(self) -> Iterator[list[Any]]:
        """Yield each record's cells: None where it has no such field, JSON text where a field is a list."""
        self.rows.seek(0)
        for line in self.rows:
            flat, fields = json.loads(line)
            yield [*flat, *(_cell(fields.get(name)) for name in self.fields)]


def write_csv(records: Iterable[Record], out: TextIO) -> int:
    """Write one line a record, one column a field (``field.name``); returns how many."""
    with _spooled(records) as spool:
        writer = csv.writer(out)
        writer.writerow(spool.columns)
        writer.writerows([safe_cell(cell) for cell in cells] for cells in spool.cells())
        return spool.count


def write_xlsx(records: Iterable[Record], path: Path) -> int:
    """Write an Excel workbook, row by row; returns how many. Texts are written as texts, whatever they begin with.

    Raises ExportError where there are more records than a sheet has rows.
    """
    import xlsxwriter  # type: ignore[import-untyped]  # it has no type hints

    with _spooled(records) as spool:
        if spool.count > MOST_EXCEL_ROWS:
            raise ExportError(f"{spool.count:,} records do not fit an Excel sheet; export --csv or --parquet.")
        with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
            sheet = book.add_worksheet("records")
            bold = book.add_format({"bold": True})
            for column, name in enumerate(spool.columns):
                sheet.write_string(0, column, name, bold)
            sheet.freeze_panes(1, 1)
            for line, cells in enumerate(spool.cells(), 1):
                for column, (name, cell) in enumerate(zip(spool.columns, cells, strict=True)):
                    if cell is None:
                        continue
                    if name in _NUMBERS:
                        sheet.write_number(line, column, float(cell))
                    else:
                        sheet.write_string(line, column, str(cell)[:MOST_EXCEL_CHARACTERS])
        return spool.count


def write_parquet(records: Iterable[Record], path: Path) -> int:
    """Write a Parquet file in groups of 10,000 rows; returns how many. Costs are exact decimals, times have a zone."""
    import pyarrow as pa  # type: ignore[import-untyped]  # large, so only here; it has no type hints
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # the same

    special = {
        "confidence": pa.float64(),
        "cost_usd": pa.decimal128(18, 9),
        "received_at": pa.timestamp("ms", tz="UTC"),
    }
    with _spooled(records) as spool:
        schema = pa.schema([(name, special.get(name, pa.string())) for name in spool.columns])
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for group in batched(spool.cells(), _ROWS_A_GROUP, strict=False):
                columns = dict(zip(spool.columns, zip(*group, strict=True), strict=True))
                columns["cost_usd"] = tuple(Decimal(cost) for cost in columns["cost_usd"])
                columns["received_at"] = tuple(datetime.fromisoformat(each) for each in columns["received_at"])
                writer.write_table(pa.table(columns, schema=schema))
        return spool.count


@contextmanager
def _spooled(records: Iterable[Record]) -> Iterator[_Spool]:
    names: dict[str, None] = {}
    count = 0
    with tempfile.TemporaryFile("w+", encoding="utf-8") as rows:
        for record in records:
            found = row(record) | {"reasons": " ".join(record.reasons)}
            names |= dict.fromkeys(found["fields"])
            rows.write(json.dumps([[found[name] for name in FLAT], found["fields"]], ensure_ascii=False) + "\n")
            count += 1
        yield _Spool(rows, tuple(sorted(names)), count)


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
