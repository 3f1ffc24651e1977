"""What reading will not go beyond, and why; every limit that bites is named in ``Message.defects``."""

import time
from dataclasses import dataclass, field

MESSAGE_BYTES = 40 * 1024 * 1024
"""SES receives mail of up to 40 MB (Amazon SES quotas, "Email receiving quotas"): of a larger one, headers only."""

FORM_BYTES = 10 * 1024 * 1024
"""API Gateway's payload limit is 10 MB (HTTP API quotas)."""

PARTS = 1_000
NESTING = 50
SAVED_MAILS = 20
"""Mails attached as files (.eml), each of which may hold more of them."""

PDF_PAGES = 100
"""The API's own limit for models with 200K tokens of context (PDF support, Claude API docs)."""

PDF_PAGES_RENDERED = 10
PICTURES = 20
"""Above 20 images a request the API allows only 2,000 px a side; more than this is an album, not a document."""

PICTURE_PIXELS = 64_000_000
"""8000 x 8000 px, the API's limit; decoding more would cost more than 256 MB of memory."""

BODY_CHARACTERS = 1_000_000
"""About 285K tokens, more than the context holds: what is beyond it could not be sent anyway."""

ATTACHMENT_CHARACTERS = 500_000
MESSAGE_CHARACTERS = 2_000_000
ATTACHMENT_BYTES = 25 * 1024 * 1024
UNPACKED_BYTES = 50 * 1024 * 1024
UNPACK_RATIO = 200
"""Office files reach 1:60 on repetitive sheets; a zip bomb starts at 1:1000."""

ARCHIVE_MEMBERS = 2_000
FORM_NESTING = 20
FORM_FIELDS = 2_000
CPU_SECONDS = 1.5


@dataclass(slots=True)
class Deadline:
    """How long one message may keep the processor; costly steps ask before they start.

    The time of this thread alone counts: on a busy machine a message is read as far as on an idle one.
    """

    seconds: float = CPU_SECONDS
    started: float = field(default_factory=time.thread_time)

    @property
    def passed(self) -> bool:
        """Whether the time is used up."""
        return time.thread_time() - self.started > self.seconds
