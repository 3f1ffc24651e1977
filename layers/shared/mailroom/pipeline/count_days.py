"""Count days: keep each day's statistics, so that whoever looks at them reads a few notes and not all records."""

from dataclasses import dataclass
from datetime import timedelta

from mailroom.domain.drift import DAYS_BEFORE, WEEK_DAYS
from mailroom.domain.statistics import DayStatistics, counted
from mailroom.ports import Clock, DayRecords, Marks, StatisticsStore

KEPT_DAYS = WEEK_DAYS + DAYS_BEFORE
"""Days that are counted again in turn: those that the overview compares."""

MOST_RECORDS = 20_000
"""Records read per day and run, newest first; some 100 to 200 MB of items, read a hundred at a time."""

TURN = "statistics turn"
"""Which past day is next."""


@dataclass(frozen=True, slots=True)
class CountPorts:
    """What counting needs of the world."""

    records: DayRecords
    statistics: StatisticsStore
    marks: Marks
    clock: Clock


def count_days(ports: CountPorts) -> int:
    """Count today, and one of the past days in turn; return how many records were read.

    A person may decide about an old record at any time, so every kept day comes round: at a run every five minutes, 34
    past days take under three hours. Counting twice is counting once.
    """
    given = ports.marks.get(TURN)
    back = int(given) if given.isdecimal() and 1 <= int(given) < KEPT_DAYS else 1
    read = _count(0, ports) + _count(back, ports)
    ports.marks.put(TURN, str(back % (KEPT_DAYS - 1) + 1))
    return read


def _count(days_back: int, ports: CountPorts) -> int:
    now = ports.clock.now()
    day = (now - timedelta(days=days_back)).date().isoformat()
    counts = counted(ports.records.of_day(day, MOST_RECORDS))
    ports.statistics.put(DayStatistics(day=day, counted_at=now, partial=counts.records >= MOST_RECORDS, counts=counts))
    return counts.records
