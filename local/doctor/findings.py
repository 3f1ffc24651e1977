"""What a check finds, and the house it looks at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"  # it works, and something should be done about it
    FAIL = "fail"  # it does not work, or nobody would hear if it did not
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result: ``said`` is what was found, ``todo`` what to do about it, "" where nothing is."""

    check: str
    verdict: Verdict
    said: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class House:
    """A deployed stack. ``clients`` makes AWS clients by service; ``mail_servers`` asks DNS for a domain's MX hosts.

    ``parameters`` and ``outputs`` are the stack's, ``resources`` (logical id, type, physical id), ``environment`` what
    ExtractRecordFunction runs with. ``is_twin``: the emulator on this machine, whose streams others serve.
    """

    stack: str
    status: str
    region: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    resources: Sequence[tuple[str, str, str]]
    environment: Mapping[str, str]
    clients: Callable[[str], Any]
    mail_servers: Callable[[str], Sequence[str]]
    now: datetime
    is_twin: bool = False

    @property
    def domain(self) -> str:
        """The domain whose mail is received."""
        return self.parameters.get("RecipientDomain", "")

    def of_type(self, kind: str) -> dict[str, str]:
        """Return the physical ids of the resources of a type, by logical id."""
        return {logical: physical for logical, found, physical in self.resources if found == kind}
