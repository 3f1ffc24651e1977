"""How a delivery leaves the house: a signed webhook, a Slack channel's incoming webhook, or a mail by SES."""

import time
from collections.abc import Callable
from datetime import datetime
from email.parser import BytesParser
from email.policy import SMTP
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from mailroom.adapters.http_post import post
from mailroom.domain.destinations import Destinations, SlackChannel, Webhook
from mailroom.domain.notice_delivery import NoticeDelivery, Reply
from mailroom.domain.webhook_signature import signed_headers

UNCONFIGURED = Reply(code=0, said="not configured")
JSON = {"content-type": "application/json"}


class WebhookPost:
    """Posts to webhooks, signed anew at each try with the secrets of this moment."""

    def __init__(self, destinations: Callable[[], Destinations]) -> None:
        self._destinations = destinations

    def __call__(self, delivery: NoticeDelivery, now: datetime) -> Reply:
        """Make one try."""
        endpoint = self._destinations().named(delivery.endpoint)
        if not isinstance(endpoint, Webhook):
            return UNCONFIGURED
        body = delivery.body.encode()
        headers = signed_headers(delivery.delivery_id, now, body, endpoint.secrets)
        return post(endpoint.url, body, JSON | headers, internal=endpoint.internal)


class SlackPost:
    """Posts to incoming webhooks of Slack, where the URL itself is the secret."""

    def __init__(self, destinations: Callable[[], Destinations]) -> None:
        self._destinations = destinations

    def __call__(self, delivery: NoticeDelivery, now: datetime) -> Reply:  # noqa: ARG002 -- the port's signature
        """Make one try."""
        endpoint = self._destinations().named(delivery.endpoint)
        if not isinstance(endpoint, SlackChannel):
            return UNCONFIGURED
        return post(endpoint.url, delivery.body.encode(), JSON, internal=endpoint.internal)


class SesPost:
    """Sends mails. ``ses`` must not retry by itself: a mail whose answer was lost may have been sent.

    The API lets nobody choose an empty return path: SES puts an address of its own there, which takes the bounces.
    """

    def __init__(self, ses: Any, sender: str) -> None:
        self._ses = ses
        self._sender = sender

    def __call__(self, delivery: NoticeDelivery, now: datetime) -> Reply:  # noqa: ARG002 -- the port's signature
        """Make one try; the code is that of the API's answer, 0 where it is not known whether the mail was sent."""
        began = time.monotonic()
        raw = delivery.body.encode("utf-8", "surrogateescape")
        to = str(BytesParser(policy=SMTP).parsebytes(raw, headersonly=True)["To"])
        try:
            self._ses.send_raw_email(Source=self._sender, Destinations=[to], RawMessage={"Data": raw})
        except ClientError as error:
            code, said = _refused(error)
        except BotoCoreError as error:
            code, said = 0, type(error).__name__
        else:
            code, said = 200, ""
        return Reply(code=code, said=said, took_ms=round((time.monotonic() - began) * 1000))


def _refused(error: ClientError) -> tuple[int, str]:
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400))
    code = str(error.response.get("Error", {}).get("Code", "Unknown"))
    # A 5xx may have come after the mail was taken.
    return (0 if status >= 500 else status), code
