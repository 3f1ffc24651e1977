"""What a first version of these functions looks like: one module that imports everything and opens every client."""

import anthropic  # noqa: F401 -- a naive module imports what any function may need
import boto3
import phonenumbers  # noqa: F401
import PIL.Image  # noqa: F401
import pypdfium2  # noqa: F401
import rapidfuzz  # noqa: F401
import selectolax.lexbor  # noqa: F401
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities import batch, idempotency, parameters, parser  # noqa: F401

from mailroom.adapters import aws

logger = Logger()
metrics = Metrics()
dynamodb = boto3.client("dynamodb")
s3 = boto3.client("s3")
sqs = boto3.client("sqs")
secrets = boto3.client("secretsmanager")
events = boto3.client("events")

OPEN = {"dynamodb": dynamodb, "s3": s3, "sqs": sqs, "secretsmanager": secrets, "events": events}
aws.client = OPEN.__getitem__  # type: ignore[assignment]  # the same ports, but with these clients

from mailroom import wiring  # noqa: E402 -- after the line above
from mailroom.adapters import (  # noqa: E402, F401
    arrivals,
    claude,
    eventbridge,
    line_state,
    pay_once,
    ses,
    warm_first,
)

wiring.claude_clients().__call__()
