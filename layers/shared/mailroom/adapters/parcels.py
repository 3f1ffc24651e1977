"""Parcels of the bulk lane as JSON objects beside the mail: those that are open, and those that are done."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from mailroom.adapters.aws import GONE, aws_errors
from mailroom.domain.parcel import Parcel

OPEN, DONE = "bulk/open/", "bulk/done/"
"""Neither is a prefix that the sweep looks for messages in."""

MOST_OPEN = 5_000
"""Parcels in one listing: five million messages."""


class S3Parcels:
    """Parcels in one bucket. One run at a time writes (``ports.Turn``); whoever takes in a backlog only adds."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def open(self) -> Sequence[str]:
        """Return the ids of the parcels that are not done, the oldest first."""
        names: list[str] = []
        with aws_errors("listing parcels"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=OPEN, PaginationConfig={"MaxItems": MOST_OPEN}
            )
            for page in pages:
                names += [item["Key"].removeprefix(OPEN).removesuffix(".json") for item in page.get("Contents", ())]
        return names

    def load(self, parcel_id: str) -> Parcel | None:
        """Return a parcel, done or not; None where there is none."""
        # What is done is written before it is no longer open: in this order one of the two is found.
        for place in (OPEN, DONE):
            body = self._read(_key(place, parcel_id))
            if body is not None:
                return Parcel.model_validate_json(body)
        return None

    def save(self, parcel: Parcel) -> None:
        """Write a parcel as it stands now; one that is done is not open any more."""
        place = DONE if parcel.done else OPEN
        with aws_errors("writing a parcel"):
            self._s3.put_object(
                Bucket=self._bucket,
                Key=_key(place, parcel.parcel_id),
                Body=parcel.model_dump_json().encode(),
                ContentType="application/json",
            )
            if parcel.done:
                self._s3.delete_object(Bucket=self._bucket, Key=_key(OPEN, parcel.parcel_id))

    def _read(self, key: str) -> bytes | None:
        with aws_errors("reading a parcel"):
            try:
                body: bytes = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in GONE:
                    return None
                raise
        return body


def _key(place: str, parcel_id: str) -> str:
    return f"{place}{parcel_id}.json"
