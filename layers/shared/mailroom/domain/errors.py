"""Errors that say who acts: retry the message, put it aside, stop the line, or fix the code."""

from datetime import datetime


class MailroomError(Exception):
    """Every error that Mailroom raises on purpose descends from this one."""


class TransientError(MailroomError):
    """The same message will succeed later: leave it on its queue.

    ``retry_after_s`` is the vendor's own wish in seconds, 0 where it named none.
    """

    def __init__(self, message: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ModelUnavailableError(TransientError):
    """The model is out of reach, overloaded or throttled: no message is at fault, so none is given up for it."""


class UnheardError(TransientError):
    """It may have been done and may not: look before doing it again."""


class PermanentError(MailroomError):
    """This message will never succeed as it is: file it as failed, with this sentence as the reason."""


class StopTheLineError(MailroomError):
    """The account is at fault, not the message (401, 403, spend limit): keep every message and call a person."""


class LineStoppedError(StopTheLineError):
    """The line is stopped already: send the message round again in ``retry_after_s`` seconds, without a call."""

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class OverBudgetError(MailroomError):
    """The money for today is spent: the record waits until ``until``, and the sweep puts it back on its queue."""

    def __init__(self, message: str, *, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class ConflictError(MailroomError):
    """Somebody else changed the record first: read it again and decide anew."""


class IllegalTransitionError(MailroomError):
    """The code asked for a change of state that the ledger does not know: fix the code."""
