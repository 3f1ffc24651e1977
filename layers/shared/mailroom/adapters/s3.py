"""Raw messages in S3."""

from collections.abc import Sequence
from typing import Any

from mailroom.adapters.aws import aws_errors
from mailroom.domain.delivery import FORMS
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

    def delete(self, key: str) -> None:
        """Delete what lies under a key; one that is gone already is fine."""
        with aws_errors("deleting a raw message"):
            self._s3.delete_object(Bucket=self._bucket, Key=key)

    def listed(self, after: str, limit: int) -> Sequence[StoredMail]:
        """List mails and forms by key, from the one after ``after``, at most ``limit``; a page of S3's has 1,000."""
        found: list[StoredMail] = []
        with aws_errors("listing raw messages"):
            for prefix in sorted((FORMS, self._prefix)):
                if after >= prefix and not after.startswith(prefix):
                    continue
                start = {"StartAfter": after} if after.startswith(prefix) else {}
                pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix, **start)
                for page in pages:
                    for item in page.get("Contents", ()):
                        found.append(StoredMail(item["Key"], item["LastModified"], item["Size"]))
                        if len(found) >= limit:
                            return found
        return found

    def content_type(self, key: str) -> str:
        """Return the type that an object was stored with; raises PermanentError when there is none."""
        with aws_errors("looking at a raw message"):
            return str(self._s3.head_object(Bucket=self._bucket, Key=key).get("ContentType", ""))
