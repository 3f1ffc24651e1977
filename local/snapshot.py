"""The last run's records on disk, so that ``mailroom records`` can show them when the twin is down again."""

from collections.abc import Sequence
from pathlib import Path

from mailroom.domain.record import Record

SNAPSHOT = Path(".mailroom") / "last-run.jsonl"


def keep(records: Sequence[Record]) -> None:
    """Write the records of this run in place of the last one's."""
    SNAPSHOT.parent.mkdir(exist_ok=True)
    SNAPSHOT.write_text("".join(record.model_dump_json() + "\n" for record in records), encoding="utf-8")


def kept() -> list[Record]:
    """Return the records of the last run, none if there was none."""
    if not SNAPSHOT.is_file():
        return []
    return [Record.model_validate_json(line) for line in SNAPSHOT.read_text(encoding="utf-8").splitlines()]
