"""Where a backlog's messages come from: files and folders, or objects of a bucket; the same inputs either way."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.inputs import FORM_TYPES, HEAD_BYTES, MAIL_SUFFIXES, Form, Input, InputError, Mail, inputs_of, mail_of
from mailroom.adapters.aws import client
from mailroom.reading.identity import header_pairs

S3 = "s3://"


def backlog(where: str, domain: str, *, since: date | None = None) -> Iterator[Input | InputError]:
    """Yield what a path or ``s3://bucket/prefix`` holds, one at a time; what cannot be taken in is yielded as an error.

    ``since`` leaves out mails that say they are older; a mail without a date that can be read is not left out.
    """
    found = _objects(where, domain) if where.startswith(S3) else inputs_of(Path(where), domain)
    for item in found:
        if since is None or not isinstance(item, Mail) or (written_on(item) or since) >= since:
            yield item


def written_on(mail: Mail) -> date | None:
    """Return the day in UTC that a mail's own header names; None where there is none that can be read."""
    headers = {name.lower(): value for name, value in reversed(header_pairs(mail.raw[:HEAD_BYTES]))}
    try:
        moment = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, IndexError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).date()


def _objects(address: str, domain: str) -> Iterator[Input | InputError]:
    bucket, _, prefix = address.removeprefix(S3).partition("/")
    s3: Any = client("s3")
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", ()):
                body: bytes = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
                yield from _read(body, f"{S3}{bucket}/{item['Key']}", domain)
    except ClientError as error:
        yield InputError(f"{address}: {error.response.get('Error', {}).get('Code', 'refused')}.")
    except BotoCoreError as error:
        yield InputError(f"{address}: {type(error).__name__}.")


def _read(body: bytes, source: str, domain: str) -> Iterator[Input | InputError]:
    suffix = Path(source).suffix.lower()
    if not body.strip():
        yield InputError(f"{source}: the object is empty.")
    elif suffix == ".mbox":
        with tempfile.TemporaryDirectory() as folder:  # the mailbox module reads files
            path = Path(folder) / "box.mbox"
            path.write_bytes(body)
            for number, mail in enumerate(inputs_of(path, domain), start=1):
                yield (
                    Mail(f"{source}#{number}", mail.raw, mail.mail_from, mail.recipients)
                    if isinstance(mail, Mail)
                    else mail
                )
    elif suffix in FORM_TYPES:
        yield Form(source, Path(source).stem, body, FORM_TYPES[suffix])
    elif suffix in MAIL_SUFFIXES or not suffix:  # SES stores mail without a suffix
        yield mail_of(body, source, domain)
    else:
        yield InputError(f"{source}: not an .eml, .mbox, .json or .urlencoded object.")


def day_of(text: str) -> date | None:
    """Read ``YYYY-MM-DD``; "" is no day. Raises ValueError for anything else."""
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date() if text else None
