"""A session with the twin: the stand-in model and the deployed stack up, messages in, records out, everything down."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from local.inputs import HEAD_BYTES, Form, Input, Mail
from local.standin import serve
from local.twin import RefusedMailError, Twin, TwinError
from local.twin.twin import DEFAULT_HOST
from mailroom import wiring
from mailroom.adapters.aws import client
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.domain.delivery import Post, post_record_id
from mailroom.domain.record import WORKING, Record
from mailroom.pipeline.receive import email_record_id
from mailroom.reading.identity import header_pairs

POLL_S = 0.05
STATE = Path(".mailroom")
"""Where the twin keeps its logs and the last run's records, below the project's folder."""

STANDIN_KEY = "sk-local-stand-in"

DOMAIN = "inbox.example"
"""The domain that the twin receives mail for."""


class SessionError(Exception):
    """The session cannot start or go on; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the door said to one input: the id of the record it will become, or why it was turned away."""

    record_id: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A running twin. ``live`` is true when Claude itself answers."""

    twin: Twin
    live: bool

    @property
    def domain(self) -> str:
        """The domain whose mail this deployment receives."""
        return DOMAIN

    def deliver(self, item: Input) -> Told:
        """Hand one input to its door, as the outside world would."""
        if isinstance(item, Mail):
            return self._deliver_mail(item)
        return self._post_form(item)

    def records(self) -> DynamoDBRecordStore:
        """Return the deployed ledger."""
        return DynamoDBRecordStore(client("dynamodb"), self.twin.environment["RECORDS_TABLE"])

    def at_rest(self, record_ids: Sequence[str], timeout_s: float) -> Iterator[Record]:
        """Yield each record as it leaves the machines' hands; raises SessionError for those that do not in time."""
        store, waiting = self.records(), dict.fromkeys(record_ids)
        deadline = time.monotonic() + timeout_s
        while waiting:
            for record_id in list(waiting):
                record = store.get(record_id)
                if record and record.status not in WORKING:
                    del waiting[record_id]
                    yield record
            if not waiting:
                return
            if time.monotonic() > deadline:
                shown = ", ".join(list(waiting)[:3])
                raise SessionError(
                    f"{len(waiting)} of {len(record_ids)} records were not done after {timeout_s:.0f} s ({shown}); "
                    f"the functions' logs are in {self.twin.log_path.parent}."
                )
            time.sleep(POLL_S)

    def _deliver_mail(self, mail: Mail) -> Told:
        try:
            message_id = self.twin.deliver_email(
                mail.raw,
                mail_from=mail.mail_from,
                recipients=mail.recipients,
                verdicts=mail.verdicts,
                ses_message_id=mail.ses_message_id,
            )
        except RefusedMailError as error:
            return Told(refusal=str(error))
        headers = header_pairs(mail.raw[:HEAD_BYTES])
        return Told(record_id=email_record_id(headers, message_id))

    def _post_form(self, form: Form) -> Told:
        status, said = self.twin.post_form(form.form, form.body, form.content_type, {})
        if status >= 400:
            return Told(refusal=f"The form door answered {status}: {said[:200]}")
        # The queue carries text: what is not UTF-8 arrives as the door decoded it.
        body = form.body.decode("utf-8", errors="replace").encode()
        return Told(record_id=post_record_id(Post(form.form, body, form.content_type, "", datetime.now(UTC).date())))


@contextmanager
def session(
    *, live: bool, host: str | None = None, parameters: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Session]:
    """Start the stand-in (unless live) and the twin, and stop both at the end, whatever happens in between.

    Meanwhile this process has the functions' environment; afterwards its own again. ``parameters`` are further ones of
    the template. Raises SessionError with what to do when it cannot start.
    """
    key = os.environ.get("ANTHROPIC_API_KEY", "")
    if live and not key:
        raise SessionError("--live asks Claude itself: set ANTHROPIC_API_KEY, or leave --live out to use the stand-in.")
    with ExitStack() as stack:
        stack.callback(_put_back, dict(os.environ))
        url = ""
        if not live:
            standin = serve(0)
            stack.callback(standin.stop)
            url, key = standin.url, STANDIN_KEY
        try:
            twin = Twin.start(
                host=host or DEFAULT_HOST,
                state_dir=STATE / "twin",
                model_url=url,
                api_key=key,
                parameters={"RecipientDomain": DOMAIN, **parameters},
            )
        except TwinError as error:
            raise SessionError(str(error)) from error
        stack.enter_context(twin)
        os.environ.update(twin.environment)
        wiring.forget()
        yield Session(twin, live)


def _put_back(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    wiring.forget()
