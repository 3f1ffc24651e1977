"""Raw messages in S3."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from mailroom.adapters.aws import aws_errors
from mailroom.ports import StoredMail


class S3MailStore:
    """Raw messages in one bucket; ``prefix`` is where SES puts mail."""

    def __init__(self, s3: Any, bucket: str, prefix: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._prefix = prefix

    def get(self, key: str) -> bytes:
        """Return the bytes; raises PermanentError when there are none."""
        with aws_errors("fetching a raw message"):
            body: bytes = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return body

    def head(self, key: str, length_bytes: int) -> bytes:
        """Return the first bytes only."""
        with aws_errors("fetching a message's headers"):
            found = self._s3.get_object(Bucket=self._bucket, Key=key, Range=f"bytes=0-{length_bytes - 1}")
            body: bytes = found["Body"].read()
        return body

    def put(self, key: str, body: bytes, *, content_type: str) -> None:
        """Store bytes under a key; the same key twice is one object."""
        with aws_errors("storing a raw message"):
            self._s3.put_object(
                Bucket=self._bucket, Key=key, Body=body, ContentType=content_type or "application/octet-stream"
            )

    def since(self, moment: datetime) -> Iterator[StoredMail]:
        """List the mail that was stored from a moment on; S3 lists by name, so the age is filtered here."""
        with aws_errors("listing raw messages"):
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix):
                for item in page.get("Contents", ()):
                    if item["LastModified"] >= moment:
                        yield StoredMail(item["Key"], item["LastModified"], item["Size"])
