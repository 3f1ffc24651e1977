"""The first notice: a record's kind, written to its row while the model is still writing the answer.

One small conditional write in the midst of a paid call, so that the table's stream can tell of it (docs/adr/0061). It
is a courtesy: whatever comes of it, the answer goes on, and is paid and filed as if nobody had listened.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mailroom.domain.doctype import TypeSpec
from mailroom.domain.errors import MailroomError
from mailroom.domain.record import Record
from mailroom.ports import Clock, RecordStore
from mailroom.prompts.wire import kind_heard


@dataclass
class Listener:
    """Listens to one answer. ``standing`` is the row as this worker left it: the next write expects its version."""

    standing: Record
    records: RecordStore
    types: Mapping[str, TypeSpec]
    clock: Clock
    _done: bool = False

    def hear(self, text: str) -> None:
        """Note the kind once it is said; never raises for what the ledger answers."""
        if self._done:
            return
        kind = kind_heard(text, self.types)
        if not kind:
            return
        self._done = True
        row = self.standing
        if row.triaged == kind:
            return  # an earlier try has told so
        heard = row.moved(row.status, at=self.clock.now(), lease_until=row.lease_until, triaged=kind)
        try:
            self.records.replace(heard, expected_version=row.version)
        except MailroomError:
            return  # if it was written all the same, the verdict finds a newer version, and is filed by the next try
        self.standing = heard

    def filed(self, verdict: Record) -> Record:
        """Return a verdict as the version that follows the row as it stands."""
        return verdict.model_copy(update={"version": self.standing.version + 1, "triaged": self.standing.triaged})
