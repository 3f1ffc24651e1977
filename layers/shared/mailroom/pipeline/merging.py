"""Put a reviewer's answers into the draft they are about. Paths are those of ``domain.paths``."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

from mailroom.domain.answer import Answer, RawRow, RawValue
from mailroom.prompts.requests import Review


def only(draft: Answer, paths: Collection[str]) -> Answer:
    """Return what a draft says at these paths: the first reading, to be held against the second."""
    seen: Counter[str] = Counter()
    values = []
    for value in draft.values:
        if {value.field, f"{value.field}[{seen[value.field]}]"} & set(paths):
            values.append(value)
        seen[value.field] += 1
    rows = []
    for row in draft.rows:
        prefix = f"{row.group}[{seen[row.group]}]."
        seen[row.group] += 1
        rows.append(RawRow(row.group, tuple(value for value in row.values if prefix + value.field in paths)))
    return Answer(draft.kind, tuple(values), tuple(rows))


def merged(draft: Answer, second: Review) -> tuple[Answer, Mapping[str, str]]:
    """Return the draft with the reviewer's answers in place of what it was asked about, and where each now stands.

    Where the reviewer withdraws an item of a list, the items after it move up: the mapping leads from the path that was
    answered to the path in the answer returned.
    """
    merging = _Merging(second)
    values = merging.values(draft)
    rows = merging.rows(draft)
    values += merging.rest()
    unsure = tuple(merging.moved.get(path, path) for path in second.unsure)
    answered = {value.field for value in second.values}
    moved = {path: place for path, place in merging.moved.items() if path in answered}
    return Answer(draft.kind, tuple(values), rows, unsure, second.problems), moved


class _Merging:
    """One merge: the answers not yet placed, and where everything went."""

    def __init__(self, second: Review) -> None:
        self._answers: dict[str, list[RawValue]] = {path: [] for path in second.withdrawn}
        for value in second.values:
            self._answers.setdefault(value.field, []).append(value)
        self._asked = frozenset(self._answers)
        self._counts: Counter[str] = Counter()
        self.moved: dict[str, str] = {}

    def values(self, draft: Answer) -> list[RawValue]:
        """Place the values outside of rows."""
        seen: Counter[str] = Counter()
        values: list[RawValue] = []
        for value in draft.values:
            indexed = f"{value.field}[{seen[value.field]}]"
            seen[value.field] += 1
            path = indexed if indexed in self._asked else value.field
            if path in self._asked:
                values += self._placed(path, value.field)
            else:
                self._move(indexed, value.field)
                values.append(value)
        return values

    def rows(self, draft: Answer) -> tuple[RawRow, ...]:
        """Place the cells of rows, which never move; new cells go to the end of their row."""
        seen: Counter[str] = Counter()
        rows: list[RawRow] = []
        for row in draft.rows:
            prefix = f"{row.group}[{seen[row.group]}]."
            seen[row.group] += 1
            cells = [cell for cell in row.values if prefix + cell.field not in self._asked]
            for path in [each for each in self._answers if each.startswith(prefix)]:
                cells += [replace(cell, field=path.removeprefix(prefix)) for cell in self._answers.pop(path)]
                self.moved[path] = path
            rows.append(RawRow(row.group, tuple(cells)))
        return tuple(rows)

    def rest(self) -> list[RawValue]:
        """Place what the draft had nothing of."""
        return [value for path in list(self._answers) for value in self._placed(path, path.partition("[")[0])]

    def _placed(self, path: str, field: str) -> list[RawValue]:
        answers = self._answers.pop(path, [])
        for _ in answers:
            self._move(path, field)
        return [replace(answer, field=field) for answer in answers]

    def _move(self, path: str, field: str) -> None:
        self.moved[path] = path if path == field else f"{field}[{self._counts[field]}]"
        self._counts[field] += 1
