"""What arrives, before it is a record: a mail's delivery and a form's post, as their doors tell of them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote, unquote

FORMS = "forms/"
"""Where forms are kept, each by its form's name and its record's id, so that the object alone can become a record."""

FORM_NAME = 80
"""Characters of a form's name in its key: S3 takes 1,024 bytes, and one character may need twelve."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of an email, as the receiving service tells of it.

    ``verdicts`` map spam, virus, spf, dkim and dmarc to PASS, FAIL, GRAY or PROCESSING_FAILED, and dmarc_policy to
    none, quarantine or reject.
    """

    ses_message_id: str
    bucket: str
    key: str
    headers: Sequence[tuple[str, str]]
    sender: str
    subject: str
    recipients: tuple[str, ...]
    verdicts: Mapping[str, str]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Post:
    """One form submission as it came off the queue.

    ``idempotency_key`` is the sender's own, "" where there is none; ``posted_on`` is the day of its arrival in UTC.
    """

    form: str
    body: bytes
    content_type: str
    idempotency_key: str
    posted_on: date


def post_record_id(post: Post) -> str:
    """Derive a form record's id, so that the same post delivered twice finds the first.

    Without a key from the sender, the same words to the same form on the same day are one submission: a double click,
    or a form service that tries again (docs/adr/0005).
    """
    body = hashlib.sha256(post.body).hexdigest()
    identity = "\n".join((post.form, post.idempotency_key or f"{post.posted_on.isoformat()} {body}"))
    return "form-" + hashlib.sha256(identity.encode()).hexdigest()[:24]


def form_key(form: str, record_id: str) -> str:
    """Return the key under which a form's post is kept."""
    return f"{FORMS}{quote(form[:FORM_NAME], safe='')}/{record_id}"


def form_of(key: str) -> str:
    """Return the form's name from the key under which its post is kept."""
    return unquote(key.removeprefix(FORMS).partition("/")[0])


def foreign_record_id(key: str) -> str:
    """Name the record of a stored message that a producer of its own announced by its key alone."""
    return "item-" + hashlib.sha256(key.encode()).hexdigest()[:24]
